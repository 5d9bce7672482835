//! A station as a process of its own, with the sample shop: started, killed as a power cut would, started again.

use crate::process::{DEADLINE, Group, children, has_ended, program, send, until};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A running station. Dropping it kills it with everything that it started.
pub struct Station {
    group: Group,
    /// Where customers reach it.
    pub chat: String,
    /// Where desks reach it, with the one-time token while that is needed.
    pub desk: String,
    /// What desktops on other machines connect with, where they may.
    pub devices: Option<String>,
    /// Where agents of others reach it, where they may.
    pub gateway: Option<String>,
    said: PathBuf,
}

/// How a station is started.
pub struct Start {
    command: Command,
    said: PathBuf,
    customers: bool,
    devices: bool,
    gateway: bool,
}

/// The tree's own assets.
pub fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("assets")
}

/// A copy of the tree's assets that a test may change.
pub fn copied_assets(to: &Path) -> PathBuf {
    let copy = to.join("assets");
    for folder in [
        "policies",
        "tools",
        "playbooks",
        "knowledge",
        "escalations",
        "channels",
        "second-look",
        "approvals",
        "models",
        "prompts",
        "replies",
    ] {
        std::fs::create_dir_all(copy.join(folder)).expect("the folder is writable");
        for entry in std::fs::read_dir(assets().join(folder)).expect("the assets are there").flatten() {
            std::fs::copy(entry.path(), copy.join(folder).join(entry.file_name())).expect("the copy is written");
        }
    }
    copy
}

/// Such a copy with one file edited; an edit that changes nothing would test nothing.
pub fn edited_assets(to: &Path, file: &str, edit: impl FnOnce(&str) -> String) -> PathBuf {
    let copy = copied_assets(to);
    let text = std::fs::read_to_string(copy.join(file)).expect("the file is there");
    let edited = edit(&text);
    assert_ne!(edited, text, "{file} is as it was");
    std::fs::write(copy.join(file), edited).expect("the copy is written");
    copy
}

impl Start {
    /// On this data folder, with the tree's assets and free ports.
    pub fn on(data: &Path) -> Start {
        Start::with_assets(data, &assets())
    }

    /// The same in a house that asks for a look at every card, as it is shipped.
    pub fn looking(data: &Path) -> Start {
        let looks = assets().join("approvals/looks.toml");
        let mut start = Start::on(data);
        start.command.arg("--looks").arg(looks);
        start
    }

    /// On this data folder, with these assets and free ports.
    pub fn with_assets(data: &Path, assets: &Path) -> Start {
        Start::under(Command::new(program("countersign-station")), data, assets)
    }

    /// With a command that runs the station, such as a tracer, and takes its arguments last.
    pub fn under(mut command: Command, data: &Path, assets: &Path) -> Start {
        command.arg("--sample-shop").arg("--data").arg(data).arg("--assets").arg(assets);
        command.args(["--chat", "127.0.0.1:0", "--desk", "127.0.0.1:0"]);
        command.arg("--looks").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scene/looks.toml"));
        let mut said = data.as_os_str().to_owned();
        said.push(".said");
        Start { command, said: PathBuf::from(said), customers: false, devices: false, gateway: false }
    }

    /// With these variables in its environment.
    pub fn with(mut self, variables: Vec<(&'static str, PathBuf)>) -> Start {
        self.command.envs(variables);
        self
    }

    /// With these words on its command line.
    pub fn saying(mut self, words: &[&str]) -> Start {
        self.command.args(words);
        self
    }

    /// With this site among those that may show the chat in a frame.
    pub fn embedded_by(mut self, site: &str) -> Start {
        self.command.arg("--embed").arg(site);
        self
    }

    /// Letting desktops on other machines connect at this address.
    pub fn letting_devices_in(mut self, address: &str) -> Start {
        self.command.arg("--devices").arg(address);
        self.devices = true;
        self
    }

    /// Letting agents of others call tools.
    pub fn letting_agents_in(mut self) -> Start {
        self.command.args(["--gateway", "127.0.0.1:0"]);
        self.gateway = true;
        self
    }

    /// With the simulated customers that come to whoever tries the sample shop.
    pub fn with_customers(mut self) -> Start {
        self.customers = true;
        self
    }

    /// Starts it and returns when it has printed its addresses.
    pub async fn running(self) -> Station {
        self.running_within(DEADLINE).await
    }

    /// The same, where a start takes longer than a test waits.
    pub async fn running_within(mut self, deadline: Duration) -> Station {
        let diagnostics = File::options().create(true).append(true).open(&self.said).expect("the folder is writable");
        if !self.customers {
            self.command.arg("--no-customers");
        }
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(diagnostics);
        let mut group = Group::start(&mut self.command);
        let out = group.child.stdout.take().expect("piped");
        let addresses = 2 + usize::from(self.devices) + usize::from(self.gateway);
        let reading = tokio::task::spawn_blocking(move || {
            let lines: Vec<String> = BufReader::new(out).lines().map_while(Result::ok).take(addresses).collect();
            lines
        });
        let lines = tokio::time::timeout(deadline, reading).await.expect("the station starts in time").expect("read");
        let said = || std::fs::read_to_string(&self.said).unwrap_or_default();
        let find = |name: &str| {
            let line = lines.iter().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("the station printed no {name} but {lines:?}\n{}", said())).to_owned()
        };
        let devices = self.devices.then(|| find("Devices: "));
        let gateway = self.gateway.then(|| find("Gateway: "));
        Station { chat: find("Customers: "), desk: find("Desk: "), devices, gateway, group, said: self.said.clone() }
    }

    /// Starts it where it must not start, and gives its exit code and what it said.
    pub async fn refused(mut self) -> (i32, String) {
        self.command.arg("--no-customers").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = Group::start(&mut self.command);
        let waiting = tokio::task::spawn_blocking(move || {
            let mut child = child;
            let mut said = String::new();
            let mut pipe = child.child.stderr.take().expect("piped");
            std::io::Read::read_to_string(&mut pipe, &mut said).expect("what it says is text");
            let status = child.child.wait().expect("it ends");
            (status.code().expect("it ends by itself"), said)
        });
        tokio::time::timeout(DEADLINE, waiting).await.expect("it ends in time").expect("waited for")
    }
}

impl Station {
    /// Kills it as a power cut would and returns when it is gone, and its tool servers with it.
    pub async fn kill9(self) {
        let id = self.group.child.id();
        let children = children(id);
        assert!(!children.is_empty(), "the station runs no tool server");
        send("KILL", &id.to_string());
        until("the station is gone", DEADLINE, || has_ended(id).then_some(())).await;
        until("its tool servers are gone", DEADLINE, || children.iter().all(|c| has_ended(*c)).then_some(())).await;
    }

    /// Asks it to end, and returns when it has, with what it said on standard error. Fails if it did not end well.
    pub async fn stop(self) -> String {
        let (code, said) = self.stopped().await;
        assert_eq!(code, Some(0), "the station did not end well: {said}");
        said
    }

    /// Asks it to end, and returns its exit code and what it said on standard error.
    pub async fn stopped(mut self) -> (Option<i32>, String) {
        send("TERM", &self.group.child.id().to_string());
        let group = &mut self.group;
        let status = until("the station ends", DEADLINE, || group.child.try_wait().expect("it is ours")).await;
        (status.code(), self.said())
    }

    /// What it has written to standard error so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// The id of its process, or of the command that it was started under.
    pub fn process(&self) -> u32 {
        self.group.child.id()
    }
}
