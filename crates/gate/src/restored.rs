//! A log that goes on from a backup. What became of its open actions behind the backup it cannot know: each that can have
//! had an effect is an unknown outcome, to be settled with its tool or by people, and nothing starts before that.

use crate::error::GateError;
use crate::gate::Gate;
use crate::people::unsealed;
use crate::records::read;
use countersign_domain::action::{Action, ActionEvent, Command, Conclusion, Phase, RESTORED};
use countersign_domain::event::{Draft, Fields};
use countersign_domain::fleet::{FleetEvent, Stopped};
use countersign_domain::ids::ActionId;
use countersign_domain::station::{Restored, StationEvent};
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Log, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use std::collections::BTreeMap;

const PAGE: usize = 512;

/// The first append of a log that goes on from a backup: where it comes from, and that everything is stopped.
pub async fn record_restore(log: &dyn Log, restored: Restored) -> Result<Receipt, GateError> {
    let at = restored.at;
    let happened = [
        (StreamName::station(), Draft::open(&StationEvent::Restored(restored))),
        (StreamName::fleet(), Draft::open(&FleetEvent::StoppedByRestore { at })),
    ];
    let mut writes = Vec::new();
    for (stream, draft) in happened {
        let mut expected = 0;
        loop {
            let page = log.read_stream(&stream, expected, PAGE).await?;
            expected += page.len() as u64;
            if page.len() < PAGE {
                break;
            }
        }
        writes.push(Write { stream, expected, events: vec![unsealed(draft, Actor::Station)] });
    }
    Ok(log.append(Append { guards: Vec::new(), writes }).await?)
}

/// The actions of a log that something may still happen to, in the order in which they were proposed.
pub async fn open_actions(log: &dyn Log) -> Result<Vec<Action>, GateError> {
    let (mut open, mut position) = (BTreeMap::new(), 0);
    while position < log.size() {
        let page = log.read_from(position, PAGE).await?;
        position += page.len() as u64;
        for stored in page.iter().filter(|stored| stored.envelope.kind.starts_with("action.")) {
            let (happened, stream) = (read::<ActionEvent>(stored)?, stored.envelope.stream.as_str());
            if let Some(action) = Action::begin(&happened, stored.envelope.position) {
                open.insert(stream.to_owned(), action);
            } else if let Some(action) = open.get_mut(stream) {
                action.apply(&happened);
                if action.phase.is_final() {
                    open.remove(stream);
                }
            }
        }
    }
    let mut open: Vec<Action> = open.into_values().collect();
    open.sort_by_key(|action| action.proposal);
    Ok(open)
}

impl Gate {
    /// The position from which on the log is not a backup's any more.
    async fn restored_at(&self) -> Result<Option<u64>, GateError> {
        let mut newest = None;
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            if let StationEvent::Restored(_) = read(&stored)? {
                newest = Some(stored.envelope.position);
            }
        }
        Ok(newest)
    }

    /// Declares unknown whatever was open in the backup. Called before anybody is let in; once done, there is nothing left
    /// of it to do.
    pub(crate) async fn lose_sight_of_what_was_open(&self) -> Result<(), GateError> {
        let Some(restored) = self.restored_at().await? else { return Ok(()) };
        let open = &[Phase::Proposed, Phase::Allowed, Phase::Held, Phase::Approved, Phase::Started];
        for id in self.open.proposed_before(restored, open) {
            self.lose_sight(&id).await?;
        }
        Ok(())
    }

    async fn lose_sight(&self, id: &ActionId) -> Result<(), GateError> {
        let action = self.records.action(id).await?.action;
        let command = match (action.proposed.effect, action.phase) {
            // A read changes nothing. Recovery ends it where it had started.
            (EffectClass::Read, Phase::Started) => return Ok(()),
            (EffectClass::Read, _) => Command::Withdraw { reason: RESTORED.to_owned() },
            _ => {
                let conclusion = Conclusion::Unknown(RESTORED.to_owned());
                Command::Conclude { conclusion, at: self.records.now() }
            }
        };
        // Nothing is sealed with it: the keys of somebody who was erased since the backup are gone.
        let draft = action.decide(command, Fields::new())?;
        self.append_action(&action, vec![(draft, None)], Actor::Station, Vec::new()).await?;
        Ok(())
    }

    /// Refuses to end a restore's stop as long as an action of the backup is not settled.
    pub(crate) async fn must_be_reconciled(&self, stopped: &Stopped) -> Result<(), GateError> {
        let restored = if stopped.by.is_none() { self.restored_at().await? } else { None };
        let Some(restored) = restored else { return Ok(()) };
        match self.open.proposed_before(restored, &[Phase::Unknown]).len() {
            0 => Ok(()),
            open => Err(GateError::Unreconciled(open)),
        }
    }
}
