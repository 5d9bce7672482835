//! The form of a playbook's file. Read strictly: an unknown or missing key is an error, not a guess.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What is said: sentence by sentence, each a segment. `{name}` is filled in.
pub(super) type Sentences = Vec<String>;

/// A whole playbook, put together from its files: see `parts`.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Its name.
    pub(super) name: String,
    /// Its version: recorded with every turn.
    pub(super) version: String,
    /// The agent's name, under which policy knows it.
    pub(super) agent: String,
    /// How likely an intent must be, in thousandths; below it the customer is asked.
    pub(super) sure_permille: u32,
    /// How much of the customer's words its examples must know, in thousandths.
    pub(super) known_permille: u32,
    /// What is said outside of any flow.
    pub(super) replies: Replies,
    /// What customers may want.
    pub(super) intent: Vec<Intent>,
    /// What is done about it.
    pub(super) flow: BTreeMap<String, Flow>,
}

/// What is said outside of any flow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replies {
    /// Not understood, the first time.
    pub(super) unclear: Sentences,
    /// Not understood again: noted for a person.
    pub(super) unclear_noted: Sentences,
    /// Asked for a person: noted.
    pub(super) person_noted: Sentences,
    /// Noted before.
    pub(super) already_noted: Sentences,
    /// The same question did not get an answer: noted.
    pub(super) question_noted: Sentences,
    /// Something is still being checked.
    pub(super) still_checking: Sentences,
    /// Asked how far it is, and nothing is being checked.
    pub(super) nothing_open: Sentences,
    /// A step could not be done: noted.
    pub(super) trouble_noted: Sentences,
    /// Too much waits for people already.
    pub(super) too_many_held: Sentences,
}

impl Replies {
    /// Every one of them.
    pub(super) fn each(&mut self, visit: &mut impl FnMut(&mut Sentences)) {
        [
            &mut self.unclear,
            &mut self.unclear_noted,
            &mut self.person_noted,
            &mut self.already_noted,
            &mut self.question_noted,
            &mut self.still_checking,
            &mut self.nothing_open,
            &mut self.trouble_noted,
            &mut self.too_many_held,
        ]
        .into_iter()
        .for_each(visit);
    }
}

/// Something that customers may want.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Intent {
    /// Its name, as recorded.
    pub(super) id: String,
    /// How people say it, by language.
    pub(super) examples: BTreeMap<String, Vec<String>>,
    /// What happens then.
    pub(super) does: Does,
}

/// What an intent leads to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Does {
    /// Nothing: it is for somebody else, and the customer is asked what they need here.
    Unclear,
    /// Notes that a person is asked for.
    Person,
    /// Says how far it is: whether something is still being checked.
    Status,
    /// Says something.
    Says(Sentences),
    /// Ends the flow that is on, and says something.
    Cancels(Sentences),
    /// Begins a flow.
    Flow(String),
}

/// Steps that lead to an effect, or to an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flow {
    /// What must be known; filled in this order from a message.
    #[serde(default)]
    pub(super) slot: Vec<Slot>,
    /// Slots that it shares with other flows, filled behind its own.
    #[serde(default)]
    pub(super) shares: Vec<String>,
    /// What is done, in order.
    pub(super) step: Vec<Step>,
}

/// Something that must be known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    /// Its name.
    pub(super) name: String,
    /// How it is found in a message.
    pub(super) from: From,
    /// The question.
    pub(super) question: Sentences,
    /// The question when the first got no answer.
    pub(super) again: Sentences,
}

/// How a slot is found in a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum From {
    /// By a regular expression; its first group is the value.
    Pattern {
        /// Tried on every message.
        anywhere: Vec<String>,
        /// Tried only on the answer to its question.
        when_asked: Vec<String>,
    },
    /// By words that stand for a value; the first option that is named wins.
    Choice(Vec<Choice>),
    /// One of a record's lines, by the words of its title, or all of it. Its value is the amount, never more than
    /// what is left.
    Line(Box<Line>),
    /// One of the things that a record lists, by its number or by words of its label.
    Pick(Box<Pick>),
    /// The whole message that began the flow.
    Words {},
}

/// Where a record lists what can be picked, by JSON pointers; those of one thing are relative to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pick {
    /// The record.
    pub(super) record: String,
    /// The list in it.
    pub(super) list: String,
    /// The value of one.
    pub(super) value: String,
    /// What it is for people.
    pub(super) label: String,
    /// Words of labels that tell nothing apart.
    pub(super) leave_out: Vec<String>,
    /// Words of a label with other ways to say them.
    pub(super) means: BTreeMap<String, Vec<String>>,
    /// Said if there is nothing to pick.
    pub(super) nothing_left: Sentences,
}

/// One value of a choice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// The value.
    pub(super) value: String,
    /// How the agent's account words it.
    pub(super) label: String,
    /// Words or phrases that say it.
    pub(super) words: Vec<String>,
}

