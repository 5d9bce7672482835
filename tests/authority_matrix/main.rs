//! Who may do what: role, command, state, assurance and kind of signature, each tried on a real gate, and the whole table
//! committed beside this. A difference fails, and so does a command without a row.
//!
//! `UPDATE=1` writes the table anew; then read the difference.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod changing;
mod deciding;
mod house;
mod running;

use countersign_domain::authority::Command;
use countersign_domain::person::{KeyKind, Role};
use house::House;
use std::collections::BTreeSet;
use std::path::PathBuf;

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

const HEAD: &str = "role\tcommand\tstate\tassurance\tsignature\tverdict";

pub(crate) const SIGNATURES: [KeyKind; 2] = [KeyKind::Device, KeyKind::Station];

pub(crate) fn signature(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Device => "device",
        KeyKind::Station => "station",
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("authority_matrix.tsv")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_who_may_do_what_is_the_committed_one() {
    let house = House::open().await;
    let mut rows = Vec::new();
    for role in Role::ALL {
        rows.extend(deciding::rows(&house, role).await);
        rows.extend(changing::rows(&house, role).await);
    }
    // Last: these stop everything.
    for role in Role::ALL {
        rows.extend(running::rows(&house, role).await);
    }
    rows.sort();
    let told: BTreeSet<&str> = rows.iter().map(|row| row.command.as_str()).collect();
    for command in Command::all() {
        let names: &[&str] = match command {
            Command::Decide => &["approve", "override", "reject"],
            _ => &[],
        };
        let name = command.name();
        let names = if names.is_empty() { vec![name.as_str()] } else { names.to_vec() };
        for name in names {
            assert!(told.contains(name), "{name} has no row: try it in tests/authority_matrix");
        }
    }
    let line = |row: &Row| {
        let Row { role, command, state, assurance, signature, verdict } = row;
        format!("{role}\t{command}\t{state}\t{assurance}\t{signature}\t{verdict}\n")
    };
    let found = format!("{HEAD}\n{}", rows.iter().map(line).collect::<String>());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path(), &found).unwrap();
    }
    let committed = std::fs::read_to_string(path()).unwrap_or_default();
    for (found, committed) in found.lines().zip(committed.lines()) {
        assert_eq!(found, committed, "somebody may more or less than the table says: is that meant?");
    }
    assert_eq!(found.lines().count(), committed.lines().count(), "run with UPDATE=1, then read the difference");
}

/// Every command that a desk can send is one that authority knows, or is named here as one that needs none.
#[test]
fn every_command_of_a_desk_is_one_that_authority_knows() {
    use countersign_api::wire::command::Command as Wire;
    let asks = |command: &Wire| match command {
        Wire::SetUp { .. } | Wire::SignIn { .. } | Wire::SignOut => None,
        Wire::Stop { .. } => Some("stop"),
        Wire::Resume => Some("resume"),
        Wire::TakeOver { .. } => Some("take_over"),
        Wire::HandBack { .. } => Some("hand_back"),
        Wire::ProposeChange { .. } | Wire::WithdrawChange { .. } | Wire::NewRecoveryKey => Some("propose:set_roles"),
        Wire::SignChange { .. } | Wire::RefuseChange { .. } => Some("countersign:set_roles"),
    };
    let known: BTreeSet<String> = Command::all().into_iter().map(Command::name).collect();
    for command in [Wire::Stop { takes_two: false }, Wire::Resume, Wire::NewRecoveryKey] {
        assert!(asks(&command).is_some_and(|name| known.contains(name)), "{command:?}");
    }
}
