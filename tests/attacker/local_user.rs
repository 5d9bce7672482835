//! Another user of the same machine: nothing in the data folder may be read or written by anybody but its owner,
//! whatever the owner's umask says.

use countersign_tests::held::HeldRefund;
use countersign_tests::process::program;
use countersign_tests::station::{Start, assets};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything below a folder, the folder itself first.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            found.extend(std::fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()));
        }
    }
    found
}

/// Asserts that nobody but the owner may do anything; the names of all files.
fn closed(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for path in everything(folder) {
        // SQLite removes its files when it likes.
        let Ok(found) = std::fs::metadata(&path) else { continue };
        let mode = found.permissions().mode() & 0o777;
        let expected = if found.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{} is {mode:o}", path.display());
        names.push(path.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
    }
    names
}

/// A station under a umask that takes nothing away.
fn careless(data: &Path) -> Start {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(program("countersign-station"));
    Start::under(command, data, &assets())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_of_a_data_folder_is_its_owner_s_alone_while_the_station_runs_and_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deeper/data");
    std::fs::create_dir(folder.path().join("deeper")).unwrap();
    let HeldRefund { station, mut desk, customer: _customer, action } = HeldRefund::begin(careless(&data)).await;
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    let names = closed(&data);
    for needed in [
        "log.db",
        "log.db-wal",
        "log.db-shm",
        "keys.db",
        "views.db",
        "master.key",
        "station.key",
        "site.secret",
        "crm/crm.db",
    ] {
        assert!(names.iter().any(|name| name == needed), "{needed} is not among {names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("station-keys/")), "no signing key among {names:?}");
    station.kill9().await;
    closed(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_opened_to_others_is_closed_again_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    careless(&data).running().await.stop().await;
    for path in everything(&data) {
        let mode = if path.is_dir() { 0o777 } else { 0o666 };
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let station = careless(&data).running().await;
    closed(&data);
    station.stop().await;
}
