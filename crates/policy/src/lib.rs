//! Rules to verdict, on Cedar. Pure: no input or output, no clock, no state.
//!
//! A Cedar `permit` allows. A `forbid` denies, or holds where it says `@disposition("hold")`. What no rule covers, what a
//! rule fails on, and every fact that is missing, is held for a person. Several holds join: the largest number of
//! approvers, every role. Nothing ever weakens a deny.

mod annotations;
mod authority;
mod context;
mod error;
mod in_force;
mod judge;
mod ledgers;
mod mapping;
mod policies;
mod reading;
mod request;
mod rule;
mod schema;
mod shape;
mod surface;

pub use authority::{Asked, NotAuthorized, PEOPLE_FILE};
pub use error::{Place, PolicyError};
pub use ledgers::LedgersRead;
pub use policies::{Policies, PolicyFile};
pub use request::{About, GateFacts, Remembered, Request};
pub use rule::RuleView;
pub use surface::Unmapped;

/// The built-in tool whose actions are the segments that an agent or a person says to a customer.
pub const REPLY_TOOL: &str = "channel.reply";
/// Under this name rules see a person who writes to a customer: `principal == Agent::"person"`.
pub const PERSON_PRINCIPAL: &str = "person";
/// The rule that holds what no rule covers.
pub const DEFAULT_HOLD: &str = "default-hold";
/// Prefix of the rule that holds because the named rule failed: `policy-error: refund-small`.
pub const POLICY_ERROR: &str = "policy-error";
/// The rule that holds an action of a tool that was not there when the rules were read.
pub const UNKNOWN_TOOL: &str = "unknown-tool";
/// The rule that holds arguments that do not fit the tool's own schema.
pub const ARGUMENTS_UNREADABLE: &str = "arguments-unreadable";
/// The rule that holds where the tool moves money and the amount could not be read.
pub const MONEY_UNREADABLE: &str = "money-unreadable";
/// The rule that holds where the evidence that the tool's settings name was not read, or not all of it.
pub const EVIDENCE_MISSING: &str = "evidence-missing";

/// The rule that holds what is about another customer than the verified one of the conversation.
pub const SUBJECT_OTHER: &str = "subject-other";
/// The rule that holds what is about a customer while the conversation's own is not verified.
pub const SUBJECT_UNVERIFIED: &str = "subject-unverified";
/// The rule that holds what is about a customer, and nobody could find out which.
pub const SUBJECT_UNRESOLVED: &str = "subject-unresolved";

/// The rule that denies what people have decided already.
pub use countersign_domain::verdict::DECIDED_ALREADY;

/// The rule that holds what is on an object on which another action is open.
pub const OBJECT_OPEN: &str = "object-open";
/// The rule that holds what is on an object on which a person has refused something in the same conversation.
pub const OBJECT_REFUSED: &str = "object-refused";
/// The rule that holds what people have decided in the same conversation and what has moved since.
pub const DECIDED_BEFORE: &str = "decided-before";
/// The rule that holds what a person whispered for.
pub const WHISPERED: &str = "whispered";

/// Ids that only this crate gives.
const RESERVED_IDS: [&str; 14] = [
    DEFAULT_HOLD,
    POLICY_ERROR,
    UNKNOWN_TOOL,
    ARGUMENTS_UNREADABLE,
    MONEY_UNREADABLE,
    EVIDENCE_MISSING,
    SUBJECT_OTHER,
    SUBJECT_UNVERIFIED,
    SUBJECT_UNRESOLVED,
    OBJECT_OPEN,
    OBJECT_REFUSED,
    DECIDED_BEFORE,
    DECIDED_ALREADY,
    WHISPERED,
];
