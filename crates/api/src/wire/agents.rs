//! Settings, Agents: agents that others wrote, what each may do, and what it has open.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AgentsView {
    /// Where agents reach the gateway; absent where the station was started without it.
    pub address: Option<String>,
    /// Every external agent there ever was, in the order in which they joined.
    pub agents: Vec<AgentRow>,
    /// What may be granted, by full name.
    pub tools: Vec<GrantableTool>,
    /// Why the person at this desk may propose none; absent if they may.
    pub may_not_propose: Option<String>,
}

/// An external agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AgentRow {
    /// Its name.
    pub name: String,
    /// What it was granted; absent once revoked.
    pub grant: Option<AgentGrant>,
    /// Whether its token is good no more, for its time is over.
    pub expired: bool,
    /// Its calls that have not come to their end.
    pub open: u32,
    /// When people last signed something about it.
    pub signed_at: Option<String>,
}

/// What an external agent may do. The log's form is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AgentGrant {
    /// The tools that it sees and may ask for, by full name.
    pub tools: Vec<String>,
    /// How far its word on who the customer is counts: `nothing`, `claimed` or `verified`.
    pub word: String,
    /// Its token is good until then, RFC 3339.
    pub expires: String,
    /// The most calls a minute.
    pub calls_per_minute: u32,
    /// The most calls at once that have not come to their end.
    pub open_calls: u32,
    /// A call that waits for people stays open for so many seconds; then its caller gets a ticket.
    pub wait_seconds: u32,
}

/// A tool that may be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct GrantableTool {
    /// `server.tool`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// `read`, `reversible` or `irreversible`.
    pub effect: String,
}
