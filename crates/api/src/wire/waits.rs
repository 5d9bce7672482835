//! What waits, in numbers: for the tray of the application, and for whoever quits it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Numbers only: nothing that anybody said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Waits {
    /// Whether somebody is signed in; else nothing waits for a person at this desk.
    pub signed_in: bool,
    /// Held actions that wait for the person: what they asked for themself, or have signed, waits for others.
    pub held: u32,
    /// Outcomes that nobody knows, if the person may decide.
    pub unknown: u32,
    /// Customers whom nobody has answered, if the person may answer them.
    pub escalations: u32,
    /// Conversations that go on, of all; at most 200 are counted.
    pub live: u32,
    /// Held actions of all.
    pub held_of_all: u32,
    /// In how many milliseconds there may be more to count although nothing is told; absent where nothing is put aside.
    #[ts(type = "number | null")]
    pub next_in_ms: Option<u64>,
}

impl Waits {
    /// How much waits for the person who is signed in.
    pub fn for_person(&self) -> u32 {
        self.held.saturating_add(self.unknown).saturating_add(self.escalations)
    }

    /// Whether something goes on that a quit would interrupt.
    pub fn goes_on(&self) -> bool {
        self.live > 0 || self.held_of_all > 0
    }
}
