//! The fleet: agents and tools, who may use what, what they did, and what is stopped.

use super::metrics::Period;
use super::session::PartStopView;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `fleet`. What is counted is what agents asked for in the period, with what has come of it since; what people
/// asked for in an agent's place is not among it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct FleetView {
    /// The log position up to which it is counted.
    #[ts(type = "number")]
    pub as_of: u64,
    /// When it was read, by the station's clock.
    pub read_at: String,
    /// The period.
    pub period: Period,
    /// Where agents reach the gateway; absent where the station was started without it.
    pub address: Option<String>,
    /// The agents: those of the station, then those of others in the order in which they joined.
    pub agents: Vec<AgentRow>,
    /// The tools: what cannot be undone first, reads last; by name.
    pub tools: Vec<FleetTool>,
    /// Why the person at this desk may grant and revoke nothing; absent if they may.
    pub may_not_propose: Option<String>,
    /// Why they may stop nothing.
    pub may_not_stop: Option<String>,
    /// Why they may end no stop.
    pub may_not_resume: Option<String>,
}

/// What agents asked for, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Did {
    /// Calls that were asked for.
    pub calls: u32,
    /// Of those, held for people at least once.
    pub held: u32,
    /// Of those, denied by rules. What a person refused was held.
    pub denied: u32,
    /// Of those, failed: it did not happen.
    pub failed: u32,
    /// Of those, with an outcome that nobody knows yet.
    pub unknown: u32,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AgentRow {
    /// Its name.
    pub name: String,
    /// What reasons for it, with its version: one of ours. Absent for those that others wrote.
    pub reasoner: Option<AgentReasoner>,
    /// What it was granted; absent once revoked, and for ours, which need none.
    pub grant: Option<AgentGrant>,
    /// Whether its token is good no more, for its time is over.
    pub expired: bool,
    /// When people last signed something about it.
    pub signed_at: Option<String>,
    /// Its live conversations; of an agent that others wrote, its calls that have not come to their end.
    pub live: u32,
    /// What it did.
    pub did: Did,
    /// Set while it is stopped.
    pub stopped: Option<PartStopView>,
    /// What its language models cost today, if it reasons with any.
    pub spending: Option<SpendingView>,
}

/// What language models cost in a day, which is one of UTC; in millionths of the currency's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SpendingView {
    /// What calls that ended have cost.
    #[ts(type = "number")]
    pub spent_micros: u64,
    /// What the whole day costs if it goes on so; absent while it has hardly begun.
    #[ts(type = "number | null")]
    pub forecast_micros: Option<u64>,
    /// What a day may cost: no call is made that could take it over this.
    #[ts(type = "number")]
    pub most_micros: u64,
    /// ISO 4217.
    pub currency: String,
}

/// What reasons for an agent of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AgentReasoner {
    /// `playbook` or `model`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A tool, and which agents use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct FleetTool {
    /// `server.tool`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// `read`, `reversible` or `irreversible`.
    pub effect: String,
    /// Whether people have said how it is treated. Until then nobody calls it, and it cannot be granted.
    pub is_set: bool,
    /// Hash of the definition that was accepted, or that is to be accepted first, hexadecimal.
    pub definition: String,
    /// What its server offers, if that is not what was accepted: nothing of it runs.
    pub offered: Option<FleetOffer>,
    /// Set while it is stopped.
    pub stopped: Option<PartStopView>,
    /// The agents that may use it, and those that did.
    pub by: Vec<FleetUse>,
}

/// What a server offers that is not what was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum FleetOffer {
    /// Another definition.
    Changed,
    /// Nothing of that name.
    Gone,
    /// It does not answer, and offered something else when it last did.
    Noted,
}

/// An agent's use of a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct FleetUse {
    /// The agent.
    pub agent: String,
    /// Whether it may, as things stand: by its grant or, for ours, by its playbook.
    pub may: bool,
    /// What it did with it.
    pub did: Did,
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
