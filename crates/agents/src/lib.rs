//! Agents: the actor that owns a conversation, the reasoner that it asks: a playbook, or language models over one. Everything that an agent knows comes from the log; everything that it does goes through the gate.

mod actor;
mod agents;
pub mod dialogue;
mod dispatcher;
mod intake;
mod left_off;
pub mod model;
pub mod playbook;
pub mod port;
pub mod reasoner;
mod rebuild;
mod reply_times;
mod roster;
mod seen;
mod signing_in;
#[cfg(test)]
mod tests;
mod watching;

pub use actor::{MOST_FAILURES, MOST_PROPOSALS};
pub use agents::Agents;
pub use left_off::LeftOff;
pub use playbook::{IntentShown, Playbook, PlaybookError};
pub use reply_times::{ReplyTimes, ReplyTimesError};
