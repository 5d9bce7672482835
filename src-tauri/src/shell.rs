//! From arguments to a running window: the station first, then the desk, or a window that says why there is none.

use std::process::ExitCode;

use countersign_station::{Options, Station};
use tauri::Manager;

use crate::failure::Failure;
use crate::{closing, commands, desk_window, failure_window, lock_screen, notices, saving};

/// Runs until the window is closed. The code is a failure when the station did not start; an error means that no window
/// could be opened at all.
pub(crate) fn run(args: impl Iterator<Item = String>) -> Result<ExitCode, Failure> {
    if !has_display() {
        return Err(Failure::NoDisplay);
    }
    match start(args) {
        Ok(station) => desk(station),
        Err(failure) => {
            tracing::error!("{}", failure.told());
            failure_window::show(&failure, context())?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn start(args: impl Iterator<Item = String>) -> Result<Station, Failure> {
    let options = Options::from_environment_and_args(args)?;
    Ok(tauri::async_runtime::block_on(Station::start(options))?)
}

fn desk(station: Station) -> Result<ExitCode, Failure> {
    let desk = station.desk();
    let (heard, locked) = (desk.notices(), desk.clone());
    let built = tauri::Builder::default()
        .manage(desk)
        .invoke_handler(tauri::generate_handler![
            commands::query,
            commands::command,
            commands::decide,
            saving::save_certificate,
            saving::save_case
        ])
        .build(context())
        .map_err(Failure::from)
        .and_then(|app| desk_window::open(app.handle()).map(|()| app));
    let app = match built {
        Ok(app) => app,
        Err(failure) => {
            closing::drain(station);
            return Err(failure);
        }
    };
    notices::forward(app.handle().clone(), heard);
    closing::close_on_signal(app.handle().clone());
    let _lock_screen = lock_screen::watch(app.handle(), &locked);
    let mut running = Some(station);
    let code = app.run_return(move |handle, event| {
        if let tauri::RunEvent::Exit = event {
            handle.webview_windows().values().for_each(|window| drop(window.hide()));
            running.take().into_iter().for_each(closing::drain);
        }
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// GTK aborts the process without a display; this is looked at first, to say it in words.
fn has_display() -> bool {
    cfg!(not(target_os = "linux"))
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The configuration, capabilities and interface embedded at build time. Expanded in this one place.
fn context() -> tauri::Context {
    tauri::generate_context!()
}
