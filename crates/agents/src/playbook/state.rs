//! Where a conversation stands in a playbook: replayed from the dialogue, entry by entry, so that nothing but the log
//! says what was asked, proposed and told.

use super::advance::{Around, Next, advance};
use super::book::Book;
use super::file::{Does, From, Intent, Propose, Sentences, Slot, Step as FlowStep};
use super::running::Running;
use super::tell::{self, Part};
use super::whispers::Heard;
use super::words;
use crate::dialogue::{ActionView, Dialogue, Ending, Entry};
use crate::reasoner::{MODEL, Wish};
use countersign_domain::conversation::{EscalationReason, UNCLEAR_INTENT};
use countersign_domain::ids::ActionId;
use countersign_domain::tool::EffectClass;
use countersign_gate::proposal::Receipt;
use std::collections::BTreeMap;

/// How likely another wish must be before it ends the flow that is on, in thousandths.
const CLEARLY_PERMILLE: u32 = 800;
/// The fewest words of such a wish.
const FEWEST_WORDS: usize = 3;
/// The most ends that one turn tells; the others follow in the next.
const MOST_ENDS: usize = 2;

/// What a message asks for outside of a flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Answer<'a> {
    Person,
    /// A colleague whispered to ask for a person.
    Colleague,
    Unclear,
    Status,
    Says(&'a Sentences),
}

