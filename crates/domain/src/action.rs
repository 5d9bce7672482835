//! Actions: one tool call that an agent proposes, from the proposal to its outcome.

mod command;
mod decision;
mod digest;
mod event;
mod follows;
mod standing;
mod state;
#[cfg(test)]
mod tests;

pub use command::{ActionError, Command, Conclusion};
pub use decision::{Choice, DecisionStatement, STATEMENT_TYPE, StepUp};
pub use digest::{ActionBytes, action_digest};
pub use event::{
    ActionEvent, BACK_BEFORE_SECONDS, Decided, Evidence, Held, Judged, MOST_MORE_TIME, PERSON, Proposed, RESTORED,
    STOP, SettledHow, Started, VoidReason, WhisperedFor,
};
pub use standing::Standing;
pub use state::{Action, Approval, Footing, Phase};
