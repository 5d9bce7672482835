//! A conversation as a reasoner sees it: everything that was said and proposed, in the log's order, and nothing else.
//! It is rebuilt from the log for every step, so a restart knows exactly what the running station knew.

use crate::model::Answer;
use countersign_domain::action::Phase;
use countersign_domain::conversation::{
    AskedIn, Assurance, EscalationReason, ModelCalled, Spent, Turned, WhisperScope,
};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_gate::report::ActionReport;
use serde::{Deserialize, Serialize};
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
    /// Their name, as they or the shop say it; absent if nobody said it, or once erased.
    pub customer: Option<String>,
    /// When something last happened in it.
    pub at: Option<Timestamp>,
    /// What calls of models came to in it.
    pub spent: Spent,
    /// How many there were.
    pub model_calls: u32,
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
        /// By which call of a model.
        asked_in: Option<AskedIn>,
    },
    /// A model was called for the agent.
    ModelCalled {
        /// Its facts.
        called: ModelCalled,
        /// What it answered, if it did; absent once erased.
        answer: Option<Answer>,
    },
    /// A segment of a reply went to the customer.
    Spoke {
        /// The words; `None` once erased.
        text: Option<String>,
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
        /// The words; `None` once erased.
        text: Option<String>,
    },
    /// A person promised the customer something.
    Promised {
        /// Its number, from 1.
        number: u32,
        /// The words; `None` once erased.
        text: Option<String>,
    },
    /// A promise was kept.
    PromiseKept {
        /// Its number.
        number: u32,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// What it does to the world.
    pub effect: EffectClass,
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
    /// The gate refused it.
    Refused {
        /// Why, for people; never for the customer.
        why: String,
    },
    /// A reply was not sent: a rule kept it back, or it claims what did not happen.
    Kept {
        /// Why, for people; never for the customer.
        why: String,
    },
    /// The turn proposed as often as it may, or a tool failed as often as it may.
    WornOut {
        /// Which, for people; never for the customer.
        why: String,
    },
}

impl Dialogue {
    /// The messages up to which it was answered.
    pub fn answered(&self) -> u32 {
        let answered = self.entries.iter().filter_map(|e| match e {
            Entry::Turned { turned, .. } => Some(turned.answered),
            Entry::Answered { answered, .. } | Entry::Ended { answered } => Some(*answered),
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
        self.unanswered().next().is_some() || told.iter().any(|id| self.untold(id).is_some())
    }

    /// The end of an action that no turn has told yet, if there is one.
    pub fn untold(&self, id: &ActionId) -> Option<Ending> {
        let ending = self.actions.get(id).and_then(ActionView::ending)?;
        let turned =
            self.entries.iter().filter_map(|e| if let Entry::Turned { told, .. } = e { Some(told) } else { None });
        let before = turned.flatten().any(|(told, end)| told == id && *end == ending);
        (!before).then_some(ending)
    }

    /// The actions that were proposed since the last turn ended.
    pub fn proposed_in_turn(&self) -> impl Iterator<Item = &ActionView> {
        let since = self.entries.iter().rev().take_while(|e| !matches!(e, Entry::Turned { .. }));
        since.filter_map(|e| if let Entry::Proposed { action, .. } = e { self.actions.get(action) } else { None })
    }
}
