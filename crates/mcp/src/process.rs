//! One running server process: its end is waited for, whoever caused it, and takes its whole group along.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::watch;

/// The most of one line of diagnostics that is kept, in bytes.
const MAX_DIAGNOSTIC_BYTES: usize = 1024;
/// How long the end of a killed process is waited for.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// A child process. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    kill: watch::Sender<bool>,
    gone: watch::Receiver<bool>,
}

impl ServerProcess {
    /// Takes over a started child with piped streams: drains its diagnostics and waits for its end. The streams of the
    /// protocol are handed back.
    pub(crate) fn adopt(mut child: Child, server: &str) -> Option<(Self, ChildStdin, ChildStdout)> {
        let (stdin, stdout, stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
        tokio::spawn(drain(stderr, server.to_owned()));
        let (kill, mut told) = watch::channel(false);
        let (ended, gone) = watch::channel(false);
        tokio::spawn(async move {
            let group = Group::of(&child);
            let ended_by_itself = tokio::select! {
                _ = child.wait() => true,
                // Told, or the owner was dropped.
                _ = told.wait_for(|told| *told) => false,
            };
            if !ended_by_itself {
                group.kill();
                let _ = child.start_kill();
                let _ = child.wait().await;
            }
            // What it started and left behind.
            drop(group);
            ended.send_replace(true);
        });
        Some((Self { kill, gone }, stdin, stdout))
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&self) -> bool {
        !*self.gone.borrow()
    }

    /// Kills it and waits until it is gone. False if it is not gone after all patience.
    pub(crate) async fn end(&self) -> bool {
        self.kill.send_replace(true);
        let mut gone = self.gone.clone();
        matches!(tokio::time::timeout(END_PATIENCE, gone.wait_for(|gone| *gone)).await, Ok(Ok(_)))
    }
}

/// The process group of a child. Dropping it kills the group.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn kill(&self) {
        if let Some(leader) = self.leader {
            // An empty group is no error to act on: everybody has left already.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    fn of(_child: &Child) -> Self {
        Self {}
    }

    fn kill(&self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads diagnostics to their end, so that a full pipe never stops the server. At debug level only: what a business's
/// own system writes there may name customers.
async fn drain(mut diagnostics: impl AsyncRead + Unpin, server: String) {
    let mut chunk = [0_u8; 4096];
    let mut line = Vec::new();
    while let Ok(read @ 1..) = diagnostics.read(&mut chunk).await {
        for byte in chunk.iter().take(read) {
            match byte {
                b'\n' => {
                    tracing::debug!(server, line = ?String::from_utf8_lossy(&line), "diagnostics of a tool server");
                    line.clear();
                }
                _ if line.len() < MAX_DIAGNOSTIC_BYTES => line.push(*byte),
                _ => {}
            }
        }
    }
}
