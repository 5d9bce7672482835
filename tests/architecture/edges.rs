//! Who may import whom. The table is the law; a new edge is rare and starts with a note in docs/decisions/.

use crate::tree::{Dependency, Member, assert_none, members};

/// Each member and the members that it may name as normal dependencies (without the common prefix).
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("policy", &["domain"]),
    ("event-log", &["domain"]),
    ("event-log-sqlite", &["domain", "event-log"]),
    ("sealing", &["domain"]),
    ("gate", &["domain", "policy", "event-log", "sealing"]),
    ("agents", &["domain", "event-log", "sealing", "gate"]),
    ("llm", &["domain", "agents"]),
    ("mcp", &["domain", "gate", "agents"]),
    ("mcp-stdio", &[]),
    ("ingest", &["domain", "event-log", "gate"]),
    ("channels", &["domain", "event-log", "agents"]),
    ("projections", &["domain", "event-log", "sealing"]),
    ("api", &["domain", "gate", "agents", "projections"]),
    ("device", &["domain", "sealing", "api"]),
    (
        "station",
        &[
            "domain",
            "policy",
            "event-log",
            "event-log-sqlite",
            "sealing",
            "gate",
            "agents",
            "llm",
            "mcp",
            "ingest",
            "channels",
            "projections",
            "api",
        ],
    ),
    ("shop", &[]),
    ("testkit", &["domain", "event-log", "agents"]),
    ("countersign", &["station", "api", "device"]),
    // What its tests share reads a log back as evidence; the tests themselves may name everything.
    ("tests", &["domain", "event-log", "event-log-sqlite", "sealing", "gate", "testkit"]),
    ("simulation", &[]),
];

/// What the pure crates may import from outside, and nothing else: no I/O, no runtime, no clock.
const PURE: &[(&str, &[&str])] = &[
    ("domain", &["serde", "serde_json", "sha2", "chrono", "thiserror", "const-hex"]),
    ("policy", &["cedar-policy", "serde", "serde_json", "sha2", "thiserror", "const-hex"]),
];

/// Packages from outside that only the named members may import (development dependencies are free).
const KEPT: &[(&str, &[&str])] = &[
    ("rusqlite", &["event-log-sqlite", "sealing", "projections", "shop"]),
    ("rmcp", &["mcp", "shop"]),
    ("genai", &["llm"]),
];

fn short(name: &str) -> &str {
    name.strip_prefix("countersign-").unwrap_or(name)
}

fn is_ours(dependency: &Dependency) -> bool {
    dependency.name.starts_with("countersign")
}

fn row<'a>(table: &'a [(&str, &'a [&'a str])], member: &Member) -> Option<&'a [&'a str]> {
    table.iter().find(|(name, _)| *name == short(&member.name)).map(|(_, allowed)| *allowed)
}

/// (member, dependency) over the dependencies of the kinds that a released program contains or is built with.
fn shipped(members: &[Member]) -> impl Iterator<Item = (&Member, &Dependency)> {
    members
        .iter()
        .flat_map(|m| m.dependencies.iter().map(move |d| (m, d)))
        .filter(|(_, d)| d.kind.as_deref() != Some("dev"))
}

#[test]
fn members_import_only_what_the_edge_table_allows() {
    let members = members();
    let mut breaches = Vec::new();
    for member in members.iter().filter(|m| row(EDGES, m).is_none()) {
        breaches.push(format!("{} has no row: add one to EDGES in tests/architecture/edges.rs", member.folder));
    }
    for (name, _) in EDGES {
        if !members.iter().any(|m| short(&m.name) == *name) {
            breaches.push(format!("the row {name} names no member: remove it from EDGES"));
        }
    }
    for (member, dependency) in shipped(&members).filter(|(_, d)| is_ours(d)) {
        let allowed = row(EDGES, member).unwrap_or_default();
        if !allowed.contains(&short(&dependency.name)) {
            breaches.push(format!(
                "{}/Cargo.toml names {}: take it out, or let the caller pass in what you need",
                member.folder, dependency.name
            ));
        }
    }
    assert_none(&breaches, "A member may import only what the table allows (DESIGN: Direction).");
}

