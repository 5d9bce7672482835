//! Policy files are read again when they change. What does not parse is told, and the old rules stay in force.

use crate::assets;
use countersign_gate::Gate;
use countersign_policy::{Policies, PolicyFile};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// So long must nothing in the folder have changed before it is read: a file is cut to nothing and then written, and
/// half a file can parse, without the rules that its other half holds.
const QUIET: Duration = Duration::from_millis(300);

/// Digest of each file, by name: for the trail.
pub(crate) fn digests(files: &[PolicyFile]) -> BTreeMap<String, String> {
    files.iter().map(|f| (f.name.clone(), hex::encode(Sha256::digest(&f.text)))).collect()
}

/// Watches a folder as long as it lives.
pub(crate) struct PolicyWatch {
    _watcher: RecommendedWatcher,
    task: tokio::task::JoinHandle<()>,
}

impl PolicyWatch {
    /// Begins to watch.
    pub(crate) fn start(
        folder: &Path,
        gate: Arc<Gate>,
        problem: watch::Sender<Option<String>>,
    ) -> notify::Result<Self> {
        // One place is enough: several changes lead to one reading.
        let (changed, mut changes) = mpsc::channel::<()>(1);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|e| !e.kind.is_access()) {
                let _ = changed.try_send(());
            }
        })?;
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        let folder: PathBuf = folder.to_owned();
        let task = tokio::spawn(async move {
            while changes.recv().await.is_some() {
                while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
                let told = read_again(&folder, &gate).await.err();
                match &told {
                    Some(why) => tracing::warn!(%why, "the policy files were not taken; the old rules stay in force"),
                    None => tracing::info!(version = gate.policies().version(), "policy files read"),
                }
                problem.send_replace(told);
            }
        });
        Ok(Self { _watcher: watcher, task })
    }
}

impl Drop for PolicyWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_again(folder: &Path, gate: &Arc<Gate>) -> Result<(), String> {
    let _line = gate.rules_line().await;
    let files = assets::policies(folder).map_err(|e| e.to_string())?;
    let policies = Policies::parse(&files, &gate.toolbox().for_rules()).map_err(|e| e.to_string())?;
    if policies.version() == gate.policies().version() {
        return Ok(());
    }
    let unmet = gate.unmet_rules(&policies).await.map_err(|e| e.to_string())?;
    let known = gate.unmet_rules(&gate.policies()).await.map_err(|e| e.to_string())?;
    // What nobody could satisfy before either is told at the desk, and keeps nobody from correcting another rule.
    if let Some(rule) = unmet.iter().find(|rule| !known.iter().any(|other| other.id == rule.id)) {
        return Err(format!("{} Enrol them first, or ask for fewer", rule.why));
    }
    let adopted = gate.adopt_policies(policies, digests(&files)).await;
    adopted.map_err(|error| {
        format!("the change could not be written into the trail: {error}. Save the file again to retry")
    })
}
