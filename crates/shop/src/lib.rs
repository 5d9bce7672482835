//! The sample business, an outdoor-gear shop: its CRM as a real MCP server on its own database, its articles as another,
//! and its customers, who are simulated.
//!
//! This crate is a stranger to the rest of the workspace: it imports nothing of it. Its servers are driven only over the
//! Model Context Protocol, as any business's own system would be, and its customers write over the chat's WebSocket as
//! anybody's would.

mod amend;
mod arguments;
mod calls;
mod change;
pub mod crowd;
mod customer;
mod database;
mod delivery;
mod error;
mod fault;
pub mod http;
mod knowledge;
mod money;
mod note;
mod order;
mod refund;
mod sample;
mod server;
pub mod stdio;
mod tools;

pub use change::{Change, ChangeProbe, ChangeReceipt};
pub use customer::{AddressOwner, Customer, CustomerCard};
pub use database::Database;
pub use delivery::{Slot, SlotList};
pub use error::CrmError;
pub use fault::{FAULT_EXIT_CODE, Fault, Faults, UnknownFault};
pub use knowledge::{Article, Found, FoundPassage, KnowledgeError, KnowledgeServer, Library, Outcome, Passage};
pub use money::Currency;
pub use note::Note;
pub use order::{Address, Line, Order, OrderList, OrderSummary, Status};
pub use refund::{KeyState, Probe, Reason, Receipt, Refund, RefundRequest};
pub use server::{CrmServer, IDEMPOTENCY_META_KEY};
