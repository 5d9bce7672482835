//! Agents that others wrote, and their calls. They propose like any agent, and nothing is different for them behind that:
//! only who they are is another question, asked of a token, and a call holds its place in the log before it is proposed,
//! so that the same call again is answered and never made twice.

mod call;
mod caller;
mod counts;
mod customer;
mod ending;
mod relay;

pub use call::{AgentCall, CallStands, MadeCall};
pub use caller::{AgentRecord, Caller};
pub use counts::{Counted, Counts};
pub use customer::CallCustomer;
pub use relay::{LONGEST_ALIAS, RelayReport, Relaying, Telling};
