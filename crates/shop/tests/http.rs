//! The servers over HTTP, as somebody meets them who has no business there: without the token, from a page, with too
//! much, from another machine. Raw bytes to real processes.

// Everything here runs under test, where a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct Server {
    child: Child,
    authority: String,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn crm(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-crm"));
    command.arg("--data").arg(folder.path().join("crm.db")).env_clear();
    command
}

fn knowledge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-knowledge"));
    command.args(["--articles", concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/knowledge")]).env_clear();
    command
}

fn start(mut command: Command, folder: TempDir) -> Server {
    let token = folder.path().join("token");
    std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
    command.args(["--listen", "127.0.0.1:0", "--token-file"]).arg(token);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let authority = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix("/mcp")).unwrap().to_owned();
    Server { child, authority, _folder: folder }
}

fn both() -> [Server; 2] {
    let folder = tempfile::tempdir().unwrap();
    [start(crm(&folder), folder), start(knowledge(), tempfile::tempdir().unwrap())]
}

impl Server {
    /// Sends a request with these headers in the place of those that a client sends; status and body.
    fn ask(&self, line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let bearer = format!("Bearer {TOKEN}");
        let length = body.len().to_string();
        let mut all = vec![
            ("host", self.authority.as_str()),
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("content-length", length.as_str()),
            ("connection", "close"),
        ];
        all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
        all.extend(headers.iter().copied().filter(|(_, value)| !value.is_empty()));
        let head: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(format!("{line} HTTP/1.1\r\n{head}\r\n").as_bytes()).unwrap();
        // Whoever is refused may find the line closed before everything is written.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }

    fn call(&self, headers: &[(&str, &str)]) -> (u16, String) {
        self.ask("POST /mcp", headers, &list().to_string())
    }
}

fn list() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
}

#[test]
fn with_the_token_the_same_tools_are_there_and_nothing_is_remembered_between_requests() {
    let names = ["find_customer", "get_article"];
    for (server, name) in both().iter().zip(names) {
        for _ in 0..2 {
            let (status, body) = server.call(&[]);
            assert_eq!(status, 200, "{body}");
            assert!(body.contains(name), "{body}");
        }
    }
}

#[test]
fn without_the_very_token_nothing_is_read() {
    for server in both() {
        let last = &TOKEN[..TOKEN.len() - 1];
        for shown in [
            "",
            "Bearer ",
            "Bearer null",
            TOKEN,
            &format!("Basic {TOKEN}"),
            &format!("Bearer {last}"),
            &format!("Bearer {last}0"),
            &format!("Bearer {TOKEN}0"),
            &format!("Bearer  {TOKEN}"),
        ] {
            let (status, body) = server.call(&[("authorization", shown)]);
            assert_eq!(status, 401, "{shown:?}");
            assert!(!body.contains("tools"), "{body}");
        }
        let twice = format!("Bearer {TOKEN}\r\nauthorization: Bearer {TOKEN}");
        assert_eq!(server.call(&[("authorization", &twice)]).0, 401);
        assert_eq!(server.ask("GET /", &[("authorization", "")], "").0, 401, "not even what is there");
    }
}

#[test]
fn no_page_and_no_other_name_reaches_it() {
    for server in both() {
        for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example"] {
            assert_eq!(server.call(&[("host", host)]).0, 403, "{host}");
        }
        let own = format!("http://{}", server.authority);
        for origin in ["https://evil.example", "null", own.as_str()] {
            assert_eq!(server.call(&[("origin", origin)]).0, 403, "{origin}");
        }
        for method in ["GET", "DELETE", "PUT"] {
            assert_eq!(server.ask(&format!("{method} /mcp"), &[], "").0, 405, "{method}");
        }
        assert_eq!(server.ask("POST /", &[], &list().to_string()).0, 404);
    }
}

#[test]
fn bodies_are_bounded_and_whatever_is_no_message_is_refused() {
    for server in both() {
        let large = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"x": "x".repeat(300_000)}});
        assert!(matches!(server.ask("POST /mcp", &[], &large.to_string()).0, 413 | 0));
        for body in ["", "{", "[]", "7", "{\"jsonrpc\":\"2.0\"}"] {
            let (status, _) = server.ask("POST /mcp", &[], body);
            assert!((400..500).contains(&status), "{body}: {status}");
        }
        assert_eq!(server.call(&[("content-type", "text/plain")]).0, 415);
        let head = "x".repeat(20_000);
        assert!(matches!(server.call(&[("x-large", &head)]).0, 431 | 0));
        assert_eq!(server.call(&[]).0, 200, "others are answered all the same");
    }
}

#[test]
fn it_listens_on_this_machine_only_and_never_without_a_token_that_cannot_be_guessed() {
    let refused = |address: &str, token: Option<&str>| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = crm(&folder);
        command.args(["--listen", address]);
        if let Some(token) = token {
            let file = folder.path().join("token");
            std::fs::write(&file, token).unwrap();
            command.arg("--token-file").arg(file);
        }
        let done = command.stdin(Stdio::null()).output().unwrap();
        assert!(!done.status.success() && done.stdout.is_empty(), "{address}");
        String::from_utf8(done.stderr).unwrap()
    };
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        assert!(refused(address, Some(TOKEN)).contains("TLS"), "{address}");
    }
    assert!(refused("localhost", Some(TOKEN)).contains("no address"));
    assert!(refused("127.0.0.1:0", None).contains("a bearer token is needed"));
    for weak in ["short", "", &"é".repeat(40)] {
        assert!(refused("127.0.0.1:0", Some(weak)).contains("fewer than 32"), "{weak}");
    }
}
