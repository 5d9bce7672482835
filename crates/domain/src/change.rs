//! Changes of what people, rules or the station itself may do: proposed, signed by whoever proposed it and by a second
//! person, and in effect with that last signature, in one append.

mod event;
mod kind;
mod state;
mod statement;
#[cfg(test)]
mod tests;

pub use event::{ChangeEvent, ProposedChange, SignedChange};
pub use kind::{Change, ChangeKind};
pub use state::{ChangeError, ChangePhase, ChangeState, LASTS_SECONDS, Signature};
pub use statement::{CHANGE_STATEMENT_TYPE, ChangeStatement, change_digest};
