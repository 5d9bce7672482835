//! A conversation as a reasoner sees it: everything that was said and proposed, in the log's order, and nothing else.
//! It is rebuilt from the log for every step, so a restart knows exactly what the running station knew.

use countersign_domain::action::Phase;
use countersign_domain::conversation::{Assurance, EscalationReason, Turned, WhisperScope};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use countersign_gate::report::ActionReport;
use serde_json::Value;
use std::collections::BTreeMap;

/// One conversation, as far as its agent may know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialogue {
    /// The conversation.
    pub conversation: ConversationId,
    /// The version of its stream that this was read at.
    pub version: u64,
    /// How sure we are who the customer is.
    pub assurance: Assurance,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Its actions, as they stand now.
    pub actions: BTreeMap<ActionId, ActionView>,
    /// What kept the last wish of this same attempt from becoming an action. It is not in the log: once something is
    /// said about it, the turn is.
    pub trouble: Option<Trouble>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The customer wrote.
    Said {
        /// The number of the message, from 1.
        number: u32,
        /// The words; `None` once erased.
        text: Option<String>,
        /// When it was stored.
        at: Timestamp,
    },
    /// The agent proposed an action.
    Proposed {
        /// Which.
        action: ActionId,
    },
    /// The agent's turn ended.
    Turned {
        /// Its facts.
        turned: Turned,
        /// The ends that it told or used.
        told: Vec<(ActionId, Ending)>,
    },
    /// A person who had the word wrote to the customer.
    Answered {
        /// The messages, by number, up to which they answered.
        answered: u32,
    },
    /// A person whispered to the agent: for it alone, and no word of the customer's.
    Whispered {
        /// The number of the whisper, from 1.
        number: u32,
        /// How long it counts.
        scope: WhisperScope,
        /// The words; `None` once erased.
        text: Option<String>,
    },
    /// The agent said what it made of a whisper: once of each. If it is followed, what comes next is by it.
    Receipted {
        /// The whisper's number.
        number: u32,
        /// Whether it is followed.
        followed: bool,
        /// The class of intent that it is followed to.
        intent: Option<String>,
    },
    /// A person gave the agent the word again: what was whispered before counts no more.
    HandedBack,
    /// It had ended, whoever ended it; the customer has taken it up again if anything follows. What was whispered before
    /// counts no more.
    Ended {
        /// The messages, by number, up to which nothing more is said to what was written.
        answered: u32,
    },
    /// A person was asked for.
    Escalated {
        /// Why.
        reason: EscalationReason,
    },
}

/// Which end of an action a turn told: one that may still be settled is told twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// That it may have happened.
    Unknown,
    /// How it ended for good.
    Final,
}

/// An action as its agent may know it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionView {
    /// Where it stands and what a person decided.
    pub report: ActionReport,
    /// The arguments as they were proposed; `None` once erased.
    pub asked: Option<Value>,
    /// The amount as it was proposed.
    pub asked_money: Option<Money>,
}

impl ActionView {
    /// Whether people changed what was proposed. Told by the arguments, not by who signed last.
    pub fn is_changed(&self) -> bool {
        self.asked.is_some() && self.report.arguments.is_some() && self.asked != self.report.arguments
    }

    /// The end that there is to tell now, if there is one.
    pub fn ending(&self) -> Option<Ending> {
        match self.report.phase {
            Phase::Unknown => Some(Ending::Unknown),
            phase if phase.is_final() => Some(Ending::Final),
            _ => None,
        }
    }
}

/// What kept a wish from becoming an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The conversation has as many held actions as it may.
    TooManyHeld,
    /// The gate refused it, or the turn proposed as often as it may.
    Refused {
        /// Why, for people; never for the customer.
        why: String,
    },
}

impl Dialogue {
    /// The messages up to which it was answered.
    pub fn answered(&self) -> u32 {
        let answered = self.entries.iter().filter_map(|e| match e {
            Entry::Turned { turned, .. } => Some(turned.answered),
            Entry::Answered { answered } | Entry::Ended { answered } => Some(*answered),
            _ => None,
        });
        answered.max().unwrap_or(0)
    }

    /// The messages that nothing was said to yet.
    pub fn unanswered(&self) -> impl Iterator<Item = (u32, Option<&str>, Timestamp)> {
        let answered = self.answered();
        self.entries.iter().filter_map(move |e| match e {
            Entry::Said { number, text, at } if *number > answered => Some((*number, text.as_deref(), *at)),
            _ => None,
        })
    }

    /// The customer's last message, by number.
    pub fn last_message(&self) -> u32 {
        let said =
            self.entries.iter().filter_map(|e| if let Entry::Said { number, .. } = e { Some(*number) } else { None });
        said.max().unwrap_or(0)
    }

    /// Whether there is somebody to answer, or an end among these that was not told yet.
    pub fn is_news(&self, told: &[ActionId]) -> bool {
        let before = |id: &ActionId, ending: Ending| {
            let turned =
                self.entries.iter().filter_map(|e| if let Entry::Turned { told, .. } = e { Some(told) } else { None });
            turned.flatten().any(|(told, end)| told == id && *end == ending)
        };
        let new = |id: &&ActionId| {
            self.actions.get(*id).and_then(ActionView::ending).is_some_and(|ending| !before(id, ending))
        };
        self.unanswered().next().is_some() || told.iter().any(|id| new(&id))
    }

    /// The actions that were proposed since the last turn ended.
    pub fn proposed_in_turn(&self) -> impl Iterator<Item = &ActionView> {
        let since = self.entries.iter().rev().take_while(|e| !matches!(e, Entry::Turned { .. }));
        since.filter_map(|e| if let Entry::Proposed { action } = e { self.actions.get(action) } else { None })
    }
}
