//! `countersign-customers`: simulated customers of the sample shop, who write to a chat over its WebSocket.
//!
//! `countersign-customers --chat http://127.0.0.1:4310/ --per-minute 4 --at-once 6`. On standard input it takes lines of
//! JSON with `per_minute`, `at_once` and `site_secret`, while it runs, and it ends when the input does: it never outlives
//! whoever started it. Diagnostics go to standard error only.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_shop::crowd::{ChatAddress, Crowd, Told};
use countersign_shop::stdio::{self, Failure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::watch;

const USAGE: &str = "usage: countersign-customers --chat ADDRESS [--per-minute N] [--at-once N] [--seed N] [--hurried]\n\
                     ADDRESS is that of the chat page. It ends when its standard input closes.";

/// What the command line says.
struct Asked {
    chat: ChatAddress,
    seed: u64,
    hurried: bool,
    told: Told,
}

fn main() -> ExitCode {
    stdio::run("countersign-customers", run)
}

fn run() -> Result<(), Failure> {
    let Asked { chat, seed, hurried, told } = Asked::read(std::env::args().skip(1))?;
    let crowd = Crowd::of(chat, seed, hurried)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let (tell, heard) = watch::channel(told);
        tokio::select! {
            () = crowd.come(heard) => Ok(()),
            heard = listen(&tell) => heard,
        }
    });
    // A read of standard input cannot be taken back, and nobody is there any more to write to it.
    runtime.shutdown_background();
    done
}

/// Hears what is told on standard input, until it closes.
async fn listen(tell: &watch::Sender<Told>) -> Result<(), Failure> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let told = Told::read(&line)?;
        tell.send_modify(|before| *before = told.after(before));
    }
    Ok(())
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut chat, mut seed, mut hurried, mut told) = (None, None, false, Told::default());
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(USAGE);
            match word.as_str() {
                "--chat" => chat = Some(value()?.parse()?),
                "--seed" => seed = Some(value()?.parse()?),
                "--per-minute" => told.per_minute = Some(value()?.parse()?),
                "--at-once" => told.at_once = Some(value()?.parse()?),
                "--hurried" => hurried = true,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(Self { chat: chat.ok_or(USAGE)?, seed: seed.unwrap_or_else(by_the_clock), hurried, told })
    }
}

/// Another seed at every start.
fn by_the_clock() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "the shop is a program of its own, and has the system's clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() ^ u64::from(now.subsec_nanos())
}