/// Where a record's lines stand, by JSON pointers; those inside a line are relative to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The record.
    pub(super) record: String,
    /// Its lines.
    pub(super) lines: String,
    /// A line's title.
    pub(super) title: String,
    /// A line's amount in minor units, for its whole quantity.
    pub(super) amount: String,
    /// The record's total in minor units.
    pub(super) total: String,
    /// What of it was paid back before, in minor units.
    pub(super) refunded: String,
    /// The currency of all of them.
    pub(super) currency: String,
    /// Titles that nobody asks about by themselves, such as shipping.
    pub(super) leave_out: Vec<String>,
    /// Phrases that say all of it.
    pub(super) whole: Vec<String>,
    /// How the agent's account words all of it.
    pub(super) whole_label: String,
    /// Said if nothing is left to pay back.
    pub(super) nothing_left: Sentences,
}

/// A step of a flow.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Asks for what is not known yet.
    Ask(Ask),
    /// Reads something by a tool.
    Call(Call),
    /// Proposes the effect. The last step.
    Propose(Box<Propose>),
    /// Tells what a record says. The last step.
    Tell(Facts),
    /// The steps of this name, which flows share.
    Same(String),
}

/// What a record says, in words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    /// The record.
    pub(super) record: String,
    /// JSON pointer to the word by which is chosen what is said.
    pub(super) by: String,
    /// What is said for each such word; `other` for every other one.
    pub(super) says: BTreeMap<String, Sentences>,
    /// The names that are filled in, each with a JSON pointer.
    pub(super) names: BTreeMap<String, String>,
}

/// What must be known before the next step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// The slots.
    pub(super) slots: Vec<String>,
    /// The one question if none of them is known.
    pub(super) together: Option<Sentences>,
}

/// A read by a tool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// `server.tool`.
    pub(super) tool: String,
    /// Its arguments.
    pub(super) arguments: BTreeMap<String, Argument>,
    /// The name of the record that it gives.
    pub(super) record: String,
    /// A regular expression on the tool's refusal that says that the customer's words fit nothing.
    pub(super) miss: String,
    /// Said then, once, before these slots are asked for again.
    pub(super) missed: Sentences,
    /// Those slots.
    pub(super) forget: Vec<String>,
    /// Said if it missed again: noted.
    pub(super) missed_noted: Sentences,
    /// Said while a person checks whether the record may be read.
    pub(super) held: Sentences,
    /// Said if it may not be read: noted.
    pub(super) refused_noted: Sentences,
}

/// An effect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Propose {
    /// `server.tool`.
    pub(super) tool: String,
    /// Its arguments.
    pub(super) arguments: BTreeMap<String, Argument>,
    /// The arguments by which an earlier action of this conversation is the same one, and is not asked for again.
    pub(super) once_per: Vec<String>,
    /// The agent's own account for the card.
    pub(super) claim: String,
    /// Names that are filled in once it happened, each with a JSON pointer into the tool's answer.
    #[serde(default)]
    pub(super) shows: BTreeMap<String, String>,
    /// What is told of it.
    pub(super) tell: Tell,
}

/// Where an argument comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Argument {
    /// A slot's value.
    Slot(String),
    /// A record's field.
    Record {
        /// The record.
        name: String,
        /// JSON pointer.
        path: String,
        /// What it is for people.
        what: String,
    },
}

/// What is told of an effect. `{money}` is the amount in force, `{asked}` the amount as proposed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tell {
    /// It waits for people.
    pub(super) held: Sentences,
    /// It happened as proposed.
    pub(super) succeeded: Sentences,
    /// It happened as a person changed it.
    pub(super) overridden: Sentences,
    /// A person refused.
    pub(super) rejected: Sentences,
    /// A rule forbids it: noted.
    pub(super) denied: Sentences,
    /// Nobody decided in time: noted.
    pub(super) expired: Sentences,
    /// It was taken back or replaced.
    pub(super) withdrawn: Sentences,
    /// The tool refused it.
    pub(super) failed: Sentences,
    /// It may have happened: noted.
    pub(super) unknown: Sentences,
    /// It had been unknown, and did not happen.
    pub(super) did_not_happen: Sentences,
    /// It had been unknown, and was made good.
    pub(super) compensated: Sentences,
    /// The same was done before in this conversation.
    pub(super) done_before: Sentences,
    /// The same was refused before in this conversation.
    pub(super) refused_before: Sentences,
}

impl Tell {
    /// Everything that is told.
    pub(super) fn each(&mut self, visit: &mut impl FnMut(&mut Sentences)) {
        [
            &mut self.held,
            &mut self.succeeded,
            &mut self.overridden,
            &mut self.rejected,
            &mut self.denied,
            &mut self.expired,
            &mut self.withdrawn,
            &mut self.failed,
            &mut self.unknown,
            &mut self.did_not_happen,
            &mut self.compensated,
            &mut self.done_before,
            &mut self.refused_before,
        ]
        .into_iter()
        .for_each(visit);
    }
}
