//! Agents that others wrote, at the gateway: what they are granted at the desk, a call that people decide, its ticket, its
//! task, and what becomes of it when the station is killed in between.

use crate::fleet::today;
use crate::people::{countersign, two};
use countersign_tests::agent::{Agent, token};
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::station::{Start, Station};
use countersign_tests::trail::verified;
use serde_json::{Value, json};

pub(crate) const BOT: &str = "billing-bot";

pub(crate) fn grant(wait_seconds: u32) -> Value {
    json!({
        "tools": ["crm.issue_refund", "crm.get_order"],
        "word": "verified",
        "expires": "2027-06-01T00:00:00.000000Z",
        "calls_per_minute": 6000,
        "open_calls": 200,
        "wait_seconds": wait_seconds,
    })
}

/// Lets an agent in: Marta proposes it, Jonas signs.
pub(crate) async fn let_in(marta: &mut Desk, jonas: &mut Desk, bot: &str, grant: &Value, n: u8) -> String {
    let (token, digest) = token(bot, n);
    let request = json!({ "change": "grant_agent", "agent": bot, "from": null, "grant": grant, "token": digest });
    let ahead = json!({ "query": "agent_change", "agent": bot, "grant": grant, "new_token": true });
    assert_eq!(marta.query(ahead).await.unwrap()["problem"], Value::Null);
    marta.command(json!({ "command": "propose_change", "request": request, "why": "A pilot." })).await.unwrap();
    let signed = countersign(jonas).await;
    assert!(signed["title"].as_str().unwrap().contains(bot), "{signed:#}");
    let follows = signed["follows"].to_string();
    assert!(follows.contains("cannot be undone") && follows.contains("nobody checks it"), "{follows}");
    token
}

pub(crate) fn refund(minor: i64) -> Value {
    json!({ "order_number": "1042", "amount_minor": minor, "currency": "EUR", "reason": "damaged" })
}

pub(crate) fn ana() -> Value {
    json!({ "countersign/customer": { "id": "C-2001", "name": "Ana Ruiz" }, "countersign/reason": "It came broken." })
}

pub(crate) fn words(result: &Value) -> String {
    result["content"].as_array().unwrap().iter().map(|block| block["text"].as_str().unwrap()).collect()
}

