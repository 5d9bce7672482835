//! The model reasoner: a language model behind the reasoner's port. What it answered stands in the log before anything is
//! done by it, so the same dialogue always gives the same step, and a restart goes on with the answer that was paid for.
//! Where no model answers, or none may be asked, the playbook goes on.

mod aloud;
mod answer;
mod calling;
mod fence;
mod messages;
mod offers;
mod port;
mod prices;
mod prompts;
mod routes;
mod sentences;
mod spending;
mod turn;

pub use aloud::{Aloud, Listening};
pub use answer::{Answer, AskedCall};
pub use calling::Calling;
pub use port::{Hear, Message, ModelReply, ModelRequest, Models, ToolOffer};
pub use prices::{Price, PriceError, Prices};
pub use prompts::{PromptError, Prompts};
pub use routes::{ANY_INTENT, Budget, ModelName, Routes, RoutesError};
pub use spending::{DaySpent, Spending};

use crate::dialogue::{ActionView, Dialogue, Ending, Trouble};
use crate::playbook::{IntentShown, Playbook};
use crate::reasoner::{MODEL, Reasoner, Say, Step, Wish};
use countersign_domain::action::{Phase, SettledHow};
use countersign_domain::conversation::{self, AskedIn, EscalationReason, MOST_MODEL_CALLS, ModelStep, UNCLEAR_INTENT};
use countersign_domain::ids::ActionId;
use countersign_domain::tool::EffectClass;
use countersign_gate::MOST_SEGMENTS;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use turn::{Classified, Thread, Turn};

/// The most calls of models in one turn; then a person goes on.
const MOST_CALLS: usize = 24;
/// How often a turn may ask for what the gate does not take.
const MOST_REFUSALS: usize = 3;
/// So many calls before a conversation has made all that it may, the playbook goes on: what is open can be ended.
const SPARE_CALLS: u32 = 30;
/// Below this, in thousandths, it is unsure what is wanted, and the hardest step is taken.
const UNSURE_PERMILLE: u32 = 500;

/// The longest account of a model that a card shows, in characters.
const LONGEST_CLAIM: usize = 500;

/// A call of a model that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAsk {
    /// For what.
    pub step: ModelStep,
    /// The class of intent.
    pub intent: String,
    /// Which model.
    pub model: ModelName,
}

/// Everything that models are reasoned with, as it is set now.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Which model takes which step of which class of intent, and who comes next.
    pub routes: Routes,
    /// What may be spent.
    pub budget: Budget,
    /// What models cost.
    pub prices: Prices,
    /// What they are told.
    pub prompts: Prompts,
}

/// Reasons with language models, and with a playbook where none answers.
pub struct ModelReasoner {
    playbook: Playbook,
    settings: Arc<ModelSettings>,
    models: Arc<dyn Models>,
    intents: Arc<[IntentShown]>,
    aloud: Arc<Aloud>,
    spending: Arc<Spending>,
}

impl ModelReasoner {
    /// Over a playbook, which has the agent's name, with what is spent today already.
    pub fn new(playbook: Playbook, settings: ModelSettings, models: Arc<dyn Models>, spent: Spending) -> Self {
        let intents = playbook.intents().into();
        let (settings, spending) = (Arc::new(settings), Arc::new(spent));
        Self { playbook, settings, models, intents, aloud: Arc::default(), spending }
    }

    /// The next model for a step; `None` once each has failed in this turn.
    fn ask(&self, turn: &Turn<'_>, step: ModelStep, intent: &str) -> Option<Step> {
        let route = self.settings.routes.of(intent, step);
        let model = route.iter().find(|model| !turn.failed(step, model))?.clone();
        Some(Step::Ask(ModelAsk { step, intent: intent.to_owned(), model }))
    }

    /// A turn that no model takes.
    fn without(&self, dialogue: &Dialogue, turn: &Turn<'_>) -> Step {
        let mut step = self.playbook.next(dialogue);
        let spent = turn.over_budget() || dialogue.model_calls >= MOST_MODEL_CALLS - SPARE_CALLS;
        if let Step::Say(say) = &mut step
            && spent
            && say.escalate.is_none()
            && say.intent == UNCLEAR_INTENT
        {
            let note =
                "No model could be asked within what may be spent, and the playbook could not tell what is wanted.";
            say.escalate = Some((EscalationReason::Budget, note.to_owned()));
        }
        let by = Some(self.playbook.identity());
        match step {
            Step::Say(say) => Step::Say(Say { by, ..say }),
            Step::Propose(wish) => Step::Propose(Wish { by, ..wish }),
            Step::Receipt(receipts, _) => Step::Receipt(receipts, by),
            step => step,
        }
    }

