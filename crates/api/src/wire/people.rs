//! Settings, People: who may sign what, and the changes that wait for a second person.

use super::agents::AgentGrant;
use super::channels::ChatSettings;
use super::conversation::TakenBy;
use super::queue::Money;
use super::servers::NewServer;
use super::tools::ToolSettings;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `people`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PeopleView {
    /// The log position up to which this is read.
    #[ts(type = "number")]
    pub as_of: u64,
    /// Everybody who is or was on the staff, in the order in which they joined; those who left last.
    pub people: Vec<StaffView>,
    /// Who could stand in for somebody: whoever decides held actions now.
    pub deputies: Vec<TakenBy>,
    /// Why the signed-in person may not say of somebody else that they are away, or back; absent if they may.
    pub may_not_say_away: Option<String>,
    /// Changes that wait for a signature, oldest first.
    pub changes: Vec<PendingChange>,
    /// One person decides everything.
    pub one_person_mode: bool,
    /// Whether the signed-in person may propose changes of the staff; else why not.
    pub may_not_propose: Option<String>,
    /// Rules that nobody enrolled can satisfy, each in one sentence.
    pub unmet_rules: Vec<String>,
}

/// A person of the staff, with what they may sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct StaffView {
    /// The person's id.
    pub id: String,
    /// Their name; absent once erased.
    pub name: Option<String>,
    /// `supervisor`, `escalation_handler`, `compliance`, `administrator`; empty once they left.
    pub roles: Vec<String>,
    /// Their team.
    pub team: String,
    /// What they may approve in one UTC day, by currency; absent without limits.
    pub limits: Option<Vec<LimitView>>,
    /// Their keys, newest first, the revoked ones too.
    pub keys: Vec<KeyView>,
    /// Set while they are away.
    pub away: Option<AwayView>,
    /// When they joined.
    pub joined_at: String,
    /// When they left.
    pub left_at: Option<String>,
}

/// Somebody is away. It ends by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AwayView {
    /// Until when.
    pub until: String,
    /// Who decides meanwhile what was handed to them.
    pub deputy: TakenBy,
    /// Who said so for them, by name; absent where they said it themself.
    pub by: Option<String>,
}

/// One limit, and how much of it is used today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct LimitView {
    /// The limit for one UTC day.
    pub limit: Money,
    /// What they have approved today.
    pub today: Money,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct KeyView {
    /// Its id.
    pub key: String,
    /// `device` or `station`.
    pub held: String,
    /// When it was enrolled.
    pub since: String,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// Set for a key from a password reset: until then it signs nothing together with those who reset it.
    pub apart_until: Option<String>,
}

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PendingChange {
    /// Its id.
    pub change: String,
    /// What a signature covers, hexadecimal.
    pub digest: String,
    /// The kind of change, such as `set_limits`.
    pub kind: String,
    /// What it is, in a few words: "Tomasz Wieczorek: roles".
    pub title: String,
    /// What would be different, line by line.
    pub lines: Vec<DifferenceView>,
    /// What follows from it at once, in plain words.
    pub follows: Vec<String>,
    /// A conversation of the customer whom it is about, as long as it is known.
    pub conversation: Option<String>,
    /// The action that it is about.
    pub action: Option<String>,
    /// The agent that it lets in, changes or revokes.
    pub agent: Option<String>,
    /// Why, in the words of whoever proposed it.
    pub why: Option<String>,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: String,
    /// When it expires.
    pub expires: String,
    /// Who has signed, in order.
    pub signatures: Vec<ChangeSignatureView>,
    /// How many must sign.
    pub of: u8,
    /// Who may sign next, by name, apart from whoever signed already.
    pub may_sign_next: Vec<String>,
    /// Why the signed-in person may not sign it; absent if they may.
    pub may_not_sign: Option<String>,
    /// Whether the signed-in person may take it back.
    pub may_withdraw: bool,
    /// Whether the signed-in person may refuse it.
    pub may_refuse: bool,
}

/// One thing that would be different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct DifferenceView {
    /// What.
    pub label: String,
    /// As it is; absent where there was nothing.
    pub from: Option<String>,
    /// As it would be; absent where there is nothing then.
    pub to: Option<String>,
}

