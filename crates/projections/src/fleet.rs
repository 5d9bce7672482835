//! What agents asked for and what came of it, by agent and tool, and how many conversations each has.

/// An agent and a tool, and what came of what it asked for with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// The agent's name.
    pub agent: String,
    /// `server.tool`.
    pub tool: String,
    /// What was asked for.
    pub calls: u32,
    /// Of those, held for people at least once.
    pub held: u32,
    /// Of those, denied by rules.
    pub denied: u32,
    /// Of those, failed: it did not happen.
    pub failed: u32,
    /// Of those, with an outcome that nobody knows yet.
    pub unknown: u32,
}

/// What the fleet did in a period, and has open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetDid {
    /// What was asked for in the period, with what has come of it since; by agent and tool.
    pub calls: Vec<Calls>,
    /// How many conversations are live now, by the agent that spoke last in them; none where no agent has yet.
    pub live: Vec<(Option<String>, u32)>,
}
