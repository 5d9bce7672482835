//! A folder, servers on it, and what the tests share.

use countersign_domain::ids::ActionId;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use countersign_mcp::{Limits, McpServers, RemoteConfig, ServerConfig};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

/// Far longer than any of these waits takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The misbehaving server.
pub(crate) const TEST_SERVER: &str = env!("CARGO_BIN_EXE_countersign-mcp-test-server");

/// What servers over HTTP ask for.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How a server is spoken to. What holds for both is one case, run twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Over {
    /// The standard streams of a process of ours.
    Pipes,
    /// HTTP, to a process that somebody else has started.
    Http,
}

/// Runs each case over both.
macro_rules! over_both {
    ($($case:ident),+ $(,)?) => {
        mod over_pipes {
            $(#[tokio::test] async fn $case() { super::$case(crate::shop::Over::Pipes).await; })+
        }
        mod over_http {
            $(#[tokio::test] async fn $case() { super::$case(crate::shop::Over::Http).await; })+
        }
    };
}
pub(crate) use over_both;

/// One server, named `test`, in a folder of its own.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) servers: McpServers,
    /// Where it is not started by those who speak to it: how it is, and the process.
    elsewhere: Option<(Command, Mutex<Child>)>,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some((_, child)) = &self.elsewhere {
            let mut child = child.lock().unwrap();
            let _ = child.kill();
            let _ = child.wait();
        }
    }
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
        Self { servers: McpServers::with_limits(vec![config], limits).unwrap(), folder, elsewhere: None }
    }

    /// The misbehaving server, spoken to in this way.
    pub(crate) async fn over(over: Over, behaviour: &str) -> Self {
        Self::over_with_limits(over, behaviour, Limits::default()).await
    }

    pub(crate) async fn over_with_limits(over: Over, behaviour: &str, limits: Limits) -> Self {
        match over {
            Over::Pipes => Self::with_limits(limits, |config| config.args = vec![behaviour.to_owned()]),
            Over::Http => {
                let folder = tempfile::tempdir().unwrap();
                let mut command = Command::new(TEST_SERVER);
                command.args(["http", behaviour, TOKEN, "0"]).current_dir(folder.path());
                let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
                let port_file = folder.path().join("port");
                until(|| port_file.exists()).await;
                let port = std::fs::read_to_string(&port_file).unwrap();
                // Started again, it is where it was.
                let mut again = Command::new(TEST_SERVER);
                again.args(["http", behaviour, TOKEN, port.as_str()]).current_dir(folder.path());
                again.stdin(Stdio::null()).stdout(Stdio::null());
                let mut fixture = Self::at(&format!("http://127.0.0.1:{port}/mcp"), folder, limits);
                fixture.elsewhere = Some((again, Mutex::new(child)));
                fixture
            }
        }
    }

    /// A program that listens where it likes, asks for our token, and prints its URL.
    pub(crate) async fn program(program: PathBuf, args: &[&str], environment: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args(args).args(["--listen", "127.0.0.1:0", "--token-file", "token"]).current_dir(folder.path());
        command.env_clear().envs(environment.iter().map(|(name, value)| (name, value)));
        std::fs::write(folder.path().join("token"), TOKEN).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut out, &mut line).map(|_| line)
        });
        let url = within(reading).await.unwrap().unwrap();
        let mut fixture = Self::at(url.trim(), folder, Limits::default());
        fixture.elsewhere = Some((command, Mutex::new(child)));
        fixture
    }

    /// Whoever listens at this address.
    pub(crate) fn at(url: &str, folder: TempDir, limits: Limits) -> Self {
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
        let config = RemoteConfig::new("test", url, token_file).unwrap();
        Self { servers: McpServers::with_limits(vec![config], limits).unwrap(), folder, elsewhere: None }
    }

    /// Kills a server that was started elsewhere, as an operating system does.
    pub(crate) fn kill(&self) {
        let (_, child) = self.elsewhere.as_ref().unwrap();
        let mut child = child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts a server anew that has ended, where nobody else does.
    pub(crate) async fn comes_again(&mut self) {
        let Some((command, child)) = self.elsewhere.as_mut() else { return };
        let port = self.folder.path().join("port");
        std::fs::remove_file(&port).unwrap();
        let child = child.get_mut().unwrap();
        child.wait().unwrap();
        *child = command.spawn().unwrap();
        until(|| port.exists()).await;
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
