//! Who is at this desk, and how the station stands.

use super::command::Part;
use super::people::AwayView;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `session`: what the desk shows first, and the foot of the navigation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SessionView {
    /// What the desk has to show.
    pub stage: Stage,
    /// The station's name.
    pub station: String,
    /// Whether this is the sample shop: plainly marked on every screen.
    pub sample_shop: bool,
    /// Where the data lie, for first run and Settings.
    pub data_folder: String,
    /// Where customers reach the hosted chat page, such as `http://127.0.0.1:4310/`.
    pub chat_address: Option<String>,
    /// At what pace simulated customers come; `null` where there are none: they belong to the sample shop.
    pub sample_customers: Option<SampleCustomersPace>,
    /// People who may sign in, once set up.
    pub people: Vec<PersonView>,
    /// Who is signed in.
    pub person: Option<PersonView>,
    /// Set while they are away.
    pub away: Option<AwayView>,
    /// Whether this desk is quiet: whoever sits here is away, and others decide. They are told only of what none of those could
    /// decide.
    pub quiet: bool,
    /// How decisions of this desk are signed.
    pub signing: Signing,
    /// Chosen at set-up: one person decides everything. Shown on every screen that it touches.
    pub one_person_mode: bool,
    /// Set while everything is stopped.
    pub stopped: Option<StopView>,
    /// What is stopped alone, whether or not everything is.
    pub parts_stopped: Vec<PartStopView>,
    /// Events in the log: the trail's length.
    #[ts(type = "number")]
    pub log_size: u64,
    /// A policy file that does not parse, with the old rules still in force.
    pub policy_problem: Option<String>,
    /// The station's disk is nearly full, or its clock was set: what happened, why it matters, what to do.
    pub machine_problem: Option<String>,
    /// How the station's verification of its own log stands.
    pub verification: VerificationView,
    /// How many changes wait that the person at this desk may sign.
    pub changes_to_sign: u32,
    /// Why the person at this desk looks and signs nothing: the key of this desk waits for a second person.
    pub may_not_sign: Option<String>,
    /// Why the person at this desk may not stop everything or, where it is stopped, not end that; absent if they may.
    pub may_not_stop: Option<String>,
    /// Whether this desk also locks with the system's lock screen, and not only after five minutes without input.
    pub locks_with_screen: bool,
    /// The recovery key, shown once: in the answer to the command that made it, and never again.
    pub recovery_key: Option<String>,
    /// The action that was asked for, in the answer to `use_tool`.
    pub asked: Option<String>,
}

/// At what pace the sample shop's simulated customers come, while somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum SampleCustomersPace {
    /// Nobody new comes.
    Off,
    /// A few.
    Calm,
    /// Many.
    Lively,
}

/// How the station's verification of its own log stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct VerificationView {
    /// Whether it looks right now.
    pub running: bool,
    /// How many records held, from the first one on, the last time that all of them did.
    #[ts(type = "number | null")]
    pub records: Option<u64>,
    /// When that was.
    pub at: Option<String>,
    /// What was held against what, in sentences.
    pub proved: Vec<String>,
    /// What is wrong.
    pub wrong: Option<WrongView>,
    /// Why it could not look the last time.
    pub unreadable: Option<String>,
}

/// A record that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct WrongView {
    /// Its position; of a range, the first.
    #[ts(type = "number")]
    pub position: u64,
    /// The last position of the range, where it cannot be told more closely.
    #[ts(type = "number | null")]
    pub until: Option<u64>,
    /// What is wrong, in plain words.
    pub what: String,
    /// When it was found first.
    pub found: String,
    /// When it was last looked at.
    pub looked: String,
}

/// What the desk has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Stage {
    /// First run: no person yet.
    SetUp,
    /// People exist, nobody is signed in.
    SignIn,
    /// Somebody is signed in on a device that waits for a second person: nothing is shown to it.
    DeviceWaits,
    /// The desk.
    Desk,
}

/// Which key signs at this desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Signing {
    /// The person's key on this device.
    Device,
    /// The station signs for the signed-in person (browser desk); the record says so.
    Station,
}

/// A person of the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PersonView {
    /// The person's id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// `supervisor`, `escalation_handler`, `compliance`, `administrator`.
    pub roles: Vec<String>,
}

/// Everything is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct StopView {
    /// Since when.
    pub at: String,
    /// Who stopped it.
    pub by: String,
    /// Whether ending it takes two people.
    pub takes_two: bool,
}

/// An agent or a tool is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct PartStopView {
    /// Which.
    pub part: Part,
    /// Since when.
    pub at: String,
    /// Who stopped it; absent once erased.
    pub by: Option<String>,
}
