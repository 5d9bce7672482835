//! A log that goes on from a backup. What became of its open actions behind the backup it cannot know: each that can have
//! had an effect is an unknown outcome, to be settled with its tool or by people, and nothing starts before that.

use crate::error::GateError;
use crate::gate::Gate;
use crate::people::unsealed;
use crate::records::read;
use countersign_domain::action::{Command, Conclusion, Phase, RESTORED};
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::customer::MOST_ERASED_AT_ONCE;
use countersign_domain::event::{Draft, Fields};
use countersign_domain::fleet::{FleetEvent, Stopped};
use countersign_domain::ids::{ActionId, KeyId};
use countersign_domain::station::{Restored, StationEvent};
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::{Actor, StoredEvent};
use countersign_event_log::log::{Append, Log, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use std::collections::BTreeSet;

const PAGE: usize = 512;

/// The first append of a log that goes on from a backup: where it comes from, which keys of the backup were erased since,
/// and that everything is stopped.
pub async fn record_restore(log: &dyn Log, restored: Restored, erased: &[KeyId]) -> Result<Receipt, GateError> {
    let at = restored.at;
    let mut station = vec![Draft::open(&StationEvent::Restored(restored))];
    let again = |keys: &[KeyId]| Draft::open(&StationEvent::ErasedAgain { keys: keys.to_vec() });
    station.extend(erased.chunks(MOST_ERASED_AT_ONCE).map(again));
    let fleet = vec![Draft::open(&FleetEvent::StoppedByRestore { at })];
    let mut writes = Vec::new();
    for (stream, drafts) in [(StreamName::station(), station), (StreamName::fleet(), fleet)] {
        let mut expected = 0;
        loop {
            let page = log.read_stream(&stream, expected, PAGE).await?;
            expected += page.len() as u64;
            if page.len() < PAGE {
                break;
            }
        }
        let events = drafts.into_iter().map(|draft| unsealed(draft, Actor::Station)).collect();
        writes.push(Write { stream, expected, events });
    }
    Ok(log.append(Append { guards: Vec::new(), writes }).await?)
}

/// A restore, as the log that goes on from it tells.
struct Behind {
    /// From here on the log is not a backup's any more.
    position: u64,
    /// Keys that were erased between the backup and the restore.
    erased: BTreeSet<KeyId>,
}

impl Gate {
    async fn restored_at(&self) -> Result<Option<Behind>, GateError> {
        let mut newest: Option<Behind> = None;
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            match (read(&stored)?, &mut newest) {
                (StationEvent::Restored(_), newest) => {
                    *newest = Some(Behind { position: stored.envelope.position, erased: BTreeSet::new() });
                }
                (StationEvent::ErasedAgain { keys }, Some(behind)) => behind.erased.extend(keys),
                _ => {}
            }
        }
        Ok(newest)
    }

    /// Declares unknown whatever was open in the backup, and ends the conversations of whoever was erased since. Called
    /// before anybody is let in; once done, there is nothing left of it to do.
    pub(crate) async fn lose_sight_of_what_was_open(&self) -> Result<(), GateError> {
        let Some(behind) = self.restored_at().await? else { return Ok(()) };
        let open = &[Phase::Proposed, Phase::Allowed, Phase::Held, Phase::Approved, Phase::Waiting, Phase::Started];
        for id in self.open.proposed_before(behind.position, open) {
            self.lose_sight(&id).await?;
        }
        // Done once everything was resumed.
        match self.records.fleet().await?.0.stopped {
            Some(Stopped { by: None, .. }) => self.end_what_was_erased(&behind).await,
            _ => Ok(()),
        }
    }

    /// Nothing more can be sealed in them, so nothing more can be said.
    async fn end_what_was_erased(&self, behind: &Behind) -> Result<(), GateError> {
        let mut position = 0;
        while position < behind.position && !behind.erased.is_empty() {
            let page = self.records.log().read_from(position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.envelope.position + 1;
            let theirs = |stored: &&StoredEvent| {
                let key = stored.envelope.sealed.as_ref().map(|sealed| &sealed.key);
                stored.envelope.kind == "conversation.opened" && key.is_some_and(|key| behind.erased.contains(key))
            };
            for stored in page.iter().filter(theirs) {
                if let ConversationEvent::Opened(opened) = read(stored)? {
                    self.close_for_erasure(&opened.conversation, None).await?;
                }
            }
        }
        Ok(())
    }

    async fn lose_sight(&self, id: &ActionId) -> Result<(), GateError> {
        let action = self.records.action_state(id).await?;
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
        match self.open.proposed_before(restored.position, &[Phase::Unknown]).len() {
            0 => Ok(()),
            open => Err(GateError::Unreconciled(open)),
        }
    }
}
