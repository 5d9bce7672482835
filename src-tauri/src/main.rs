//! The desktop shell: starts the embedded station and one window, the desk. Everything else is the station's.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod closing;
mod commands;
mod connecting;
mod desk_window;
mod desktop_notices;
mod failure;
mod failure_window;
mod links;
mod lock_screen;
mod notices;
mod saving;
mod seat;
mod shell;
mod single;
mod tray;
#[cfg(target_os = "linux")]
mod tray_icon;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    countersign_station::begin_diagnostics();
    match shell::run(std::env::args().skip(1)) {
        Ok(code) => code,
        Err(failure) => {
            // Without a window left to say it in, standard error is the one place; if that is closed too, the code says it.
            let _ = writeln!(std::io::stderr(), "{}", failure.told());
            ExitCode::FAILURE
        }
    }
}
