//! Stop and resume, of everything, an agent or a tool. `started` and replies are guarded by the fleet stream, so nothing
//! starts after a stop was stored.

use crate::authority::Guard;
use crate::error::GateError;
use crate::gate::{Gate, plain};
use countersign_domain::action::{Command, Phase, STOP};
use countersign_domain::authority::Command as Permission;
use countersign_domain::event::Draft;
use countersign_domain::fleet::{Fleet, FleetError, FleetEvent, Part};
use countersign_domain::ids::PersonId;
use countersign_event_log::envelope::{Actor, Envelope};
use countersign_event_log::log::{Append, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use std::sync::Arc;

impl Gate {
    /// Stops everything: when this returns, nothing with an effect starts any more.
    pub async fn stop(&self, by: PersonId) -> Result<Receipt, GateError> {
        self.stop_until(by, false).await
    }

    /// Stops everything, until two people end it together.
    pub async fn stop_until_two_resume(&self, by: PersonId) -> Result<Receipt, GateError> {
        self.stop_until(by, true).await
    }

    async fn stop_until(&self, by: PersonId, takes_two: bool) -> Result<Receipt, GateError> {
        loop {
            let (_, guard) = self.allowed(&by, Permission::Stop).await?;
            let (fleet, version) = self.records.fleet().await?;
            let at = self.records.now();
            let mut drafts = vec![fleet.stop(by.clone(), at)?];
            if takes_two {
                drafts.push(Draft::open(&FleetEvent::ResumeTakesTwo { by: by.clone(), at }));
            }
            match self.append_fleet(drafts, version, &by, guard).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// Stops an agent or a tool: when this returns, nothing of it starts any more.
    pub async fn stop_part(&self, part: Part, by: PersonId) -> Result<Receipt, GateError> {
        loop {
            let (_, guard) = self.allowed(&by, Permission::Stop).await?;
            let (fleet, version) = self.records.fleet().await?;
            let draft = fleet.stop_part(part.clone(), by.clone(), self.records.now())?;
            match self.append_fleet(vec![draft], version, &by, guard).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// Ends the stop of an agent or a tool: the deadlines of what it asked for, or what it is asked for, move by as long as
    /// nothing ran, then what was allowed or approved meanwhile starts.
    pub async fn resume_part(self: &Arc<Self>, part: Part, by: PersonId, why: &str) -> Result<Receipt, GateError> {
        let (_, guard) = self.allowed(&by, Permission::Resume).await?;
        let (fleet, version) = self.records.fleet().await?;
        let draft = fleet.resume_part(part, by.clone(), why, self.records.now())?;
        self.move_deadlines(&fleet).await?;
        let receipt = self.append_fleet(vec![draft], version, &by, guard).await?;
        self.start_what_waited();
        Ok(receipt)
    }

    /// Ends a stop: deadlines move by as long as it lasted, then what was allowed or approved meanwhile starts.
    pub async fn resume(self: &Arc<Self>, by: PersonId) -> Result<Receipt, GateError> {
        let (_, guard) = self.allowed(&by, Permission::Resume).await?;
        let (fleet, version) = self.records.fleet().await?;
        let draft = fleet.resume(by.clone(), self.records.now())?;
        if let Some(stopped) = fleet.stopped.as_ref().filter(|stopped| stopped.by.is_none()) {
            self.must_be_reconciled(stopped).await?;
            // Nobody pressed this stop, so that nobody ends it alone where two decide.
            if self.records.staff().await?.signatures_needed() > 1 {
                return Err(FleetError::TakesTwo.into());
            }
        }
        // While it is still stopped, so that nothing expires in between, whatever ends this process.
        self.move_deadlines(&fleet).await?;
        let receipt = self.append_fleet(vec![draft], version, &by, guard).await?;
        self.start_what_waited();
        Ok(receipt)
    }

    /// Starts what was allowed or approved while everything was stopped.
    pub(crate) fn start_what_waited(self: &Arc<Self>) {
        for id in self.open.in_phase(&[Phase::Allowed, Phase::Approved, Phase::Waiting]) {
            self.start_in_background(id);
        }
        self.due.notify_one();
    }

    /// Gives every held action the time that it was frozen for, by whatever is stopped. A deadline that was set during the
    /// stop, be it by a resume that was cut short or by that of another stop, was frozen from then on.
    pub(crate) async fn move_deadlines(&self, fleet: &Fleet) -> Result<(), GateError> {
        for id in self.open.in_phase(&[Phase::Held]) {
            let record = match self.records.action(&id).await {
                Ok(record) => record,
                Err(error) => {
                    // One that cannot be read must not keep everything stopped for ever.
                    tracing::warn!(action = %id, %error, "a deadline could not be moved");
                    continue;
                }
            };
            let action = record.action;
            let Some(deadline) = action.deadline.filter(|_| action.phase == Phase::Held) else { continue };
            let Some(stopped_at) = fleet.frozen_since(&action.proposed.agent, &action.proposed.tool) else { continue };
            // One that a person put off was frozen before as well: they added to it.
            let sets = |e: &&Envelope| match e.kind.as_str() {
                "action.held" | "action.voided" => true,
                "action.deadline_moved" => e.open.get("reason").is_some_and(|reason| reason == STOP),
                _ => false,
            };
            let set = record.events.iter().map(|e| &*e.stored.envelope).rfind(sets);
            let from = set.map_or(stopped_at, |e| stopped_at.max(e.recorded_at));
            let frozen = self.records.now().micros().saturating_sub(from.micros()).max(0);
            let command = Command::MoveDeadline { deadline: deadline.plus_micros(frozen), reason: STOP.to_owned() };
            let draft = plain(&action, command)?;
            match self.append_action(&action, vec![(draft, None)], Actor::Station, Vec::new()).await {
                // Somebody decided it in between: it needs no deadline any more.
                Ok(_) | Err(GateError::Moved) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn append_fleet(
        &self,
        drafts: Vec<Draft>,
        version: Version,
        by: &PersonId,
        guard: Guard,
    ) -> Result<Receipt, GateError> {
        let (stream, actor) = (StreamName::fleet(), Actor::Person(by.to_string()));
        // What somebody says of it goes with them.
        let key = match drafts.iter().all(|draft| draft.sealed.is_empty()) {
            true => None,
            false => self.person_key(by).await?,
        };
        let event = |draft| match &key {
            Some(key) => self.records.seal(draft, &stream, key, &actor, None),
            None => Ok(crate::people::unsealed(draft, actor.clone())),
        };
        let events = drafts.into_iter().map(event).collect::<Result<_, _>>()?;
        let write = Write { stream, expected: version, events };
        Ok(self.records.log().append(Append { guards: vec![guard], writes: vec![write] }).await?)
    }
}
