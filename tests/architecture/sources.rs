//! What Rust files may hold: their purpose first, a size that can be read, no ambient time or chance in the core.

use crate::tree::{File, assert_none, files};

const LONGEST_RUST_FILE: usize = 600;

/// Time, chance and ids that a core crate must be handed. The station is the one place that makes them.
const AMBIENT: &[&str] = &[
    "Utc::now",
    "Local::now",
    "SystemTime::now",
    "Instant::now",
    "rand::",
    "getrandom::",
    "OsRng",
    "thread_rng",
    "RandomState",
    "new_v4",
    "now_v7",
];

/// The shop is somebody else's program that we bring along; the station is the composition root.
const MAY_BE_AMBIENT: &[&str] = &["crates/station/", "crates/shop/"];

fn rust_files() -> Vec<File> {
    let all: Vec<File> = ["crates", "src-tauri", "tests"].iter().flat_map(|folder| files(folder, &[".rs"])).collect();
    assert!(all.len() > 20, "the scan found only {} Rust files: it looks in the wrong place", all.len());
    all
}

/// The lines of `text` that a released program contains: no comments, nothing after the inline test module.
fn shipped_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let inline = text.get(end..).is_some_and(|rest| rest.lines().nth(1).is_some_and(|line| line.ends_with('{')));
    let shipped = if inline { text.get(..end).unwrap_or(text) } else { text };
    shipped.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(n, l)| (n + 1, l))
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/benches/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

#[test]
fn every_file_opens_with_its_purpose() {
    let without = rust_files().into_iter().filter(|f| !f.text.starts_with("//! "));
    let breaches: Vec<String> = without.map(|f| f.path).collect();
    assert_none(&breaches, "Open each of these with `//! ` and one line that says what the file is for.");
}

#[test]
fn no_rust_file_is_longer_than_600_lines() {
    let mut breaches = Vec::new();
    for file in rust_files() {
        let lines = file.text.lines().count();
        if lines > LONGEST_RUST_FILE {
            breaches.push(format!("{} has {lines} lines", file.path));
        }
    }
    assert_none(&breaches, "One subject per file, at most 600 lines. Move a subject into a file of its own.");
}

#[test]
fn the_core_has_no_ambient_time_chance_or_ids() {
    let mut breaches = Vec::new();
    for file in files("crates", &[".rs"]) {
        if MAY_BE_AMBIENT.iter().any(|home| file.path.starts_with(home)) || is_test_file(&file.path) {
            continue;
        }
        // Sockets, child processes and the log's writer pace themselves by a monotonic timer: nothing of it is stored.
        let paced = ["crates/channels/", "crates/llm/", "crates/mcp/", "crates/mcp-stdio/", "crates/event-log-sqlite/"];
        let keeps_pace = paced.iter().any(|home| file.path.starts_with(home));
        for (number, line) in shipped_lines(&file.text) {
            // So that those who failed together do not come back together.
            let jitters = file.path == "crates/llm/src/retry.rs";
            // A program of its own tells its clients' requests apart by it.
            let labels = file.path == "crates/mcp-stdio/src/gateway.rs";
            let allowed = |word: &str| {
                (labels && word == "RandomState")
                    || (keeps_pace && word == "Instant::now")
                    || (jitters && word == "rand::")
            };
            if let Some(word) = AMBIENT.iter().find(|word| line.contains(**word) && !allowed(word)) {
                breaches.push(format!("{}:{number} names {word}", file.path));
            }
        }
    }
    assert_none(&breaches, "A seed replays a whole shift. Take a Clock or Entropy; the station implements them.");
}

#[test]
fn a_receipt_is_made_only_by_a_log() {
    let word = concat!("issued_by", "_log");
    let mut breaches = Vec::new();
    for file in rust_files().into_iter().filter(|f| !f.path.starts_with("crates/event-log")) {
        for (number, line) in file.text.lines().enumerate().filter(|(_, line)| line.contains(word)) {
            breaches.push(format!("{}:{} {}", file.path, number + 1, line.trim()));
        }
    }
    assert_none(&breaches, "A permit stands on a receipt, so only event-log and event-log-sqlite may issue one.");
}

#[test]
fn shipped_lines_leave_out_comments_and_inline_tests_only() {
    let text = "//! Utc::now\nfn a() {}\n// rand::\n#[cfg(test)]\nmod tests {\n    Utc::now()\n}\n";
    assert_eq!(shipped_lines(text).collect::<Vec<_>>(), vec![(2, "fn a() {}")]);
    let outside = "#[cfg(test)]\nmod tests;\nfn b() {}\n";
    assert!(shipped_lines(outside).any(|(_, line)| line == "fn b() {}"));
}