#[test]
fn pure_crates_import_no_runtime_no_io_and_no_clock() {
    let members = members();
    let mut breaches = Vec::new();
    for (member, dependency) in shipped(&members).filter(|(_, d)| !is_ours(d)) {
        if row(PURE, member).is_some_and(|allowed| !allowed.contains(&dependency.name.as_str())) {
            breaches.push(format!("{}/Cargo.toml names {}", member.folder, dependency.name));
        }
    }
    assert_none(&breaches, "domain and policy are pure. Declare a port and implement it in another crate.");
}

#[test]
fn storage_and_mcp_libraries_stay_in_their_crates() {
    let members = members();
    let mut breaches = Vec::new();
    for (member, dependency) in shipped(&members) {
        let kept = KEPT.iter().find(|(name, _)| *name == dependency.name);
        if let Some((name, homes)) = kept
            && !homes.contains(&short(&member.name))
        {
            breaches.push(format!("{}/Cargo.toml names {name}, which only {} may", member.folder, homes.join(", ")));
        }
    }
    assert_none(&breaches, "One crate wraps each of these libraries. Use that crate's types.");
}

#[test]
fn only_the_desktop_shell_names_tauri() {
    let members = members();
    let mut breaches = Vec::new();
    for member in members.iter().filter(|m| m.name != "countersign") {
        for dependency in &member.dependencies {
            if dependency.name.starts_with("tauri") || dependency.name == "countersign" {
                breaches.push(format!("{}/Cargo.toml names {}", member.folder, dependency.name));
            }
        }
    }
    assert_none(&breaches, "Core crates never name tauri or the shell, not even in tests. Put it into src-tauri.");
}

#[test]
fn only_the_station_has_a_wall_clock() {
    let members = members();
    let mut breaches = Vec::new();
    for member in members.iter().filter(|m| short(&m.name) != "station") {
        for dependency in member.dependencies.iter().filter(|d| d.name == "chrono") {
            let clocks = dependency.features.iter().any(|f| f == "clock" || f == "now" || f == "default");
            if clocks || dependency.default_features {
                breaches.push(format!("{}/Cargo.toml turns on chrono's clock", member.folder));
            }
        }
    }
    assert_none(&breaches, "Time is an argument. Take `chrono.workspace = true` and a Clock.");
}

#[test]
fn every_member_has_its_purpose_beside_its_name() {
    let manifest = std::fs::read_to_string(crate::tree::root().join("Cargo.toml")).expect("the root Cargo.toml");
    let mut breaches = Vec::new();
    for member in members() {
        let entry = format!("\"{}\",", member.folder);
        let purpose = manifest.lines().find_map(|line| line.trim().strip_prefix(&entry)).map(str::trim);
        let said = purpose.and_then(|p| p.strip_prefix('#')).map(str::trim).unwrap_or_default();
        if said.len() < 10 {
            breaches.push(format!("{entry}   # say here in one line what it is for"));
        }
    }
    assert_none(&breaches, "The root Cargo.toml's member list is the table of contents.");
}

#[test]
fn every_member_obeys_the_lints_of_the_workspace() {
    let obeys = |folder: &str| {
        let manifest = std::fs::read_to_string(crate::tree::root().join(folder).join("Cargo.toml")).expect("a member");
        manifest.split_once("[lints]").is_some_and(|(_, lints)| lints.trim_start().starts_with("workspace = true"))
    };
    let breaches: Vec<_> = members().into_iter().map(|member| member.folder).filter(|folder| !obeys(folder)).collect();
    assert_none(&breaches, "Write [lints] workspace = true into its Cargo.toml.");
}
