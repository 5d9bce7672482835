//! The actor of one conversation: looks at the log, asks the reasoner, carries the step out through the gate, looks
//! again, until there is nothing to do. It remembers nothing between two looks.

use crate::dialogue::{Dialogue, Trouble};
use crate::reasoner::{Reasoner, Say, Step, Wish};
use crate::rebuild;
use countersign_domain::action::Phase;
use countersign_domain::conversation::{self, Conversation, REPORTING_CURRENCY, TakeoverError, Turned};
use countersign_domain::ids::ConversationId;
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use countersign_gate::proposal::{Proposal, Receipt, Reply};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// The most actions that one turn proposes.
pub const MOST_PROPOSALS: usize = 8;
/// How often the same tool may fail in one turn.
pub const MOST_FAILURES: usize = 3;
/// The most looks in a row; what happens meanwhile wakes the actor again.
const MOST_LOOKS: usize = 64;

/// Why an actor rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing to do before something happens in the conversation.
    Waits,
    /// Everything is stopped, or the agent is.
    Stopped,
    /// The log or the keys do not answer.
    LogDown,
    /// It could not go on, or was told not to: there may be something to do.
    CutShort,
}

/// One conversation's agent.
pub(crate) struct Actor {
    pub(crate) gate: Arc<Gate>,
    pub(crate) reasoner: Arc<dyn Reasoner>,
    pub(crate) conversation: ConversationId,
    /// Turns true when the station ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Actor {
    /// Works until there is nothing to do, or until `ending` says so between two steps.
    pub(crate) async fn act(&self, ending: impl Fn() -> bool) -> Rest {
        let mut trouble = None;
        for _ in 0..MOST_LOOKS {
            if ending() {
                return Rest::CutShort;
            }
            let (mut dialogue, state) = match rebuild::dialogue(&self.gate, &self.conversation).await {
                Ok(looked) => looked,
                Err(error) => return self.rest(&error),
            };
            if state.external_agent().is_some() {
                return self.end_call().await;
            }
            // A hand back wakes it again.
            if state.closed || state.taken_over.is_some() {
                return Rest::Waits;
            }
            dialogue.trouble = trouble.take().or_else(|| worn_out(&dialogue));
            let done = match self.reasoner.next(&dialogue) {
                Step::Wait => return Rest::Waits,
                Step::Say(say) if say.receipts.is_empty() && !dialogue.is_news(&say.told) => {
                    tracing::warn!(conversation = %self.conversation, "the reasoner would say something to nobody's word");
                    return Rest::Waits;
                }
                Step::Say(say) => self.say(&dialogue, &state, say).await,
                Step::Propose(wish) => self.propose(&dialogue, wish).await,
                Step::Receipt(receipts, by) => self.receipt(&dialogue, &receipts, by).await,
                Step::Ask(ask) => match self.reasoner.calling() {
                    Some(calling) => calling
                        .call(&self.gate, self.reasoner.agent(), &dialogue, &ask, &self.ending)
                        .await
                        .map(|()| None),
                    None => return Rest::Waits,
                },
            };
            match done {
                Ok(met) => trouble = met,
                // Somebody wrote in between: look again.
                Err(GateError::Moved) => {}
                Err(error) => return self.rest(&error),
            }
        }
        Rest::Waits
    }

    async fn say(&self, dialogue: &Dialogue, state: &Conversation, say: Say) -> Result<Option<Trouble>, GateError> {
        let turn = Turned {
            turn: state.turns + 1,
            intent: say.intent,
            confidence_permille: say.confidence_permille.min(1000),
            received_at: dialogue.unanswered().map(|(_, _, at)| at).min(),
            first_segment_at: None,
            last_segment_at: None,
            reasoner: say.by.unwrap_or_else(|| self.reasoner.identity()),
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: 0,
            currency: REPORTING_CURRENCY.to_owned(),
            answered: dialogue.last_message(),
            told: say.told,
        };
        let reply = Reply {
            conversation: self.conversation.clone(),
            seen: dialogue.version,
            agent: self.reasoner.agent().to_owned(),
            segments: say.segments,
            claims: say.claims,
            turn,
            escalate: say.escalate,
            receipts: say.receipts,
        };
        match self.gate.reply(reply).await {
            Ok(()) => Ok(None),
            // Whoever would say the same again, or has nothing else to say, rests.
            Err(error @ (GateError::ReplyNotAllowed(_) | GateError::UnbackedClaim(_) | GateError::ReplyLeaks(_)))
                if self.reasoner.calling().is_some() && !matches!(dialogue.trouble, Some(Trouble::Kept { .. })) =>
            {
                tracing::warn!(conversation = %self.conversation, %error, "a reply was not sent");
                Ok(Some(Trouble::Kept { why: format!("The agent's reply was not sent: {error}.") }))
            }
            Err(error) => Err(error),
        }
    }

