//! A call that its caller takes back by the id of its request (`notifications/cancelled`), and what a tool says while it is at
//! work.

use crate::gateway::{BOT, ana, grant, house, let_in, refund, words};
use crate::people::two;
use crate::unseen::{Books, servers, set_up, wanted};
use countersign_tests::agent::{Agent, token};
use countersign_tests::crm::amounts;
use countersign_tests::desk::Desk;
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::station::Start;
use countersign_tests::trail::verified;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

fn asks(agent: &Agent, id: u64, tool: &str, arguments: Value) -> JoinHandle<Vec<Value>> {
    let (agent, mut meta) = (agent.clone(), ana());
    meta["progressToken"] = json!("p");
    let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
    tokio::spawn(async move { agent.ask_as(id, "tools/call", params).await })
}

/// Waits until nobody is asked for anything any more.
async fn nothing_waits(desk: &mut Desk) {
    desk.wait_for("nothing waits", |queue| queue["held"].as_array()?.is_empty().then_some(Value::Null)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_back_before_a_decision_by_the_client_that_made_it_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (station, mut marta, mut jonas, agent) = house(folder.path(), 600).await;
    let theirs = let_in(&mut marta, &mut jonas, "other-bot", &grant(600), 2).await;
    let gateway = station.gateway.as_deref().unwrap();
    let (mine, another) = (agent.clone().greeted().await, agent.clone().greeted().await);
    let stranger = Agent::at(gateway, &theirs).calling_itself_as(&mine);
    let asked = asks(&mine, 7, "issue_refund", refund(12_900));
    let row = marta.wait_for_action(&["held"]).await;
    let action = row["action"].as_str().unwrap();

    // Another agent's token with this client's label; another client of the agent; one that says not which it is; another id.
    for (who, id) in [(&stranger, 7), (&another, 7), (&agent, 7), (&mine, 8)] {
        assert_eq!(who.take_back(id).await, 202, "it is a notice, and nobody is told what became of it");
    }
    // Whoever only hangs up takes nothing back.
    let left = asks(&another, 9, "issue_refund", refund(5_500));
    let both = |queue: &Value| (queue["held"].as_array()?.len() == 2).then_some(Value::Null);
    marta.wait_for("both wait", both).await;
    left.abort();
    assert_eq!(marta.card(action).await["state"], "held");

    mine.take_back(7).await;
    let told = asked.await.unwrap().pop().unwrap();
    assert!(words(&told["result"]).contains("It was taken back and did not happen."), "{told:#}");
    let one = |queue: &Value| {
        let held = queue["held"].as_array()?;
        (held.len() == 1 && held[0]["action"] != action).then_some(Value::Null)
    };
    marta.wait_for("the other still waits", one).await;
    let card = marta.card(action).await;
    assert_eq!(card["state"], "withdrawn", "{card:#}");
    let late = marta.decide_on(action, &card["card_digest"], json!({ "choice": "approve" })).await;
    assert!(late.is_err(), "nobody decides any more: {late:?}");
    // Whoever wants it after all asks anew, under an id that was used before.
    let again = asks(&mine, 7, "issue_refund", refund(12_900));
    marta.wait_for("it is asked for anew", both).await;
    mine.take_back(7).await;
    again.await.unwrap();
    assert!(amounts(&folder.path().join("data"), "1042").is_empty());
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_started_runs_to_its_outcome_once_and_its_caller_hears_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = servers(folder.path());
    let start = Start::on(&data).saying(&["--servers", file.to_str().unwrap()]);
    let station = start.letting_agents_in().running().await;
    let (mut marta, mut jonas) = two(&station).await;
    set_up(&mut marta, &mut jonas).await;
    let mut may = grant(600);
    may["tools"] = json!(["lodge.change_booking"]);
    let_in(&mut marta, &mut jonas, BOT, &may, 1).await;
    let agent = Agent::at(station.gateway.as_deref().unwrap(), &token(BOT, 1).0).greeted().await;

    let asked = asks(&agent, 3, "change_booking", wanted());
    let row = marta.wait_for_action(&["held"]).await;
    let hotel = data.join("servers/lodge");
    std::fs::write(hotel.join("waits"), "").unwrap();
    jonas.approve(row["action"].as_str().unwrap()).await;
    until("the tool is at work", DEADLINE, || hotel.join("at-work").exists().then_some(())).await;
    agent.take_back(3).await;
    std::fs::remove_file(hotel.join("waits")).unwrap();
    let heard = asked.await.unwrap();
    let told: Vec<&Value> =
        heard.iter().filter(|said| said["method"] == "notifications/progress").map(|said| &said["params"]).collect();
    let of_tool: Vec<&str> =
        told.iter().filter_map(|told| told["message"].as_str()).filter(|said| said.starts_with("Looking, ")).collect();
    assert_eq!(of_tool.len(), 2, "what it said of this call, and of no other: {told:#?}");
    assert!(of_tool.iter().all(|said| said.len() <= 300), "within bounds, and with nothing hidden in it");
    let done: Vec<f64> = told.iter().map(|told| told["progress"].as_f64().unwrap()).collect();
    assert!(done.is_sorted_by(|before, after| before < after), "{told:#?}");
    assert!(told.iter().all(|told| told["progressToken"] == "p"), "{told:#?}");
    assert_eq!(heard.last().unwrap()["result"]["isError"], false, "{heard:#?}");
    assert_eq!(Books::of(&data).changes(), [wanted()], "once, as it was signed");
    nothing_waits(&mut marta).await;
    station.stop().await;
    verified(&data);
}
