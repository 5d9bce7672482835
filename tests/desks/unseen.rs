//! A tool server that nobody here has ever seen, with nested lists, enumerations and optional fields: it has no file of
//! settings, people say at the desk how it is treated, and card, override and evidence hold for it as for the shop's own.

use crate::people::{countersign, two};
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::station::{Start, Station};
use countersign_tests::trail::{Trail, verified};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// After that long, what was read for a card is read again at the decision.
const OLD: Duration = Duration::from_secs(5);
pub(crate) const LODGE: &str = env!("CARGO_BIN_EXE_countersign-test-lodge");
const READ: &str = "lodge.read_booking";
pub(crate) const CHANGE: &str = "lodge.change_booking";

/// The hotel's own books, which its server and this test both open.
pub(crate) struct Books(PathBuf);

impl Books {
    pub(crate) fn of(data: &Path) -> Books {
        Books(data.join("servers/lodge/bookings.json"))
    }

    fn read(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.0).expect("the hotel keeps books")).unwrap()
    }

    /// The changes that reached the hotel, each with its very arguments.
    pub(crate) fn changes(&self) -> Vec<Value> {
        self.read()["changes"].as_array().unwrap().clone()
    }

    /// Somebody at the hotel writes in its books.
    fn edit(&self, edit: impl FnOnce(&mut Value)) {
        let mut books = self.read();
        edit(&mut books);
        let beside = self.0.with_extension("edited");
        std::fs::write(&beside, books.to_string()).unwrap();
        std::fs::rename(beside, &self.0).unwrap();
    }
}

/// A file for `--servers` with the hotel's server in it.
pub(crate) fn servers(folder: &Path) -> PathBuf {
    let file = folder.join("servers.toml");
    std::fs::write(&file, format!("[lodge]\ncommand = {LODGE:?}\n")).unwrap();
    file
}

pub(crate) async fn start(folder: &Path) -> Station {
    let file = servers(folder);
    Start::on(&folder.join("data")).saying(&["--servers", file.to_str().unwrap()]).running().await
}

pub(crate) async fn tool(desk: &mut Desk, name: &str) -> Value {
    let from = "2026-01-01T00:00:00.000000Z";
    let view = desk.query(json!({ "query": "tools", "from": from })).await.unwrap();
    let tools = view["tools"].as_array().unwrap();
    tools.iter().find(|tool| tool["settings"]["tool"] == name).unwrap_or_else(|| panic!("no {name}: {view:#}")).clone()
}

/// Marta proposes in Settings how a tool is treated, of which nobody has said anything, and Jonas signs second.
async fn set(marta: &mut Desk, jonas: &mut Desk, name: &str, edit: impl FnOnce(&mut Value)) -> Value {
    let seen = tool(marta, name).await;
    let (mut settings, definition) = (seen["settings"].clone(), &seen["definition"]);
    edit(&mut settings);
    let ahead = json!({ "query": "tool_change", "settings": settings, "definition": definition });
    let ahead = marta.query(ahead).await.unwrap();
    assert_eq!(ahead["problem"], Value::Null, "{ahead:#}");
    let request = json!({ "change": "set_tool", "from": null, "settings": settings, "definition": definition });
    marta.command(json!({ "command": "propose_change", "request": request, "why": null })).await.unwrap();
    assert_eq!(tool(marta, name).await["is_set"], false, "one signature sets nothing");
    countersign(jonas).await
}

/// All that a person says of the hotel's two tools.
pub(crate) async fn set_up(marta: &mut Desk, jonas: &mut Desk) {
    set(marta, jonas, READ, |read| read["effect"] = json!("read")).await;
    let signed = set(marta, jonas, CHANGE, |change| {
        change["effect"] = json!("irreversible");
        change["object"] = json!("booking");
        change["money"] = json!({ "amount_minor": "charge_minor", "currency": "currency" });
        change["evidence"] = json!({
            "tool": READ,
            "arguments": { "booking": "booking", "on": "arrival" },
            "facts": [
                { "name": "guest", "label": "Guest", "path": "/guest/name" },
                { "name": "city", "label": "Home", "path": "/guest/home/city" },
                { "name": "first_room", "label": "First room", "path": "/stays/0/room" },
                { "name": "paid", "label": "Paid", "path": "/bill/paid_minor", "currency": "/bill/currency" },
                { "name": "vip", "label": "Regular guest", "path": "/vip" },
            ],
        });
        change["wording"] = json!({
            "headline": "Change booking {booking} of {evidence.guest} for {money}",
            "effect": "The hotel writes it in its books.",
            "noun": "Booking",
        });
    })
    .await;
    assert_eq!(signed["title"], "lodge.change_booking: settings");
    assert!(signed["lines"].as_array().unwrap().iter().all(|line| line["from"].is_null()), "all is new: {signed:#}");
}

/// Marta has the word in a conversation of a guest's.
pub(crate) async fn with_the_word(station: &Station, marta: &mut Desk) -> (Customer, String) {
    let mut guest = Customer::arrive(&station.chat, "Ilse Brandt").await;
    guest.say("hello").await;
    guest.hear("Hello.").await;
    let conversation = guest.conversation().to_owned();
    marta.command(json!({ "command": "take_over", "conversation": conversation })).await.unwrap();
    (guest, conversation)
}

