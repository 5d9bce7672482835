//! Stop: one control for everything, for an agent or for a tool. While everything is stopped nothing with an effect starts
//! and no agent reply goes out. An agent or a tool that is stopped alone starts nothing at all, reads neither: whoever turns
//! one off means it. Facts for people and rules are read all the same.

use crate::event::{Draft, Event, fields};
use crate::ids::PersonId;
use crate::time::Timestamp;
use crate::tool::EffectClass;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// The longest reason why something goes on, in characters.
pub const LONGEST_RESUME_REASON: usize = 500;

/// What can be stopped alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// An agent, by name.
    Agent(String),
    /// A tool, by full name.
    Tool(String),
}

impl Part {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(name) | Self::Tool(name) => name,
        }
    }

    /// Whether a call of this tool for this agent stops with it.
    pub fn covers(&self, agent: &str, tool: &str) -> bool {
        match self {
            Self::Agent(name) => name == agent,
            Self::Tool(name) => name == tool,
        }
    }
}

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
    /// An agent or a tool stops.
    #[serde(rename = "fleet.part_stopped")]
    PartStopped {
        /// Which.
        part: Part,
        /// Who pressed it.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
    /// An agent or a tool goes on. Why is sealed with it (`why`).
    #[serde(rename = "fleet.part_resumed")]
    PartResumed {
        /// Which.
        part: Part,
        /// Who ended it.
        by: PersonId,
        /// When, by the station's clock.
        at: Timestamp,
    },
}

impl Event for FleetEvent {}

/// What is stopped, and by whom.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fleet {
    /// Set while stopped.
    pub stopped: Option<Stopped>,
    /// Whether ending it takes two people.
    pub takes_two: bool,
    /// What is stopped alone, whether or not everything is.
    pub parts: BTreeMap<Part, Stopped>,
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
    /// Somebody was first.
    #[error("{0} is stopped already")]
    PartAlreadyStopped(String),
    /// Nothing to end.
    #[error("{0} is not stopped")]
    PartNotStopped(String),
    /// It goes on by somebody who says why.
    #[error("the reason why it goes on has 1 to {LONGEST_RESUME_REASON} characters")]
    NoReason,
}

impl Fleet {
    /// Takes an event in.
    pub fn apply(&mut self, event: &FleetEvent) {
        match event {
            FleetEvent::Stopped { by, at } => {
                let stopped = Stopped { by: Some(by.clone()), since: *at };
                (self.stopped, self.takes_two) = (Some(stopped), false);
            }
            FleetEvent::ResumeTakesTwo { .. } => self.takes_two = true,
            FleetEvent::StoppedByRestore { at } => {
                // Deadlines that a stop had frozen before stay frozen from then on.
                let since = self.stopped.as_ref().map_or(*at, |stopped| stopped.since);
                (self.stopped, self.takes_two) = (Some(Stopped { by: None, since }), false);
            }
            FleetEvent::Resumed { .. } => (self.stopped, self.takes_two) = (None, false),
            FleetEvent::PartStopped { part, by, at } => {
                self.parts.insert(part.clone(), Stopped { by: Some(by.clone()), since: *at });
            }
            FleetEvent::PartResumed { part, .. } => {
                self.parts.remove(part);
            }
        }
    }

    fn part_stops(&self, agent: &str, tool: &str) -> impl Iterator<Item = &Stopped> {
        self.parts.iter().filter(move |(part, _)| part.covers(agent, tool)).map(|(_, stopped)| stopped)
    }

    /// Whether a call of this tool may not start for this agent; for one that a person asks for, their id is no agent's name.
    pub fn keeps_from_starting(&self, agent: &str, tool: &str, effect: EffectClass) -> bool {
        (self.stopped.is_some() && effect != EffectClass::Read) || self.part_stops(agent, tool).next().is_some()
    }

    /// Since when the time that people have for such a call does not run.
    pub fn frozen_since(&self, agent: &str, tool: &str) -> Option<Timestamp> {
        self.stopped.iter().chain(self.part_stops(agent, tool)).map(|stopped| stopped.since).min()
    }

    /// Whether this agent may not reply.
    pub fn silences(&self, agent: &str) -> bool {
        self.stopped.is_some() || self.parts.contains_key(&Part::Agent(agent.to_owned()))
    }

    /// Stops an agent or a tool.
    pub fn stop_part(&self, part: Part, by: PersonId, at: Timestamp) -> Result<Draft, FleetError> {
        match self.parts.contains_key(&part) {
            true => Err(FleetError::PartAlreadyStopped(part.name().to_owned())),
            false => Ok(Draft::open(&FleetEvent::PartStopped { part, by, at })),
        }
    }

    /// Ends the stop of an agent or a tool, and says why.
    pub fn resume_part(&self, part: Part, by: PersonId, why: &str, at: Timestamp) -> Result<Draft, FleetError> {
        if !self.parts.contains_key(&part) {
            return Err(FleetError::PartNotStopped(part.name().to_owned()));
        }
        if why.trim().is_empty() || why.chars().count() > LONGEST_RESUME_REASON {
            return Err(FleetError::NoReason);
        }
        let sealed = fields([("why", json!(why.trim()))]);
        Ok(Draft::with(&FleetEvent::PartResumed { part, by, at }, sealed))
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

    #[test]
    fn an_agent_or_a_tool_is_stopped_alone_and_a_stop_of_everything_leaves_that_as_it_was() {
        let clerk = || Part::Agent("clerk".into());
        let refund = || Part::Tool("crm.refund".into());
        let stops = |part, second| FleetEvent::PartStopped { part, by: person(1), at: at(second) };
        let fleet = given(&[stops(clerk(), 5), stops(refund(), 3)]);
        let irreversible = EffectClass::Irreversible;
        assert!(fleet.keeps_from_starting("clerk", "crm.find_order", EffectClass::Read), "reads neither");
        assert!(fleet.keeps_from_starting("bot", "crm.refund", irreversible));
        assert!(!fleet.keeps_from_starting("bot", "crm.find_order", irreversible));
        assert!(fleet.silences("clerk") && !fleet.silences("bot"));
        assert_eq!(fleet.frozen_since("clerk", "crm.refund"), Some(at(3)), "by whichever stop began first");
        assert_eq!(fleet.frozen_since("bot", "crm.find_order"), None);
        assert_eq!(fleet.stop_part(clerk(), person(2), at(9)), Err(FleetError::PartAlreadyStopped("clerk".into())));
        let everything = [
            stops(clerk(), 5),
            FleetEvent::Stopped { by: person(1), at: at(6) },
            FleetEvent::StoppedByRestore { at: at(7) },
            FleetEvent::Resumed { by: person(1), at: at(8) },
        ];
        let fleet = given(&everything);
        assert!(fleet.stopped.is_none() && fleet.silences("clerk"));
        for none in ["", "  ", &"x".repeat(LONGEST_RESUME_REASON + 1)] {
            assert_eq!(fleet.resume_part(clerk(), person(2), none, at(9)), Err(FleetError::NoReason));
        }
        let resumed = fleet.resume_part(clerk(), person(2), " Its owner mended it. ", at(9)).unwrap();
        assert_eq!(resumed.sealed["why"], "Its owner mended it.");
        let fleet = given(&[stops(clerk(), 5), then(resumed)]);
        assert_eq!(fleet, Fleet::default());
        assert!(fleet.resume_part(clerk(), person(2), "Again", at(9)).is_err());
    }
}
