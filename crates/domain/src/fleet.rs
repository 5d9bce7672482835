//! Stop: one control for everything. While it holds, nothing with an effect starts and no agent reply goes out.

use crate::event::{Draft, Event};
use crate::ids::PersonId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happens to the fleet of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum FleetEvent {
    /// Everything stops.
    #[serde(rename = "fleet.stopped")]
    Stopped {
        /// Who pressed it.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
    /// Ending this stop takes two people. Stands behind the stop, or comes while it lasts.
    #[serde(rename = "fleet.resume_takes_two")]
    ResumeTakesTwo {
        /// Who asks for it.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
    /// The log goes on from a backup: nothing starts until what was open in it is reconciled with the tools.
    #[serde(rename = "fleet.stopped_by_restore")]
    StoppedByRestore {
        /// When, by the station's clock.
        at: Timestamp,
    },
    /// The stop ends.
    #[serde(rename = "fleet.resumed")]
    Resumed {
        /// Who ended it.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
}

impl Event for FleetEvent {}

/// Whether everything is stopped, and by whom.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fleet {
    /// Set while stopped.
    pub stopped: Option<Stopped>,
    /// Whether ending it takes two people.
    pub takes_two: bool,
}

/// A stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Who pressed it; nobody, where a restore did.
    pub by: Option<PersonId>,
    /// Since when.
    pub since: Timestamp,
}

/// Why a command to the fleet changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FleetError {
    /// Somebody was first.
    #[error("everything is stopped already")]
    AlreadyStopped,
    /// Nothing to end.
    #[error("nothing is stopped")]
    NotStopped,
    /// One person alone does not end it.
    #[error("this stop ends with two signatures; propose to resume")]
    TakesTwo,
}

impl Fleet {
    /// Takes an event in.
    pub fn apply(&mut self, event: &FleetEvent) {
        match event {
            FleetEvent::Stopped { by, at } => {
                let stopped = Stopped { by: Some(by.clone()), since: *at };
                *self = Self { stopped: Some(stopped), takes_two: false };
            }
            FleetEvent::ResumeTakesTwo { .. } => self.takes_two = true,
            FleetEvent::StoppedByRestore { at } => {
                // Deadlines that a stop had frozen before stay frozen from then on.
                let since = self.stopped.as_ref().map_or(*at, |stopped| stopped.since);
                *self = Self { stopped: Some(Stopped { by: None, since }), takes_two: false };
            }
            FleetEvent::Resumed { .. } => *self = Self::default(),
        }
    }

    /// Stops everything.
    pub fn stop(&self, by: PersonId, at: Timestamp) -> Result<Draft, FleetError> {
        match self.stopped {
            None => Ok(Draft::open(&FleetEvent::Stopped { by, at })),
            Some(_) => Err(FleetError::AlreadyStopped),
        }
    }

    /// Ends a stop that one person ends.
    pub fn resume(&self, by: PersonId, at: Timestamp) -> Result<Draft, FleetError> {
        if self.takes_two { Err(FleetError::TakesTwo) } else { self.resume_signed(by, at) }
    }

    /// Ends a stop, whoever must have signed that.
    pub fn resume_signed(&self, by: PersonId, at: Timestamp) -> Result<Draft, FleetError> {
        match self.stopped {
            Some(_) => Ok(Draft::open(&FleetEvent::Resumed { by, at })),
            None => Err(FleetError::NotStopped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;

    fn person(n: u8) -> PersonId {
        format!("per_{n:032x}").parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
    }

    fn given(events: &[FleetEvent]) -> Fleet {
        let mut fleet = Fleet::default();
        events.iter().for_each(|event| fleet.apply(event));
        fleet
    }

    fn then(draft: Draft) -> FleetEvent {
        event::read(&draft.kind, draft.schema, &draft.open).unwrap()
    }

    #[test]
    fn a_stop_is_one_stop_and_lasts_until_it_is_ended() {
        let stopped = FleetEvent::Stopped { by: person(1), at: at(0) };
        let resumed = FleetEvent::Resumed { by: person(2), at: at(9) };
        assert_eq!(then(given(&[]).stop(person(1), at(0)).unwrap()), stopped);
        assert_eq!(given(&[]).resume(person(1), at(0)), Err(FleetError::NotStopped));
        let while_stopped = given(std::slice::from_ref(&stopped));
        assert_eq!(while_stopped.stopped, Some(Stopped { by: Some(person(1)), since: at(0) }));
        assert_eq!(while_stopped.stop(person(2), at(1)), Err(FleetError::AlreadyStopped));
        assert_eq!(then(while_stopped.resume(person(2), at(9)).unwrap()), resumed);
        let running = given(&[stopped, resumed]);
        assert_eq!(running.stopped, None);
        assert!(running.stop(person(1), at(10)).is_ok());
    }

    #[test]
    fn a_stop_that_takes_two_does_not_end_with_one_and_the_next_stop_is_a_plain_one() {
        let stopped = |second| FleetEvent::Stopped { by: person(1), at: at(second) };
        let two = FleetEvent::ResumeTakesTwo { by: person(1), at: at(0) };
        let fleet = given(&[stopped(0), two.clone()]);
        assert_eq!(fleet.resume(person(1), at(1)), Err(FleetError::TakesTwo));
        let resumed = then(fleet.resume_signed(person(1), at(1)).unwrap());
        assert!(given(&[stopped(0), two, resumed, stopped(2)]).resume(person(2), at(3)).is_ok());
    }

    #[test]
    fn a_restore_stops_everything_and_a_stop_of_before_goes_on_in_it() {
        let restored = given(&[FleetEvent::StoppedByRestore { at: at(5) }]);
        assert_eq!(restored.stopped, Some(Stopped { by: None, since: at(5) }));
        let before = FleetEvent::Stopped { by: person(1), at: at(1) };
        let both = given(&[before, FleetEvent::StoppedByRestore { at: at(5) }]);
        assert_eq!(both.stopped, Some(Stopped { by: None, since: at(1) }));
        assert_eq!(both.stop(person(2), at(6)), Err(FleetError::AlreadyStopped));
    }
}
