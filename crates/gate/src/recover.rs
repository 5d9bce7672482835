//! Every open action that nobody is at work on is taken up exactly where the log says that it stands: after a restart,
//! and after a failure of the log, the keys or a tool has left it behind.

use crate::countersignature;
use crate::error::GateError;
use crate::gate::Gate;
use crate::open_at::OpenAt;
use crate::propose::Unjudged;
use crate::question::About;
use crate::records::ActionRecord;
use countersign_domain::action::{ActionEvent, Command, Conclusion, Phase};
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::ActionId;
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::Actor;
use serde_json::json;
use std::sync::Arc;

impl Gate {
    /// Reads the log for what is open and takes it up: judges what was only proposed, starts what was decided, declares
    /// unknown what had started, asks after what is unknown. To be called once, before agents begin, when no child process
    /// of an earlier run is alive any more.
    pub async fn recover(self: &Arc<Self>) -> Result<(), GateError> {
        self.recover_from(OpenAt::default()).await.map(drop)
    }

    /// The same, and reads only what lies behind what was open before; what is open now.
    pub async fn recover_from(self: &Arc<Self>, earlier: OpenAt) -> Result<OpenAt, GateError> {
        let found = self.records.open_at(earlier, self.records.log().size()).await?;
        for (id, action) in &found.actions {
            self.open.put_as(id, action.clone());
        }
        for (id, expires) in &found.changes {
            self.open_changes.put_as(id.clone(), *expires);
        }
        for customer in &found.erasures {
            self.erasures.put(customer, &self.records.customer(customer).await?);
        }
        for tool in self.toolbox().all().filter(|tool| tool.signed.since > 0) {
            self.end_what_means_something_else(&tool.definition.full_name(), tool.signed.since).await?;
        }
        self.end_calls_of_revoked().await?;
        self.lose_sight_of_what_was_open().await?;
        for id in self.open.in_phase(&[Phase::Started]) {
            self.declare_unknown(&id).await?;
        }
        for id in self.open.in_phase(&[Phase::Unknown]) {
            self.settle_in_background(id);
        }
        self.take_up_left_behind(&[Phase::Proposed, Phase::Allowed, Phase::Approved, Phase::Waiting]);
        Ok(found)
    }

    /// Takes up, in the background, what stands in one of these phases and is in nobody's hands.
    pub(crate) fn take_up_left_behind(self: &Arc<Self>, phases: &[Phase]) {
        for id in self.open.left_behind(phases) {
            let (gate, at_work) = (self.clone(), self.open.work_on(&id));
            tokio::spawn(async move {
                let _at_work = at_work;
                if let Err(error) = gate.take_up(&id).await {
                    tracing::warn!(action = %id, %error, "an open action could not be taken up; it stays as it is");
                }
            });
        }
    }

    async fn take_up(self: &Arc<Self>, id: &ActionId) -> Result<(), GateError> {
        let record = match self.records.action(id).await {
            Err(GateError::NotFound(_)) => {
                self.open.forget(id);
                return Ok(());
            }
            read => read?,
        };
        // What is known of it may be older than what was stored last and nobody was told of.
        self.open.put(&record.action);
        let tool = &record.action.proposed.tool;
        if let Some(since) =
            self.toolbox().get(tool).map(|tool| tool.signed.since).filter(|since| record.action.proposal < *since)
        {
            self.end_what_means_something_else(tool, since).await?;
        }
        let record = self.records.action(id).await?;
        match record.action.phase {
            Phase::Proposed => self.judge_again(&record).await,
            Phase::Allowed | Phase::Approved | Phase::Waiting => self.start(id).await,
            // Its call has ended and its outcome was not stored, or it would be in somebody's hands.
            Phase::Started => {
                self.declare_unknown(id).await?;
                self.settle_in_background(id.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn judge_again(self: &Arc<Self>, record: &ActionRecord) -> Result<(), GateError> {
        let sealed = crate::draw::gather(record)?;
        let (conversation, _) = self.records.conversation(&record.action.proposed.conversation).await?;
        let stored: Vec<_> = record.events.iter().map(|e| e.stored.clone()).collect();
        let (action, about) = (record.action.clone(), About::of(&conversation));
        let at_work = self.open.work_on(&action.proposed.action);
        self.judge_proposed(Unjudged { action, arguments: sealed.arguments, about, at_work }, &stored).await
    }

    /// A decision that is read back counts only if it is one on this action and its signature holds.
    pub(crate) async fn verify_decisions(&self, record: &ActionRecord) -> Result<(), GateError> {
        let action = &record.action;
        for opened in &record.events {
            if let ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) = opened.event()? {
                let statement = &decided.statement;
                // Signed in the log that it stands in: behind a restore that is not the one that goes on.
                let (log, id) = (&opened.stored.envelope.log, &action.proposed.action);
                if statement.log != *log || statement.action != *id || statement.proposal != action.proposal {
                    return Err(GateError::BadSignature("it is for another action"));
                }
                let person = self.records.person_before(&statement.person, opened.stored.envelope.position).await?;
                let key = person
                    .signing_key(&statement.key)
                    .ok_or(GateError::BadSignature("the key did not sign for this person at that time"))?;
                countersignature::verify(&decided.statement, &decided.signature, &key.public)?;
            }
        }
        Ok(())
    }

    async fn declare_unknown(&self, id: &ActionId) -> Result<(), GateError> {
        let action = self.records.action_state(id).await?;
        let code = "restart".to_owned();
        let conclusion = match action.proposed.effect {
            EffectClass::Read => Conclusion::Failed(code),
            _ => Conclusion::Unknown(code),
        };
        let message = json!("The station lost sight of the call while the tool was running.");
        let command = Command::Conclude { conclusion, at: self.records.now() };
        // Nothing more can be sealed for somebody who was erased.
        let words = match self.records.seals(&action.proposed.conversation).await? {
            true => fields([("message", message)]),
            false => Fields::new(),
        };
        let draft = action.decide(command, words)?;
        self.append_action(&action, vec![(draft, None)], Actor::Station, Vec::new()).await?;
        Ok(())
    }
}
