//! A call of a model: what it is asked, what that may cost, and what is stored of it.

use super::aloud::{Aloud, Listening};
use super::answer::{Answer, AskedCall};
use super::port::{ModelReply, ModelRequest, Models, ToolOffer};
use super::spending::{DaySpent, Reserved, Spending};
use super::turn::Turn;
use super::{Message, ModelAsk, ModelSettings, Price, messages, offers, untold};
use crate::dialogue::Dialogue;
use crate::playbook::IntentShown;
use countersign_domain::conversation::{
    Assurance, MOST_ASKED, ModelCallEnd, ModelCalled, ModelSaid, ModelStep, REPORTING_CURRENCY, Tokens,
};
use countersign_domain::ids::ConversationId;
use countersign_domain::time::Timestamp;
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// The most tokens that a model writes, by step.
const MOST_WRITTEN: u32 = 1_200;
const MOST_WRITTEN_CLASSIFYING: u32 = 150;
/// What a provider adds to a request of its own, in tokens, at most.
const ADDED_TOKENS: u64 = 1_000;

/// Models, and how they are asked.
#[derive(Clone)]
pub struct Calling {
    pub(crate) settings: Arc<ModelSettings>,
    pub(crate) models: Arc<dyn Models>,
    pub(crate) intents: Arc<[IntentShown]>,
    pub(crate) aloud: Arc<Aloud>,
    pub(crate) spending: Arc<Spending>,
}

impl Calling {
    /// What models write in a conversation, while they write it.
    pub fn listen(&self, conversation: &ConversationId) -> Listening {
        self.aloud.listen(conversation)
    }

    /// How spending stands today.
    pub fn today(&self, now: Timestamp) -> DaySpent {
        self.spending.today(now, &self.settings.budget)
    }

    /// Asks a model and stores what came of it. Where it could cost more than may be spent, it is not asked.
    pub(crate) async fn call(
        &self,
        gate: &Gate,
        agent: &str,
        dialogue: &Dialogue,
        ask: &ModelAsk,
        ending: &watch::Receiver<bool>,
    ) -> Result<(), GateError> {
        // Nothing could be done by its answer.
        if gate.records().fleet().await?.0.silences(agent) {
            return Err(GateError::Stopped);
        }
        let request = self.request(gate, dialogue, ask);
        let most_read = bytes_of(&request).saturating_add(ADDED_TOKENS);
        let (end, cost, reply) = match self.reserved(gate.records().now(), dialogue, ask, most_read) {
            Err(why) => (ModelCallEnd::OverBudget, (Tokens::default(), true, 0), Err(why)),
            Ok(reserved) => {
                let writing = (ask.step != ModelStep::Classify).then(|| self.aloud.begin(&dialogue.conversation));
                let hear = |piece: &str| writing.iter().for_each(|writing| writing.hear(piece));
                let mut ending = ending.clone();
                let reply = tokio::select! {
                    reply = self.models.ask(&request, &hear) => reply,
                    // A station that ends waits for nobody's answer; it is asked again at the next start.
                    _ = ending.wait_for(|ending| *ending) => left_alone(),
                };
                let cost = self.cost(ask, &reply, most_read);
                reserved.settle(cost.2);
                (reply.end, cost, Ok(reply))
            }
        };
        let (tokens, counted, cost_micros) = cost;
        let answer = match &reply {
            Ok(reply) if end == ModelCallEnd::Answered => Some(answer(gate, dialogue, ask, reply)),
            _ => None,
        };
        let called = ModelCalled {
            number: 0,
            step: ask.step,
            intent: ask.intent.clone(),
            provider: ask.model.provider.clone(),
            model: ask.model.name.clone(),
            prompt: self.settings.prompts.version(ask.step),
            end,
            asked: answer.as_ref().map_or(0, |answer| u32::try_from(answer.calls.len()).unwrap_or(u32::MAX)),
            tokens,
            counted,
            cost_micros,
            currency: REPORTING_CURRENCY.to_owned(),
            prices: self.settings.prices.as_of.clone(),
            first_token_ms: reply.as_ref().ok().and_then(|reply| reply.first_token_ms),
            took_ms: reply.as_ref().map_or(0, |reply| reply.took_ms),
        };
        let said = match (answer, reply) {
            (Some(answer), _) => ModelSaid::Answer(answer.to_value()),
            (None, Ok(reply)) => ModelSaid::Why(reply.why),
            (None, Err(why)) => ModelSaid::Why(why),
        };
        gate.model_called(&dialogue.conversation, agent, &called, &said).await
    }

    /// Sets aside what it could cost; or why it is not asked: that is more than may be spent.
    fn reserved(
        &self,
        now: Timestamp,
        dialogue: &Dialogue,
        ask: &ModelAsk,
        most_read: u64,
    ) -> Result<Reserved, String> {
        let price = self.settings.prices.of(&ask.model).map_err(|why| why.to_string())?;
        // What is put into a cache costs most of what is read.
        let dearest = price.read.max(price.cache_written).max(price.cached);
        let price = Price { read: dearest, ..price };
        let most = Tokens { read: most_read, written: u64::from(most_written(ask.step)), ..Tokens::default() };
        let could = self.settings.prices.cost_micros(&price, &most);
        let budget = &self.settings.budget;
        let of_call = if ask.step == ModelStep::Hardest { budget.hardest_micros } else { budget.call_micros };
        if could > of_call {
            return Err(format!("The call could cost {} where one may cost {}.", euros(could), euros(of_call)));
        }
        let spent = dialogue.spent.cost_micros;
        if spent.saturating_add(could) > budget.conversation_micros {
            let (spent, could, most) = (euros(spent), euros(could), euros(budget.conversation_micros));
            return Err(format!(
                "The conversation has cost {spent}, and the call could cost {could}; one may cost {most}."
            ));
        }
        self.spending.reserve(now, &ask.intent, could, budget)
    }

