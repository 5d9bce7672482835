//! A tool server for tests that misbehaves on demand, written without an MCP library so that it can break every rule.
//!
//! Its first argument is how it behaves as a whole; each of its tools misbehaves in one way. In its working folder it
//! leaves its process id in `pid` and the name of each call that reached it as a line of `calls`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::panic, clippy::zombie_processes)]

use countersign_gate::tools::ToolServers;
use countersign_mcp::{McpServers, ServerConfig};
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::{env, fs, process, thread};

const TOOLS: [&str; 14] = [
    "echo",
    "environ",
    "crash",
    "hang",
    "garbage",
    "flood",
    "large",
    "text",
    "fail",
    "broken",
    "refuse",
    "wrong",
    "change",
    "leave_child",
];

fn main() {
    let words: Vec<String> = env::args().collect();
    match words[1].as_str() {
        "station" => station(&words[2], &words[3]),
        "grandchild" => park(),
        behaviour => serve(behaviour),
    }
}

fn park() -> ! {
    loop {
        thread::park();
    }
}

/// Stands for the station: starts a server that does not notice the end of its input, says so, and waits to be killed.
fn station(command: &str, folder: &str) {
    let config = ServerConfig {
        name: "test".to_owned(),
        command: command.into(),
        args: vec!["deaf".to_owned()],
        environment: Default::default(),
        folder: folder.into(),
    };
    let servers = McpServers::new(vec![config]).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(servers.definitions()).unwrap();
    println!("ready");
    park()
}

fn serve(behaviour: &str) {
    fs::write("pid", process::id().to_string()).unwrap();
    match behaviour {
        "exits" => process::exit(3),
        "silent" => park(),
        "banner" => println!("Welcome to the test server!"),
        "noisy" => {
            let mut err = std::io::stderr().lock();
            for _ in 0..100 {
                err.write_all(&[b'x'; 64 * 1024]).unwrap();
                err.write_all(b"\n").unwrap();
            }
        }
        _ => {}
    }
    for line in std::io::stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let id = &message["id"];
        match message["method"].as_str().unwrap_or_default() {
            "initialize" => answer(
                id,
                json!({
                    "protocolVersion": message["params"]["protocolVersion"],
                    "capabilities": { "tools": { "listChanged": true } },
                    "serverInfo": { "name": "test", "version": "1" },
                }),
            ),
            "tools/list" => list(behaviour, id, &message["params"]["cursor"]),
            "tools/call" => call(id, &message["params"]),
            _ => {}
        }
    }
    if behaviour == "deaf" {
        park();
    }
}

fn list(behaviour: &str, id: &Value, cursor: &Value) {
    let at: usize = cursor.as_str().map_or(0, |text| text.parse().unwrap());
    let one = |name: &str, description: String| json!({ "name": name, "description": description, "inputSchema": { "type": "object" } });
    match behaviour {
        "endless" => answer(id, json!({ "tools": [], "nextCursor": (at + 1).to_string() })),
        "repeats" => answer(id, json!({ "tools": [], "nextCursor": "7" })),
        "many" => {
            answer(id, json!({ "tools": (0..300).map(|n| one(&format!("t{n}"), String::new())).collect::<Vec<_>>() }))
        }
        "huge" => answer(id, json!({ "tools": [one("echo", "x".repeat(70_000))] })),
        "doubled" => answer(id, json!({ "tools": [one("echo", String::new()), one("echo", String::new())] })),
        "unlisting" => {}
        // Two pages.
        _ => {
            let words = fs::read_to_string("description.txt").unwrap_or_else(|_| "As it was".to_owned());
            let (first, second) = TOOLS.split_at(3);
            let page = if at == 0 { first } else { second };
            let mut result = json!({ "tools": page.iter().map(|name| one(name, words.clone())).collect::<Vec<_>>() });
            if at == 0 {
                result["nextCursor"] = json!("1");
            }
            answer(id, result);
        }
    }
}

fn call(id: &Value, params: &Value) {
    let name = params["name"].as_str().unwrap();
    let mut calls = fs::OpenOptions::new().create(true).append(true).open("calls").unwrap();
    writeln!(calls, "{name}").unwrap();
    let text = |text: &str| json!({ "content": [{ "type": "text", "text": text }] });
    match name {
        "echo" => answer(id, json!({ "content": [], "structuredContent": params })),
        "environ" => answer(id, json!({ "content": [], "structuredContent": environ() })),
        "crash" => process::exit(9),
        "hang" => {}
        "garbage" => write("{\"jsonrpc\":\"2.0\",\"id\": oh no"),
        "flood" => answer(id, text(&"f".repeat(50 * 1024 * 1024))),
        "large" => answer(id, text(&"l".repeat(2 * 1024 * 1024))),
        "text" => answer(id, text("just words")),
        "fail" => {
            let mut failed = text("out of stock");
            failed["isError"] = json!(true);
            answer(id, failed);
        }
        "broken" => error(id, -32603, "Ana Ruiz broke it"),
        "refuse" => error(id, -32602, "no such order"),
        "wrong" => answer(id, json!({ "weather": "fine" })),
        "change" => {
            fs::write("description.txt", "As it is now").unwrap();
            write(&json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" }).to_string());
            answer(id, text("changed"));
        }
        "leave_child" => {
            let child = process::Command::new(env::current_exe().unwrap()).arg("grandchild").spawn().unwrap();
            fs::write("grandchild", child.id().to_string()).unwrap();
        }
        other => panic!("{other}"),
    }
}

fn environ() -> Value {
    let open: Vec<String> = fs::read_dir("/proc/self/fd")
        .map(|all| all.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()))
        .map(|all| all.map(|to| to.to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    json!({
        "environment": env::vars().collect::<std::collections::BTreeMap<_, _>>(),
        "folder": env::current_dir().unwrap(),
        "open": open,
    })
}

fn answer(id: &Value, result: Value) {
    write(&json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string());
}

fn error(id: &Value, code: i32, message: &str) {
    write(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }).to_string());
}

fn write(line: &str) {
    let mut out = std::io::stdout().lock();
    // The client may have hung up.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
