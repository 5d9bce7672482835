//! Hands what the station tells to the desk's window, and to no other: notices, and whether a station on another machine is
//! heard.

use countersign_api::desk::Desk;
use countersign_api::wire::command::Notice;
use countersign_device::{DeviceDesk, Told};
use serde::Serialize;
use std::sync::Arc;
use tauri::{AppHandle, Emitter, EventTarget};

use crate::desk_window;
use crate::seat::{At, Seat};

/// What the window listens to.
const EVENT: &str = "notice";
/// The same, of the line to the station.
const LINE: &str = "line";

/// How the line to the station stands.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    /// It is lost, and tried again in so many milliseconds.
    Lost { retry_in_ms: u64 },
    /// It stands.
    Found,
    /// Nobody is signed in here any more.
    SignedOut,
}

fn tell<T: Serialize + Clone>(app: &AppHandle, event: &str, what: &T) {
    if let Err(error) = app.emit_to(EventTarget::webview_window(desk_window::LABEL), event, what) {
        tracing::warn!(%error, "a notice did not reach the window; the next one will make it refetch");
    }
}

/// Tells the window that nobody is signed in here any more.
pub(crate) fn signed_out(app: &AppHandle) {
    tell(app, LINE, &Line::SignedOut);
}

/// Forwards until the station ends.
pub(crate) fn forward(app: &AppHandle, seat: &Seat) {
    match seat.at() {
        At::Here(desk) => from_here(app.clone(), desk.clone()),
        At::Afar(desk) => from_afar(app.clone(), desk.clone()),
    }
}

/// Only the newest notice matters (a desk refetches from its position), so a window that is slower than the log skips some
/// and never falls behind.
fn from_here(app: AppHandle, desk: Arc<Desk>) {
    let (mut heard, mut beside) = (desk.notices(), desk.beside());
    tauri::async_runtime::spawn(async move {
        let _hears = desk.hears();
        loop {
            let notice: Notice = tokio::select! {
                changed = heard.changed() => match changed {
                    Ok(()) => heard.borrow_and_update().clone(),
                    Err(_) => return,
                },
                beside = beside.next() => match beside {
                    // A locked window is told of nobody; whoever signs in is told then.
                    Some(beside) if desk.signed_in().is_some() => beside,
                    Some(_) => continue,
                    None => return,
                },
            };
            tell(&app, EVENT, &notice);
        }
    });
}

fn from_afar(app: AppHandle, desk: Arc<DeviceDesk>) {
    tauri::async_runtime::spawn(desk.follow(move |told| {
        let retry_in = |wait: std::time::Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        match told {
            Told::Notice(notice) => tell(&app, EVENT, &notice),
            Told::Lost(wait) => tell(&app, LINE, &Line::Lost { retry_in_ms: retry_in(wait) }),
            Told::Found => tell(&app, LINE, &Line::Found),
            Told::SignedOut => signed_out(&app),
        }
    }));
}
