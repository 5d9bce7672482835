//! A folder, servers on it, and what the tests share.

use countersign_domain::ids::ActionId;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use countersign_mcp::{Limits, McpServers, ServerConfig};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Far longer than any of these waits takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The misbehaving server.
pub(crate) const TEST_SERVER: &str = env!("CARGO_BIN_EXE_countersign-mcp-test-server");

/// One server, named `test`, in a folder of its own.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) servers: McpServers,
}

impl Fixture {
    /// The misbehaving server with one behaviour.
    pub(crate) fn new(behaviour: &str) -> Self {
        Self::with(|config| config.args = vec![behaviour.to_owned()])
    }

    pub(crate) fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        Self::with_limits(Limits::default(), change)
    }

    pub(crate) fn with_limits(limits: Limits, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = ServerConfig {
            name: "test".to_owned(),
            command: TEST_SERVER.into(),
            args: vec!["well".to_owned()],
            environment: Default::default(),
            folder: folder.path().to_owned(),
        };
        change(&mut config);
        Self { servers: McpServers::with_limits(vec![config], limits).unwrap(), folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The hash of a tool's definition, as of now.
    pub(crate) async fn pinned(&self, tool: &str) -> String {
        let defined = within(self.servers.definitions()).await.unwrap();
        defined.iter().find(|definition| definition.name == tool).unwrap().hash()
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<ToolAnswer, ToolFailure> {
        let pinned = self.pinned(tool).await;
        self.call_pinned(tool, &pinned, arguments, None, PATIENCE).await
    }

    pub(crate) async fn call_pinned(
        &self,
        tool: &str,
        pinned: &str,
        arguments: Value,
        key: Option<ActionId>,
        timeout: Duration,
    ) -> Result<ToolAnswer, ToolFailure> {
        let call = PermittedCall::for_test("test", tool, pinned, arguments, key, timeout);
        within(self.servers.call(call)).await
    }

    /// The process id that the server, or something that it started, left in a file.
    pub(crate) fn pid(&self, file: &str) -> u32 {
        std::fs::read_to_string(self.path(file)).unwrap().parse().unwrap()
    }

    /// The calls that reached the server, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

/// Fails rather than hangs.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("nothing happened for 30 seconds")
}

/// Waits until something that another process does has become true.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(5));
    within(async {
        while !holds() {
            look.tick().await;
        }
    })
    .await;
}

/// Whether a process runs. One that has ended and that nobody has asked about does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    assert!(Path::new("/proc/self/stat").exists(), "this test reads /proc");
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    !matches!(state, Some(Some('Z' | 'X')))
}
