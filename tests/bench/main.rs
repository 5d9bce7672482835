//! Speed, measured: prints a table and writes bench/summary.json in the target folder. `make bench` runs it.
//!
//! Every figure stands beside something measured in the same run on the same disk, because a machine's own speed says
//! nothing of this program. Medians of several rounds; what is compared takes turns.

// A bench is no product code: whatever fails ends it, and it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod ambient;
mod append;
#[path = "../desktop/at_the_desk.rs"]
#[allow(dead_code)]
mod at_the_desk;
mod calls;
mod crowd;
mod disk;
#[path = "../desktop/display.rs"]
mod display;
#[path = "../desktop/driver.rs"]
mod driver;
mod eyes;
#[path = "../verify/forger.rs"]
#[allow(dead_code)]
mod forger;
#[path = "../desktop/frame.rs"]
#[allow(dead_code)]
mod frame;
mod holding;
mod langgraph;
mod live;
mod long;
mod many;
mod memory;
mod past;
mod plain;
mod queue;
mod quick;
mod row;
mod screens;
#[path = "../desktop/slots.rs"]
mod slots;
mod spread;
mod stack;
mod start;
mod steps;
#[path = "../verify/story.rs"]
#[allow(dead_code)]
mod story;
mod verify;
mod visible;
mod watched;
#[path = "../desktop/window.rs"]
#[allow(dead_code)]
mod window;

use row::Row;
use std::path::{Path, PathBuf};

/// The folder that cargo builds into: this program lies in its release/deps.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// A part of the bench, by the name that a command line may choose it by.
async fn part(name: &str, here: &Path) -> Vec<Row> {
    match name {
        "append" => append::measure(here).await,
        "calls" => calls::measure(here).await,
        "many" => many::measure(here).await,
        "holding" => holding::measure(here).await,
        "live" => live::measure(here).await,
        "memory" => memory::measure(here).await,
        "start" => start::measure(here).await,
        "screens" => screens::measure(here).await,
        "long" => long::measure(here).await,
        "visible" => visible::measure(here).await,
        "verify" => verify::measure(here).await,
        other => panic!("there is no part {other}; there are {}", PARTS.join(", ")),
    }
}

const PARTS: [&str; 11] =
    ["append", "calls", "many", "holding", "start", "memory", "live", "visible", "verify", "screens", "long"];

/// Without arguments all parts; else those that are named. Only all of them make a summary.
fn main() {
    let target = target();
    let here = target.join("bench");
    std::fs::create_dir_all(&here).unwrap();
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut rows = Vec::new();
    let named = |name: &&str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name);
    for name in PARTS.iter().filter(|name| named(name)) {
        // Shown as soon as they are known: a later part that fails takes nothing away.
        let some = runtime.block_on(part(name, &here));
        row::print(&some);
        rows.extend(some);
    }
    if !chosen.is_empty() {
        return;
    }
    let steps = steps::read(&target.join("ci").join("steps.json"));
    row::print(&steps);
    rows.extend(steps);
    let path = here.join("summary.json");
    std::fs::write(&path, row::to_json(&rows)).unwrap();
    println!("\nWritten to {}", path.display());
}
