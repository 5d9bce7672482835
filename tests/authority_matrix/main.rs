//! Who may do what: role, command, state, assurance and kind of signature, each tried on a real gate, and the whole table
//! committed beside this. A difference fails, and so does a command without a row.
//!
//! `UPDATE=1` writes the table anew; then read the difference.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod changing;
mod deciding;
mod house;
mod running;
mod table;

use countersign_domain::authority::Command;
use countersign_domain::person::{KeyKind, Role};
use house::House;
use std::collections::BTreeSet;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) role: &'static str,
    pub(crate) command: String,
    pub(crate) state: &'static str,
    pub(crate) assurance: &'static str,
    pub(crate) signature: &'static str,
    pub(crate) verdict: String,
}

impl Row {
    fn line(&self) -> String {
        let Self { role, command, state, assurance, signature, verdict } = self;
        [role, command.as_str(), state, assurance, signature, verdict].join("\t")
    }
}

pub(crate) const SIGNATURES: [KeyKind; 2] = [KeyKind::Device, KeyKind::Station];

pub(crate) fn signature(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Device => "device",
        KeyKind::Station => "station",
    }
}

/// The rows that one test tries, in a house of their own, so that all of them run side by side.
async fn found(role: Role, group: Group) -> Vec<Row> {
    let house = House::open().await;
    let mut rows = match group {
        Group::Deciding => deciding::rows(&house, role).await,
        Group::Changing => changing::rows(&house, role).await,
        Group::Running => running::rows(&house, role).await,
    };
    rows.sort();
    rows
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Deciding,
    Changing,
    Running,
}

impl Group {
    fn of(command: &str) -> Self {
        match command {
            "approve" | "override" | "reject" => Self::Deciding,
            _ if command.contains(':') => Self::Changing,
            _ => Self::Running,
        }
    }
}

async fn the_table_tells(role: Role, group: Group) {
    let rows = found(role, group).await;
    let found: Vec<String> = rows.iter().map(Row::line).collect();
    if std::env::var_os("UPDATE").is_some() {
        table::put(role, group, &found);
    }
    let committed = table::lines(role, group);
    for (found, committed) in found.iter().zip(&committed) {
        assert_eq!(found, committed, "somebody may more or less than the table says: is that meant?");
    }
    assert_eq!(found.len(), committed.len(), "run with UPDATE=1, then read the difference");
}

macro_rules! tried {
    ($($name:ident: $role:ident $group:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            the_table_tells(Role::$role, Group::$group).await;
        }
    )*};
}

tried! {
    what_an_administrator_decides: Administrator Deciding,
    what_an_administrator_changes: Administrator Changing,
    what_an_administrator_stops_and_takes_over: Administrator Running,
    what_compliance_decides: Compliance Deciding,
    what_compliance_changes: Compliance Changing,
    what_compliance_stops_and_takes_over: Compliance Running,
    what_an_escalation_handler_decides: EscalationHandler Deciding,
    what_an_escalation_handler_changes: EscalationHandler Changing,
    what_an_escalation_handler_stops_and_takes_over: EscalationHandler Running,
    what_a_supervisor_decides: Supervisor Deciding,
    what_a_supervisor_changes: Supervisor Changing,
    what_a_supervisor_stops_and_takes_over: Supervisor Running,
}

#[test]
fn every_command_has_a_row_for_every_role() {
    for role in Role::ALL {
        let told: BTreeSet<String> = [Group::Deciding, Group::Changing, Group::Running]
            .into_iter()
            .flat_map(|group| table::lines(role, group))
            .filter_map(|line| line.split('\t').nth(1).map(str::to_owned))
            .collect();
        for command in Command::all() {
            let names = match command {
                Command::Decide => ["approve", "override", "reject"].map(str::to_owned).to_vec(),
                _ => vec![command.name()],
            };
            for name in names {
                assert!(told.contains(&name), "{name} has no row for {role:?}: try it in tests/authority_matrix");
            }
        }
    }
}

/// Every command that a desk can send is one that authority knows, or is named here as one that needs none.
#[test]
fn every_command_of_a_desk_is_one_that_authority_knows() {
    use countersign_api::wire::command::Command as Wire;
    let asks = |command: &Wire| match command {
        Wire::SetUp { .. } | Wire::SignIn { .. } | Wire::SignOut => None,
        // Who is simulated in the sample shop is no fact of any business: whoever is signed in chooses.
        Wire::SetSampleCustomers { .. } => None,
        Wire::Stop { .. } => Some("stop"),
        Wire::Resume { .. } => Some("resume"),
        // Where somebody looks is seen by whoever is signed in, and decides nothing.
        Wire::LookAt { .. } | Wire::Listen { .. } => None,
        // What somebody may read is what they searched.
        Wire::NoteSearch { .. } | Wire::VerifyNow => None,
        Wire::TakeOver { .. } => Some("take_over"),
        Wire::HandBack { .. } => Some("hand_back"),
        Wire::Reply { .. } => Some("reply"),
        Wire::UseTool { .. } => Some("use_tool"),
        // Whose it is, the action says.
        Wire::TakeBack { .. } => None,
        Wire::MoreTime { .. } => Some("more_time"),
        Wire::Snooze { .. } => Some("snooze"),
        Wire::Delegate { .. } => Some("delegate"),
        // Of oneself it needs nothing, of somebody else what it takes to change people.
        Wire::GoAway { .. } | Wire::ComeBack { .. } => Some("propose:set_roles"),
        Wire::Undo { .. } => Some("undo"),
        Wire::Escalate { .. } => Some("escalate"),
        Wire::Whisper { .. } => Some("whisper"),
        Wire::Promise { .. } => Some("promise"),
        Wire::KeepPromise { .. } => Some("keep_promise"),
        Wire::Resolve { .. } => Some("resolve"),
        Wire::ProposeChange { .. } | Wire::WithdrawChange { .. } | Wire::NewRecoveryKey => Some("propose:set_roles"),
        Wire::SignChange { .. } | Wire::RefuseChange { .. } => Some("countersign:set_roles"),
    };
    let known: BTreeSet<String> = Command::all().into_iter().map(Command::name).collect();
    let stop = Wire::Stop { takes_two: false, part: None };
    for command in [stop, Wire::Resume { part: None, why: None }, Wire::NewRecoveryKey] {
        assert!(asks(&command).is_some_and(|name| known.contains(name)), "{command:?}");
    }
}
