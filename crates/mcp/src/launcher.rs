//! Starts child processes from one long-lived thread.
//!
//! On Linux a server is started through `setpriv --pdeathsig KILL`, so that the kernel kills it when the station dies,
//! however it dies. That signal is tied to the thread that started the child, and threads of an async runtime come and
//! go: hence a thread of its own, which lives as long as this value. Where `setpriv` is missing, a server is left to
//! notice the end of its standard input.

use crate::config::ServerConfig;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// The most starts that wait for the thread at once.
const MAX_WAITING: usize = 64;

/// The door to the thread. Dropping it ends the thread, and with it every child that it started.
#[derive(Debug)]
pub(crate) struct Launcher {
    orders: SyncSender<Order>,
}

struct Order {
    config: ServerConfig,
    runtime: Handle,
    started: oneshot::Sender<io::Result<Child>>,
}

impl Launcher {
    /// Starts the thread. Without one nothing can be launched, and every launch says so.
    pub(crate) fn new() -> Self {
        let (orders, inbox) = sync_channel(MAX_WAITING);
        if let Err(error) = std::thread::Builder::new().name("tool-servers".to_owned()).spawn(move || work(&inbox)) {
            tracing::error!(%error, "the thread that starts tool servers could not be started");
        }
        Self { orders }
    }

    /// Starts a server with piped standard streams. Dropping the child kills it.
    pub(crate) async fn launch(&self, config: &ServerConfig) -> io::Result<Child> {
        // What watches over it would start, and only then find nothing to start.
        if !config.command.is_file() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such program"));
        }
        let (started, child) = oneshot::channel();
        let order = Order { config: config.clone(), runtime: Handle::current(), started };
        self.orders.try_send(order).map_err(|refused| match refused {
            TrySendError::Full(_) => io::Error::new(io::ErrorKind::WouldBlock, "too many servers are being started"),
            TrySendError::Disconnected(_) => io::Error::other("the thread that starts tool servers has ended"),
        })?;
        child.await.map_err(|_| io::Error::other("the thread that starts tool servers has ended"))?
    }
}

fn work(inbox: &Receiver<Order>) {
    let guardian = guardian();
    if guardian.is_none() {
        tracing::warn!(
            "no setpriv with --pdeathsig here: a tool server outlives a killed station until it reads again"
        );
    }
    while let Ok(order) = inbox.recv() {
        let _inside = order.runtime.enter();
        // A child that nobody waits for any more is dropped here, and so killed.
        let _ = order.started.send(command(guardian, &order.config).spawn());
    }
}

fn command(guardian: Option<&Path>, config: &ServerConfig) -> Command {
    let mut words: Vec<OsString> = Vec::new();
    if let Some(guardian) = guardian {
        words.extend([guardian.as_os_str().to_owned(), "--pdeathsig".into(), "KILL".into(), "--".into()]);
    }
    words.push(config.command.clone().into_os_string());
    words.extend(config.args.iter().map(OsString::from));
    let mut words = words.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env_clear()
        .envs(&config.environment)
        .current_dir(&config.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // A group of its own: what it starts can be killed with it, and a Ctrl-C at the station's terminal is not its.
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// The program that ties a child's life to this thread's, if this system has one that can.
#[cfg(target_os = "linux")]
fn guardian() -> Option<&'static Path> {
    ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().map(Path::new).find(|path| {
        // Reads its options in order, so one that does not know the first fails before it shows its version.
        std::process::Command::new(path)
            .args(["--pdeathsig", "KILL", "--version"])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}

#[cfg(not(target_os = "linux"))]
fn guardian() -> Option<&'static Path> {
    None
}
