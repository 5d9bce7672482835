//! A server process with an MCP client on it, and what the tests share.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use countersign_shop::{Database, Refund};
use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, CallToolResult, RequestMetaObject},
    service::{RunningService, ServiceError},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Far longer than any of these waits takes, far shorter than a person's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The day that the sample counts back from in every test.
pub(crate) const DAY: &str = "2026-03-01";

/// A folder with a database file that servers can share.
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("crm.db")
    }

    /// Starts a server on the shop's file.
    pub(crate) async fn server(&self, switches: &[(&str, &Path)]) -> Server {
        self.server_with_fault(None, switches).await
    }

    pub(crate) async fn server_with_fault(&self, fault: Option<&str>, switches: &[(&str, &Path)]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-crm"));
        command.arg("--data").arg(self.database()).args(["--sample-day", DAY]);
        command.env_clear().envs(switches.iter().copied()).envs(fault.map(|fault| ("COUNTERSIGN_CRM_FAULT", fault)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let transport = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        let client = within(().serve(transport)).await.unwrap();
        Server { client, child }
    }

    /// The refunds that are stored, without those of the sample.
    pub(crate) fn refunds(&self) -> Vec<Refund> {
        let mut refunds = Database::open(&self.database(), Some(DAY)).unwrap().list_refunds().unwrap();
        refunds.retain(|refund| !refund.idempotency_key.starts_with("sample-"));
        refunds
    }
}

/// One server process and its client.
pub(crate) struct Server {
    pub(crate) client: RunningService<RoleClient, ()>,
    pub(crate) child: Child,
}

impl Server {
    /// Calls a tool and takes whatever comes, the death of the server too.
    pub(crate) async fn call(&self, tool: &'static str, arguments: Value) -> Result<CallToolResult, ServiceError> {
        within(self.client.call_tool(params(tool, arguments))).await
    }

    /// Calls a tool with an idempotency key in `_meta`.
    pub(crate) async fn call_with_meta(&self, tool: &'static str, arguments: Value, key: Value) -> CallToolResult {
        let mut meta = serde_json::Map::new();
        meta.insert("countersign/idempotency-key".to_owned(), key);
        let mut params = params(tool, arguments);
        params.meta = Some(RequestMetaObject::from(meta));
        within(self.client.call_tool(params)).await.unwrap()
    }

    /// Calls a tool that must succeed, and gives its structured content.
    pub(crate) async fn ask(&self, tool: &'static str, arguments: Value) -> Value {
        succeeded(self.call(tool, arguments).await.unwrap())
    }

    /// Calls a tool that must be refused, and gives the code and the text.
    pub(crate) async fn refused(&self, tool: &'static str, arguments: Value) -> (String, String) {
        refusal(&self.call(tool, arguments).await.unwrap())
    }

    /// Kills the process as an operating system does, and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        within(self.child.kill()).await.unwrap();
    }
}

pub(crate) fn params(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

pub(crate) fn succeeded(result: CallToolResult) -> Value {
    assert_ne!(result.is_error, Some(true), "{result:?}");
    let structured = result.structured_content.expect("structured content");
    let text = &result.content[0].as_text().expect("text beside the structured content").text;
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), structured);
    structured
}

pub(crate) fn refusal(result: &CallToolResult) -> (String, String) {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    let text = result.content[0].as_text().expect("a refusal says why").text.clone();
    let structured = result.structured_content.as_ref().expect("a refusal has a code");
    assert_eq!(structured["message"], text.as_str());
    (structured["code"].as_str().unwrap().to_owned(), text)
}

/// A refund of order 1042 for a damaged headlamp.
pub(crate) fn headlamp(key: &str) -> Value {
    json!({
        "order_number": "1042", "amount_minor": 4900, "currency": "EUR",
        "reason": "damaged", "note": "Switch is dead", "idempotency_key": key,
    })
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