    fn trouble(&self, dialogue: &Dialogue, turn: &Turn<'_>, why: &str) -> Step {
        let told = untold(dialogue).into_iter().map(|(id, _)| id).collect();
        let (intent, confidence_permille) = turn.intent();
        let mut say = self.playbook.in_trouble(dialogue, why.to_owned());
        (say.told, say.intent, say.confidence_permille) = (told, intent.to_owned(), confidence_permille);
        say.receipts = turn.thread().map(|thread| turn.receipts(thread.answer)).unwrap_or_default();
        // The turn is the model's, whoever had the words: a playbook would take it for what it had meant to say.
        say.by = Some(turn.thread().map_or_else(|| self.identity(), |thread| self.identity_of(thread)));
        Step::Say(say)
    }

    fn step_for(dialogue: &Dialogue, turn: &Turn<'_>) -> ModelStep {
        let went_wrong = |id: &ActionId| dialogue.actions.get(id).is_some_and(went_otherwise);
        let unsure = turn.classified().is_some_and(|c| c.confidence_permille < UNSURE_PERMILLE);
        if turn.asked_for().any(went_wrong) || untold(dialogue).iter().any(|(id, _)| went_wrong(id)) || unsure {
            return ModelStep::Hardest;
        }
        if turn.thread().is_some() { ModelStep::ToolStep } else { ModelStep::Reason }
    }

    /// What a model's last answer leads to, where nothing happened behind it that it does not know of.
    fn by(&self, dialogue: &Dialogue, turn: &Turn<'_>, thread: &Thread<'_>) -> Option<Step> {
        let waiting = |phase: Phase| {
            matches!(phase, Phase::Proposed | Phase::Allowed | Phase::Approved | Phase::Waiting | Phase::Started)
        };
        if let Some((nth, call)) = thread.pending().filter(|_| dialogue.trouble.is_none() && !thread.is_stale()) {
            return Some(Step::Propose(Wish {
                tool: call.tool.clone(),
                arguments: call.arguments.clone(),
                claim: thread.answer.spoken().map(|words| words.chars().take(LONGEST_CLAIM).collect()),
                provenance: BTreeMap::new(),
                whisper: turn.by_whisper(thread.answer),
                asked_in: Some(AskedIn { call: thread.called.number, nth }),
                receipts: turn.receipts_by(thread.answer),
                by: Some(self.identity_of(thread)),
            }));
        }
        if thread.actions().any(|id| dialogue.actions.get(id).is_some_and(|view| waiting(view.report.phase))) {
            return Some(Step::Wait);
        }
        if thread.asks_for_tools() || thread.is_stale() {
            return None;
        }
        if thread.answer.spoken().is_none() && turn.person_asked_for().is_none() {
            return self.silent(dialogue, turn, thread);
        }
        Some(Step::Say(self.say(dialogue, turn, thread)))
    }

    /// An answer without words: what it made of whispers is said, and where the customer waits it is asked again.
    fn silent(&self, dialogue: &Dialogue, turn: &Turn<'_>, thread: &Thread<'_>) -> Option<Step> {
        let receipts = turn.receipts(thread.answer);
        if !receipts.is_empty() {
            return Some(Step::Receipt(receipts, Some(self.identity_of(thread))));
        }
        let waits = dialogue.unanswered().next().is_some() || !untold(dialogue).is_empty();
        if waits { None } else { Some(Step::Wait) }
    }

