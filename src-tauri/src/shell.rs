//! From arguments to a running window: the station first, then the desk, or a window that says why there is none.

use std::process::ExitCode;
use std::sync::Arc;

use countersign_device::DeviceDesk;
use countersign_station::{Options, Station, SystemEntropy};
use tauri::Manager;

use crate::failure::Failure;
use crate::seat::{At, Seat};
use crate::{
    closing, commands, connecting, desk_window, desktop_notices, failure_window, links, lock_screen, notices, saving,
    single, tray,
};

/// Runs until the window is closed. The code is a failure when the station did not start; an error means that no window
/// could be opened at all.
pub(crate) fn run(args: impl Iterator<Item = String>) -> Result<ExitCode, Failure> {
    if !has_display() {
        return Err(Failure::NoDisplay);
    }
    let (link, args) = links::apart(args);
    let options = Options::from_environment_and_args(args.into_iter()).map_err(Failure::from);
    let page = failure_window::Page::default();
    let app = application(options.as_ref().ok(), &page).manage(links::Pending::new(link)).build(context())?;
    match options.and_then(|options| open(&app, options)) {
        Ok((seat, station)) => desk(app, seat, station),
        Err(failure) => {
            tracing::error!("{}", failure.told());
            single::give_up(app.handle());
            failure_window::open(app.handle(), &page, &failure)?;
            app.run_return(|_, _| {});
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Built before the station starts: a second start ends here, before it touches the data folder.
fn application(options: Option<&Options>, page: &failure_window::Page) -> tauri::Builder<tauri::Wry> {
    let mut builder = tauri::Builder::default();
    if let Some(options) = options {
        builder = builder.plugin(single::plugin(&options.data_folder));
    }
    failure_window::serve(builder, page)
        .plugin(desk_window::state())
        .on_window_event(closing::on_window_event)
        .invoke_handler(tauri::generate_handler![
            commands::query,
            commands::command,
            commands::decide,
            connecting::connected_to,
            connecting::connect,
            connecting::disconnect,
            connecting::retry,
            saving::save_certificate,
            saving::save_case,
            links::take_link,
            desktop_notices::show_notice,
            desktop_notices::clear_notices,
            closing::quit,
            closing::stay
        ])
}

/// The desk that this desktop opens on, with the station if that is its own.
fn open(app: &tauri::App, options: Options) -> Result<(Seat, Option<Station>), Failure> {
    let connection = connecting::of(&options.data_folder);
    let code = connection.code()?;
    let opened = match code {
        Some(code) => {
            let desk = DeviceDesk::new(&code, &connection, Arc::new(SystemEntropy)).map_err(Failure::of_line)?;
            (Seat::new(At::Afar(Arc::new(desk))), None)
        }
        None => {
            let station = tauri::async_runtime::block_on(Station::start(options))?;
            (Seat::new(At::Here(station.desk())), Some(station))
        }
    };
    app.manage(connection);
    Ok(opened)
}

fn desk(app: tauri::App, seat: Seat, mut station: Option<Station>) -> Result<ExitCode, Failure> {
    app.manage(seat.clone());
    app.manage(desktop_notices::Shown::default());
    app.manage(closing::Asking::default());
    let tray = tray::Tray::default();
    tray.start(app.handle(), seat.clone());
    app.manage(tray);
    desktop_notices::listen(app.handle());
    if let Err(failure) = desk_window::open(app.handle()) {
        station.take().into_iter().for_each(closing::drain);
        return Err(failure);
    }
    notices::forward(app.handle(), &seat);
    closing::close_on_signal(app.handle().clone());
    let _lock_screen = lock_screen::watch(app.handle(), &seat);
    let code = app.run_return(move |handle, event| {
        if let tauri::RunEvent::Exit = event {
            handle.webview_windows().values().for_each(|window| drop(window.hide()));
            single::give_up(handle);
            desktop_notices::clear(handle);
            station.take().into_iter().for_each(closing::drain);
        }
    });
    if code == connecting::AGAIN {
        connecting::start_again();
        return Ok(ExitCode::SUCCESS);
    }
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
