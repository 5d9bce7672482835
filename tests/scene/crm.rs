//! The CRM's own books, read by its own program, and the switches by which it fails at an exact moment.

use crate::process::{DEADLINE, program, until};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Refunds of an order, as the CRM tells them. The sample shop begins with refunds of other orders.
pub fn refunds(data: &Path, order: &str) -> Vec<Value> {
    told(data, "list-refunds", order)
}

/// The tools that changed an order, each as often as it did, in order; refunds are no changes.
pub fn changes(data: &Path, order: &str) -> Vec<String> {
    let made = told(data, "list-changes", order);
    made.iter().map(|change| change["tool"].as_str().expect("a tool").to_owned()).collect()
}

/// The notes on an order, as the CRM tells them.
pub fn notes(data: &Path, order: &str) -> Vec<Value> {
    told(data, "list-notes", order)
}

fn told(data: &Path, command: &str, order: &str) -> Vec<Value> {
    let mut crm = Command::new(program("countersign-crm"));
    let output = crm.arg("--data").arg(data.join("crm/crm.db")).arg(command).output().expect("the CRM runs");
    assert!(output.status.success(), "the CRM answers no {command}: {}", String::from_utf8_lossy(&output.stderr));
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).expect("it tells JSON");
    all.into_iter().filter(|one| one["order_number"] == order).collect()
}

/// Amounts of an order's refunds, in minor units.
pub fn amounts(data: &Path, order: &str) -> Vec<i64> {
    refunds(data, order).iter().map(|refund| refund["amount_minor"].as_i64().expect("an amount")).collect()
}

/// Makes refunds wait before they touch anything, as long as the gate's file is there.
pub struct Gateway {
    file: PathBuf,
}

impl Gateway {
    /// A closed gate in this folder.
    pub fn closed(folder: &Path) -> Gateway {
        let file = folder.join("wait");
        std::fs::write(&file, []).expect("the folder is writable");
        Gateway { file }
    }

    /// What the station's environment has to name.
    pub fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        vec![("COUNTERSIGN_CRM_WAIT_FILE", self.file.clone())]
    }

    /// Returns when a refund has reached the CRM and waits there.
    pub async fn reached(&self) {
        let mut reached = self.file.clone().into_os_string();
        reached.push(".reached");
        let reached = PathBuf::from(reached);
        until("a refund reaches the CRM", DEADLINE, || reached.exists().then_some(())).await;
    }

    /// Lets waiting and later refunds through.
    pub fn open(self) {
        std::fs::remove_file(&self.file).expect("the gate was closed");
    }
}

/// The station's environment for a CRM whose next refund fails like this: one fault, at that moment.
pub fn fault(folder: &Path, kind: &str) -> Vec<(&'static str, PathBuf)> {
    let file = folder.join("fault");
    std::fs::write(&file, []).expect("the folder is writable");
    vec![("COUNTERSIGN_CRM_FAULT", PathBuf::from(kind)), ("COUNTERSIGN_CRM_FAULT_FILE", file)]
}
