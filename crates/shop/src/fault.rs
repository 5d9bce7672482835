//! Switches by which tests make the next refund or other change fail at an exact moment. All are off by default.
//!
//! - `COUNTERSIGN_CRM_FAULT`: `exit-before-commit`, `exit-after-commit`, `hang-before-commit` or
//!   `hang-after-commit`. It strikes a call with an effect that passed all checks, and only if the file named by
//!   `COUNTERSIGN_CRM_FAULT_FILE` exists; the server removes that file as it uses the fault, so each file is one
//!   fault. Exit ends the process with status 70; hang never answers, before the commit with the write lock held.
//! - `COUNTERSIGN_CRM_WAIT_FILE`: before it executes a call with an effect the server creates `<file>.reached` and waits until
//!   `<file>` is gone, so that a test can act, or kill, at that moment.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// The exit status of a process that an exit fault ended.
pub const FAULT_EXIT_CODE: i32 = 70;

/// How often a waiting refund looks for its file.
const POLL: Duration = Duration::from_millis(10);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process ends inside the open transaction.
    ExitBeforeCommit,
    /// The process ends when the refund is stored but not answered.
    ExitAfterCommit,
    /// The call never ends and holds the write lock.
    HangBeforeCommit,
    /// The refund is stored and the call never answers.
    HangAfterCommit,
}

/// The switches of this process.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    armed: Option<(Fault, PathBuf)>,
    wait_file: Option<PathBuf>,
}

/// The moments at which a fault can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    BeforeCommit,
    AfterCommit,
}

/// The fault of one refund, mostly none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Struck(Option<Fault>);

/// A switch has a value that is none of the known faults, or names no file.
#[derive(Debug, thiserror::Error)]
#[error(
    "COUNTERSIGN_CRM_FAULT was not understood. It takes exit-before-commit, exit-after-commit, hang-before-commit \
     or hang-after-commit, together with COUNTERSIGN_CRM_FAULT_FILE; unset it for normal work."
)]
pub struct UnknownFault;

impl Faults {
    /// Reads the switches through `variable`, which looks up an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, UnknownFault> {
        let armed = match variable("COUNTERSIGN_CRM_FAULT") {
            None => None,
            Some(name) => {
                let fault = match name.to_str() {
                    Some("exit-before-commit") => Fault::ExitBeforeCommit,
                    Some("exit-after-commit") => Fault::ExitAfterCommit,
                    Some("hang-before-commit") => Fault::HangBeforeCommit,
                    Some("hang-after-commit") => Fault::HangAfterCommit,
                    _ => return Err(UnknownFault),
                };
                Some((fault, variable("COUNTERSIGN_CRM_FAULT_FILE").map(PathBuf::from).ok_or(UnknownFault)?))
            }
        };
        Ok(Self { armed, wait_file: variable("COUNTERSIGN_CRM_WAIT_FILE").map(PathBuf::from) })
    }

    /// Waits where a test asked for it. Blocks its thread.
    pub(crate) fn wait(&self) -> std::io::Result<()> {
        let Some(file) = &self.wait_file else { return Ok(()) };
        let mut reached = file.clone().into_os_string();
        reached.push(".reached");
        std::fs::write(reached, [])?;
        while file.exists() {
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Takes the armed fault, if its file is there. Removing the file is what takes it: only one refund can.
    pub(crate) fn take(&self) -> Struck {
        Struck(self.armed.as_ref().filter(|(_, file)| std::fs::remove_file(file).is_ok()).map(|(fault, _)| *fault))
    }
}

impl Struck {
    /// Does what the fault says, if this is its moment.
    pub(crate) fn strike(self, moment: Moment) {
        match (self.0, moment) {
            (Some(Fault::ExitBeforeCommit), Moment::BeforeCommit)
            | (Some(Fault::ExitAfterCommit), Moment::AfterCommit) => {
                tracing::warn!(fault = ?self.0, "ending the process, as the fault switch asks");
                std::process::exit(FAULT_EXIT_CODE);
            }
            (Some(Fault::HangBeforeCommit), Moment::BeforeCommit)
            | (Some(Fault::HangAfterCommit), Moment::AfterCommit) => {
                tracing::warn!(fault = ?self.0, "hanging, as the fault switch asks");
                loop {
                    std::thread::park();
                }
            }
            _ => {}
        }
    }
}