/// The answer to `tool_change`, `chat_change` and `agent_change`: what a change of settings would be, before anybody signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChangeAhead {
    /// What would be different, field by field.
    pub lines: Vec<DifferenceView>,
    /// What follows from it, in plain words.
    pub follows: Vec<String>,
    /// Why it would be refused.
    pub problem: Option<String>,
}

/// A signature on a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChangeSignatureView {
    /// Who, by name.
    pub person: String,
    /// When it was stored.
    pub at: String,
    /// `device` or `station`.
    pub signed_by: String,
}

/// A change that somebody wants. Passwords go into keys at the station and nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "change", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ChangeRequest {
    /// A further person, who types their password at this desk.
    EnrolPerson {
        /// Their name.
        name: String,
        /// Their password.
        password: String,
        /// Their roles.
        roles: Vec<String>,
        /// Their limits; absent without.
        limits: Option<Vec<Money>>,
    },
    /// Other roles.
    SetRoles {
        /// The person.
        person: String,
        /// All roles.
        roles: Vec<String>,
    },
    /// Other limits.
    SetLimits {
        /// The person.
        person: String,
        /// One for each currency; absent without limits.
        limits: Option<Vec<Money>>,
    },
    /// A person leaves.
    RemovePerson {
        /// The person.
        person: String,
    },
    /// A key signs nothing any more.
    RevokeKey {
        /// The person.
        person: String,
        /// The key.
        key: String,
    },
    /// A new password and key, typed by the person at this desk.
    ResetPassword {
        /// The person.
        person: String,
        /// Their new password.
        password: String,
    },
    /// A stop ends that takes two.
    Resume,
    /// What became of an action is known.
    Settle {
        /// The action.
        action: String,
        /// `happened`, `did_not_happen`, or `compensated`: it happened and was made good.
        how: String,
    },
    /// What was said by and about a customer is erased.
    EraseCustomer {
        /// Whose.
        of: CustomerOf,
    },
    /// A tool is treated otherwise from here on.
    SetTool {
        /// How it was treated when whoever wants it began; absent where nobody had said so yet.
        #[serde(default)]
        #[ts(as = "Option<ToolSettings>")]
        from: Option<Box<ToolSettings>>,
        /// How.
        settings: Box<ToolSettings>,
        /// Hash of what its server defines, where that is accepted with it; absent where what was accepted stays.
        #[serde(default)]
        definition: Option<String>,
    },
    /// The chat behaves otherwise from here on.
    SetChat {
        /// How it behaved when whoever wants it began.
        from: Box<ChatSettings>,
        /// How.
        settings: Box<ChatSettings>,
    },
    /// An external agent may do this from here on, and nothing else.
    GrantAgent {
        /// Its name.
        agent: String,
        /// What it might do when whoever wants it began; absent where nothing.
        from: Option<Box<AgentGrant>>,
        /// What it may do.
        grant: Box<AgentGrant>,
        /// SHA-256 of its new token, hexadecimal: the token itself is made at the desk and told to nobody here. Absent where it
        /// keeps the one that it has.
        token: Option<String>,
    },
    /// An external agent may do nothing any more.
    RevokeAgent {
        /// Its name.
        agent: String,
    },
    /// A tool server is connected from here on.
    AddServer {
        /// All of it. Its secrets go into the station's key store and nowhere else.
        server: Box<NewServer>,
    },
    /// A tool server that people added is one no more.
    RemoveServer {
        /// Its name.
        server: String,
    },
    /// Nothing of a customer's is erased from here on.
    PlaceHold {
        /// Whose.
        of: CustomerOf,
    },
    /// What is a customer's may be erased again.
    LiftHold {
        /// Whose.
        of: CustomerOf,
    },
}

/// A customer, as a person at a desk can name one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum CustomerOf {
    /// Whoever this conversation is with.
    Conversation {
        /// The conversation.
        conversation: String,
    },
    /// By the id under which the site signs them in. It is not stored.
    Id {
        /// The id.
        customer: String,
    },
}
