//! Which station this desktop opens on: its own, in this process, or one on another machine. A change takes a new start,
//! which follows by itself.

use countersign_api::wire::command::Query;
use countersign_api::wire::device::{ConnectionCode, NoConnectionCode};
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_device::{Connection, DeviceDesk, Failed};
use countersign_station::SystemEntropy;
use std::path::Path;
use std::sync::Arc;
use tauri::{AppHandle, State};

use crate::links;
use crate::seat::{At, Seat};

/// Where the connection lies in the data folder.
const FOLDER: &str = "connection";
/// With this code the application ends to start again, in order and by its own hand.
pub(crate) const AGAIN: i32 = 75;

/// This desktop's connection to another station, or none.
pub(crate) fn of(data_folder: &Path) -> Connection {
    Connection::new(&data_folder.join(FOLDER))
}

/// The station on another machine that the window shows, as `HOST:PORT`.
#[tauri::command]
pub(crate) fn connected_to(seat: State<'_, Seat>, connection: State<'_, Connection>) -> Option<String> {
    match seat.at() {
        At::Here(_) => None,
        At::Afar(_) => connection.code().ok().flatten().map(|code| code.authority()),
    }
}

/// Connects to a station on another machine, if it answers as the code says, and starts again there.
#[tauri::command]
pub(crate) async fn connect(app: AppHandle, connection: State<'_, Connection>, code: String) -> Result<(), Problem> {
    let code: ConnectionCode = code.parse().map_err(|why: NoConnectionCode| Problem::from(why))?;
    let desk = DeviceDesk::new(&code, &connection, Arc::new(SystemEntropy)).map_err(Failed::problem)?;
    desk.query(Query::Session).await.map_err(Failed::problem)?;
    connection.keep(&code).map_err(|why| not_kept(&why))?;
    app.exit(AGAIN);
    Ok(())
}

/// Ends the connection, with the keys that people had for it here, and starts again on the station of this desktop.
#[tauri::command]
pub(crate) fn disconnect(
    app: AppHandle,
    seat: State<'_, Seat>,
    connection: State<'_, Connection>,
) -> Result<(), Problem> {
    seat.leave();
    connection.forget().map_err(|why| not_kept(&why))?;
    app.exit(AGAIN);
    Ok(())
}

/// Tries a lost station again now.
#[tauri::command]
pub(crate) fn retry(seat: State<'_, Seat>) {
    if let At::Afar(desk) = seat.at() {
        desk.retry();
    }
}

/// Starts this program again as it was started.
pub(crate) fn start_again() {
    let again = std::env::current_exe()
        .and_then(|program| std::process::Command::new(program).args(links::apart(std::env::args().skip(1)).1).spawn());
    if let Err(error) = again {
        tracing::error!(%error, "Countersign could not start again by itself; start it by hand");
    }
}

fn not_kept(why: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemCode::Unavailable, format!("{why}. Try again."))
}
