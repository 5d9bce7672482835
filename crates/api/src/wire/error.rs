//! The one form in which anything that failed reaches a desk.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What happened, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Problem {
    /// A stable code that the interface may branch on.
    pub code: ProblemCode,
    /// One or two plain sentences for a person.
    pub message: String,
    /// The argument or field that it is about, where there is one.
    pub field: Option<String>,
}

/// Codes that an interface branches on. One is added only when something consumes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ProblemCode {
    /// Nobody is signed in, or the session ended: show the sign-in.
    SignInNeeded,
    /// Wrong name or password.
    WrongPassword,
    /// Something in the request is wrong; `field` may say what.
    Invalid,
    /// The person may not do this.
    Forbidden,
    /// Somebody or something was first: the action is no longer held.
    NoLongerHeld,
    /// The card is not what the station would show now: look again.
    CardChanged,
    /// Nothing by that id.
    NotFound,
    /// It was there, and its content is erased for good.
    Erased,
    /// The station cannot do it now (log unavailable, tool server down).
    Unavailable,
}