    async fn receipt(
        &self,
        dialogue: &Dialogue,
        receipts: &[Receipt],
        by: Option<conversation::Reasoner>,
    ) -> Result<Option<Trouble>, GateError> {
        let (agent, reasoner) = (self.reasoner.agent(), by.unwrap_or_else(|| self.reasoner.identity()));
        self.gate.receipt(&self.conversation, dialogue.version, agent, &reasoner, receipts).await.map(|()| None)
    }

    /// Proposes. What the gate refuses without a trace in the log is told to the reasoner at the next look.
    async fn propose(&self, dialogue: &Dialogue, wish: Wish) -> Result<Option<Trouble>, GateError> {
        let proposal = Proposal {
            conversation: self.conversation.clone(),
            seen: dialogue.version,
            agent: self.reasoner.agent().to_owned(),
            reasoner: wish.by.unwrap_or_else(|| self.reasoner.identity()),
            tool: wish.tool,
            arguments: wish.arguments.to_string(),
            claim: wish.claim,
            provenance: wish.provenance,
            whisper: wish.whisper,
            asked_in: wish.asked_in,
            receipts: wish.receipts,
        };
        match self.gate.propose(proposal).await {
            Ok(_) => Ok(None),
            Err(GateError::TooManyHeld(_)) => Ok(Some(Trouble::TooManyHeld)),
            Err(
                error @ (GateError::UnknownTool(_)
                | GateError::NotAccepted(_)
                | GateError::NotStrict(_)
                | GateError::Schema(_)
                | GateError::Tool(_)
                | GateError::Takeover(TakeoverError::NoWhisper)
                | GateError::Action(_)),
            ) => Ok(Some(Trouble::Refused { why: format!("The agent's proposal was not taken: {error}.") })),
            Err(error) => Err(error),
        }
    }

    /// What holds the call of an external agent has no agent of ours: it only ends with the call.
    async fn end_call(&self) -> Rest {
        match self.gate.close_call(&self.conversation).await {
            Ok(_) => Rest::Waits,
            Err(error) => self.rest(&error),
        }
    }

    fn rest(&self, error: &GateError) -> Rest {
        match error {
            GateError::Stopped => Rest::Stopped,
            GateError::Takeover(TakeoverError::TakenOver) => Rest::Waits,
            GateError::Append(_) | GateError::Read(_) | GateError::Sealing(_) => {
                tracing::warn!(conversation = %self.conversation, %error, "the agent rests until the log answers");
                Rest::LogDown
            }
            error => {
                tracing::warn!(conversation = %self.conversation, %error, "the agent rests until something happens");
                Rest::CutShort
            }
        }
    }
}

/// Whether a turn has proposed, or seen a tool fail, as often as it may.
fn worn_out(dialogue: &Dialogue) -> Option<Trouble> {
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut proposed = 0;
    for view in dialogue.proposed_in_turn() {
        proposed += 1;
        if view.report.phase == Phase::Failed {
            *failed.entry(&view.report.tool).or_default() += 1;
        }
    }
    if let Some((tool, times)) = failed.into_iter().find(|(_, times)| *times >= MOST_FAILURES) {
        return Some(Trouble::WornOut { why: format!("{tool} failed {times} times.") });
    }
    (proposed >= MOST_PROPOSALS)
        .then(|| Trouble::WornOut { why: format!("The agent proposed {proposed} actions in one turn.") })
}
