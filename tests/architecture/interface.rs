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

#[test]
fn the_window_may_call_these_commands_and_hear_notices_and_nothing_else() {
    let text = std::fs::read_to_string(root().join("src-tauri/capabilities/desk.json")).expect("the capability");
    let capability: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(capability["windows"], serde_json::json!(["desk"]));
    let commands = [
        "query",
        "command",
        "decide",
        "connected-to",
        "connect",
        "disconnect",
        "retry",
        "save-certificate",
        "save-case",
        "take-link",
        "show-notice",
        "clear-notices",
        "quit",
        "stay",
    ];
    let hears = ["core:event:allow-listen", "core:event:allow-unlisten"].map(str::to_owned);
    let expected: Vec<_> = hears.into_iter().chain(commands.map(|command| format!("allow-{command}"))).collect();
    assert_eq!(
        capability["permissions"],
        serde_json::json!(expected),
        "another permission: is it needed, and is it safe?"
    );
    let folder = root().join("src-tauri/capabilities");
    assert_eq!(std::fs::read_dir(folder).expect("the folder").count(), 1, "one capability, for one window");
}

#[test]
fn what_the_station_reads_at_its_start_is_installed_with_it() {
    let text = std::fs::read_to_string(root().join("src-tauri/tauri.conf.json")).expect("the configuration");
    let installed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    // What is compiled in: the interface's fonts and icons, the sample shop's data.
    let compiled_in = ["fonts", "icons", "shop"];
    let folders = std::fs::read_dir(root().join("assets")).expect("the assets").flatten();
    let names = folders.map(|folder| folder.file_name().to_string_lossy().into_owned());
    let missing: Vec<_> = names
        .filter(|name| !compiled_in.contains(&name.as_str()))
        .filter(|name| installed["bundle"]["resources"][format!("../assets/{name}")] != format!("assets/{name}"))
        .collect();
    assert_none(&missing, "Name the folder under bundle.resources in src-tauri/tauri.conf.json.");
}
