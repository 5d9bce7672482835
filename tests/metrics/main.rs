//! The six metrics at a desk are those that somebody else counts from the exported events: `recount.js` shares no line with
//! the station.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use countersign_domain::ambient::Clock;
use countersign_station::SystemClock;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::process::program;
use countersign_tests::station::Start;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Everything that counts: a question answered, a refund that a person decided, one who asked for a person and was taken
/// over, one taken over unasked, one who came back, ratings, and one who goes on.
async fn shift(chat: &str, marta: &mut Desk) {
    let mut asks = Customer::arrive(chat, "Mehmet Yildiz").await;
    asks.say("hello").await;
    asks.hear("Hello.").await;
    asks.send(json!({ "type": "done" })).await;
    asks.wait_for("it ends", |frame| frame["type"] == "closed").await;
    asks.send(json!({ "type": "rate", "score": 5 })).await;
    asks.wait_for("it is rated", |frame| frame["type"] == "rated").await;

    let mut back = Customer::arrive(chat, "Chiara Bianchi").await;
    back.say("hello").await;
    back.hear("Hello.").await;
    back.send(json!({ "type": "done" })).await;
    back.wait_for("it ends", |frame| frame["type"] == "closed").await;
    back.say("thanks").await;
    back.hear("You are welcome.").await;

    let mut refund = Customer::arrive(chat, "Ana Ruiz").await;
    refund.say("The rucksack of order 1042 came damaged, I want my money back. My postcode is 46001").await;
    refund.hear("A colleague is checking the refund").await;
    let held =
        marta.wait_for_answer("it is held", json!({ "query": "approvals" }), |view| view["held"].get(0).cloned()).await;
    marta
        .decide(held["action"].as_str().unwrap(), json!({ "choice": "reject", "guidance": "A repair first." }))
        .await
        .unwrap();
    refund.wait_for("it is told", |frame| frame["type"] == "checking" && frame["until"].is_null()).await;
    refund.wait_for("it ends", |frame| frame["type"] == "closed").await;
    refund.send(json!({ "type": "rate", "score": 2 })).await;
    refund.wait_for("it is rated", |frame| frame["type"] == "rated").await;

    let mut person = Customer::arrive(chat, "Olena Kovalenko").await;
    person.say("I want to talk to a person").await;
    person.hear("I have noted for a colleague").await;
    let mut unasked = Customer::arrive(chat, "Lukas Novak").await;
    unasked.say("hello").await;
    unasked.hear("Hello.").await;
    for customer in [&mut person, &mut unasked] {
        let conversation = customer.conversation().to_owned();
        marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
        customer.wait_for("a person answers", |frame| frame["type"] == "answers" && frame["who"] == "person").await;
        let view = json!({ "query": "conversation", "conversation": conversation });
        let taken = |view: &Value| (view["row"]["state"] == "person").then(|| view["as_of"].clone());
        let seen = marta.wait_for_answer("it is hers on screen", view, taken).await;
        let resolve = json!({
            "command": "resolve", "conversation": conversation, "code": "solved", "note": "Seen to.", "seen": seen,
        });
        marta.command(resolve).await.unwrap();
        customer.wait_for("it ends", |frame| frame["type"] == "closed").await;
    }
    let mut goes_on = Customer::arrive(chat, "Fatima el-Amrani").await;
    goes_on.say("I want to talk to a person").await;
    goes_on.hear("I have noted for a colleague").await;
}

fn recount(data: &Path, from: &str, to: &str, now: &str, offset: i32) -> Value {
    let file = data.with_file_name("events.jsonl");
    let exported = Command::new(program("countersign-station"))
        .args(["export-events", "--data"])
        .arg(data)
        .arg("--to")
        .arg(&file)
        .output()
        .unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/metrics/recount.js");
    let counted =
        Command::new("node").arg(script).arg(&file).args([from, to, now, &offset.to_string()]).output().unwrap();
    assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    serde_json::from_slice(&counted.stdout).unwrap()
}

