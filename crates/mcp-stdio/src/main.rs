//! `countersign-mcp`: the gateway of a station on standard streams, for agents whose clients only start processes.
//!
//! It adds nothing and keeps nothing: each line that comes is one request to the gateway, each message that comes back is
//! one line. What an agent may do, what waits for a person and what became of it is said by the station alone.

mod access;
mod gateway;
mod lines;
mod message;

use crate::access::{Access, USAGE};
use crate::gateway::{Gateway, Say};
use crate::lines::{Line, Lines};
use crate::message::{Message, error_of};
use serde_json::Value;
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWriteExt, stdin, stdout};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// What waits to be written.
const MOST_UNWRITTEN: usize = 64;
/// The most requests that wait for their answers at once.
const MOST_WAITING: usize = 1_024;
/// How long answers that are on their way are waited for once nothing comes any more.
const LAST: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if std::env::args().skip(1).any(|word| word == "--help" || word == "-h") {
        let _ = stdout().write_all(USAGE.as_bytes()).await;
        return ExitCode::SUCCESS;
    }
    match Access::of(std::env::args().skip(1), |name| std::env::var(name).ok()) {
        Ok(access) => {
            serve(access).await;
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = tokio::io::stderr().write_all(format!("{why}\n\n{USAGE}").as_bytes()).await;
            ExitCode::from(2)
        }
    }
}

async fn serve(access: Access) {
    let gateway = Arc::new(Gateway::at(access));
    let (say, mut said) = mpsc::channel::<String>(MOST_UNWRITTEN);
    let writing = tokio::spawn(async move {
        let mut out = stdout();
        while let Some(line) = said.recv().await {
            // One write a message: whoever reads sees no half of one.
            if out.write_all(format!("{line}\n").as_bytes()).await.is_err() || out.flush().await.is_err() {
                return;
            }
        }
    });
    let mut lines = Lines::of(stdin());
    let mut waiting: JoinSet<()> = JoinSet::new();
    let mut asked: HashMap<String, (AbortHandle, Arc<AtomicBool>)> = HashMap::new();
    while let Some(line) = lines.next().await {
        while waiting.try_join_next().is_some() {}
        asked.retain(|_, (task, _)| !task.is_finished());
        let message = match line {
            Line::Whole(text) => Message::read(text),
            Line::TooLong => {
                Err(error_of(&Value::Null, -32600, "This message is longer than 1 MiB and was not looked at."))
            }
        };
        let message = match message {
            Ok(message) if waiting.len() < MOST_WAITING => message,
            Ok(message) => {
                let why = format!("{MOST_WAITING} requests wait already. Nothing was asked; wait for some of them.");
                tell(&say, message.id.as_ref().map(|id| error_of(id, -32000, &why))).await;
                continue;
            }
            Err(answer) => {
                tell(&say, Some(answer)).await;
                continue;
            }
        };
        // The gateway is told first: whoever only hangs up takes nothing back there.
        let taken_back = message.takes_back().and_then(|id| asked.remove(&id));
        let unwanted = Arc::<AtomicBool>::default();
        if let Some((_, unwanted)) = &taken_back {
            unwanted.store(true, Ordering::SeqCst);
        }
        let id = message.id.as_ref().map(Value::to_string);
        let (gateway, say) = (gateway.clone(), Say { to: say.clone(), unwanted: unwanted.clone() });
        let task = waiting.spawn(async move {
            gateway.ask(&message, &say).await;
            if let Some((task, _)) = taken_back {
                task.abort();
            }
        });
        asked.extend(id.map(|id| (id, (task, unwanted))));
    }
    let rest = async { while waiting.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST, rest).await;
    waiting.shutdown().await;
    drop((say, gateway));
    let _ = writing.await;
}

async fn tell(say: &mpsc::Sender<String>, line: Option<String>) {
    if let Some(line) = line {
        let _ = say.send(line).await;
    }
}
