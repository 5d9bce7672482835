//! kill -9 in the middle of a backup and of a restore: the source is untouched, and the target is not there or says
//! itself that it is not finished.

use crate::commands::{backup, command, hashes, restore};
use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use countersign_tests::trail::Trail;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a command and kills it once `begun` is there and so much time has passed; whether it had ended before that.
fn killed(mut command: Command, begun: &Path, after: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !begun.exists() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let since = Instant::now();
    while since.elapsed() < after {
        if let Some(status) = child.try_wait().unwrap() {
            let mut said = String::new();
            std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
            assert!(status.success(), "{said}");
            return true;
        }
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap().success()
}

/// How many moments of a run are tried, from its beginning to its end.
const MOMENTS: u32 = 20;

/// Runs a command to its end, and says how long that took.
fn took(mut command: Command) -> Duration {
    let since = Instant::now();
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    since.elapsed()
}

/// A folder with a few hundred records in it, of a station that was killed.
async fn folder_of_a_killed_station(data: &Path) {
    let HeldRefund { station, mut desk, customer: _customer, action } = HeldRefund::begin(Start::on(data)).await;
    desk.approve(&action).await;
    desk.wait_for_action(&["succeeded"]).await;
    station.kill9().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_leaves_the_station_s_folder_as_it_was_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    folder_of_a_killed_station(&data).await;
    let before = hashes(&data);
    let begun = folder.path().join("backup.unfinished");
    let arguments = ["backup", "--data", data.to_str().unwrap(), "--to", file.to_str().unwrap()];
    let whole = took(command(&arguments));
    restore(&file, &again, &data).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut cut = 0;
    for n in 0..=MOMENTS {
        let ended = killed(command(&arguments), &begun, whole * n / MOMENTS);
        assert_eq!(hashes(&data), before, "the folder was changed");
        match std::fs::read(&file) {
            // Whole, whenever it is there.
            Ok(_) => {
                let place = folder.path().join(format!("again{n}"));
                restore(&file, &place, &data).unwrap();
                std::fs::remove_file(&file).unwrap();
            }
            Err(_) => {
                assert!(!ended, "it said that it was done");
                cut += 1;
            }
        }
    }
    assert!(cut > 0, "it was never cut short");
    backup(&data, &file).unwrap();
    assert!(!begun.exists(), "what was left of it is gone with the next one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_the_backup_as_it_was_and_nothing_that_a_station_would_start_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, again, file) = (folder.path().join("data"), folder.path().join("again"), folder.path().join("backup"));
    folder_of_a_killed_station(&data).await;
    backup(&data, &file).unwrap();
    let before = (hashes(&data), std::fs::read(&file).unwrap());
    let begun = folder.path().join("again.unfinished");
    let (from, to, keys) = (file.to_str().unwrap(), again.to_str().unwrap(), data.to_str().unwrap());
    let arguments = ["restore", "--from", from, "--data", to, "--keys", keys, "--nobody-erased"];
    let whole = took(command(&arguments));
    std::fs::remove_dir_all(&again).unwrap();
    let (mut cut, mut asked) = (0, 0);
    for n in 0..=MOMENTS {
        let ended = killed(command(&arguments), &begun, whole * n / MOMENTS);
        assert_eq!((hashes(&data), std::fs::read(&file).unwrap()), before, "the source was changed");
        if again.exists() {
            assert!(!ended || !again.join("unfinished").exists(), "it said that it was done");
            let trail = Trail::read(&again).await;
            assert_eq!(trail.all().last().unwrap().stored.envelope.kind, "fleet.stopped_by_restore");
            drop(trail);
            std::fs::remove_dir_all(&again).unwrap();
            continue;
        }
        assert!(!ended, "it said that it was done");
        cut += 1;
        // Neither in what was left, nor in an empty folder where the restored one was to be.
        if begun.join("unfinished").exists() && asked < 2 {
            asked += 1;
            for place in [&begun, &again] {
                let (code, said) = Start::on(place).refused().await;
                assert!(code == 1 && said.contains("cut short"), "{said}");
                assert!(!again.exists());
            }
        }
    }
    assert!(cut > 0 && asked > 0, "cut short {cut} times, asked {asked} times");
    restore(&file, &again, &data).unwrap();
    assert!(!begun.exists());
}
