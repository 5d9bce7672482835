//! An agent whose client only starts processes: the same gateway through `countersign-mcp`, line by line.

use crate::gateway::{BOT, ana, house, refund, words};
use countersign_tests::agent::token;
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::process::{DEADLINE, program};
use countersign_tests::station::Start;
use countersign_tests::trail::verified;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The program as a client runs it.
struct Process {
    child: Child,
    say: ChildStdin,
    hear: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(gateway: &str, token: &str) -> Process {
        let mut command = Command::new(program("countersign-mcp"));
        command.args(["--gateway", gateway]).env("COUNTERSIGN_TOKEN", token).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (say, hear) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Process { child, say, hear: BufReader::new(hear).lines() }
    }

    async fn say(&mut self, line: &str) {
        self.say.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, id: u32, method: &str, params: Value) {
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()).await;
    }

    async fn hear(&mut self) -> Value {
        let line = timeout(DEADLINE, self.hear.next_line()).await.expect("a line comes in time").unwrap();
        serde_json::from_str(&line.expect("it goes on")).unwrap()
    }

    /// Asks, and waits for the answer.
    async fn answer(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.ask(id, method, params).await;
        let heard = self.hear().await;
        assert_eq!(heard["id"], id, "{heard}");
        heard
    }

    async fn greet(&mut self) -> Value {
        let client = json!({ "name": "t", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        let greeted = self.answer(1, "initialize", params).await;
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string()).await;
        greeted
    }

    /// Calls for a refund that a rule holds, and hears that it waits.
    async fn call(&mut self, id: u32, minor: i64) {
        let mut meta = ana();
        meta["progressToken"] = json!("p");
        let params = json!({ "name": "issue_refund", "arguments": refund(minor), "_meta": meta });
        self.ask(id, "tools/call", params).await;
        let progress = self.hear().await;
        assert_eq!(progress["method"], "notifications/progress", "{progress}");
        assert!(progress["params"]["message"].as_str().unwrap().contains("waits for a person"), "{progress}");
    }

    /// The answer, behind whatever is told meanwhile.
    async fn result(&mut self, id: u32) -> Value {
        loop {
            let heard = self.hear().await;
            if heard["id"] == id {
                return heard;
            }
            assert_eq!(heard["method"], "notifications/progress", "{heard}");
        }
    }

    /// The client ends it as clients do: it closes the input.
    async fn end(mut self) {
        drop(self.say);
        let ended = timeout(DEADLINE, self.child.wait()).await.expect("it ends with its input").unwrap();
        assert!(ended.success(), "{ended}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_only_starts_processes_is_told_all_that_one_over_http_is() {
    let folder = tempfile::tempdir().unwrap();
    let (station, _marta, mut jonas, _agent) = house(folder.path(), 600).await;
    let gateway = station.gateway.clone().unwrap();
    let mut process = Process::start(&gateway, &token(BOT, 1).0);
    assert_eq!(process.greet().await["result"]["protocolVersion"], "2025-11-25");
    let listed = process.answer(2, "tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 3, "{listed}");
    let read = json!({ "name": "get_order", "arguments": { "order_number": "1042" }, "_meta": ana() });
    let read = process.answer(3, "tools/call", read).await;
    assert_eq!(read["result"]["structuredContent"]["order_number"], "1042");

    process.call(4, 12_900).await;
    // What waits keeps nothing else waiting, and what is no request is told so.
    process.say("this is no JSON").await;
    assert_eq!(process.hear().await["error"]["code"], -32700);
    let missing = process.answer(5, "tools/call", json!({ "name": "erase", "arguments": {} })).await;
    assert_eq!(missing["error"]["code"], -32602, "{missing}");
    let action = jonas.wait_for_action(&["held"]).await["action"].as_str().unwrap().to_owned();
    jonas.decide(&action, json!({ "choice": "reject", "guidance": "Send a new one." })).await.unwrap();
    let refused = process.result(4).await;
    assert!(words(&refused["result"]).contains("Send a new one."), "{refused}");
    process.end().await;

    let mut stranger = Process::start(&gateway, "csa_billing-bot_00");
    let refused = stranger.answer(1, "tools/list", json!({})).await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("refuses this token"), "{refused}");
    stranger.end().await;
    station.stop().await;
    assert_eq!(amounts(&folder.path().join("data"), "1042"), Vec::<i64>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_on_its_streams_outlives_a_station_that_is_killed_and_runs_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, _marta, _jonas, _agent) = house(folder.path(), 600).await;
    let gateway = station.gateway.clone().unwrap();
    let mut process = Process::start(&gateway, &token(BOT, 1).0);
    process.greet().await;
    process.call(2, 12_900).await;
    station.kill9().await;

    let at = gateway.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let station = Start::on(&data).saying(&["--gateway", &at]).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.sign_in().await;
    let action = marta.wait_for_action(&["held"]).await["action"].as_str().unwrap().to_owned();
    marta.approve(&action).await;
    // Nobody asked again but the program.
    let done = process.result(2).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    process.end().await;
    station.stop().await;
    verified(&data);
    assert_eq!(amounts(&data, "1042"), [12_900]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_client_takes_back_is_taken_back_at_the_station_and_a_client_that_ends_takes_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, _agent) = house(folder.path(), 600).await;
    let gateway = station.gateway.clone().unwrap();
    let mut process = Process::start(&gateway, &token(BOT, 1).0);
    let mut other = Process::start(&gateway, &token(BOT, 1).0);
    process.greet().await;
    other.greet().await;
    process.call(2, 12_900).await;
    // The same id of another client of the agent.
    other.call(2, 5_500).await;
    let action = marta
        .wait_for("both wait", |queue| {
            let held = queue["held"].as_array().filter(|held| held.len() == 2)?;
            held.iter().find(|row| row["money"].to_string().contains("12900")).map(|row| row["action"].clone())
        })
        .await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 2 } });
    process.say(&cancelled.to_string()).await;
    let one = |queue: &Value| {
        let held = queue["held"].as_array()?;
        (held.len() == 1 && held[0]["action"] != action).then_some(Value::Null)
    };
    marta.wait_for("one is taken back, and the other waits", one).await;
    // It is told nothing more of what it took back.
    process.ask(3, "tools/list", json!({})).await;
    let listed = process.result(3).await;
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 3, "{listed}");
    assert_eq!(marta.card(action.as_str().unwrap()).await["state"], "withdrawn");

    // In the newer revision a request says everything about itself, and is taken back likewise on streams.
    let about = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut meta = ana();
    meta.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
    process.ask(4, "tools/call", json!({ "name": "issue_refund", "arguments": refund(7_700), "_meta": meta })).await;
    let both = |queue: &Value| (queue["held"].as_array()?.len() == 2).then_some(Value::Null);
    marta.wait_for("it waits", both).await;
    let params = json!({ "requestId": 4, "_meta": about });
    process.say(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }).to_string()).await;
    marta.wait_for("it is taken back", one).await;
    process.end().await;
    other.end().await;
    let still = marta.wait_for("the other's call waits", |queue| one(queue).map(|_| queue["held"][0].clone())).await;
    let refused = json!({ "choice": "reject", "guidance": "Nobody is there." });
    marta.decide(still["action"].as_str().unwrap(), refused).await.unwrap();
    station.stop().await;
    verified(&folder.path().join("data"));
}
