//! The command line of `countersign-crm`.

use std::{ffi::OsString, path::PathBuf};

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
The sample shop's CRM as an MCP server, on standard input and output or over HTTP.

  countersign-crm --data FILE [--sample-day YYYY-MM-DD]   serve (default)
  countersign-crm --data FILE --listen ADDRESS            serve over HTTP on this machine; prints the URL
  countersign-crm --data FILE list-refunds                print all refunds as JSON
  countersign-crm --data FILE list-changes                print all other changes of orders as JSON
  countersign-crm --data FILE list-notes                  print all notes as JSON

  --data FILE         the SQLite file; created with the sample shop if it does not exist
  --listen ADDRESS    such as 127.0.0.1:0
  --token-file FILE   holds the bearer token that clients over HTTP must show, 32 characters or more
  --sample-day DAY    the day that the sample's orders count back from on first start; by default today

Environment, for tests only: COUNTERSIGN_CRM_FAULT, COUNTERSIGN_CRM_FAULT_FILE, COUNTERSIGN_CRM_WAIT_FILE.
";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct CommandLine {
    pub(crate) data: PathBuf,
    pub(crate) sample_day: Option<String>,
    pub(crate) listen: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) task: Task,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Serve,
    ListRefunds,
    ListChanges,
    ListNotes,
    Help,
}

/// The command line was not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandLineError {
    #[error("{0} needs a value; see --help")]
    ValueMissing(&'static str),
    #[error("--data FILE is required; see --help")]
    DataMissing,
    #[error("{0:?} is not understood; see --help")]
    Unknown(OsString),
}

impl CommandLine {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, CommandLineError> {
        let (mut data, mut sample_day, mut task) = (None, None, Task::Serve);
        let (mut listen, mut token_file) = (None, None);
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--data") => {
                    data = Some(words.next().ok_or(CommandLineError::ValueMissing("--data"))?.into());
                }
                Some("--sample-day") => {
                    let day = words.next().ok_or(CommandLineError::ValueMissing("--sample-day"))?;
                    sample_day = Some(day.into_string().map_err(CommandLineError::Unknown)?);
                }
                Some("--listen") => {
                    let address = words.next().ok_or(CommandLineError::ValueMissing("--listen"))?;
                    listen = Some(address.into_string().map_err(CommandLineError::Unknown)?);
                }
                Some("--token-file") => {
                    token_file = Some(words.next().ok_or(CommandLineError::ValueMissing("--token-file"))?.into());
                }
                Some("list-refunds") => task = Task::ListRefunds,
                Some("list-changes") => task = Task::ListChanges,
                Some("list-notes") => task = Task::ListNotes,
                Some("--help" | "-h") => {
                    let (data, task) = (PathBuf::new(), Task::Help);
                    return Ok(Self { data, sample_day: None, listen: None, token_file: None, task });
                }
                _ => return Err(CommandLineError::Unknown(word)),
            }
        }
        Ok(Self { data: data.ok_or(CommandLineError::DataMissing)?, sample_day, listen, token_file, task })
    }
}