    /// The tokens, whether they were counted, and what they cost. What was not counted is the most that it can have been.
    fn cost(&self, ask: &ModelAsk, reply: &ModelReply, most_read: u64) -> (Tokens, bool, u64) {
        let asked = match reply.end {
            ModelCallEnd::Answered
            | ModelCallEnd::TimedOut
            | ModelCallEnd::Garbled
            | ModelCallEnd::TooLong
            | ModelCallEnd::LeftAlone => true,
            // Refused before it was read, or failed: providers take nothing for that.
            _ => reply.bytes_written > 0,
        };
        let (tokens, counted) = match reply.tokens {
            Some(tokens) => (tokens, true),
            None if !asked => (Tokens::default(), true),
            None => {
                let written = u64::from(most_written(ask.step)).min(match reply.end {
                    ModelCallEnd::Answered => reply.bytes_written,
                    _ => u64::MAX,
                });
                (Tokens { read: most_read, written, ..Tokens::default() }, false)
            }
        };
        let price = self.settings.prices.of(&ask.model).unwrap_or_default();
        (tokens, counted, self.settings.prices.cost_micros(&price, &tokens))
    }

    fn request(&self, gate: &Gate, dialogue: &Dialogue, ask: &ModelAsk) -> ModelRequest {
        let model = ask.model.clone();
        let most_tokens = most_written(ask.step);
        if ask.step == ModelStep::Classify {
            let listed: Vec<String> =
                self.intents.iter().map(|intent| format!("- {}: such as “{}”", intent.id, intent.example)).collect();
            let system = self.settings.prompts.filled(ask.step, &[("{intents}", &listed.join("\n"))]);
            let messages = messages::last_words(dialogue);
            return ModelRequest { model, system, messages, tools: Vec::new(), most_tokens };
        }
        let turn = Turn::of(dialogue, &self.intents);
        let system = self.settings.prompts.filled(
            ask.step,
            &[
                ("{customer}", &customer(dialogue)),
                ("{now}", &dialogue.at.map(|at| at.to_string()).unwrap_or_default()),
                ("{intent}", turn.intent().0),
                ("{language}", turn.classified().and_then(|c| c.language.as_deref()).unwrap_or("the customer's")),
            ],
        );
        let tools = offers::all(&gate.toolbox(), turn.has_unread_whispers());
        let mut messages = messages::all(dialogue);
        for message in &mut messages {
            if let Message::Assistant { calls, .. } = message {
                for call in calls {
                    call.tool = offers::on_the_wire(&call.tool);
                    // What was no object was not taken; providers take nothing else back.
                    if !call.arguments.is_object() {
                        call.arguments = json!({});
                    }
                }
            }
        }
        ModelRequest { model, system, messages, tools, most_tokens }
    }
}

/// A call whose answer was not waited for.
fn left_alone() -> ModelReply {
    ModelReply {
        end: ModelCallEnd::LeftAlone,
        text: String::new(),
        calls: Vec::new(),
        tokens: None,
        bytes_written: 0,
        first_token_ms: None,
        took_ms: 0,
        why: format!("{}.", ModelCallEnd::LeftAlone.in_words()),
    }
}

fn most_written(step: ModelStep) -> u32 {
    if step == ModelStep::Classify { MOST_WRITTEN_CLASSIFYING } else { MOST_WRITTEN }
}

fn customer(dialogue: &Dialogue) -> String {
    let name = dialogue.customer.as_deref().map(|name| super::fence::within("customer-name", "", name));
    let sure = match dialogue.assurance {
        Assurance::Anonymous => "Nobody has said who they are.",
        Assurance::Claimed => "They say who they are; nobody has verified it.",
        Assurance::Verified => "It is verified who they are.",
    };
    [name.as_deref().unwrap_or_default(), sure].join(" ").trim().to_owned()
}

fn answer(gate: &Gate, dialogue: &Dialogue, ask: &ModelAsk, reply: &ModelReply) -> Answer {
    let toolbox = gate.toolbox();
    let (asides, calls): (Vec<AskedCall>, Vec<AskedCall>) =
        reply.calls.iter().cloned().partition(|call| offers::is_ours(&call.tool));
    let classifies = ask.step == ModelStep::Classify;
    let calls = calls.into_iter().take(if classifies { 0 } else { MOST_ASKED });
    Answer {
        text: reply.text.clone(),
        calls: calls
            .map(|call| {
                AskedCall { tool: offers::tool_named(&toolbox, &call.tool), id: String::new(), ..call }.bounded()
            })
            .collect(),
        asides: asides.into_iter().take(MOST_ASKED).map(AskedCall::bounded).collect(),
        saw: if classifies { Vec::new() } else { untold(dialogue) },
        read: dialogue.entries.len(),
    }
}

/// The most tokens that a request can be: no tokenizer makes more tokens of a text than it has bytes.
fn bytes_of(request: &ModelRequest) -> u64 {
    // Each is told apart from the next by a few tokens.
    let messages: usize = request.messages.iter().map(|message| message.bytes() + 16).sum();
    let of_tool = |tool: &ToolOffer| tool.name.len() + tool.description.len() + tool.schema.to_string().len() + 32;
    let tools: usize = request.tools.iter().map(of_tool).sum();
    (request.system.len() + messages + tools) as u64
}

fn euros(micros: u64) -> String {
    format!("€{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}
