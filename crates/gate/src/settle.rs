//! Unknown outcomes: the probe that claims the key. Absence alone is never proof.

use crate::error::GateError;
use crate::gate::Gate;
use crate::permit::{CallLimits, ProbePermit};
use countersign_domain::action::{ActionBytes, Command, Phase, SettledHow};
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::ActionId;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::Cause;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

impl Gate {
    pub(crate) fn settle_in_background(self: &Arc<Self>, id: ActionId) {
        let (gate, at_work) = (self.clone(), self.open.work_on(&id));
        tokio::spawn(async move {
            let _at_work = at_work;
            if let Err(error) = gate.settle(&id).await {
                tracing::warn!(action = %id, %error, "an unknown outcome could not be settled; it stays unknown");
            }
        });
    }

    /// Asks the tool what became of an action; `Ok(false)` if that is still not known.
    pub async fn settle(self: &Arc<Self>, id: &ActionId) -> Result<bool, GateError> {
        let _line = self.line().await?;
        let record = self.records.action(id).await?;
        let action = &record.action;
        if action.phase != Phase::Unknown {
            return Ok(true);
        }
        let tool = self.pinned(&action.proposed.tool)?;
        let Some(probe) = &tool.settings.probe else { return Ok(false) };
        let name = format!("{}.{}", action.proposed.server, probe.tool);
        let prober = self.pinned(&name)?;
        let stored: Vec<_> = record.events.iter().map(|e| e.stored.clone()).collect();
        let permit = ProbePermit::from_stored(&stored, id)?;
        let bytes = ActionBytes {
            tool: name,
            server: prober.definition.server.clone(),
            definition: prober.hash.clone(),
            arguments: json!({ probe.key_argument.clone(): id.as_str() }),
            salt: String::new(),
        };
        let timeout = Duration::from_secs(u64::from(prober.settings.timeout_seconds));
        let answer = self.servers.call(permit.call(&bytes, CallLimits { timeout, key_argument: None })).await?;
        if answer.is_error {
            return Ok(false);
        }
        let state = answer.result.pointer(&probe.state).and_then(serde_json::Value::as_str);
        let how = match state {
            Some(state) if state == probe.happened => SettledHow::Happened,
            Some(state) if state == probe.claimed => SettledHow::DidNotHappen,
            _ => return Ok(false),
        };
        let command = Command::Settle { how, by: "probe".to_owned() };
        // Somebody who was erased meanwhile has no key any more; that it is settled must be stored all the same.
        let result = match self.records.seals(&action.proposed.conversation).await? {
            true => fields([("result", answer.result)]),
            false => Fields::new(),
        };
        let draft = action.decide(command, result)?;
        let cause = record.events.last().map(|e| Cause::Position(e.stored.envelope.position));
        self.append_action(action, vec![(draft, cause)], Actor::Station, Vec::new()).await?;
        Ok(true)
    }
}
