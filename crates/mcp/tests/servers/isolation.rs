//! What a server gets of the station, and that it does not outlive it.

use crate::shop::{Fixture, TEST_SERVER, is_alive, until, within};
use countersign_gate::tools::ToolServers;
use serde_json::json;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test]
async fn a_server_gets_its_configured_environment_its_folder_and_no_handles() {
    let open = tempfile::NamedTempFile::new().unwrap();
    assert!(std::env::var_os("PATH").is_some(), "there is something to keep from it");
    let fixture = Fixture::with(|config| {
        config.environment.insert("SHOP".to_owned(), "Varde".to_owned());
    });
    let seen = fixture.call("environ", json!({})).await.unwrap().result;
    assert_eq!(seen["environment"], json!({ "SHOP": "Varde" }));
    assert_eq!(seen["folder"], json!(fixture.folder.path().canonicalize().unwrap()));
    // Of what is open here it may hold only what this process was itself started with and never opened.
    let handles: Vec<&str> = seen["open"].as_array().unwrap().iter().map(|to| to.as_str().unwrap()).collect();
    let leaked = leaked_into_this_process();
    let own = handles.iter().filter(|to| !leaked.iter().any(|other| other == *to));
    // Its three streams, its file of calls, and the folder that it reads to find out.
    assert_eq!(own.count(), 5, "{handles:?}");
    assert!(!handles.contains(&open.path().to_str().unwrap()));
}

/// Handles above the standard streams that do not close on exec: whoever started the tests left them open.
#[cfg(test)]
fn leaked_into_this_process() -> Vec<String> {
    let mut leaked = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let number = entry.file_name().into_string().unwrap();
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or("0").trim().to_owned();
        let closes = u32::from_str_radix(&flags, 8).unwrap() & 0o2_000_000 != 0;
        if !closes && number.parse::<u32>().unwrap() > 2 {
            leaked.extend(std::fs::read_link(entry.path()).map(|to| to.to_string_lossy().into_owned()));
        }
    }
    leaked
}

#[tokio::test]
async fn dropping_the_servers_kills_them() {
    let fixture = Fixture::new("deaf");
    within(fixture.servers.definitions()).await.unwrap();
    let pid = fixture.pid("pid");
    assert!(is_alive(pid));
    drop(fixture);
    until(|| !is_alive(pid)).await;
}

/// Invariant 4: nothing goes on acting for a station that is gone. Even a server that ignores the end of its input.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_dies_with_a_station_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut station = tokio::process::Command::new(TEST_SERVER)
        .args(["station", TEST_SERVER])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(station.stdout.take().unwrap()).lines();
    assert_eq!(within(said.next_line()).await.unwrap().as_deref(), Some("ready"));
    let pid: u32 = std::fs::read_to_string(folder.path().join("pid")).unwrap().parse().unwrap();
    assert!(is_alive(pid));
    within(station.kill()).await.unwrap();
    until(|| !is_alive(pid)).await;
}