/// Where a conversation stands.
pub(super) struct State<'a> {
    pub(super) book: &'a Book,
    actions: &'a BTreeMap<ActionId, ActionView>,
    pub(super) flow: Option<Running<'a>>,
    pub(super) answers: Vec<Answer<'a>>,
    pub(super) heard: Option<u32>,
    /// The customer's messages since a person last answered.
    pub(super) said: Vec<(u32, &'a str)>,
    /// Whispers that the agent has said nothing of.
    pub(super) whispers: Vec<Heard<'a>>,
    /// What was whispered for the whole conversation last.
    pub(super) standing: Option<(u32, &'a Intent)>,
    /// Whether this turn is by a whisper.
    pub(super) taken_up: bool,
    /// What the agent makes of whispers with its next step.
    pub(super) receipts: Vec<Receipt>,
    /// What was heard since the agent last spoke.
    unspoken: Vec<(u32, &'a str)>,
    unclear: u32,
    noted: Vec<EscalationReason>,
    effects: Vec<ActionId>,
    lookups: Vec<ActionId>,
    told: BTreeMap<ActionId, Ending>,
    /// The ends that this turn tells or uses.
    ends: Vec<(ActionId, Ending)>,
    pub(super) intent: &'a str,
    pub(super) permille: u32,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Plan<'a> {
    Wait,
    Propose(Wish),
    Say(Saying<'a>),
}

/// A turn's words, and what they change.
#[derive(Debug, Default)]
pub(super) struct Saying<'a> {
    pub(super) parts: Vec<Part>,
    /// The ends that it tells or uses.
    pub(super) told: Vec<ActionId>,
    asks: Vec<&'a str>,
    forgets: Vec<&'a str>,
    ends_flow: bool,
    unclear: bool,
}

impl<'a> State<'a> {
    /// Replays a dialogue.
    pub(super) fn replay(book: &'a Book, dialogue: &'a Dialogue) -> Self {
        let mut state = Self {
            book,
            actions: &dialogue.actions,
            flow: None,
            answers: Vec::new(),
            heard: None,
            said: Vec::new(),
            whispers: Vec::new(),
            standing: None,
            taken_up: false,
            receipts: Vec::new(),
            unspoken: Vec::new(),
            unclear: 0,
            noted: Vec::new(),
            effects: Vec::new(),
            lookups: Vec::new(),
            told: BTreeMap::new(),
            ends: Vec::new(),
            intent: UNCLEAR_INTENT,
            permille: 0,
        };
        for entry in &dialogue.entries {
            match entry {
                Entry::Said { number, text, .. } => state.hear(*number, text.as_deref().unwrap_or_default()),
                Entry::Proposed { action, asked_in } => state.proposed(action, asked_in.is_some()),
                // What a model said is not what this would have said: of what came since it begins anew.
                Entry::Turned { turned, told } if turned.reasoner.kind == MODEL => {
                    state.told.extend(told.iter().cloned());
                    state.answered_by_a_person(turned.answered);
                }
                Entry::Turned { told, .. } => {
                    state.ends = told.clone();
                    let plan = state.plan();
                    state.spoke(plan);
                }
                Entry::Answered { answered, .. } => state.answered_by_a_person(*answered),
                Entry::ModelCalled { .. }
                | Entry::Spoke { .. }
                | Entry::Promised { .. }
                | Entry::PromiseKept { .. } => {}
                // Whatever a person was asked for, a person was there.
                Entry::HandedBack => {
                    state.noted.clear();
                    state.forget_whispers();
                }
                Entry::Whispered { number, scope, text } => {
                    state.whispered(*number, *scope, text.as_deref().unwrap_or_default());
                }
                Entry::Receipted { number, followed, intent } => {
                    state.receipted(*number, *followed, intent.as_deref());
                }
                Entry::Ended { answered } => {
                    state.answered_by_a_person(*answered);
                    state.noted.clear();
                    state.forget_whispers();
                }
                Entry::Escalated { reason } => state.noted.push(*reason),
            }
        }
        let untold = |id: &&ActionId| {
            let ending = state.actions.get(*id).and_then(ActionView::ending);
            ending.filter(|e| state.told.get(*id) != Some(e)).map(|e| ((*id).clone(), e))
        };
        let lookups: Vec<_> = state.lookups.iter().filter_map(|id| untold(&id)).collect();
        let effects: Vec<_> = state.effects.iter().filter_map(|id| untold(&id)).take(MOST_ENDS).collect();
        state.ends = lookups.into_iter().chain(effects).collect();
        state.consider();
        state
    }

    fn hear(&mut self, number: u32, text: &'a str) {
        self.heard = Some(number);
        self.unspoken.push((number, text));
        self.said.push((number, text));
        let (nearest, intent) = self.book.meant(text);
        let permille = nearest.map_or(0, |m| m.permille);
        if let Some(intent) = intent.filter(|i| matches!(i.does, Does::Person)) {
            (self.intent, self.permille) = (&intent.id, permille);
            self.flow = None;
            self.answers.push(Answer::Person);
            return;
        }
        if let Some(flow) = &mut self.flow {
            let told = flow.hear(self.book, number, text);
            match intent.map(|i| &i.does) {
                Some(Does::Cancels(said)) if !told => {
                    self.flow = None;
                    self.answers.push(Answer::Says(said));
                }
                Some(Does::Says(said)) if !told => self.answers.push(Answer::Says(said)),
                Some(Does::Status) if !told => self.answers.push(Answer::Status),
                Some(Does::Flow(other)) if self.leaves_for(other, text, told, permille) => self.flow = None,
                _ => {}
            }
            if self.flow.is_some() || !self.answers.is_empty() {
                return;
            }
        }
        self.permille = permille;
        self.intent = intent.map_or(UNCLEAR_INTENT, |i| i.id.as_str());
        match intent.map(|i| &i.does) {
            Some(Does::Flow(name)) => {
                self.answers.clear();
                if let Some(flow) = self.book.flow(name) {
                    let mut running = Running::begin(flow);
                    running.hear(self.book, number, text);
                    self.flow = Some(running);
                }
            }
            Some(Does::Says(said) | Does::Cancels(said)) => self.answers.push(Answer::Says(said)),
            Some(Does::Status) => self.answers.push(Answer::Status),
            Some(Does::Person) => {}
            Some(Does::Unclear) | None => {
                if !self.begin_what_stands() {
                    self.answers.push(Answer::Unclear);
                }
            }
        }
    }

    /// What a person has answered is answered, and what the agent was about is theirs. Of what came later it begins anew.
    fn answered_by_a_person(&mut self, answered: u32) {
        self.flow = None;
        self.answers.clear();
        self.said.clear();
        self.heard = None;
        self.unclear = 0;
        for (number, text) in std::mem::take(&mut self.unspoken) {
            if number > answered {
                self.hear(number, text);
            }
        }
    }

    /// Whether a message ends the flow that is on for another one: this one has asked for its effect already, or the
    /// message says nothing that it needs and clearly wants something else. A word or two are an answer and no wish,
    /// and what is said of days and times while a slot is picked is about that slot.
    fn leaves_for(&self, name: &str, text: &str, told: bool, permille: u32) -> bool {
        let (Some(flow), Some(other)) = (&self.flow, self.book.flow(name)) else { return false };
        if std::ptr::eq(other, flow.flow) {
            return false;
        }
        let picks = |slot: &&Slot| matches!(slot.from, From::Pick(_));
        let picking = flow.flow.slot.iter().filter(picks).any(|slot| flow.asked.contains_key(slot.name.as_str()));
        let is_wish =
            words::words(text).len() >= FEWEST_WORDS && !(picking && other.slot.iter().any(|slot| picks(&slot)));
        flow.effect.is_some() || (!told && is_wish && permille >= CLEARLY_PERMILLE)
    }

    fn proposed(&mut self, action: &ActionId, by_a_model: bool) {
        let Some(view) = self.actions.get(action) else { return };
        if by_a_model {
            let of = if view.effect == EffectClass::Read { &mut self.lookups } else { &mut self.effects };
            of.push(action.clone());
            return;
        }
        if self.effect_named(&view.report.tool).is_some() {
            self.effects.push(action.clone());
            if let Some(flow) = &mut self.flow {
                flow.effect = Some(action.clone());
            }
        } else {
            self.lookups.push(action.clone());
            if let Some(flow) = &mut self.flow {
                flow.lookups.push(action.clone());
            }
        }
    }

    fn effect_named(&self, tool: &str) -> Option<&'a Propose> {
        let steps = self.book.file.flow.values().flat_map(|flow| &flow.step);
        let mut proposals = steps.filter_map(|s| if let FlowStep::Propose(p) = s { Some(p.as_ref()) } else { None });
        proposals.find(|p| p.tool == tool)
    }

    fn is_used(&self, id: &ActionId) -> bool {
        self.told.contains_key(id) || self.ends.iter().any(|(ended, _)| ended == id)
    }

    /// What comes next, from here.
    pub(super) fn plan(&self) -> Plan<'a> {
        let told = self.ends.iter().map(|(id, _)| id.clone()).collect();
        let mut saying = Saying { told, ..Saying::default() };
        for (id, _) in self.ends.iter().filter(|(id, _)| !self.is_flow_s(id)) {
            let view = self.actions.get(id);
            let Some(view) = view else { continue };
            match self.effect_named(&view.report.tool) {
                Some(propose) => saying.parts.push(tell::of(propose, view)),
                // A model asked for it, and there are no words of it here.
                None if self.effects.contains(id) => {
                    let note = format!("Tell the customer of {}: {}", view.report.tool, view.report.in_words());
                    let said = self.book.file.replies.still_checking.clone();
                    saying.parts.push(Part::noting(said, EscalationReason::LowConfidence, note));
                }
                None => {}
            }
        }
        self.answer(&mut saying);
        let looked_up = self.ends.iter().any(|(id, _)| self.lookups.contains(id));
        let goes_on = self.heard.is_some() || self.taken_up || looked_up;
        if let Some(flow) = self.flow.as_ref().filter(|flow| goes_on || flow.effect.is_some()) {
            let around =
                Around { book: self.book, actions: self.actions, used: &|id| self.is_used(id), effects: &self.effects };
            match advance(flow, &around) {
                Next::Propose(wish) => return Plan::Propose(wish),
                Next::Ask(said, slots) => {
                    saying.parts.push(Part::plain(said));
                    saying.asks = slots;
                }
                Next::Missed(said, slots) => {
                    saying.parts.push(Part::plain(said));
                    saying.forgets = slots;
                }
                Next::Waits(part) => saying.parts.push(part),
                Next::Ends(part) => {
                    saying.parts.push(part);
                    saying.ends_flow = true;
                }
            }
        }
        if saying.parts.is_empty() { Plan::Wait } else { Plan::Say(saying) }
    }

    /// A turn that says this where a proposal was due.
    pub(super) fn instead(&self, part: Part) -> Saying<'a> {
        let told = self.ends.iter().map(|(id, _)| id.clone()).collect();
        Saying { parts: vec![part], told, ..Saying::default() }
    }

    /// Whether the flow that is on tells this end itself.
    fn is_flow_s(&self, id: &ActionId) -> bool {
        self.flow.as_ref().is_some_and(|flow| flow.effect.as_ref() == Some(id))
    }

    fn answer(&self, saying: &mut Saying<'a>) {
        let replies = &self.book.file.replies;
        let message = self.heard.unwrap_or(0);
        let open = self.effects.iter().any(|id| self.told.get(id) != Some(&Ending::Final) && !self.is_used(id));
        let last = self.answers.last().copied();
        if self.answers.contains(&Answer::Person) {
            let known = self.noted.contains(&EscalationReason::AskedForPerson);
            let said = if known { &replies.already_noted } else { &replies.person_noted };
            let note = format!("The customer asked for a person in message {message}.");
            saying.parts.push(Part::noting(said.clone(), EscalationReason::AskedForPerson, note));
            return;
        }
        if self.answers.contains(&Answer::Colleague) {
            let note = "A colleague whispered to ask for a person.";
            let said = replies.already_noted.clone();
            saying.parts.push(Part::noting(said, EscalationReason::AskedForPerson, note));
            return;
        }
        // Once a flow is on, it is no longer unclear what is wanted.
        match last.filter(|answer| self.flow.is_none() || *answer != Answer::Unclear) {
            None | Some(Answer::Person | Answer::Colleague) => {}
            Some(Answer::Says(said)) => saying.parts.push(Part::plain(said.clone())),
            Some(Answer::Status) if !open => saying.parts.push(Part::plain(replies.nothing_open.clone())),
            Some(Answer::Status) => saying.parts.push(Part::plain(replies.still_checking.clone())),
            Some(Answer::Unclear) if open => saying.parts.push(Part::plain(replies.still_checking.clone())),
            Some(Answer::Unclear) if self.unclear == 0 => {
                saying.parts.push(Part::plain(replies.unclear.clone()));
                saying.unclear = true;
            }
            Some(Answer::Unclear) if self.noted.contains(&EscalationReason::LowConfidence) => {
                saying.parts.push(Part::plain(replies.already_noted.clone()));
                saying.unclear = true;
            }
            Some(Answer::Unclear) => {
                let note = format!("The agent could not tell what is wanted, up to message {message}.");
                let said = replies.unclear_noted.clone();
                saying.parts.push(Part::noting(said, EscalationReason::LowConfidence, note));
                saying.unclear = true;
            }
        }
    }

    /// Takes in that a turn ended with this plan.
    fn spoke(&mut self, plan: Plan<'a>) {
        self.told.extend(std::mem::take(&mut self.ends));
        self.answers.clear();
        self.unspoken.clear();
        let heard = self.heard.take().is_some();
        self.taken_up = false;
        match plan {
            Plan::Wait => {}
            // A turn that ends where a proposal was due: the gate refused it, and the customer was told so.
            Plan::Propose(_) => self.flow = None,
            Plan::Say(saying) => {
                match (saying.unclear, heard) {
                    (true, _) => self.unclear += 1,
                    (false, true) => self.unclear = 0,
                    (false, false) => {}
                }
                if saying.ends_flow {
                    self.flow = None;
                }
                if let Some(flow) = &mut self.flow {
                    flow.asked(&saying.asks);
                    if !saying.forgets.is_empty() {
                        flow.missed += 1;
                        flow.slots.retain(|name, _| !saying.forgets.contains(name));
                        flow.asked.clear();
                        flow.asked(&saying.forgets);
                    }
                }
            }
        }
    }
}
