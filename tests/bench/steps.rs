//! Minutes of build and test by step, as the last full run of `.ci/run` left them; nothing is made up where none did.

use crate::row::Row;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Steps {
    /// Whether nothing was built or downloaded before.
    from_empty: bool,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    minutes: f64,
    passed: bool,
}

/// A row for each step, and one for all.
pub(crate) fn read(path: &Path) -> Vec<Row> {
    let none = || vec![Row::not_measured("build and test from an empty clone (run .ci/run)", "min")];
    let Ok(text) = std::fs::read_to_string(path) else { return none() };
    let steps: Steps = serde_json::from_str(&text).unwrap();
    let start = if steps.from_empty { "from an empty clone" } else { "built before" };
    let total: f64 = steps.steps.iter().map(|step| step.minutes).sum();
    let all = Row::new(format!("build and test, {start}: all"), total, "min");
    let each = steps.steps.iter().map(|step| {
        let failed = if step.passed { "" } else { " (failed)" };
        Row::new(format!("build and test, {start}: {}{failed}", step.name), step.minutes, "min")
    });
    std::iter::once(all).chain(each).collect()
}
