//! The way out: a closed window or a signal ends the event loop, and the station is drained before the process ends.

use std::time::Duration;

use countersign_station::Station;
use tauri::AppHandle;

/// Longer than any step of the station's own shutdown. What is still open then is `unknown` at the next start.
const LONGEST_DRAIN: Duration = Duration::from_secs(30);

/// Waits until the station has stored what it was doing, within the bound.
pub(crate) fn drain(station: Station) {
    let drained =
        tauri::async_runtime::block_on(async { tokio::time::timeout(LONGEST_DRAIN, station.shutdown()).await });
    if drained.is_err() {
        tracing::error!(
            "the station did not finish within {} seconds; open calls are checked at the next start",
            LONGEST_DRAIN.as_secs()
        );
    }
}

/// Closes as if the window had been closed when the session ends or somebody asks the process to stop.
#[cfg(unix)]
pub(crate) fn close_on_signal(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    tauri::async_runtime::spawn(async move {
        let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
            tracing::warn!("signals cannot be heard here; close the window to quit");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.exit(0);
    });
}

/// Elsewhere the window's own closing is the way out.
#[cfg(not(unix))]
pub(crate) fn close_on_signal(_app: AppHandle) {}
