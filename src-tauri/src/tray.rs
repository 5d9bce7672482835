//! The tray: that Countersign is there while its window is hidden, and how much waits for the person who is signed in.
//! It speaks StatusNotifier over D-Bus, so it knows whether the desktop shows a tray at all; where none does, closing the
//! window asks whether to quit, for a hidden window could not be found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::AppHandle;

use crate::seat::Seat;

/// Whether the desktop shows our tray now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tray {
    shown: Arc<AtomicBool>,
}

impl Tray {
    /// Whether a hidden window could be found again.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown.load(Ordering::Relaxed)
    }

    /// Shows it as soon and as long as the desktop has a place for it, until the application ends.
    pub(crate) fn start(&self, app: &AppHandle, seat: Seat) {
        platform::start(app, seat, self.shown.clone());
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use countersign_api::wire::command::Notice;
    use countersign_api::wire::waits::Waits;
    use ksni::menu::StandardItem;
    use ksni::{MenuItem, ToolTip, TrayMethods};
    use tauri::AppHandle;
    use tokio::time::MissedTickBehavior;

    use crate::seat::{At, Seat};
    use crate::tray_icon::icon;
    use crate::{closing, desk_window};

    /// Counts change without hurry: the tray follows at most so often.
    const BETWEEN: Duration = Duration::from_secs(1);
    /// So long it is not asked again where nothing is told.
    const MOST_STILL: Duration = Duration::from_secs(60 * 60);
    /// The same at a station on another machine, which tells the window and not the tray.
    const MOST_STILL_AFAR: Duration = Duration::from_secs(5);

    struct Item {
        app: AppHandle,
        shown: Arc<AtomicBool>,
        waits: Waits,
    }

    impl Item {
        /// The counts in words; none while nobody is signed in.
        fn lines(&self) -> Vec<String> {
            if !self.waits.signed_in {
                return vec!["Nobody is signed in".to_owned()];
            }
            let counted = [
                (self.waits.held, "held action", "held actions"),
                (self.waits.unknown, "unknown outcome", "unknown outcomes"),
                (self.waits.escalations, "customer waits for a person", "customers wait for a person"),
            ];
            let told = counted.into_iter().filter(|(n, _, _)| *n > 0);
            let lines: Vec<_> = told.map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many })).collect();
            if lines.is_empty() { vec!["Nothing waits for you".to_owned()] } else { lines }
        }

        fn line(label: String) -> MenuItem<Self> {
            StandardItem { label, enabled: false, ..StandardItem::default() }.into()
        }

        fn entry(label: &str, activate: fn(&mut Self)) -> MenuItem<Self> {
            StandardItem { label: label.to_owned(), activate: Box::new(activate), ..StandardItem::default() }.into()
        }
    }

    impl ksni::Tray for Item {
        fn id(&self) -> String {
            "app.countersign.desk".to_owned()
        }

        fn title(&self) -> String {
            match self.waits.for_person() {
                0 => "Countersign".to_owned(),
                1 => "Countersign: 1 waits".to_owned(),
                n => format!("Countersign: {n} wait"),
            }
        }

        fn icon_pixmap(&self) -> Vec<ksni::Icon> {
            vec![icon(self.waits.for_person())]
        }

        fn tool_tip(&self) -> ToolTip {
            ToolTip { title: self.title(), description: self.lines().join("\n"), ..ToolTip::default() }
        }

        fn activate(&mut self, _x: i32, _y: i32) {
            desk_window::raise(&self.app);
        }

        fn menu(&self) -> Vec<MenuItem<Self>> {
            let mut menu =
                vec![Self::entry("Open Countersign", |item| desk_window::raise(&item.app)), MenuItem::Separator];
            menu.extend(self.lines().into_iter().map(Self::line));
            menu.push(MenuItem::Separator);
            menu.push(Self::entry("Quit…", |item| closing::ask(&item.app)));
            menu
        }

        fn watcher_online(&self) {
            self.shown.store(true, Ordering::Relaxed);
        }

        fn watcher_offline(&self, reason: ksni::OfflineReason) -> bool {
            tracing::info!(?reason, "the desktop shows no tray; closing the window asks whether to quit");
            if self.shown.swap(false, Ordering::Relaxed) {
                // What was hidden must not be lost with the tray.
                desk_window::raise(&self.app);
            }
            true
        }
    }

    pub(super) fn start(app: &AppHandle, seat: Seat, shown: Arc<AtomicBool>) {
        // The library says when the desktop has no tray, and not when it has one from the beginning.
        shown.store(true, Ordering::Relaxed);
        let item = Item { app: app.clone(), shown: shown.clone(), waits: Waits::default() };
        tauri::async_runtime::spawn(async move {
            let handle = match item.assume_sni_available(true).spawn().await {
                Ok(handle) => handle,
                Err(error) => {
                    shown.store(false, Ordering::Relaxed);
                    tracing::warn!(%error, "there is no tray here; closing the window asks whether to quit");
                    return;
                }
            };
            // Where the station is on another machine, nothing is told here, and the tray asks by itself.
            let (alone, nobody) = tokio::sync::watch::channel(Notice::Changed { as_of: 0 });
            let (mut heard, still) = match seat.at() {
                At::Here(desk) => (desk.notices(), MOST_STILL),
                At::Afar(_) => (nobody, MOST_STILL_AFAR),
            };
            let _tells_nothing = alone;
            let mut pace = tokio::time::interval(BETWEEN);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let left = seat.left();
                heard.mark_unchanged();
                // Views that cannot be read now are told at the desk; the tray keeps its last count.
                let mut back = still;
                if let Ok(waits) = seat.waits().await {
                    back = waits.next_in_ms.map_or(back, |ms| Duration::from_millis(ms).min(back));
                    handle.update(|item| item.waits = waits).await;
                }
                pace.tick().await;
                tokio::select! {
                    // Nothing is told when what was put aside waits again.
                    changed = tokio::time::timeout(back, heard.changed()) => if let Ok(Err(_)) = changed { return },
                    () = left => {}
                }
            }
        });
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use tauri::AppHandle;

    use crate::seat::Seat;

    pub(super) fn start(_: &AppHandle, _: Seat, _: Arc<AtomicBool>) {}
}
