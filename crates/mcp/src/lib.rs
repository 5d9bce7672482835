//! Both sides of the gate in MCP: a client of tool servers, and the [`gateway`] for agents that others wrote.
//!
//! The client starts servers as child processes, or reaches them over streamable HTTP; lists what they
//! define, calls what the gate permits.
//!
//! A call is sent once and never retried. A failure says whether anything was sent: what was not sent did not happen,
//! and whatever may have happened has no living process of ours behind it when the failure is returned. Everything that a
//! server sends is bounded before it is kept.

mod answer;
mod config;
mod connection;
mod definitions;
mod dialing;
pub mod gateway;
mod health;
mod http_wire;
mod launcher;
mod process;
mod remote;
mod servers;
pub mod settings;
mod trying;
mod wire;

pub use config::{ConfigError, ServerConfig, ToolServer};
pub use health::Reached;
pub use remote::{BadAddress, RemoteConfig};
pub use servers::{Limits, McpServers};
pub use trying::{NotTried, Tried, try_out};
