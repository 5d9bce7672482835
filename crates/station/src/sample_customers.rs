//! The sample shop's simulated customers: a program of the shop that writes to our chat as anybody does. It runs as a
//! child, is told its pace on its standard input, and ends when that closes: with this process, whatever ends it.
//!
//! Customers come only while somebody is signed in. The pace that a person chose is kept in a file of its own: it is no
//! fact of the business, so it stands in no log.

use crate::error::StartError;
use crate::sample_shop::beside_this_program;
use crate::{private, site_secret};
use countersign_api::office;
use countersign_api::wire::session::SampleCustomersPace as Pace;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

const PROGRAM: &str = "countersign-customers";
/// The chosen pace's file in the data folder.
const FILE: &str = "sample-customers";
/// How long the child has to end by itself when its input closes.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long nobody comes after the child has ended unasked.
const REST: Duration = Duration::from_secs(30);
/// How long the child may take to read a line.
const PATIENCE: Duration = Duration::from_secs(5);

/// The customers of this station.
pub(crate) struct SampleCustomers {
    program: PathBuf,
    chat: SocketAddr,
    site_secret: String,
    file: PathBuf,
    chosen: watch::Sender<Pace>,
}

/// The running child.
struct Running {
    child: Child,
    input: ChildStdin,
}

impl SampleCustomers {
    /// Reads the pace that was chosen; at the first start, calm.
    pub(crate) fn open(folder: &Path, chat: SocketAddr) -> Result<Arc<Self>, StartError> {
        let secret = folder.join(site_secret::FILE);
        let site_secret = std::fs::read_to_string(&secret).map_err(|e| StartError::file(&secret, &e))?;
        let file = folder.join(FILE);
        let chosen = watch::channel(read(&file)?).0;
        Ok(Arc::new(Self {
            program: beside_this_program(PROGRAM)?,
            chat,
            site_secret: site_secret.trim().to_owned(),
            file,
            chosen,
        }))
    }

    /// Lets customers come while somebody is signed in, until the end.
    pub(crate) async fn come(self: Arc<Self>, mut here: watch::Receiver<usize>, end: impl Future<Output = ()>) {
        let mut chosen = self.chosen.subscribe();
        let mut running: Option<Running> = None;
        let mut end = std::pin::pin!(end);
        let mut not_before = Instant::now();
        loop {
            let somebody = *here.borrow_and_update() > 0;
            let pace = if somebody { *chosen.borrow_and_update() } else { Pace::Off };
            let told = match running.as_mut() {
                Some(running) => running.tell(pace).await,
                None if pace != Pace::Off && Instant::now() >= not_before => match self.start(pace).await {
                    Ok(started) => {
                        running = Some(started);
                        Ok(())
                    }
                    Err(error) => Err(error),
                },
                None => Ok(()),
            };
            if let Err(error) = told {
                tracing::warn!(%error, "the simulated customers were not told their pace");
                running = None;
                not_before = Instant::now() + REST;
            }
            tokio::select! {
                () = &mut end => break,
                _ = here.changed() => {}
                _ = chosen.changed() => {}
                status = ended(running.as_mut()) => {
                    tracing::warn!(?status, "the simulated customers ended; they come again shortly");
                    running = None;
                    not_before = Instant::now() + REST;
                }
                () = sleep_until(not_before), if running.is_none() && Instant::now() < not_before => {}
            }
        }
        if let Some(Running { mut child, input }) = running {
            drop(input);
            // Dropped if it does not end, and so killed.
            let _ = timeout(FAREWELL, child.wait()).await;
        }
    }

    async fn start(&self, pace: Pace) -> std::io::Result<Running> {
        let mut command = Command::new(&self.program);
        command.arg("--chat").arg(format!("http://{}/", self.chat)).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
        // A group of its own: a Ctrl-C at the station's terminal is not its.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let input = child.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        let mut running = Running { child, input };
        running.write(&json!({ "site_secret": self.site_secret })).await?;
        running.tell(pace).await?;
        Ok(running)
    }
}

impl office::SampleCustomers for SampleCustomers {
    fn pace(&self) -> Pace {
        *self.chosen.borrow()
    }

    fn choose(&self, pace: Pace) -> Result<(), String> {
        write(&self.file, pace).map_err(|error| error.to_string())?;
        self.chosen.send_replace(pace);
        Ok(())
    }
}

impl Running {
    /// How many come. Beside them a person must be able to try the chat from this machine, and the chat counts all of a
    /// machine as one: ten conversations a minute, twenty at once.
    async fn tell(&mut self, pace: Pace) -> std::io::Result<()> {
        let (per_minute, at_once) = match pace {
            Pace::Off => (0, 0),
            Pace::Calm => (3, 6),
            Pace::Lively => (6, 14),
        };
        self.write(&json!({ "per_minute": per_minute, "at_once": at_once })).await
    }

    async fn write(&mut self, told: &serde_json::Value) -> std::io::Result<()> {
        let line = format!("{told}\n");
        let writing = async {
            self.input.write_all(line.as_bytes()).await?;
            self.input.flush().await
        };
        timeout(PATIENCE, writing).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
    }
}

/// Resolves when the child has ended; never, while there is none.
async fn ended(running: Option<&mut Running>) -> std::io::Result<std::process::ExitStatus> {
    match running {
        Some(running) => running.child.wait().await,
        None => std::future::pending().await,
    }
}

fn read(file: &Path) -> Result<Pace, StartError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Pace::Calm),
        Err(error) => return Err(StartError::file(file, &error)),
    };
    let named = serde_json::from_value(json!(text.trim()));
    named.map_err(|_| StartError::content(file, "says neither off, calm nor lively; delete it and start again"))
}

fn write(file: &Path, pace: Pace) -> std::io::Result<()> {
    private::replace(file, json!(pace).as_str().unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_and_what_is_no_pace_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        assert_eq!(read(&file).unwrap(), Pace::Calm);
        for pace in [Pace::Lively, Pace::Off, Pace::Calm] {
            write(&file, pace).unwrap();
            assert_eq!(read(&file).unwrap(), pace);
        }
        std::fs::write(&file, "frantic").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("neither off, calm nor lively"));
    }
}
