//! Mail out. Where it goes is the station's configuration: a mail server, or, for the sample shop, a folder.
//!
//! Nothing that fails here says to whom a letter was to go or what a server answered: a server's words repeat addresses.

mod folder;
mod letter;
mod smtp;

pub use folder::MailFolder;
pub use letter::{BadSender, Letter, Sender};
pub use smtp::{Credentials, SmtpServer, SmtpTls, UnusableServer};

use async_trait::async_trait;
use std::path::Path;

/// Why a letter did not go out, in words for traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Nobody's letter would go out now.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(&'static str),
    /// This one was refused; another might go out.
    #[error("the mail server refused the letter{}", .0.map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused(Option<u16>),
    /// It could not be written as a letter.
    #[error("the letter could not be written")]
    Malformed,
}

/// Where letters go.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Whether a letter would be taken now: as far as can be tried without sending one to anybody.
    async fn reach(&self) -> Result<(), NotSent>;
    /// Sends one letter, once.
    async fn send(&self, letter: &Letter) -> Result<(), NotSent>;
    /// The mail server that letters go through, as host and port, where there is one.
    fn server(&self) -> Option<&str> {
        None
    }
    /// The folder in which letters stay, where that is what stands for mail.
    fn folder(&self) -> Option<&Path> {
        None
    }
}