pub(crate) fn wish(conversation: &str, arguments: &Value, client: &str) -> Value {
    json!({
        "command": "use_tool", "conversation": conversation, "tool": CHANGE, "arguments": arguments,
        "why": "They called the desk.", "client": client,
    })
}

pub(crate) fn wanted() -> Value {
    json!({
        "booking": "L-204", "reason": "guest_asks", "charge_minor": 12_050, "currency": "EUR",
        "stays": [
            { "room": "suite", "nights": 2, "guests": [{ "name": "Ilse Brandt", "age": null }], "extras": ["dog"] },
            { "room": "single", "nights": 3 },
        ],
        "board": "half", "discount_percent": 7.5, "late_checkout": true, "note": null,
        "contact": { "phone": "+43 316 \u{202e}0000", "email": "ilse@example.org" },
    })
}

pub(crate) async fn asked(marta: &mut Desk, conversation: &str, arguments: &Value, client: &str) -> String {
    let id = marta.command(wish(conversation, arguments, client)).await.unwrap()["asked"].as_str().unwrap().to_owned();
    let found = |queue: &Value| queue["held"].as_array()?.iter().find(|row| row["action"] == id.as_str()).cloned();
    marta.wait_for("it is held", found).await;
    id
}

/// A station at which the hotel's tools are set up, with two people at their desks.
pub(crate) async fn house(folder: &Path) -> (Station, Desk, Desk) {
    let station = start(folder).await;
    let (mut marta, mut jonas) = two(&station).await;
    set_up(&mut marta, &mut jonas).await;
    (station, marta, jonas)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_nobody_has_said_anything_of_is_called_by_nobody_until_two_people_have() {
    let folder = tempfile::tempdir().unwrap();
    let station = start(folder.path()).await;
    let (mut marta, mut jonas) = two(&station).await;
    let (_guest, conversation) = with_the_word(&station, &mut marta).await;
    let seen = tool(&mut marta, CHANGE).await;
    assert_eq!((&seen["is_set"], &seen["settings"]["effect"]), (&json!(false), &json!("irreversible")));
    let refused = marta.command(wish(&conversation, &wanted(), "w0")).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().starts_with("Nobody has said how this tool is treated"), "{refused}");
    let forms = marta.query(json!({ "query": "tool_forms", "conversation": conversation })).await.unwrap();
    assert!(!forms.to_string().contains("lodge."), "{forms:#}");

    // What servers say of themselves counts for nothing: the hotel calls itself read-only.
    set_up(&mut marta, &mut jonas).await;
    let set = tool(&mut marta, CHANGE).await;
    assert_eq!((&set["is_set"], &set["settings"]["effect"]), (&json!(true), &json!("irreversible")));
    let action = asked(&mut marta, &conversation, &wanted(), "w1").await;
    assert_eq!(jonas.card(&action).await["card"]["tool"]["effect"], "irreversible");
    assert_eq!(Books::of(&folder.path().join("data")).changes(), Vec::<Value>::new());
    station.stop().await;

    // The log rules, though no file says anything of the hotel.
    let station = start(folder.path()).await;
    jonas = Desk::at(&station.desk);
    jonas.sign_in().await;
    assert_eq!(tool(&mut jonas, CHANGE).await["settings"], set["settings"]);
    jonas.wait_for_action(&["held"]).await;
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_card_shows_all_and_an_override_inside_of_lists_is_checked_by_field_and_runs_as_it_was_signed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut marta, mut jonas) = house(folder.path()).await;
    let (_guest, conversation) = with_the_word(&station, &mut marta).await;

    let mut bad = wanted();
    bad["arrival"] = json!("2026-02-30");
    let refused = marta.command(wish(&conversation, &bad, "w0")).await.unwrap_err();
    assert_eq!(refused["field"], "arrival", "a day that is none: {refused}");

    let action = asked(&mut marta, &conversation, &wanted(), "w1").await;
    let view = jonas.card(&action).await;
    let card = &view["card"];
    assert_eq!(card["headline"], "Change booking L-204 of Ilse Brandt for €120.50");
    assert_eq!(card["money"], json!({ "minor": 12_050, "currency": "EUR" }));
    let arguments = card["arguments"].as_array().unwrap();
    let names: Vec<&str> = arguments.iter().map(|argument| argument["name"].as_str().unwrap()).collect();
    assert_eq!(names[..5], ["booking", "reason", "stays", "charge_minor", "currency"], "what it needs comes first");
    let values: Value = arguments
        .iter()
        .map(|argument| (argument["name"].as_str().unwrap().to_owned(), argument["value"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    assert_eq!(values, wanted(), "every value of its own type");
    let contact = arguments.iter().find(|argument| argument["name"] == "contact").unwrap();
    assert!(contact["shown"].as_str().unwrap().contains("316 [U+202E]0000"), "nothing hides in an object: {contact}");
    let fixed: Vec<&str> =
        arguments.iter().filter(|one| one["fixed"] == true).map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(fixed, ["booking", "currency"]);
    let facts: Vec<(&str, &str)> = card["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| (fact["label"].as_str().unwrap(), fact["shown"].as_str().unwrap()))
        .collect();
    let shown = [
        ("Guest", "Ilse Brandt"),
        ("Home", "Graz"),
        ("First room", "double"),
        ("Paid", "€480.00"),
        ("Regular guest", "false"),
    ];
    assert_eq!(facts, shown, "{card:#}");
    assert_eq!(card["facts_problem"], Value::Null);

    // One more stay, one guest without an age, another board, no contact, no discount.
    let mut changed = wanted();
    changed["stays"].as_array_mut().unwrap().push(json!({ "room": "double", "nights": 1 }));
    changed["stays"][0]["guests"][0].as_object_mut().unwrap().remove("age");
    changed["board"] = json!("full");
    for left_out in ["contact", "discount_percent"] {
        changed.as_object_mut().unwrap().remove(left_out);
    }
    for (pointer, wrong, field) in [
        ("/stays/2/nights", json!(31), "stays/2/nights"),
        ("/stays/0/room", json!("penthouse"), "stays/0/room"),
        ("/stays/0/guests/0/name", json!(""), "stays/0/guests/0/name"),
        ("/reason", json!("because"), "reason"),
        ("/note", json!(7), "note"),
        ("/booking", json!("L-205"), "booking"),
    ] {
        let mut bad = changed.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        let query = json!({ "query": "preview_override", "action": action, "arguments": bad });
        let preview = jonas.query(query).await.unwrap();
        let problems = preview["problems"].as_array().unwrap();
        let named: Vec<&str> = problems.iter().map(|problem| problem["name"].as_str().unwrap()).collect();
        assert_eq!((named, &preview["signable"]), (vec![field], &json!(false)), "{preview:#}");
        let choice = json!({ "choice": "override", "arguments": bad, "why": "As they said." });
        jonas.decide(&action, choice).await.expect_err("what does not fit is not signed");
    }
    let choice = json!({ "choice": "override", "arguments": changed, "why": "One night more." });
    jonas.decide(&action, choice).await.unwrap();
    jonas.wait_for_action(&["succeeded"]).await;
    assert_eq!(Books::of(&data).changes(), [changed], "exactly what was signed, once");
    station.stop().await;
    assert_eq!(Trail::read(&data).await.verified_decisions(&action).await.len(), 1);
    verified(&data);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_in_its_books_that_changes_between_look_and_decision_brings_the_card_back_and_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (station, mut marta, mut jonas) = house(folder.path()).await;
    let (_guest, conversation) = with_the_word(&station, &mut marta).await;
    let action = asked(&mut marta, &conversation, &wanted(), "w1").await;
    let looked = jonas.card(&action).await;
    let books = Books::of(&data);
    books.edit(|books| books["bookings"]["L-204"]["stays"][0]["room"] = json!("suite"));
    // A reading counts for five seconds; the one on the card is older than the look at it.
    let looked_at = Instant::now();
    until("the reading is old", DEADLINE, || (looked_at.elapsed() > OLD).then_some(())).await;
    let approve = json!({ "choice": "approve" });
    let refused = jonas.decide_on(&action, &looked["card_digest"], approve).await.unwrap_err();
    assert_eq!(refused["code"], "card_changed", "{refused}");
    assert_eq!(books.changes(), Vec::<Value>::new(), "nothing ran");
    let again = jonas.card(&action).await;
    assert_ne!(again["card_digest"], looked["card_digest"]);
    let room = again["card"]["facts"].as_array().unwrap().iter().find(|fact| fact["name"] == "first_room").unwrap();
    assert_eq!((&room["shown"], &room["was"]), (&json!("suite"), &json!("double")));
    assert!(again["card"]["notices"].to_string().contains("First room was double, now suite"), "{again:#}");

    jonas.approve(&action).await;
    jonas.wait_for_action(&["succeeded"]).await;
    assert_eq!(books.changes(), [wanted()], "what they looked at again is what ran");
    station.stop().await;
}

#[tokio::test]
async fn a_file_of_servers_that_does_not_say_where_one_is_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("servers.toml");
    for (text, told) in [
        ("[lodge]\nargs = [\"--quiet\"]\n", "says of \"lodge\" neither where it is"),
        ("[lodge]\ncommand = \"/bin/true\"\nurl = \"http://127.0.0.1:1/\"\n", "says of \"lodge\" neither where it is"),
        ("[lodge]\ncommand = \"lodge-server\"\n", "is not an absolute path"),
        ("[\"../lodge\"]\ncommand = \"/bin/true\"\n", "the tool server name \"../lodge\" is not usable"),
    ] {
        std::fs::write(&file, text).unwrap();
        let start = Start::on(&folder.path().join("data")).saying(&["--servers", file.to_str().unwrap()]);
        let (code, said) = start.refused().await;
        assert!(code != 0 && said.contains(told), "{text}: {said}");
    }
}
