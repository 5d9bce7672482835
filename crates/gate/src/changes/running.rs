//! Changes that touch what runs: to end a stop that takes two, to settle an unknown outcome.

use super::effect::{Effect, FIRST, TOOK_EFFECT};
use crate::commit::{Versions, beside_writes, event};
use crate::error::GateError;
use crate::folds::current;
use crate::gate::{Gate, ahead, plain};
use countersign_domain::action::{Action, Command, SettledHow};
use countersign_domain::change::ChangeError;
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::ActionId;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Cause, Write};
use countersign_event_log::stream::StreamName;
use std::sync::Arc;

/// By whom an outcome is settled that people settle.
const BY_PEOPLE: &str = "people";
const TOO_EARLY: &str = "the tool may still be carrying it out; people settle it after the longest time that it takes";

pub(super) fn resume() -> Effect {
    Box::new(|states, signers| {
        let stream = StreamName::fleet();
        let fleet: Fleet = current(states, &stream)?;
        let by = signers.people.first().cloned().ok_or(GateError::NotFound("person"))?;
        let actor = Actor::Person(by.to_string());
        let draft = fleet.resume_signed(by, signers.now)?;
        let expected = states.version(&stream)?;
        Ok(vec![Write { stream, expected, events: vec![event(draft, None, &actor, None)] }])
    })
}

pub(super) fn settle(action: Action, how: SettledHow, from: Option<Timestamp>) -> Effect {
    Box::new(move |states, signers| {
        if from.is_some_and(|from| signers.now < from) {
            return Err(ChangeError::Impossible(TOO_EARLY).into());
        }
        let draft = plain(&action, Command::Settle { how, by: BY_PEOPLE.to_owned() })?;
        let after = ahead(&action, &draft)?;
        let by = signers.people.first().map(ToString::to_string).unwrap_or_default();
        let settled = event(draft, None, &Actor::Person(by), Some(Cause::Earlier(TOOK_EFFECT)));
        let stream = StreamName::action(&action.proposed.action);
        let mut writes = vec![Write { stream, expected: action.version, events: vec![settled] }];
        writes.extend(beside_writes(states, &mut Versions::new(), &action, &after, FIRST)?);
        Ok(writes)
    })
}

impl Gate {
    /// Moves deadlines while it is still stopped, so that nothing expires in between.
    pub(super) async fn before_resume(&self) -> Result<(), GateError> {
        let fleet = self.records.fleet().await?.0;
        let Some(stopped) = &fleet.stopped else { return Ok(()) };
        self.must_be_reconciled(stopped).await?;
        self.move_deadlines(&fleet).await
    }

    /// From when on people may settle what may have happened: until then the tool may still be carrying it out.
    pub fn settles_from(&self, action: &Action) -> Option<Timestamp> {
        let longest = self.pinned(&action.proposed.tool).ok()?.settings.longest_seconds?;
        Some(action.started_at?.plus_seconds(i64::from(longest)))
    }

    /// It is open no more, and an erasure that waited for it goes on.
    pub(super) async fn took_settled(self: &Arc<Self>, id: &ActionId) -> Result<(), GateError> {
        self.open.put(&self.records.action(id).await?.action);
        self.carry_out_in_background();
        Ok(())
    }
}
