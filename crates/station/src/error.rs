//! Why a station does not start: what happened, why, what to do.

use countersign_event_log_sqlite::OpenError;
use countersign_gate::error::GateError;
use countersign_gate::tools::ToolFailure;
use countersign_gate::{SealingError, SigningKeyError};
use countersign_policy::PolicyError;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a station does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command line is wrong.
    #[error("{0}\n\n{usage}", usage = crate::options::USAGE)]
    Arguments(String),
    /// A folder or file cannot be used.
    #[error("{path} cannot be used: {why}. Check that it exists and belongs to you.")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// A file says something that it may not.
    #[error("{path}: {why}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to write.
        why: String,
    },
    /// An effect would be asked after where it never went.
    #[error(
        "the tool server {server} was {was} when an effect went to it of which nobody knows yet whether it happened, and now \
         it is {is}. Asked there, it could look as if it had not happened, and happen twice. Start once more as before: what \
         is unknown is asked for at once. Only if what is there now has the same data, remove {note} and start",
        note = note.display()
    )]
    ServerMoved {
        /// Its name.
        server: String,
        /// Where it was.
        was: String,
        /// Where it is.
        is: String,
        /// Where that was noted.
        note: PathBuf,
    },
    /// The log does not open.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// A case, or the records, were not written.
    #[error("it was not exported: {0}")]
    NotExported(String),
    /// The keys do not open.
    #[error(transparent)]
    Keys(#[from] SealingError),
    /// The folders of signing keys cannot be used.
    #[error(transparent)]
    SigningKeys(#[from] SigningKeyError),
    /// The rules do not parse.
    #[error("the policy files cannot be used, so nothing may run: {0}")]
    Policy(#[from] PolicyError),
    /// The rules fit the tools as the files in `assets/tools` treat them, and not as people have signed.
    #[error(
        "the policy files do not fit how people have signed that tools are treated, so nothing may run: {why}. \
         For these tools the log rules, and assets/tools says nothing of them any more: {signed}. Put back the policy files \
         that were there before, and start. Then change the tool at the desk, under Settings, Tools, so that it has what the \
         new rules read, and put the new files in place: they are read at once"
    )]
    PolicyBeforeTools {
        /// What does not fit, and where.
        why: Box<PolicyError>,
        /// The tools whose settings people have signed otherwise than the files say.
        signed: String,
    },
    /// A tool server does not start.
    #[error("the tool servers cannot be asked what they offer: {0}")]
    Tools(#[from] ToolFailure),
    /// Open actions cannot be taken up.
    #[error("what the log holds cannot be taken up: {0}")]
    Recovery(#[from] GateError),
    /// The read models do not open.
    #[error("the views cannot be opened: {0}. They hold nothing of their own: delete views.db and start again.")]
    Views(String),
    /// An address is taken.
    #[error("cannot listen on {address}: {why}. Another program may use it; give another with --chat or --desk.")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// The system's word.
        why: String,
    },
}

impl StartError {
    pub(crate) fn file(path: impl Into<PathBuf>, why: &std::io::Error) -> Self {
        Self::File { path: path.into(), why: why.to_string() }
    }

    pub(crate) fn content(path: impl Into<PathBuf>, why: impl std::fmt::Display) -> Self {
        Self::Content { path: path.into(), why: why.to_string() }
    }
}
