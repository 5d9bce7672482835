//! Speed, measured: prints a table and writes bench/summary.json in the target folder. `make bench` runs it.
//!
//! Every figure stands beside something measured in the same run on the same disk, because a machine's own speed says
//! nothing of this program. Medians of several rounds; what is compared takes turns.

// A bench is no product code: whatever fails ends it, and it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod ambient;
mod append;
mod calls;
mod disk;
#[path = "../verify/forger.rs"]
#[allow(dead_code)]
mod forger;
mod many;
mod plain;
mod quick;
mod row;
mod spread;
mod stack;
mod steps;
#[path = "../verify/story.rs"]
#[allow(dead_code)]
mod story;
mod verify;
mod watched;

use std::path::PathBuf;

/// The folder that cargo builds into: this program lies in its release/deps.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

fn main() {
    let target = target();
    let here = target.join("bench");
    std::fs::create_dir_all(&here).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut rows = runtime.block_on(append::measure(&here));
    rows.extend(runtime.block_on(calls::measure(&here)));
    rows.extend(runtime.block_on(many::measure(&here)));
    rows.extend(runtime.block_on(verify::measure(&here)));
    rows.extend(steps::read(&target.join("ci").join("steps.json")));
    row::print(&rows);
    let path = here.join("summary.json");
    std::fs::write(&path, row::to_json(&rows)).unwrap();
    println!("\nWritten to {}", path.display());
}
