//! What a playbook makes of whispers. They are read by the same matcher as a customer's words, and choose an intent; they
//! fill no slot, so no argument comes from them. What a playbook cannot do by a whisper it says at once.

use super::file::{Does, From, Intent, Slot};
use super::running::Running;
use super::state::{Answer, State};
use countersign_domain::conversation::WhisperScope;
use countersign_gate::proposal::Receipt;

const FITS_NOTHING: &str = "This fits nothing that the agent can do, so it goes on as before.";
const REPLACED: &str = "A later whisper took its place.";
const NOTHING_ASKED: &str = "The customer has not written anything yet that it could look up.";
const PERSON_FIRST: &str = "The customer asked for a person, and that comes first.";
const THERE_ALREADY: &str = "The agent is at this already.";

/// A whisper that the agent has said nothing of yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard<'a> {
    number: u32,
    scope: WhisperScope,
    text: &'a str,
}

/// What a whisper comes to.
enum Comes<'a> {
    Not(&'static str),
    Already(&'a Intent),
    To(&'a Intent, u32),
}

/// What words whispered to the agent would have it go to; `None` if they fit nothing that it can do.
pub(super) fn leads_to<'b>(book: &'b super::book::Book, text: &str) -> Option<(&'b Intent, u32)> {
    let (nearest, intent) = book.meant(text);
    let does = |intent: &&Intent| matches!(intent.does, Does::Flow(_) | Does::Person | Does::Status | Does::Cancels(_));
    Some((intent.filter(does)?, nearest?.permille))
}

/// An intent in a person's words.
pub(super) fn in_words(intent: &Intent) -> String {
    intent.id.replace('_', " ")
}

fn receipt(number: u32, followed: bool, to: Option<(&Intent, u32)>, note: String) -> Receipt {
    let intent = to.map(|(intent, _)| intent.id.clone());
    Receipt { number, followed, intent, confidence_permille: to.map_or(0, |(_, permille)| permille), note }
}

impl<'a> State<'a> {
    /// Somebody whispered.
    pub(super) fn whispered(&mut self, number: u32, scope: WhisperScope, text: &'a str) {
        self.whispers.push(Heard { number, scope, text });
    }

    /// The agent has said what it made of a whisper, and from here on does it.
    pub(super) fn receipted(&mut self, number: u32, followed: bool, intent: Option<&str>) {
        let Some(at) = self.whispers.iter().position(|heard| heard.number == number) else { return };
        let heard = self.whispers.remove(at);
        let named = self.book.file.intent.iter().find(|known| Some(known.id.as_str()) == intent);
        if let Some(named) = named.filter(|_| followed) {
            self.take_up(heard, named, 1000);
        }
    }

    /// Nothing that was whispered counts any more.
    pub(super) fn forget_whispers(&mut self) {
        self.whispers.clear();
        self.standing = None;
        // What was begun by one does not go on either: nothing could be asked for in its name any more.
        if self.flow.as_ref().is_some_and(|flow| flow.whisper.is_some()) {
            self.flow = None;
        }
    }

    /// Takes up what was whispered, as things stand now, and says what it made of it.
    pub(super) fn consider(&mut self) {
        let mut chosen: Option<(Heard<'a>, &'a Intent, u32)> = None;
        for heard in self.whispers.clone() {
            match self.comes_to(heard.text) {
                Comes::Not(why) => self.receipts.push(receipt(heard.number, false, None, why.to_owned())),
                Comes::Already(intent) => {
                    let note = THERE_ALREADY.to_owned();
                    self.receipts.push(receipt(heard.number, true, Some((intent, 1000)), note));
                }
                Comes::To(intent, permille) => {
                    if let Some((before, ..)) = chosen.replace((heard, intent, permille)) {
                        self.receipts.push(receipt(before.number, false, None, REPLACED.to_owned()));
                    }
                }
            }
        }
        let Some((heard, intent, permille)) = chosen else { return };
        let at_once = matches!(intent.does, Does::Person | Does::Cancels(_));
        if !at_once && self.waits_for_an_answer() {
            return;
        }
        let note = format!("It goes on with: {}.", in_words(intent));
        self.receipts.push(receipt(heard.number, true, Some((intent, permille)), note));
        self.take_up(heard, intent, permille);
    }

    fn comes_to(&self, text: &str) -> Comes<'a> {
        let Some((intent, permille)) = leads_to(self.book, text) else { return Comes::Not(FITS_NOTHING) };
        if self.answers.contains(&Answer::Person) {
            return match intent.does {
                Does::Person => Comes::Already(intent),
                _ => Comes::Not(PERSON_FIRST),
            };
        }
        let Does::Flow(name) = &intent.does else { return Comes::To(intent, permille) };
        let Some(flow) = self.book.flow(name) else { return Comes::Not(FITS_NOTHING) };
        if self.flow.as_ref().is_some_and(|on| std::ptr::eq(on.flow, flow)) {
            return Comes::Already(intent);
        }
        if flow.slot.iter().any(takes_words) && self.said.is_empty() {
            return Comes::Not(NOTHING_ASKED);
        }
        Comes::To(intent, permille)
    }

    /// Whether the customer was asked something and has not answered: what was whispered waits for their answer.
    fn waits_for_an_answer(&self) -> bool {
        self.heard.is_none() && self.flow.as_ref().is_some_and(|flow| !flow.asked.is_empty())
    }

    fn take_up(&mut self, heard: Heard<'a>, intent: &'a Intent, permille: u32) {
        if heard.scope == WhisperScope::Conversation {
            self.standing = Some((heard.number, intent));
        }
        match &intent.does {
            Does::Flow(name) => {
                let same = self.book.flow(name).zip(self.flow.as_ref());
                if same.is_some_and(|(flow, on)| std::ptr::eq(on.flow, flow)) {
                    return;
                }
                self.begin_by_whisper(heard.number, name);
            }
            Does::Person => {
                self.flow = None;
                self.answers = vec![Answer::Colleague];
            }
            Does::Cancels(said) => {
                self.flow = None;
                self.answers = vec![Answer::Says(said)];
            }
            Does::Status => self.answers = vec![Answer::Status],
            Does::Says(_) | Does::Unclear => return,
        }
        self.taken_up = true;
        (self.intent, self.permille) = (&intent.id, permille);
    }

    /// Where the customer's words fit nothing, what was whispered for the whole conversation does.
    pub(super) fn begin_what_stands(&mut self) -> bool {
        match self.standing {
            Some((number, Intent { id, does: Does::Flow(name), .. })) => {
                self.intent = id;
                self.begin_by_whisper(number, name);
                true
            }
            _ => false,
        }
    }

    /// A flow that nobody but a colleague asked for; what it knows it has from the customer's words all the same.
    fn begin_by_whisper(&mut self, number: u32, name: &str) {
        let Some(flow) = self.book.flow(name) else { return };
        let mut running = Running::begin(flow);
        running.whisper = Some(number);
        // What the customer answered in the flow that this one takes the place of, they need not say again.
        for (slot, filled) in self.flow.iter().flat_map(|before| &before.slots) {
            let same = |other: &&Slot| other.name == *slot && matches!(other.from, From::Pattern { .. });
            if let Some(same) = flow.slot.iter().find(same) {
                running.slots.insert(&same.name, filled.clone());
            }
        }
        // What is looked up by words is what was asked last.
        let skipped = if flow.slot.iter().any(takes_words) { self.said.len().saturating_sub(1) } else { 0 };
        for (message, text) in self.said.iter().skip(skipped) {
            running.hear(self.book, *message, text);
        }
        self.answers.clear();
        self.flow = Some(running);
    }
}

fn takes_words(slot: &Slot) -> bool {
    matches!(slot.from, From::Words {})
}
