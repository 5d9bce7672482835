//! A station whose agent reasons with a language model: a provider of ours over the provider's own wire, a real gate, CRM and
//! desk behind it.

use crate::people::two;
use countersign_testkit::provider::{Answer, Server, anthropic, openai};
use countersign_tests::crm::amounts;
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use countersign_tests::trail::verified;
use countersign_tests::words::stand_in;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const KEY: &str = "sk-test-8c1f2e";
/// Tokens that the provider counts for each call: read, of these cached, written.
const COUNTED: (u64, u64, u64) = (2_000, 500, 60);
/// What that costs at €3.00, €0.30 and €15.00 for a million: 1,500 × 3 + 500 × 0.3 + 60 × 15 millionths.
const COST: u64 = 5_550;

fn wants() -> Answer {
    openai(&[r#"{"intent": "refund", "confidence": 0.93, "language": "English"}"#], None, Some(COUNTED))
}

fn says(words: &[&str]) -> Answer {
    openai(words, None, Some(COUNTED))
}

fn calls(id: &str, tool: &str, arguments: Value) -> Answer {
    openai(&[], Some((id, tool, arguments)), Some(COUNTED))
}

fn finds() -> Answer {
    calls("c1", "crm__find_order", json!({ "order_number": "1042", "postcode": "46001" }))
}

fn refunds() -> Answer {
    let refund = json!({ "order_number": "1042", "amount_minor": 12_900, "currency": "EUR", "reason": "damaged" });
    calls("c2", "crm__issue_refund", refund)
}

fn prices(folder: &Path, worth: &str) -> PathBuf {
    let path = folder.join("prices.toml");
    let text = format!(
        "as_of = \"2026-11-28\"\nin_euros = \"{worth}\"\n[[model]]\nname = \"tall-1\"\nread = \"3\"\n\
         cached = \"0.30\"\nwritten = \"15\"\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// A station whose one model is at this server.
fn with(folder: &Path, server: &Server, worth: &str) -> Start {
    let (key, prices) = (folder.join("key"), prices(folder, worth));
    std::fs::write(&key, format!("{KEY}\n")).unwrap();
    let words = [
        "--model-url",
        &server.url(),
        "--model",
        "tall-1",
        "--model-key",
        key.to_str().unwrap(),
        "--prices",
        prices.to_str().unwrap(),
    ];
    Start::on(&folder.join("data")).saying(&words)
}

async fn transcript(desk: &mut Desk, conversation: &str, enough: impl Fn(&Value) -> bool) -> Value {
    let query = json!({ "query": "conversation", "conversation": conversation });
    desk.wait_for_answer("the transcript has it", query, |view| enough(view).then(|| view.clone())).await
}

fn entries<'a>(view: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = view["entries"].as_array().unwrap().iter().map(|e| &e["entry"]);
    entries.filter(|e| e["kind"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_serves_the_sample_shop_its_refund_waits_for_a_person_and_its_cost_is_the_provider_s_own_count() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        wants(),
        finds(),
        refunds(),
        says(&["A colleague is ", "checking it. You hear of it here."]),
        says(&["€129.00 has been paid back."]),
    ])
    .await;
    let station = with(folder.path(), &server, "1").running().await;
    let (mut marta, _jonas) = two(&station).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("My rucksack came torn, order 1042, postcode 46001. I want my money back.").await;
    ana.hear("A colleague is checking it. You hear of it here.").await;
    let action = marta.wait_for_action(&["held"]).await["action"].as_str().unwrap().to_owned();
    assert!(amounts(&folder.path().join("data"), "1042").is_empty());
    let card = marta.card(&action).await;
    assert!(card.to_string().contains("model tall-1 reason 1"), "the card says what reasoned: {card:#}");
    marta.approve(&action).await;
    ana.hear("€129.00 has been paid back.").await;
    assert_eq!(amounts(&folder.path().join("data"), "1042"), [12_900]);
    let view = transcript(&mut marta, ana.conversation(), |view| entries(view, "model_call").len() == 5).await;
    let cost: u64 = entries(&view, "model_call").iter().map(|call| call["cost_micros"].as_u64().unwrap()).sum();
    assert_eq!((cost, view["facts"]["cost_micros"].as_u64().unwrap()), (5 * COST, 5 * COST));
    assert_eq!(view["facts"]["reasoner"], "model tall-1 reason 1");
    assert!(server.keys().iter().all(|key| key == &format!("Bearer {KEY}")));
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked["stream"] == true && asked["model"] == "tall-1"));
    let last = asked.last().unwrap()["messages"].to_string();
    assert!(last.contains("Approved by a supervisor") && !last.contains("Marta"), "{last}");
    let said = station.stop().await;
    assert!(!said.contains(KEY));
    verified(&folder.path().join("data"));
    for entry in std::fs::read_dir(folder.path().join("data")).unwrap().flatten().filter(|e| e.path().is_file()) {
        assert!(
            !stand_in(&std::fs::read(entry.path()).unwrap(), KEY.as_bytes()),
            "the key stands in {:?}",
            entry.path()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_an_answer_loses_nothing_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let stalled = Answer::Stalled("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A coll\"}}]}\n\n".into());
    let server = Server::start(vec![wants(), finds(), refunds(), stalled]).await;
    let station = with(folder.path(), &server, "1").running().await;
    let (mut marta, _jonas) = two(&station).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("My rucksack came torn, order 1042, postcode 46001. I want my money back.").await;
    marta.wait_for_action(&["held"]).await;
    let ana = ana.hang_up();
    station.kill9().await;
    let server = Server::start(vec![says(&["A colleague is checking it."])]).await;
    let station = with(folder.path(), &server, "1").running().await;
    let mut ana = ana.come_back(&station.chat).await;
    ana.hear("A colleague is checking it.").await;
    assert_eq!(server.asked().len(), 1, "what had been answered before was not asked again");
    let mut marta = Desk::at(&station.desk);
    marta.sign_in().await;
    let view = transcript(&mut marta, ana.conversation(), |view| !entries(view, "agent").is_empty()).await;
    let tools: Vec<_> = entries(&view, "action").iter().map(|action| action["tool"].clone()).collect();
    assert_eq!(tools, ["crm.find_order", "crm.issue_refund"]);
    assert_eq!(entries(&view, "agent").len(), 1, "it is said once");
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_every_provider_is_down_the_playbook_answers_and_each_switch_is_on_the_floor() {
    let folder = tempfile::tempdir().unwrap();
    let down = || Answer::Status(529, "30", "overloaded".into());
    let (dear, cheap) = (
        Server::start(vec![down()]).await,
        Server::start(vec![
            anthropic(
                &[r#"{"intent": "order_status", "confidence": 0.9, "language": "English"}"#],
                None,
                Some((100, 0, 0, 9)),
            ),
            Answer::Status(401, "0", "no".into()),
        ])
        .await,
    );
    let text = format!(
        "[provider.a]\nwire = \"openai\"\nurl = \"{}\"\n[provider.b]\nwire = \"anthropic\"\nurl = \"{}\"\n\
         [route.any]\nclassify = [\"a/tall-1\", \"b/small-1\"]\ntool_step = [\"a/tall-1\"]\n\
         reason = [\"a/tall-1\", \"b/small-1\"]\nhardest = [\"b/small-1\"]\n\
         [budget]\ncall = \"0.25\"\nhardest_call = \"0.60\"\nconversation = \"1.50\"\nday = \"9\"\n",
        dear.url(),
        cheap.url()
    );
    let models = folder.path().join("models.toml");
    std::fs::write(&models, text).unwrap();
    let start = Start::on(&folder.path().join("data")).saying(&["--models", models.to_str().unwrap()]);
    let station = start.running().await;
    let (mut marta, _jonas) = two(&station).await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("Hello.").await;
    let view = transcript(&mut marta, ana.conversation(), |view| !entries(view, "agent").is_empty()).await;
    let ends: Vec<(String, String)> = entries(&view, "model_call")
        .iter()
        .map(|call| (call["provider"].as_str().unwrap().to_owned(), call["end"].as_str().unwrap().to_owned()))
        .collect();
    let ends: Vec<(&str, &str)> = ends.iter().map(|(provider, end)| (provider.as_str(), end.as_str())).collect();
    assert_eq!(ends, [("a", "It is overloaded, or failed"), ("b", "It answered"), ("b", "It does not take the key"),]);
    assert!(view["facts"]["reasoner"].as_str().unwrap().starts_with("playbook"));
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_did_not_happen_is_claimed_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![wants(), says(&["I have refunded €129.00 ", "to your card."])]).await;
    let station = with(folder.path(), &server, "1").running().await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("My rucksack came torn. I want my money back.").await;
    ana.hear("I have noted this for a colleague.").await;
    assert!(ana.said().iter().all(|(_, words)| !words.contains("refunded")), "{:?}", ana.said());
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_hundredfold_price_no_call_over_budget_leaves_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(vec![wants(), says(&["What can I do for you?"])]).await;
    let station = with(folder.path(), &server, "1").running().await;
    let mut ana = Customer::arrive(&station.chat, "Ana Ruiz").await;
    ana.say("hello").await;
    ana.hear("What can I do for you?").await;
    let ana = ana.hang_up();
    station.stop().await;
    let dear = Server::start(vec![says(&["This must not be said."])]).await;
    let station = with(folder.path(), &dear, "100").running().await;
    let mut ana = ana.come_back(&station.chat).await;
    ana.say("thanks").await;
    ana.hear("You are welcome.").await;
    assert!(dear.asked().is_empty(), "{:?}", dear.asked());
    station.stop().await;
    verified(&folder.path().join("data"));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_the_start_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |words: &'static [&'static str]| Start::on(&folder.path().join("data")).saying(words).refused();
    let key = folder.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    let with_key = ["--model-url", "https://models.example.com/v1/", "--model", "nobody-knows", "--model-key"];
    let words: Vec<&str> = with_key.into_iter().chain([key.to_str().unwrap()]).collect();
    let (_, said) = Start::on(&folder.path().join("data")).saying(&words).refused().await;
    assert!(said.contains("no price is known"), "{said}");
    for (words, why) in [
        (&["--model", "tall-1"][..], "needs --model-url and --model"),
        (&["--model-url", "http://models.example.com/v1/", "--model", "tall-1"], "use https"),
        (&["--model-url", "https://models.example.com/v1/", "--model", "nobody-knows"], "there is no key for it"),
        (&["--model-url", "x", "--model", "tall-1"], "no address of a provider"),
        (&["--model-url", "http://127.0.0.1:1/", "--model", "m", "--model-wire", "telex"], "openai-responses"),
    ] {
        let (code, said) = refused(words).await;
        assert_ne!(code, 0);
        assert!(said.contains(why), "{words:?}: {said}");
    }
}
