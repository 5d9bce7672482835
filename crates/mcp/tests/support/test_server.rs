//! A tool server for tests that misbehaves on demand, written without an MCP library so that it can break every rule.
//!
//! Its first argument is how it behaves as a whole; each of its tools misbehaves in one way. In its working folder it
//! leaves its process id in `pid` and the name of each call that reached it as a line of `calls`. With `http` first it
//! does the same over HTTP, asks for a token, and leaves its port in `port`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::panic, clippy::zombie_processes)]

use countersign_gate::tools::ToolServers;
use countersign_mcp::{McpServers, ServerConfig};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, fs, process, thread};

const TOOLS: [&str; 15] = [
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
    "steps",
];

fn main() {
    let words: Vec<String> = env::args().collect();
    match words[1].as_str() {
        "station" => station(&words[2], &words[3]),
        "grandchild" => park(),
        "http" => serve_http(&words[2], &words[3], &words[4]),
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
        handle(behaviour, &serde_json::from_str(&line.unwrap()).unwrap());
    }
    if behaviour == "deaf" {
        park();
    }
}

fn handle(behaviour: &str, message: &Value) {
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

thread_local! {
    /// What was written in answer to one request over HTTP; on standard output where there is none.
    static ANSWERS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The same over HTTP, each request on a connection and a thread of its own.
fn serve_http(behaviour: &str, token: &str, port: &str) {
    fs::write("pid", process::id().to_string()).unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    fs::write("port.new", listener.local_addr().unwrap().port().to_string()).unwrap();
    fs::rename("port.new", "port").unwrap();
    let session = format!("session-of-{}", process::id());
    for stream in listener.incoming() {
        let (behaviour, token, session) = (behaviour.to_owned(), token.to_owned(), session.clone());
        thread::spawn(move || exchange(stream.unwrap(), &behaviour, &token, &session));
    }
}

fn exchange(stream: TcpStream, behaviour: &str, token: &str, session: &str) {
    let mut read = BufReader::new(stream.try_clone().unwrap());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_ascii_lowercase()),
        }
    }
    let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    let mut body = vec![0; header("content-length").unwrap().parse().unwrap()];
    read.read_exact(&mut body).unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap();
    let method = message["method"].as_str().unwrap_or_default().to_owned();
    let mut requests = fs::OpenOptions::new().create(true).append(true).open("requests").unwrap();
    writeln!(requests, "{method} {}", head[0]).unwrap();
    if header("authorization") != Some(format!("bearer {token}").to_ascii_lowercase()) {
        return respond(&stream, "401 Unauthorized", "text/plain", "", b"Ana Ruiz may not");
    }
    let known = method == "initialize" || header("mcp-session-id").as_deref() == Some(session);
    match (behaviour, method.as_str()) {
        ("forgets", _) if !known => return respond(&stream, "404 Not Found", "text/plain", "", b""),
        ("redirects", "tools/call") => {
            let there = format!("Location: http://{}/elsewhere\r\n", stream.local_addr().unwrap());
            return respond(&stream, "307 Temporary Redirect", "text/plain", &there, b"");
        }
        ("failing", "tools/call") => {
            return respond(&stream, "500 Internal Server Error", "text/plain", "", b"Ana Ruiz broke it");
        }
        ("hundred", "tools/call") => {
            let mut stream = &stream;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"");
            // Until the client has had enough.
            for _ in 0..100 {
                if stream.write_all(&[b'x'; 1024 * 1024]).is_err() {
                    fs::write("cut", "").unwrap();
                    return;
                }
            }
            return;
        }
        ("asks", "tools/call") => {
            let mut stream = &stream;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            // Until the client has had enough.
            for id in 0..1_000_000 {
                let ping = format!("data: {{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"ping\"}}\n\n");
                if stream.write_all(ping.as_bytes()).is_err() {
                    fs::write("cut", "").unwrap();
                    return;
                }
            }
            return;
        }
        ("cuts", "tools/call") => {
            let mut stream = &stream;
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"jsonrpc\"";
            return stream.write_all(head).unwrap_or_default();
        }
        _ => {}
    }
    ANSWERS.set(Some(Vec::new()));
    handle(behaviour, &message);
    let answers = ANSWERS.take().unwrap();
    let session = format!("Mcp-Session-Id: {session}\r\n");
    match answers.as_slice() {
        [] if message.get("id").is_none() => respond(&stream, "202 Accepted", "text/plain", "", b""),
        // Whoever never answers keeps the line.
        [] => park(),
        [one] => respond(&stream, "200 OK", "application/json", &session, one.as_bytes()),
        several => {
            let events: String = several.iter().map(|one| format!("event: message\r\ndata: {one}\r\n\r\n")).collect();
            respond(&stream, "200 OK", "text/event-stream", &session, format!(": hello\n\n{events}").as_bytes());
        }
    }
}

fn respond(mut stream: &TcpStream, status: &str, kind: &str, more: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{more}\r\n", body.len());
    // The client may have hung up.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
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
        "steps" => {
            let token = &params["_meta"]["progressToken"];
            for (token, done) in [(token, 1), (&json!(4711), 2), (token, 3)] {
                let params = json!({ "progressToken": token, "progress": done, "total": 3, "message": "At it" });
                let notice = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params });
                write(&notice.to_string());
            }
            answer(id, text("done"));
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
    let over_http = ANSWERS.with_borrow_mut(|answers| answers.as_mut().map(|all| all.push(line.to_owned())).is_some());
    if over_http {
        return;
    }
    let mut out = std::io::stdout().lock();
    // The client may have hung up.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
