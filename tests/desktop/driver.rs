//! WebKitWebDriver on a session bus of its own, and what it starts the application with.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::display::Display;
use countersign_tests::process::{Group, until};

const START: Duration = Duration::from_secs(30);

pub(crate) struct Driver {
    port: u16,
    /// Everything that driver and application wrote.
    pub(crate) log: PathBuf,
    _group: Group,
}

impl Driver {
    /// Starts the driver with `home` as the home of everything that it starts, and these variables besides the plain
    /// ones in the environment; returns when it listens.
    pub(crate) async fn start(display: &Display, home: &Path, variables: &[(&str, PathBuf)]) -> Driver {
        let runtime = home.join("runtime");
        std::fs::create_dir(&runtime).expect("the home is writable");
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).expect("the home is ours");
        let log = home.join("log.txt");
        let out = File::create(&log).expect("the home is writable");
        let port = free_port();
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "WebKitWebDriver", &format!("--port={port}")]);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8").env("TZ", "UTC").env("NO_AT_BRIDGE", "1").env("GDK_BACKEND", "x11");
        command.env("HOME", home).env("XDG_RUNTIME_DIR", &runtime).env("DISPLAY", &display.name);
        command.env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.envs(variables.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::null()).stdout(out.try_clone().expect("a second handle")).stderr(out);
        let group = Group::start(&mut command);
        until("WebKitWebDriver listens", START, || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
        Driver { port, log, _group: group }
    }

    /// Starts the program and takes hold of its first window.
    pub(crate) async fn launch(&self, program: &Path, args: &[String]) -> Client {
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": args } });
        let serde_json::Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let connecting = async {
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&format!("http://127.0.0.1:{}", self.port))
                .await
        };
        match tokio::time::timeout(START, connecting).await {
            Ok(Ok(client)) => bounded(client).await,
            Ok(Err(error)) => panic!("the window did not open: {error}\n{}", self.said()),
            Err(_) => panic!("the window did not open within {} seconds\n{}", START.as_secs(), self.said()),
        }
    }

    /// What driver and application wrote so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// A page that never loads or a script that never answers fails the test instead of holding it.
async fn bounded(client: Client) -> Client {
    let limits = TimeoutConfiguration::new(Some(START), Some(START), Some(Duration::ZERO));
    client.update_timeouts(limits).await.expect("the driver takes timeouts");
    client
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
