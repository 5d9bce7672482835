//! What the interface's sources may hold: one door to the host, customer words as text only, files that can be read.

use crate::tree::{assert_none, files, root};

const LONGEST_SVELTE_FILE: usize = 300;
const SCRIPTS: &[&str] = &[".ts", ".js", ".mjs", ".svelte"];

#[test]
fn the_interface_is_there_to_be_scanned() {
    assert!(files("ui/src", &[".svelte"]).len() > 3, "ui/src holds hardly a .svelte file: did it move?");
    let door = root().join("ui/src/host/tauri.ts");
    assert!(door.exists(), "ui/src/host/tauri.ts is the desktop host: did it move?");
}

#[test]
fn no_svelte_file_is_longer_than_300_lines() {
    let mut breaches = Vec::new();
    for file in files("ui/src", &[".svelte"]) {
        let lines = file.text.lines().count();
        if lines > LONGEST_SVELTE_FILE {
            breaches.push(format!("{} has {lines} lines", file.path));
        }
    }
    assert_none(&breaches, "At most 300 lines per component. Move a part into a component of its own.");
}

#[test]
fn only_the_desktop_host_imports_tauri() {
    let package = concat!("@tauri", "-apps");
    let all = files("ui/src", SCRIPTS).into_iter().chain(files("ui/chat", SCRIPTS));
    let elsewhere = all.filter(|f| f.path != "ui/src/host/tauri.ts" && f.text.contains(package));
    let breaches: Vec<String> = elsewhere.map(|f| f.path).collect();
    assert_none(&breaches, "The desk runs in a browser too. Go through ui/src/host/host.ts.");
}

#[test]
fn customer_content_is_never_html() {
    let words = ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"];
    let mut breaches = Vec::new();
    for file in files("ui/src", SCRIPTS).into_iter().chain(files("ui/chat", SCRIPTS)) {
        if file.path.ends_with(".test.ts") {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                breaches.push(format!("{}:{} uses {word}", file.path, number + 1));
            }
        }
    }
    assert_none(&breaches, "What customers and agents wrote is text. Set textContent or use a Svelte expression.");
}

#[test]
fn lock_files_name_no_download_address() {
    let mut breaches = Vec::new();
    for file in files("ui", &["package-lock.json"]).into_iter().chain(files("tests", &["package-lock.json"])) {
        if file.text.contains("\"resolved\"") {
            breaches.push(file.path);
        }
    }
    assert_none(&breaches, "A lock works with any registry. Put `omit-lockfile-registry-resolved=true` into .npmrc.");
}
