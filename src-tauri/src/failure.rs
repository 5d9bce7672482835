//! Why the application could not start, in words for the person in front of it.

use countersign_device::{ConnectionError, Failed};
use countersign_station::StartError;

/// Each says what happened, why, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The arguments are wrong, or the station did not start on the data folder.
    #[error("{0}")]
    Station(#[from] StartError),
    /// Which station on another machine this desktop is connected to cannot be read.
    #[error(
        "Countersign could not read to which station this desktop is connected: {0}. Put the file back, or remove the folder `connection` in the data folder and connect anew."
    )]
    Connection(#[from] ConnectionError),
    /// No secure connection can be made on this machine.
    #[error("{0}")]
    Line(String),
    /// No display to open a window on.
    #[error(
        "Countersign could not open a window, because neither DISPLAY nor WAYLAND_DISPLAY names a display. Start it in a desktop session, or start countersign-station and use the desk in a browser."
    )]
    NoDisplay,
    /// The window system or the web view refused.
    #[error(
        "Countersign could not open its window: {0}. See that WebKitGTK 4.1 is installed and the desktop session is running, then start it again."
    )]
    Window(#[from] tauri::Error),
}

impl Failure {
    pub(crate) fn of_line(failed: Failed) -> Self {
        Self::Line(failed.problem().message)
    }

    /// The message and every cause below it that says something new, in one paragraph each.
    pub(crate) fn told(&self) -> String {
        let mut said = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let more = error.to_string();
            if !said.contains(&more) {
                said.push_str("\nCause: ");
                said.push_str(&more);
            }
            cause = error.source();
        }
        said
    }
}
