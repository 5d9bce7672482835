//! The trail as a search over it answers: what to look for, and the records that were found.

use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::money::{Currency, Money};
use countersign_domain::time::Timestamp;
use std::collections::BTreeMap;

/// The most records in one answer.
pub const MOST_TRAIL_ROWS: u32 = 200;

/// What to look for. Everything must hold of one and the same record; nothing given finds every record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailSearch {
    /// Words of what was said or asked for, or of a customer's name; the last one also as a beginning.
    pub words: String,
    /// Part of a person's name: whoever did it, or it is about.
    pub person: Option<String>,
    /// Part of an agent's name.
    pub agent: Option<String>,
    /// Part of a tool's name.
    pub tool: Option<String>,
    /// Part of a rule's name.
    pub rule: Option<String>,
    /// `approve`, `override` or `reject`.
    pub decision: Option<String>,
    /// Part of an event's kind.
    pub kind: Option<String>,
    /// Words of the customer's name, or the site's id of them.
    pub customer: Option<String>,
    /// What the action is about, such as an order number.
    pub order: Option<String>,
    /// The smallest amount, in thousandths of a currency's unit.
    pub least: Option<i64>,
    /// The largest amount, in thousandths of a currency's unit.
    pub most: Option<i64>,
    /// The currency of the amount.
    pub currency: Option<Currency>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// In this conversation.
    pub conversation: Option<ConversationId>,
    /// Records before this position: where the answer before ended.
    pub before: Option<u64>,
    /// How many at most; [`MOST_TRAIL_ROWS`] is the most.
    pub limit: u32,
}

/// What was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPage {
    /// The records.
    pub rows: Vec<TrailRow>,
    /// Where to look on, as [`TrailSearch::before`]; absent at the beginning of the trail.
    pub next: Option<u64>,
    /// Up to which position words and filters find records (exclusive).
    pub indexed: u64,
    /// Filters to which no value of the trail answers: nothing can be found with them.
    pub unknown: Vec<TrailFilter>,
}

/// What records are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountBy {
    /// The rules that judged.
    Rule,
    /// The tools.
    Tool,
}

/// Counts of records by what they name, and by their kind.
pub type Counts = BTreeMap<String, Vec<(String, u64)>>;

/// A filter whose values are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrailFilter {
    /// People of the staff.
    Person,
    /// Agents.
    Agent,
    /// Tools.
    Tool,
    /// Rules.
    Rule,
    /// Decisions.
    Decision,
    /// Kinds of events.
    Kind,
}

/// One record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRow {
    /// Its position in the log.
    pub position: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// Its kind, such as `action.held`.
    pub kind: String,
    /// Who did it.
    pub who: Who,
    /// The person whom it is about: id, and name unless erased.
    pub about: Option<(PersonId, Option<String>)>,
    /// Its conversation.
    pub conversation: Option<ConversationId>,
    /// The customer's name, as far as known.
    pub customer: Option<String>,
    /// Whether its customer is erased: what was said and named is gone for good.
    pub erased: bool,
    /// The action.
    pub action: Option<ActionId>,
    /// `server.tool`.
    pub tool: Option<String>,
    /// One word for the action, from the tool's label.
    pub noun: Option<String>,
    /// The object, such as "order 1042".
    pub object: Option<String>,
    /// The amount at that time.
    pub money: Option<Money>,
    /// The amount that an override changed.
    pub money_before: Option<Money>,
    /// A code of what happened, such as why it ended.
    pub code: Option<String>,
    /// What was said, noted or named.
    pub text: Option<String>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The customer.
    Customer,
    /// An agent.
    Agent {
        /// Its name.
        name: String,
    },
    /// A person of the staff.
    Person {
        /// Who.
        person: PersonId,
        /// Their name; absent once erased.
        name: Option<String>,
    },
    /// The gate, or the station around it.
    Gate,
}

/// What filters can be set to, as far as the trail knows values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailChoices {
    /// Names of people who did something.
    pub people: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// Rules.
    pub rules: Vec<String>,
    /// Decisions.
    pub decisions: Vec<String>,
    /// Kinds of events.
    pub kinds: Vec<String>,
}