pub(crate) async fn house(folder: &std::path::Path, wait_seconds: u32) -> (Station, Desk, Desk, Agent) {
    let station = Start::on(&folder.join("data")).letting_agents_in().running().await;
    let (mut marta, mut jonas) = two(&station).await;
    let token = let_in(&mut marta, &mut jonas, BOT, &grant(wait_seconds), 1).await;
    let agent = Agent::at(station.gateway.as_deref().unwrap(), &token);
    (station, marta, jonas, agent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_rule_holds_stays_open_until_a_person_decides_and_tells_what_they_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, agent) = house(folder.path(), 600).await;
    let greeted = agent
        .ask("initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } }))
        .await
        .unwrap();
    assert_eq!(greeted["protocolVersion"], "2025-11-25");
    let listed = agent.ask("tools/list", json!({})).await.unwrap();
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["issue_refund", "get_order", "check_approval"], "what is granted, and nothing else");
    assert!(!listed.to_string().contains("idempotency_key"), "the station's own argument is seen by nobody");

    let read = agent.call_with("get_order", json!({ "order_number": "1042" }), ana()).await.unwrap();
    assert_eq!(
        (&read["isError"], &read["structuredContent"]["order_number"]),
        (&json!(false), &json!("1042")),
        "{read:#}"
    );

    let asked = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.call_with("issue_refund", refund(12_900), ana()).await })
    };
    let row = marta.wait_for_action(&["held"]).await;
    assert_eq!(row["channel"], "mcp", "{row:#}");
    let action = row["action"].as_str().unwrap();
    let card = marta.card(action).await;
    assert!(card.to_string().contains("It came broken."), "its account is shown, as a claim");
    let less = json!({ "order_number": "1042", "amount_minor": 8_900, "currency": "EUR", "reason": "damaged" });
    let choice = json!({ "choice": "override", "arguments": less, "why": "One strap of two." });
    marta.decide(action, choice).await.unwrap();
    let told = asked.await.unwrap().unwrap();
    assert_eq!(told["isError"], false, "{told:#}");
    let said = words(&told);
    for part in ["Overridden by a supervisor", "One strap of two.", "Do not try again"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let outcome = &told["_meta"]["countersign/outcome"];
    assert_eq!((&outcome["status"], &outcome["decided"]["decision"]), (&json!("succeeded"), &json!("override")));
    assert_eq!(outcome["arguments"]["amount_minor"], 8_900);
    assert_eq!(amounts(&folder.path().join("data"), "1042"), [8_900]);

    // The same call again is answered, and a refusal stays one.
    let again = agent.call_with("issue_refund", refund(12_900), ana()).await.unwrap();
    assert_eq!(again["_meta"]["countersign/outcome"]["action"], json!(action));
    let refused = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.call_with("issue_refund", refund(6_000), ana()).await })
    };
    let row = marta.wait_for_action(&["held"]).await;
    let why = json!({ "choice": "reject", "guidance": "Send a replacement." });
    marta.decide(row["action"].as_str().unwrap(), why).await.unwrap();
    let told = refused.await.unwrap().unwrap();
    assert_eq!(told["isError"], true, "{told:#}");
    assert!(words(&told).contains("Refused by a supervisor") && words(&told).contains("Send a replacement."));
    assert_eq!(amounts(&folder.path().join("data"), "1042"), [8_900]);
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_takes_no_place_and_a_revoked_agent_is_let_in_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, mut jonas, agent) = house(folder.path(), 1).await;
    let unknown = agent.call("cancel_order", json!({ "order_number": "1042" })).await.unwrap_err();
    assert_eq!(unknown["code"], -32602, "{unknown}");
    let wrong = agent.call("issue_refund", json!({ "order_number": 1042 })).await.unwrap();
    assert!(wrong["isError"] == true && words(&wrong).contains("amount_minor"), "{wrong:#}");
    let stranger = Agent::at(station.gateway.as_deref().unwrap(), &token(BOT, 9).0);
    assert!(stranger.ask("tools/list", json!({})).await.is_err());
    let ticket = agent.call("check_approval", json!({ "ticket": "cnv_00000000000000000000000000000001" })).await;
    assert!(ticket.unwrap_err()["message"].as_str().unwrap().contains("no such ticket"));

    // It waits for a person, longer than its caller does.
    let pending = agent.call_with("issue_refund", refund(12_900), ana()).await.unwrap();
    assert_eq!((&pending["structuredContent"]["status"], &pending["isError"]), (&json!("pending"), &json!(false)));
    let row = marta.wait_for_action(&["held"]).await;
    marta.command(json!({ "command": "propose_change", "request": { "change": "revoke_agent", "agent": BOT }, "why": "Over." })).await.unwrap();
    countersign(&mut jonas).await;
    assert!(agent.ask("tools/list", json!({})).await.is_err(), "its token is good no more");
    let action = row["action"].as_str().unwrap();
    marta
        .wait_for("what it had asked for is taken back", |queue| {
            let held = queue["held"].as_array().unwrap().iter().any(|row| row["action"] == action);
            (!held).then_some(Value::Null)
        })
        .await;
    let gone = |view: &Value| {
        let bot = view["agents"].as_array()?.iter().find(|agent| agent["name"] == BOT)?;
        (bot["grant"].is_null() && bot["live"] == 0).then_some(Value::Null)
    };
    marta.wait_for_answer("it may do nothing, and has nothing open", today(), gone).await;
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_held_outlive_their_connections_and_the_station_and_each_runs_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut marta, _jonas, agent) = house(folder.path(), 1).await;
    let mut tickets = Vec::new();
    for n in 0..12 {
        let pending = agent.call_with("issue_refund", refund(5_100 + n), ana()).await.unwrap();
        tickets.push(pending["structuredContent"]["ticket"].clone());
    }
    // One more as a task, and one whose caller is still there.
    let tasks = agent.clone().with_tasks();
    let task = tasks.call_with("issue_refund", refund(5_900), ana()).await.unwrap();
    assert_eq!((&task["resultType"], &task["status"]), (&json!("task"), &json!("working")), "{task:#}");
    let token = token(BOT, 1).0;
    marta.wait_for("all wait", |queue| (queue["held"].as_array()?.len() == 13).then_some(Value::Null)).await;
    station.kill9().await;

    let station = Start::on(&data).letting_agents_in().running().await;
    let mut marta = Desk::at(&station.desk);
    marta.sign_in().await;
    let agent = Agent::at(station.gateway.as_deref().unwrap(), &token);
    let tasks = agent.clone().with_tasks();
    // The same call finds its place again, and the ticket its call.
    let again = agent.call_with("issue_refund", refund(5_100), ana()).await.unwrap();
    assert_eq!(again["structuredContent"]["ticket"], tickets[0]);
    let held = marta
        .wait_for("all wait", |queue| queue["held"].as_array().filter(|rows| rows.len() == 13).map(|rows| json!(rows)))
        .await;
    for row in held.as_array().unwrap() {
        let (action, refuses) = (row["action"].as_str().unwrap(), row["money"].to_string().contains("59.00"));
        // One after the other, for they are about one order.
        let choice = if refuses {
            json!({ "choice": "reject", "guidance": "Enough." })
        } else {
            json!({ "choice": "reject", "guidance": "Asked for in parts." })
        };
        marta.decide(action, choice).await.unwrap();
    }
    for ticket in &tickets {
        let told = agent.call("check_approval", json!({ "ticket": ticket, "wait_seconds": 1 })).await.unwrap();
        assert!(told["isError"] == true && words(&told).contains("Asked for in parts."), "{told:#}");
    }
    let ended = tasks.ask("tasks/get", json!({ "taskId": task["taskId"] })).await.unwrap();
    assert_eq!((&ended["status"], &ended["result"]["isError"]), (&json!("completed"), &json!(true)), "{ended:#}");
    assert!(amounts(&data, "1042").is_empty());

    // One that is allowed runs once, however many connections ask for it.
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let agent = agent.clone();
        racing.spawn(async move { agent.call_with("issue_refund", refund(700), ana()).await.unwrap() });
    }
    let row = marta.wait_for_action(&["held"]).await;
    marta.approve(row["action"].as_str().unwrap()).await;
    let actions: std::collections::BTreeSet<String> = racing
        .join_all()
        .await
        .iter()
        .map(|told| {
            told["structuredContent"]["ticket"]
                .as_str()
                .or(told["_meta"]["countersign/outcome"]["ticket"].as_str())
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(actions.len(), 1, "{actions:?}");
    marta.wait_for("it is done", |_| amounts(&data, "1042").first().map(|minor| json!(minor))).await;
    assert_eq!(amounts(&data, "1042"), [700]);
    station.stop().await;
    verified(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_taken_back_by_its_agent_and_by_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, agent) = house(folder.path(), 1).await;
    let tasks = agent.clone().with_tasks();
    let task = tasks.call_with("issue_refund", refund(12_900), ana()).await.unwrap();
    let id = json!({ "taskId": task["taskId"] });
    marta.wait_for_action(&["held"]).await;
    tasks.ask("tasks/cancel", id.clone()).await.unwrap();
    let told = tasks.ask("tasks/get", id).await.unwrap();
    assert_eq!(told["status"], "cancelled", "{told:#}");
    marta.wait_for("nothing waits", |queue| queue["held"].as_array()?.is_empty().then_some(Value::Null)).await;
    assert!(amounts(&folder.path().join("data"), "1042").is_empty());
    station.stop().await;
    verified(&folder.path().join("data"));
}
