//! A log that goes on from a backup: everything stops with it, and what was open in the backup is lost sight of before
//! anything else happens to it, and settled before anything starts.

use super::{At, Case, Known, Meaning, Wrong, caused_by, must};
use crate::envelope::Actor;
use crate::verify::happened::Happened;
use crate::verify::report::{Finding, Findings};
use countersign_domain::action::{ActionEvent, Phase, RESTORED};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::KeyId;
use countersign_domain::station::StationEvent;
use countersign_domain::tool::EffectClass;

const NOT_STOPPED: &str = "its log goes on from a backup, and nothing is stopped with it";

impl Meaning {
    /// Where it comes from is held against the records before it where these are at hand.
    pub(super) fn restored(&mut self, at: &At<'_>) -> Wrong {
        (self.restored_at, self.restoring) = (Some(at.position), Some(at.position + 1));
        caused_by(at, &Actor::Station)
    }

    pub(super) fn erased_again(&mut self, at: &At<'_>, keys: &[KeyId]) -> Wrong {
        self.erased.extend(keys.iter().map(ToString::to_string));
        self.goes_on_in_a_restore(at)
    }

    pub(super) fn stopped_by_restore(&mut self, at: &At<'_>) -> Wrong {
        let result = self.goes_on_in_a_restore(at);
        self.restoring = None;
        result
    }

    fn goes_on_in_a_restore(&mut self, at: &At<'_>) -> Wrong {
        must(self.restoring == Some(at.position), || {
            "it is said in the append of a restore, and of no other".to_owned()
        })?;
        self.restoring = Some(at.position + 1);
        caused_by(at, &Actor::Station)
    }

    /// Behind a restore comes what was erased since, then the stop.
    pub(super) fn must_stop_with_the_restore(&mut self, at: &At<'_>, happened: &Happened, findings: &mut Findings) {
        let goes_on = match happened {
            Happened::Station(event) => matches!(event.as_ref(), StationEvent::ErasedAgain { .. }),
            Happened::Fleet(event) => matches!(event.as_ref(), FleetEvent::StoppedByRestore { .. }),
            _ => false,
        };
        if !goes_on || self.restoring != Some(at.position) {
            self.must_have_stopped(findings);
        }
    }

    pub(super) fn must_have_stopped(&mut self, findings: &mut Findings) {
        if let Some((position, _)) = self.restored_at.zip(self.restoring.take()) {
            findings.add(Finding::at(position, NOT_STOPPED));
        }
    }

    /// What was open in the backup may have happened behind it.
    pub(super) fn behind_a_restore(&self, at: &At<'_>, case: &Case, event: &ActionEvent) -> Wrong {
        let before = self.restored_at.filter(|restored| case.action.proposal < *restored);
        let lost = match event {
            ActionEvent::Unknown { code } => code == RESTORED,
            ActionEvent::Withdrawn { reason } => reason == RESTORED,
            _ => false,
        };
        if lost {
            caused_by(at, &Actor::Station)?;
            must(before.is_some(), || "it is lost sight of in a restore, and was in no backup".to_owned())?;
            let read = case.action.proposed.effect == EffectClass::Read;
            let withdrawn = matches!(event, ActionEvent::Withdrawn { .. });
            return must(read || !withdrawn, || {
                "it was open in the backup and may have happened, and is taken back as if it could not have".to_owned()
            });
        }
        let open = before.is_some_and(|restored| case.last < restored) && case.action.phase != Phase::Unknown;
        // A read that ran changes nothing: it failed with the process that ran it.
        let read_failed =
            matches!(event, ActionEvent::Failed { .. }) && case.action.proposed.effect == EffectClass::Read;
        must(!open || read_failed, || {
            "it was open in the backup, and goes on as if nothing could have happened to it since".to_owned()
        })
    }

    /// A restore's stop ends when nothing of the backup is open any more.
    pub(super) fn must_be_reconciled(&self) -> Wrong {
        let of_the_backup = |case: &Case| self.restored_at.is_some_and(|restored| case.action.proposal < restored);
        let open = self.actions.values().any(|known| matches!(known, Known::Open(case) if of_the_backup(case)));
        must(!open, || "a restore's stop ended before everything that was open in the backup was settled".to_owned())
    }
}
