//! The system's lock screen. When it comes up, or the machine goes to sleep, the person's key is wiped and the window
//! cleared, as after five minutes without input.

use tauri::AppHandle;

use crate::seat::Seat;
use crate::{desktop_notices, notices};

/// Hears the lock screen as long as it is held.
pub(crate) struct LockScreen {
    #[cfg(target_os = "linux")]
    _buses: Vec<gio::DBusConnection>,
}

/// Begins to listen. Where nothing here would ever tell, the desk says so.
pub(crate) fn watch(app: &AppHandle, desk: &Seat) -> LockScreen {
    let (app, locked) = (app.clone(), desk.clone());
    let lock = move || {
        if !locked.is_signed_in() {
            return;
        }
        tracing::info!("the screen was locked: the person at this desk is signed out");
        locked.leave();
        desktop_notices::clear(&app);
        notices::signed_out(&app);
    };
    listen(desk, lock)
}

#[cfg(not(target_os = "linux"))]
fn listen(_: &Seat, _: impl Fn() + Clone + 'static) -> LockScreen {
    LockScreen {}
}

#[cfg(target_os = "linux")]
fn listen(desk: &Seat, lock: impl Fn() + Clone + 'static) -> LockScreen {
    let mut buses = Vec::new();
    let mut heard = false;
    if let Ok(session) = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE) {
        heard |= linux::screen_savers(&session, lock.clone());
        buses.push(session);
    }
    if let Ok(system) = gio::bus_get_sync(gio::BusType::System, gio::Cancellable::NONE) {
        heard |= linux::login_session(&system, lock);
        buses.push(system);
    }
    if heard {
        desk.hears_lock_screen();
    } else {
        tracing::warn!("no lock screen can be heard here; the desk locks after five minutes without input only");
    }
    LockScreen { _buses: buses }
}

#[cfg(target_os = "linux")]
mod linux {
    use gio::glib::Variant;
    use gio::prelude::ToVariant;
    use gio::{DBusCallFlags, DBusConnection, DBusSignalFlags};

    const SCREEN_SAVERS: [&str; 2] = ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"];
    const LOGIN: &str = "org.freedesktop.login1";
    const ANSWER_MS: i32 = 2_000;

    /// Hears the desktop's screen savers; whether there is one.
    pub(super) fn screen_savers(bus: &DBusConnection, lock: impl Fn() + Clone + 'static) -> bool {
        for name in SCREEN_SAVERS {
            let lock = lock.clone();
            on(bus, name, "ActiveChanged", None, move |told| {
                if first(told) == Some(true) {
                    lock();
                }
            });
        }
        SCREEN_SAVERS.iter().any(|name| has_owner(bus, name))
    }

    /// Hears that this login is locked, and that the machine goes to sleep; whether anybody would tell.
    pub(super) fn login_session(bus: &DBusConnection, lock: impl Fn() + Clone + 'static) -> bool {
        let manager = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
        let asleep = lock.clone();
        on(bus, manager.1, "PrepareForSleep", None, move |told| {
            if first(told) == Some(true) {
                asleep();
            }
        });
        let ours = (std::process::id(),).to_variant();
        let answer = bus.call_sync(
            Some(LOGIN),
            manager.0,
            manager.1,
            "GetSessionByPID",
            Some(&ours),
            None,
            DBusCallFlags::NONE,
            ANSWER_MS,
            gio::Cancellable::NONE,
        );
        let Ok(answer) = answer else { return false };
        let Some(path) = answer.try_child_value(0).and_then(|path| path.str().map(str::to_owned)) else { return false };
        on(bus, "org.freedesktop.login1.Session", "Lock", Some(&path), move |_| lock());
        true
    }

    fn on(bus: &DBusConnection, interface: &str, signal: &str, path: Option<&str>, told: impl Fn(&Variant) + 'static) {
        let flags = DBusSignalFlags::NONE;
        bus.signal_subscribe(None, Some(interface), Some(signal), path, None, flags, move |_, _, _, _, _, with| {
            told(with);
        });
    }

    fn first(told: &Variant) -> Option<bool> {
        told.try_child_value(0)?.get::<bool>()
    }

    fn has_owner(bus: &DBusConnection, name: &str) -> bool {
        let answer = bus.call_sync(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "NameHasOwner",
            Some(&(name,).to_variant()),
            None,
            DBusCallFlags::NONE,
            ANSWER_MS,
            gio::Cancellable::NONE,
        );
        answer.is_ok_and(|answer| first(&answer) == Some(true))
    }
}
