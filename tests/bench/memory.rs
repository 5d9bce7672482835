//! What the desk takes of the machine's memory: the proportional set size of its processes, beside an empty window's of
//! the same browser engine in the same run.

use crate::at_the_desk::{go, set_up, sign_in};
use crate::crowd;
use crate::past::LONGEST_START;
use crate::row::{Goal, Row};
use crate::spread::median;
use crate::stack::Trail;
use crate::window::Window;
use countersign_station::SystemClock;
use countersign_tests::process::children;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROWS: usize = 100_000;
/// So many seconds with less than so many hundredths of work make a process idle; then it is looked at so often.
const SETTLES: u32 = 10;
const BUSY: u64 = 10;
const LOOKS: usize = 5;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    println!("memory: an empty window, the desk, and the desk with {ROWS} rows");
    let empty = empty_window().await;
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = place.path().join("data");
    let window = Window::open(&folder, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    go(&window, "f", "Floor").await;
    let alone = idle(window.process()).await;
    window.quit().await;
    let trail = Trail::open_at(&folder, Arc::new(SystemClock));
    crowd::gather(&trail, ROWS).await;
    crowd::settle(&folder, trail).await;
    let window = Window::open(&folder, &["--idle", "86400"]).await;
    sign_in(&window).await;
    go(&window, "f", "Floor").await;
    window.wait_for("[id^=floor-]").await;
    let with_rows = idle(window.process()).await;
    window.quit().await;
    let beyond = |name: &str, value: f64, goal: f64| {
        let name = format!("memory (PSS of all processes) beyond an empty window's, idle, {name}");
        match empty {
            Some(empty) => Row::new(name, value - empty, "MB").goal(Goal::AtMost(goal)),
            None => Row::not_measured(name, "MB"),
        }
    };
    vec![
        beyond("on the Floor of a new station", alone, 150.0),
        beyond("with 100,000 live conversations", with_rows, 220.0),
        match empty {
            Some(empty) => Row::new("memory of an empty window of the same engine", empty, "MB"),
            None => Row::not_measured("memory of an empty window of the same engine", "MB"),
        },
    ]
}

/// The engine's own smallest browser on an empty page; `None` where it is not installed.
async fn empty_window() -> Option<f64> {
    let libraries = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let program = |folder: PathBuf| folder.join("webkit2gtk-4.1/MiniBrowser");
    let program = libraries.map(program).find(|program| program.exists())?;
    let window = Window::launch(program, &["--automation".to_owned()], &[]).await;
    let taken = idle(window.process()).await;
    window.quit().await;
    Some(taken)
}

async fn idle(process: u32) -> f64 {
    rests(process).await;
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    let mut taken = Vec::new();
    for _ in 0..LOOKS {
        looks.tick().await;
        taken.push(megabytes(process));
    }
    let each = |id| format!("{} {:.0}", name(id).trim_end(), of(id).unwrap_or_default());
    println!("  {} MB", family(process).into_iter().map(each).collect::<Vec<_>>().join(", "));
    median(taken)
}

/// Returns when a process has had next to nothing to do for a while: what it took up at its start is done.
pub(crate) async fn rests(process: u32) {
    let (mut before, mut quiet) = (worked(process), 0);
    let begun = Instant::now();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.tick().await;
    while quiet < SETTLES {
        second.tick().await;
        let now = worked(process);
        quiet = if now - before < BUSY { quiet + 1 } else { 0 };
        before = now;
        assert!(begun.elapsed() < LONGEST_START, "it never rests");
    }
}

/// The processor time that a process has used, in ticks of a hundredth of a second.
fn worked(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields = stat.rsplit_once(") ").unwrap().1.split(' ').skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// A process and everything below it.
pub(crate) fn family(process: u32) -> Vec<u32> {
    let below = children(process).into_iter().flat_map(family);
    std::iter::once(process).chain(below.collect::<Vec<_>>()).collect()
}

/// What a process and everything below it take, shared pages by parts.
pub(crate) fn megabytes(process: u32) -> f64 {
    family(process).into_iter().filter_map(of).sum()
}

fn of(process: u32) -> Option<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024.0 / 1e6)
}

/// The name that the system has for a process.
pub(crate) fn name(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default()
}
