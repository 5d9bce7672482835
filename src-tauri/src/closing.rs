//! The way out. Closing the window hides it where a tray shows that Countersign goes on; elsewhere, and from the tray's menu,
//! it asks whether to quit and names what goes on. A signal ends it at once. The station is drained before the process ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_api::wire::waits::Waits;
use countersign_station::Station;
use tauri::{AppHandle, Emitter, EventTarget, Manager, State, Window, WindowEvent};

use crate::desk_window;
use crate::seat::Seat;
use crate::tray::Tray;

/// Asks the window whether to quit; what goes on comes with it.
const ASKED: &str = "quit-asked";

/// Whether the window has been asked and has not answered.
#[derive(Debug, Default)]
pub(crate) struct Asking(AtomicBool);

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

/// What closing the window does.
pub(crate) fn on_window_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    if window.label() != desk_window::LABEL {
        return;
    }
    api.prevent_close();
    tracing::debug!(tray = window.state::<Tray>().is_shown(), "closing was asked");
    if !window.state::<Tray>().is_shown() {
        ask(window.app_handle());
    } else if let Err(error) = window.hide() {
        tracing::warn!(%error, "the window could not be hidden");
    }
}

/// Quits, unless something goes on: then the window asks. Whoever asks again without an answer means it: a window that
/// cannot show the question keeps nobody.
pub(crate) fn ask(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // At a station on another machine everything goes on without this desktop.
        if !app.state::<Seat>().is_here() {
            app.exit(0);
            return;
        }
        let waits = app.state::<Seat>().waits().await.unwrap_or_else(|problem| {
            tracing::warn!(why = problem.message, "what goes on could not be counted; whoever quits is not asked");
            Waits::default()
        });
        let asked = app.state::<Asking>().0.swap(true, Ordering::Relaxed);
        if asked || !waits.goes_on() {
            app.exit(0);
            return;
        }
        desk_window::raise(&app);
        if let Err(error) = app.emit_to(EventTarget::webview_window(desk_window::LABEL), ASKED, waits) {
            tracing::warn!(%error, "the window could not ask whether to quit");
            app.exit(0);
        }
    });
}

/// The person said so.
#[tauri::command]
pub(crate) fn quit(app: AppHandle) {
    app.exit(0);
}

/// The person goes on.
#[tauri::command]
pub(crate) fn stay(asking: State<'_, Asking>) {
    asking.0.store(false, Ordering::Relaxed);
}

/// Ends without asking when the session ends or somebody asks the process to stop.
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