/// Splits by name: their order is the station's own.
fn named(split: &Value) -> BTreeMap<String, Value> {
    let named = split.as_array().unwrap().iter().map(|one| (one["name"].to_string(), one["measures"].clone()));
    named.filter(|(_, measures)| measures["closed"] != 0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_says_what_somebody_else_counts_from_the_exported_events() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).saying(&["--idle", "4"]).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    shift(&station.chat, &mut marta).await;
    // The days of a zone that is neither UTC nor on the full hour.
    let ((from, to), offset) = (around_now(), 345);
    let asked = json!({ "query": "metrics", "from": from, "to": to, "offset_minutes": offset });
    let view = marta
        .wait_for_answer("all that ended is counted", asked, |view| {
            (view["total"]["closed"] == 5).then(|| view.clone())
        })
        .await;
    let told = recount(&data, &from, &to, &to, offset);
    for figure in ["total", "total_before"] {
        let mut shown = view[figure].clone();
        // The station's own clock says what is settled; the recount was told the end of the period.
        shown["unsettled"] = told[figure]["unsettled"].clone();
        assert_eq!(shown, told[figure], "{figure}");
    }
    let total = &view["total"];
    assert_eq!(
        [&total["claimed"], &total["verified"], &total["escalated"], &total["rated"], &total["score_sum"]],
        [&json!(3), &json!(2), &json!(2), &json!(2), &json!(7)],
        "{total}"
    );
    assert_eq!((&total["unsettled"], &total["holds"]), (&json!(2), &json!(1)));
    for split in ["days", "intents", "channels", "agents"] {
        let without_settling = |mut split: BTreeMap<String, Value>| {
            split.values_mut().for_each(|measures| measures["unsettled"] = json!(null));
            split
        };
        assert_eq!(without_settling(named(&view[split])), without_settling(named(&told[split])), "{split}");
    }
    let reasons: BTreeMap<String, Value> = view["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| (reason["reason"].as_str().unwrap().to_owned(), reason["count"].clone()))
        .collect();
    assert_eq!(json!(reasons), told["reasons"]);
    // Each figure opens as many conversations as it counts.
    for (counted, figure) in [
        ("closed", "closed"),
        ("claimed", "claimed"),
        ("verified", "verified"),
        ("rated", "rated"),
        ("escalated", "escalated"),
    ] {
        let ask = json!({ "query": "counted", "from": from, "to": to, "counted": { "which": counted }, "slice": null });
        let list = marta.query(ask).await.unwrap();
        assert_eq!(list["total"], total[figure], "{counted}: {list}");
        assert_eq!(list["rows"].as_array().unwrap().len() as u64, total[figure].as_u64().unwrap());
    }
    let unasked = json!({ "which": "reason", "reason": "taken_over" });
    let ask = json!({ "query": "counted", "from": from, "to": to, "counted": unasked, "slice": null });
    assert_eq!(marta.query(ask).await.unwrap()["rows"][0]["row"]["customer"], "Lukas Novak");
    let slice = json!({ "by": "intent", "name": "refund" });
    let ask =
        json!({ "query": "counted", "from": from, "to": to, "counted": { "which": "longest_held" }, "slice": slice });
    let held = marta.query(ask).await.unwrap();
    assert_eq!((&held["total"], &held["rows"][0]["row"]["customer"]), (&json!(1), &json!("Ana Ruiz")), "{held}");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_none_is_refused_and_an_empty_one_has_its_days() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let ask = |from: &str, to: &str| json!({ "query": "metrics", "from": from, "to": to, "offset_minutes": 0 });
    for (from, to) in [
        ("2026-10-14T00:00:00Z", "2026-10-14T00:00:00Z"),
        ("2026-10-14T00:00:00Z", "2026-10-13T00:00:00Z"),
        ("2026-01-14T00:00:00Z", "2026-10-14T00:00:00Z"),
        ("soon", "2026-10-14T00:00:00Z"),
    ] {
        assert_eq!(marta.query(ask(from, to)).await.unwrap_err()["code"], "invalid", "{from} {to}");
    }
    let view = marta.query(ask("2020-10-07T00:00:00Z", "2020-10-14T00:00:00Z")).await.unwrap();
    let days = view["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["name"], &days[6]["name"]), (7, &json!("2020-10-07"), &json!("2020-10-13")));
    assert_eq!((&view["total"]["closed"], &view["total"]["reply_p95_ms"]), (&json!(0), &json!(null)));
    station.stop().await;
}

/// From the day before to the day after.
fn around_now() -> (String, String) {
    let (now, day) = (SystemClock.now(), 86_400);
    (now.plus_seconds(-day).to_string(), now.plus_seconds(day).to_string())
}
