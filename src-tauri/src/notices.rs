//! Hands the station's notices to the desk's window, and to no other.

use countersign_api::desk::Desk;
use countersign_api::presence::LookingTold;
use countersign_api::wire::command::Notice;
use std::sync::Arc;
use tauri::{AppHandle, Emitter, EventTarget};
use tokio::sync::watch;

use crate::desk_window;

/// What the window listens to.
pub(crate) const EVENT: &str = "notice";

/// Forwards until the station ends. Only the newest notice matters (a desk refetches from its position), so a window
/// that is slower than the log skips some and never falls behind.
pub(crate) fn forward(app: AppHandle, desk: Arc<Desk>, mut heard: watch::Receiver<Notice>, mut looking: LookingTold) {
    tauri::async_runtime::spawn(async move {
        let _hears = desk.hears();
        loop {
            let notice = tokio::select! {
                changed = heard.changed() => match changed {
                    Ok(()) => heard.borrow_and_update().clone(),
                    Err(_) => return,
                },
                looking = looking.next() => match looking {
                    // A locked window is told of nobody; whoever signs in is told then.
                    Some(looking) if desk.signed_in().is_some() => looking,
                    Some(_) => continue,
                    None => return,
                },
            };
            if let Err(error) = app.emit_to(EventTarget::webview_window(desk_window::LABEL), EVENT, &notice) {
                tracing::warn!(%error, "a notice did not reach the window; the next one will make it refetch");
            }
        }
    });
}
