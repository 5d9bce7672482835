//! What the customers' listener is told by whoever starts it.

use crate::mail::Mail;
use countersign_agents::port::SignIns;
use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::channel::ChatSettings;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A secret shorter than this many bytes can be guessed from one token.
const SHORTEST_SECRET_BYTES: usize = 32;

/// How the listener behaves.
#[derive(Clone)]
pub struct ChatOptions {
    /// The folder of the hosted page: `index.html` and what it loads.
    pub page: PathBuf,
    /// Names that the `Host` header may carry, without a port (`127.0.0.1`, `localhost`, `[::1]`, `chat.example.com`).
    pub hosts: Vec<String>,
    /// Origins besides the listener's own that may open a conversation (`https://shop.example.com`).
    pub origins: Vec<String>,
    /// Who may show the page in a frame, and how much is let in. Whatever changes holds from then on.
    pub settings: watch::Receiver<ChatSettings>,
    /// What signs customers in. `None`: tokens are refused.
    pub site_secret: Option<SiteSecret>,
    /// What signs customers in by a code to their address. `None`: no page offers it.
    pub sign_in: Option<SignInOptions>,
    /// Tells when tokens expire.
    pub clock: Arc<dyn Clock>,
    /// Bounds.
    pub limits: ChatLimits,
}

/// Bounds of the listener. The defaults suit one station on a small machine.
#[derive(Debug, Clone)]
pub struct ChatLimits {
    /// The largest frame that is read as a message, in bytes.
    pub frame_bytes: usize,
    /// How long a customer's page has to open or resume a conversation.
    pub first_frame: Duration,
    /// How often a silent connection is asked whether it still lives; after two unanswered pings it is closed.
    pub heartbeat: Duration,
    /// How long one frame may wait for a slow reader before the connection is closed.
    pub write: Duration,
    /// Broken frames before the connection is closed.
    pub strikes: u32,
    /// TCP connections at once, in all; the page's files take some besides the conversations.
    pub connections: usize,
    /// TCP connections at once, from one address.
    pub connections_per_address: usize,
    /// How long a request's head may take.
    pub head: Duration,
    /// How long a TCP connection may say nothing. Must be longer than two heartbeats.
    pub silence: Duration,
    /// Frames of any kind that may come at once on one connection; a further two a second are taken.
    pub frame_burst: u32,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 * 1024,
            first_frame: Duration::from_secs(10),
            heartbeat: Duration::from_secs(20),
            write: Duration::from_secs(10),
            strikes: 3,
            connections: 2_000,
            connections_per_address: 60,
            head: Duration::from_secs(15),
            silence: Duration::from_secs(75),
            frame_burst: 60,
        }
    }
}

impl ChatLimits {
    /// For a listener that only this machine reaches: everybody comes from its one address, and what counts per address
    /// would bound the whole team's customers.
    pub fn on_loopback() -> Self {
        let all = Self::default();
        Self { connections_per_address: all.connections, ..all }
    }
}

/// How customers are signed in by a code that goes to their address.
#[derive(Clone)]
pub struct SignInOptions {
    /// Whose an address is, and what is stored.
    pub sign_ins: Arc<dyn SignIns>,
    /// Where letters go.
    pub mail: Arc<dyn Mail>,
    /// What they say.
    pub words: CodeWords,
    /// Draws the codes.
    pub entropy: Arc<dyn Entropy>,
    /// Bounds.
    pub limits: SignInLimits,
}

/// The letter that brings a code.
#[derive(Debug, Clone)]
pub struct CodeWords {
    /// Its subject. It never holds the code: subjects stand on locked screens.
    pub subject: String,
    /// Its words, with `{code}` and `{minutes}` in them.
    text: String,
}

/// Words that bring no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the letter's words must hold {{code}} once, and its subject must not")]
pub struct NoCodeInWords;

impl CodeWords {
    /// Takes an operator's words.
    pub fn new(subject: String, text: String) -> Result<Self, NoCodeInWords> {
        let once = text.matches("{code}").count() == 1 && !subject.contains("{code}");
        if once { Ok(Self { subject, text }) } else { Err(NoCodeInWords) }
    }

    pub(super) fn text(&self, code: &str, minutes: u64) -> String {
        self.text.replace("{minutes}", &minutes.to_string()).replace("{code}", code)
    }
}

/// How many codes may be asked for. Besides, one conversation may ask five times, ever.
#[derive(Debug, Clone)]
pub struct SignInLimits {
    /// Codes to one e-mail address at once, whoever asks,
    pub per_address: u32,
    /// and one more each time so long has passed.
    pub each_address: Duration,
    /// Codes asked for from one network address at once,
    pub per_neighbour: u32,
    /// and then a minute.
    pub per_neighbour_and_minute: u32,
    /// Codes in all at once,
    pub in_all: u32,
    /// and then a minute.
    pub in_all_and_minute: u32,
}

impl SignInLimits {
    /// Where every customer comes from this machine, they are no neighbours of each other.
    pub fn on_loopback() -> Self {
        let limits = Self::default();
        Self { per_neighbour: limits.in_all, per_neighbour_and_minute: limits.in_all_and_minute, ..limits }
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            per_address: 3,
            each_address: Duration::from_secs(60 * 60),
            per_neighbour: 10,
            per_neighbour_and_minute: 2,
            in_all: 60,
            in_all_and_minute: 30,
        }
    }
}

/// The secret that the embedding site signs its customers' tokens with.
#[derive(Clone)]
pub struct SiteSecret(Arc<[u8]>);

/// A site secret that is too short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the site secret has {0} bytes, which can be guessed; use at least {SHORTEST_SECRET_BYTES} random bytes")]
pub struct WeakSecret(usize);

impl SiteSecret {
    /// Takes a secret of at least 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, WeakSecret> {
        if bytes.len() < SHORTEST_SECRET_BYTES { Err(WeakSecret(bytes.len())) } else { Ok(Self(bytes.into())) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SiteSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SiteSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused_and_none_is_ever_printed() {
        assert_eq!(SiteSecret::new(b"short").unwrap_err(), WeakSecret(5));
        let secret = SiteSecret::new(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "SiteSecret(…)");
    }
}
