//! The documents tell the truth: the README's invariants and the pains name tests that exist, and no page names somebody's machine.

use crate::tree::{File, assert_none, files, root};

/// One numbered line of the README's list of invariants, with its continuation lines.
fn invariants(readme: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with('#') {
            inside = line.to_lowercase().contains("invariant");
        } else if inside
            && line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
        {
            found.push(line.to_owned());
        } else if inside
            && line.starts_with(' ')
            && let Some(last) = found.last_mut()
        {
            last.push(' ');
            last.push_str(line.trim());
        }
    }
    found
}

/// Every backticked `path::name` of a text.
fn named_tests(text: &str) -> Vec<(String, String)> {
    let ticked = text.split('`').skip(1).step_by(2);
    ticked
        .filter_map(|t| t.split_once("::"))
        .filter(|(p, _)| p.contains('/'))
        .map(|(p, n)| (p.into(), n.into()))
        .collect()
}

/// Whether the function of a suite is listed in the test that runs it on every log.
fn is_listed(path: &str, name: &str) -> bool {
    let runs_it = path.strip_suffix("/suite.rs").map(|folder| root().join(format!("{folder}.rs")));
    runs_it
        .and_then(|file| std::fs::read_to_string(file).ok())
        .is_some_and(|text| text.contains(&format!("suite::{name}")))
}

/// Whether the file says so: as a function that is a test in Rust, as a title in a TypeScript test.
fn holds_test(path: &str, name: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(root().join(path)) else { return false };
    if path.ends_with(".rs") {
        let function = format!("fn {}", name.rsplit("::").next().unwrap_or(name));
        let is_test = |before: &str| {
            let lines =
                before.trim_end().lines().rev().map(str::trim).take_while(|line| !line.is_empty() && *line != "}");
            lines.into_iter().any(|line| line == "#[test]" || line.starts_with("#[tokio::test"))
        };
        text.match_indices(&function).any(|(at, _)| {
            let (before, rest) = text.split_at(at);
            rest[function.len()..].starts_with(['(', '<']) && (is_test(before) || is_listed(path, name))
        })
    } else {
        text.contains(name)
    }
}

/// Lines that name no test, and tests that they name and that do not exist.
fn named_wrongly<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut breaches = Vec::new();
    for line in lines {
        let tests = named_tests(line);
        if tests.is_empty() {
            breaches.push(format!("names no test as `path::name`: {line}"));
        }
        for (path, name) in tests.iter().filter(|(path, name)| !holds_test(path, name)) {
            breaches.push(format!("`{path}::{name}` does not exist"));
        }
    }
    breaches
}

#[test]
fn every_invariant_of_the_readme_names_a_test_that_exists() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md stands in the root");
    let list = invariants(&readme);
    assert!(!list.is_empty(), "README.md has no numbered list under a heading with the word invariants");
    let breaches = named_wrongly(list.iter().map(String::as_str));
    assert_none(
        &breaches,
        "Each invariant in README.md names the test that holds it. Correct the line or write the test.",
    );
}

#[test]
fn every_pain_names_tests_that_exist() {
    let page = std::fs::read_to_string(root().join("docs/pains.md")).expect("docs/pains.md stands there");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Pain")).collect();
    assert!(rows.len() > 20, "docs/pains.md has no table of pains");
    let breaches = named_wrongly(rows.into_iter());
    assert_none(
        &breaches,
        "Each pain in docs/pains.md names the tests that play it. Correct the row or write the test.",
    );
}

/// Places on one person's machine: this clone's own folder, and the folders where people live.
fn machine_paths() -> Vec<String> {
    let mut paths: Vec<String> = ["home", "root", "Users"].iter().map(|folder| format!("/{folder}/")).collect();
    paths.push(root().to_string_lossy().into_owned());
    let beside = root().parent().map(|p| format!("{}/", p.display())).unwrap_or_default();
    if beside.len() > 2 && beside != "/tmp/" {
        paths.push(beside);
    }
    paths
}

#[test]
fn documents_and_scripts_name_no_machine() {
    let places = machine_paths();
    let own = std::fs::read_dir(root()).expect("the root").flatten().filter(|e| e.path().is_file());
    let pages = own.filter_map(|e| {
        let path = e.file_name().to_string_lossy().into_owned();
        let page = path.ends_with(".md") || path == "Makefile" || path.ends_with(".toml");
        page.then(|| std::fs::read_to_string(e.path()).ok().map(|text| File { path, text })).flatten()
    });
    let below =
        [("docs", ".md"), ("scripts", ""), (".ci", ""), (".config", ""), ("assets/policies", ""), ("assets/tools", "")];
    let below = below.iter().flat_map(|(folder, ending)| files(folder, &[ending]));
    let mut breaches = Vec::new();
    for file in pages.chain(below) {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(place) = places.iter().find(|place| line.contains(place.as_str())) {
                breaches.push(format!("{}:{} names {place}", file.path, number + 1));
            }
        }
    }
    assert_none(&breaches, "What we write must hold on every machine. Name the path from the root of the tree.");
}

#[test]
fn an_invariant_is_read_with_its_continuation_and_its_tests() {
    let readme = "# A\n1. no\n## Invariants\n\n1. One holds:\n   `tests/a.rs::b`, `ui/x.test.ts::a title`\n2. Two\n\n## Next\n3. no\n";
    let list = invariants(readme);
    assert_eq!(list.len(), 2);
    let expected = vec![("tests/a.rs".into(), "b".into()), ("ui/x.test.ts".into(), "a title".into())];
    assert_eq!(named_tests(list.first().expect("one")), expected);
    assert!(named_tests(list.last().expect("two")).is_empty());
    assert!(!holds_test("tests/architecture/documents.rs", "no_such_test"));
    assert!(!holds_test("tests/architecture/documents.rs", "machine_paths"), "a function that is no test");
    assert!(holds_test("tests/architecture/documents.rs", "documents_and_scripts_name_no_machine"));
}
