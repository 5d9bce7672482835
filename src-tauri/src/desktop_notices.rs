//! Notices of the desktop around the window (org.freedesktop.Notifications). The page says when and of what, for it knows
//! who sits there and what they look at; here one takes the place of the one before, and choosing it raises the window.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_api::wire::error::{Problem, ProblemCode};
use serde::Deserialize;
use serde_json::Value;
use tauri::{AppHandle, Manager, State};

use crate::commands::malformed;
use crate::seat::Seat;

/// Tells the window that its notice was chosen.
#[cfg(target_os = "linux")]
const CHOSEN: &str = "notice-chosen";
/// The longest line of a notice, in characters.
const LONGEST: usize = 200;

/// The notice that stands on the desktop, by the number that the desktop gave it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Option<u32>>>);

impl Shown {
    /// Held while the desktop is asked: what is shown, taken back and chosen come one after the other.
    fn hold(&self) -> MutexGuard<'_, Option<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a notice says: our own words, and no customer's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    title: String,
    body: String,
}

/// Shows a notice, while somebody is signed in. Fails with what is in the way, so that the desk can say that it was lost.
#[tauri::command]
pub(crate) async fn show_notice(seat: State<'_, Seat>, shown: State<'_, Shown>, notice: Value) -> Result<(), Problem> {
    let notice: Notice = serde_json::from_value(notice).map_err(|e| malformed("notice", &e))?;
    let (shown, seat) = (shown.inner().clone(), seat.inner().clone());
    let (title, body) = (line(&notice.title), line(&notice.body));
    let told = tauri::async_runtime::spawn_blocking(move || {
        let mut standing = shown.hold();
        // Whoever leaves is gone before what stands is taken back, so nothing is shown behind that.
        if !seat.is_signed_in() {
            return Err("nobody is signed in here".to_owned());
        }
        *standing = Some(platform::show(*standing, &title, &body)?);
        Ok(())
    });
    told.await.unwrap_or_else(|error| Err(error.to_string())).map_err(|why: String| Problem {
        code: ProblemCode::Unavailable,
        message: format!("the desktop took no notice ({why}). What waits stands in the lists all the same."),
        field: None,
    })
}

/// Takes back what stands on the desktop: nobody is signed in any more who may see it.
#[tauri::command]
pub(crate) fn clear_notices(app: AppHandle) {
    clear(&app);
}

/// The same, from here.
pub(crate) fn clear(app: &AppHandle) {
    let shown = app.state::<Shown>();
    let standing = shown.hold().take();
    if let Some(number) = standing {
        platform::close(number);
    }
}

/// Raises the window when a notice is chosen, as long as the application runs.
pub(crate) fn listen(app: &AppHandle) {
    platform::listen(app);
}

fn line(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST).collect()
}

#[cfg(target_os = "linux")]
mod platform {
    use std::collections::HashMap;

    use gio::glib::Variant;
    use gio::prelude::ToVariant;
    use gio::{BusType, Cancellable, DBusCallFlags, DBusConnection, DBusSignalFlags};
    use tauri::{AppHandle, Emitter, EventTarget, Manager};

    use super::{CHOSEN, Shown};
    use crate::desk_window;

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    const ANSWER_MS: i32 = 2_000;
    /// As long as the desktop shows any notice.
    const ITS_OWN_TIME: i32 = -1;

    pub(super) fn show(before: Option<u32>, title: &str, body: &str) -> Result<u32, String> {
        // Some desktops read the body as markup.
        let body = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let hints = HashMap::from([("desktop-entry".to_owned(), "Countersign".to_variant())]);
        let actions = vec!["default".to_owned(), "Open".to_owned()];
        let asked =
            ("Countersign", before.unwrap_or(0), "countersign", title, body, actions, hints, ITS_OWN_TIME).to_variant();
        let answer = call("Notify", &asked)?;
        answer.try_child_value(0).and_then(|number| number.get::<u32>()).ok_or_else(|| "it gave no number".to_owned())
    }

    pub(super) fn close(number: u32) {
        if let Err(why) = call("CloseNotification", &(number,).to_variant()) {
            tracing::debug!(%why, "a notice was not taken back; the desktop takes it down by itself");
        }
    }

    /// Signals come to the context of the thread that subscribes: the window's.
    pub(super) fn listen(app: &AppHandle) {
        let Ok(bus) = bus() else { return };
        let app = app.clone();
        let told = move |_: &DBusConnection, _: &str, _: &str, _: &str, _: &str, with: &Variant| {
            let number = with.try_child_value(0).and_then(|number| number.get::<u32>());
            let shown = app.state::<Shown>();
            {
                let mut standing = shown.hold();
                if number.is_none() || number != *standing {
                    return;
                }
                *standing = None;
            }
            desk_window::raise(&app);
            if let Err(error) = app.emit_to(EventTarget::webview_window(desk_window::LABEL), CHOSEN, ()) {
                tracing::warn!(%error, "the window was not told that its notice was chosen");
            }
        };
        bus.signal_subscribe(None, Some(NAME), Some("ActionInvoked"), Some(PATH), None, DBusSignalFlags::NONE, told);
    }

    fn call(method: &str, with: &Variant) -> Result<Variant, String> {
        bus()?
            .call_sync(
                Some(NAME),
                PATH,
                NAME,
                method,
                Some(with),
                None,
                DBusCallFlags::NONE,
                ANSWER_MS,
                Cancellable::NONE,
            )
            .map_err(|error| error.message().to_owned())
    }

    fn bus() -> Result<DBusConnection, String> {
        gio::bus_get_sync(BusType::Session, Cancellable::NONE).map_err(|error| error.message().to_owned())
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    pub(super) fn show(_: Option<u32>, _: &str, _: &str) -> Result<u32, String> {
        Err("this build shows none on this system".to_owned())
    }

    pub(super) fn close(_: u32) {}

    pub(super) fn listen(_: &tauri::AppHandle) {}
}