    fn say(&self, dialogue: &Dialogue, turn: &Turn<'_>, thread: &Thread<'_>) -> Say {
        let (intent, confidence_permille) = turn.intent();
        let told: Vec<ActionId> = thread
            .answer
            .saw
            .iter()
            .filter(|(id, ending)| dialogue.untold(id) == Some(*ending))
            .map(|(id, _)| id.clone())
            .collect();
        let happened = |id: &&ActionId| {
            dialogue.actions.get(*id).is_some_and(|view| {
                let done = matches!(view.report.phase, Phase::Succeeded | Phase::Settled(SettledHow::Happened));
                done && view.effect != EffectClass::Read
            })
        };
        let mut segments = match thread.answer.spoken() {
            Some(words) => sentences::segments(words),
            // It asked for a person, and said nothing.
            None => self.playbook.person_noted(dialogue),
        };
        segments.truncate(MOST_SEGMENTS);
        Say {
            segments,
            claims: told.iter().filter(happened).cloned().collect(),
            told,
            intent: intent.to_owned(),
            confidence_permille,
            escalate: turn.person_asked_for(),
            receipts: turn.receipts(thread.answer),
            by: Some(self.identity_of(thread)),
        }
    }

    fn identity_of(&self, thread: &Thread<'_>) -> conversation::Reasoner {
        let called = thread.called;
        conversation::Reasoner { kind: MODEL.to_owned(), name: called.model.clone(), version: called.prompt.clone() }
    }
}

impl Reasoner for ModelReasoner {
    fn agent(&self) -> &str {
        self.playbook.agent()
    }

    fn identity(&self) -> conversation::Reasoner {
        let name = self.settings.routes.of(UNCLEAR_INTENT, ModelStep::Reason).first().map(|model| model.name.clone());
        let version = self.settings.prompts.version(ModelStep::Reason);
        conversation::Reasoner { kind: MODEL.to_owned(), name: name.unwrap_or_default(), version }
    }

    fn tools(&self, known: &BTreeSet<String>) -> BTreeSet<String> {
        known.clone()
    }

    fn would_do(&self, _: &str) -> Option<String> {
        Some("It is put to the model with the conversation.".to_owned())
    }

    fn calling(&self) -> Option<Calling> {
        let (settings, models, intents) = (self.settings.clone(), self.models.clone(), self.intents.clone());
        Some(Calling { settings, models, intents, aloud: self.aloud.clone(), spending: self.spending.clone() })
    }

    fn next(&self, dialogue: &Dialogue) -> Step {
        // Words that were erased are answered by nobody.
        if dialogue.unanswered().any(|(_, text, _)| text.is_none()) {
            return Step::Wait;
        }
        let turn = Turn::of(dialogue, &self.intents);
        let news = dialogue.unanswered().next().is_some() || !untold(dialogue).is_empty() || turn.has_unread_whispers();
        if !news {
            return Step::Wait;
        }
        if let Some(Trouble::WornOut { why } | Trouble::Kept { why }) = &dialogue.trouble {
            return self.trouble(dialogue, &turn, why);
        }
        if dialogue.model_calls >= MOST_MODEL_CALLS - SPARE_CALLS {
            return self.without(dialogue, &turn);
        }
        if dialogue.unanswered().next().is_some()
            && turn.classified().is_none()
            && let Some(ask) = self.ask(&turn, ModelStep::Classify, turn.intent().0)
        {
            return ask;
        }
        if let Some(thread) = turn.thread()
            && let Some(step) = self.by(dialogue, &turn, thread)
        {
            return step;
        }
        if turn.calls() >= MOST_CALLS || turn.refusals() >= MOST_REFUSALS {
            return self.trouble(dialogue, &turn, "The model did not come to an answer.");
        }
        let intent = turn.classified().map_or(turn.intent().0, |Classified { intent, .. }| intent.as_str());
        match self.ask(&turn, Self::step_for(dialogue, &turn), intent) {
            Some(ask) => ask,
            None => self.without(dialogue, &turn),
        }
    }
}

/// The ends that nobody has told yet.
pub(crate) fn untold(dialogue: &Dialogue) -> Vec<(ActionId, Ending)> {
    dialogue.actions.keys().filter_map(|id| Some((id.clone(), dialogue.untold(id)?))).collect()
}

/// Whether an action did not come to what the agent wanted.
fn went_otherwise(view: &ActionView) -> bool {
    let refused = matches!(
        view.report.phase,
        Phase::Denied | Phase::Rejected | Phase::Expired | Phase::Failed | Phase::Unknown | Phase::Withdrawn
    );
    refused || view.is_changed()
}
