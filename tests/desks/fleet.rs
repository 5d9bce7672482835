//! The fleet at a desk: who may use what, what they did today, and the stop of an agent or a tool, over the wire and through
//! the gateway.

use crate::away::ahead;
use crate::gateway::{BOT, ana, house, refund, words};
use countersign_tests::agent::Agent;
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::trail::{Trail, verified};
use serde_json::{Value, json};

const TOOL: &str = "crm.issue_refund";
const READ: &str = "crm.get_order";

/// A day in which everything of a test is.
pub(crate) fn today() -> Value {
    json!({ "query": "fleet", "from": ahead(-43_200), "to": ahead(43_200) })
}

fn agent<'a>(fleet: &'a Value, name: &str) -> &'a Value {
    fleet["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == name).unwrap()
}

fn tool<'a>(fleet: &'a Value, name: &str) -> &'a Value {
    fleet["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap()
}

fn by<'a>(tool: &'a Value, name: &str) -> Option<&'a Value> {
    tool["by"].as_array().unwrap().iter().find(|one| one["agent"] == name)
}

/// Waits until the fleet is so: its numbers follow the log.
async fn becomes(desk: &mut Desk, what: &str, so: impl Fn(&Value) -> bool) -> Value {
    desk.wait_for_answer(what, today(), |fleet| so(fleet).then(|| fleet.clone())).await
}

async fn asks(agent: &Agent, minor: i64) -> tokio::task::JoinHandle<Result<Value, Value>> {
    let agent = agent.clone();
    tokio::spawn(async move { agent.call_with("issue_refund", refund(minor), ana()).await })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_says_who_may_use_what_and_its_numbers_are_a_count_of_the_log_s_events() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, _jonas, bot) = house(folder.path(), 600).await;
    let quiet = becomes(&mut marta, "the bot", |fleet| fleet["agents"].as_array().unwrap().len() == 2).await;
    let ours = &quiet["agents"][0];
    assert_eq!(
        (&ours["reasoner"]["kind"], &ours["grant"], &ours["did"]["calls"]),
        (&json!("playbook"), &Value::Null, &json!(0))
    );
    let theirs = agent(&quiet, BOT);
    assert_eq!(
        (&theirs["reasoner"], &theirs["expired"], &theirs["grant"]["word"]),
        (&Value::Null, &json!(false), &json!("verified"))
    );
    let refunds = tool(&quiet, TOOL);
    assert_eq!((by(refunds, BOT).unwrap()["may"].clone(), &refunds["effect"]), (json!(true), &json!("irreversible")));
    assert!(by(refunds, ours["name"].as_str().unwrap()).unwrap()["may"] == true, "its playbook asks for it");
    assert!(by(tool(&quiet, "crm.cancel_order"), BOT).is_none(), "it was not granted");
    assert_eq!(refunds["definition"].as_str().unwrap().len(), 64);

    bot.call_with("get_order", json!({ "order_number": "1042" }), ana()).await.unwrap();
    bot.call_with("issue_refund", refund(2_000), ana()).await.unwrap();
    let held = asks(&bot, 12_900).await;
    let row = marta.wait_for_action(&["held"]).await;
    let live = becomes(&mut marta, "a held call", |fleet| agent(fleet, BOT)["did"]["held"] == 1).await;
    assert_eq!(agent(&live, BOT)["live"], 1, "its open call");
    let why = json!({ "choice": "reject", "guidance": "Send a replacement." });
    marta.decide(row["action"].as_str().unwrap(), why).await.unwrap();
    held.await.unwrap().unwrap();

    let fleet = becomes(&mut marta, "all calls", |fleet| {
        agent(fleet, BOT)["did"]["calls"] == 3 && agent(fleet, BOT)["live"] == 0
    })
    .await;
    station.stop().await;
    // Counted again from the log itself.
    let data = folder.path().join("data");
    let trail = Trail::read(&data).await;
    let of = |name: &str| {
        let stored = trail.all().iter().map(|event| &event.stored.envelope);
        let asked = stored.filter(|e| e.kind == "action.proposed" && e.open["agent"] == BOT && e.open["tool"] == name);
        asked.map(|e| e.stream.as_str().trim_start_matches("action/").to_owned()).collect::<Vec<_>>()
    };
    for name in [TOOL, READ] {
        let actions = of(name);
        let with = |kind: &str| actions.iter().filter(|id| trail.kinds_of(id).iter().any(|one| one == kind)).count();
        let counted = json!({
            "calls": actions.len(),
            "held": with("action.held"),
            "denied": with("action.denied"),
            "failed": with("action.failed"),
            "unknown": with("action.unknown"),
        });
        assert_eq!(by(tool(&fleet, name), BOT).unwrap()["did"], counted, "{name}");
    }
    verified(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_or_a_tool_is_stopped_at_the_desk_and_goes_on_for_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, mut jonas, bot) = house(folder.path(), 600).await;
    let data = folder.path().join("data");
    let parts = [json!({ "part": "agent", "name": BOT }), json!({ "part": "tool", "name": TOOL })];
    for (n, part) in parts.iter().enumerate() {
        let minor = 2_000 + 10 * i64::try_from(n).unwrap();
        let session = marta.command(json!({ "command": "stop", "part": part })).await.unwrap();
        assert_eq!((&session["stopped"], &session["parts_stopped"][0]["part"]), (&Value::Null, part));
        let fleet = becomes(&mut jonas, "the stop", |fleet| {
            [agent(fleet, BOT), tool(fleet, TOOL)].iter().any(|one| one["stopped"]["part"] == *part)
        })
        .await;
        let of = if n == 0 { agent(&fleet, BOT) } else { tool(&fleet, TOOL) };
        assert_eq!(of["stopped"]["by"], "Marta Lindqvist");
        let before = amounts(&data, "1042").len();
        let asked = asks(&bot, minor).await;
        becomes(&mut jonas, "its call", |fleet| agent(fleet, BOT)["live"] == 1).await;
        assert_eq!(amounts(&data, "1042").len(), before, "invariant 11: after Stop nothing starts");

        let again = marta.command(json!({ "command": "stop", "part": part })).await.unwrap_err();
        assert!(again["message"].as_str().unwrap().contains("is stopped already"), "{again}");
        let unsaid = jonas.command(json!({ "command": "resume", "part": part })).await.unwrap_err();
        assert_eq!(unsaid["field"], "why", "{unsaid}");
        let session =
            jonas.command(json!({ "command": "resume", "part": part, "why": "It was mended." })).await.unwrap();
        assert_eq!(session["parts_stopped"], json!([]));
        let told = asked.await.unwrap().unwrap();
        assert_eq!(told["isError"], false, "{}", words(&told));
        assert_eq!(amounts(&data, "1042").len(), before + 1);
    }
    let nobody = json!({ "command": "stop", "part": { "part": "agent", "name": "nobody" } });
    assert_eq!(marta.command(nobody).await.unwrap_err()["code"], "not_found");
    station.stop().await;
    verified(&data);
}
