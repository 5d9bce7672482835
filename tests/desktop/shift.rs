//! A supervisor's sitting, recorded: fifty held actions of four kinds are cleared by keyboard alone, in a house that asks for
//! a look at every card; exactly what was decided happens, and each decision was signed with their own key.

use countersign_domain::action::{Choice, Decided};
use countersign_domain::person::KeyKind;
use countersign_tests::crm::{amounts, changes};
use countersign_tests::customer::Customer;
use countersign_tests::station::assets;
use countersign_tests::trail::Trail;
use serde_json::json;
use std::collections::BTreeSet;

use crate::at_the_desk::{chat, set_up};
use crate::by_keys::{NOTE, choose, does, reject_together, to_a_held_one};
use crate::recording::Recording;
use crate::window::Window;
use crate::wishes::{Asked, Step, WISHES, Wish};

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_clears_fifty_mixed_actions_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let looks = assets().join("approvals/looks.toml");
    // In two minutes of it the software renderer behind WebKit's compositor has crashed once, which is nobody's finding here.
    let plain = [("WEBKIT_DISABLE_COMPOSITING_MODE", "1".into())];
    let window = Window::open_with(&data, &["--looks", looks.to_str().unwrap()], &plain).await;
    set_up(&window, "Marta Lindqvist").await;
    let chat = chat(&window).await;
    let mut customers = Vec::new();
    for asked in &WISHES {
        customers.push(asks(&chat, asked).await);
    }

    let desk = Recording::begin(&window, "a-supervisor-clears-fifty").await;
    desk.go("a", "Approvals").await;
    let mut cleared: Vec<(String, &Asked)> = Vec::new();
    while cleared.len() < WISHES.len() {
        let (action, asked) = to_a_held_one(&desk).await;
        if asked.last() == Step::Together {
            let together = choose(&desk, asked).await;
            reject_together(&desk, together.len()).await;
            cleared.extend(together);
            continue;
        }
        for step in asked.steps {
            does(&desk, asked.wish, *step).await;
        }
        cleared.push((action, asked));
    }
    let queue = window.invoke("query", json!({ "query": { "query": "approvals" } })).await.unwrap();
    assert_eq!(queue["held"], json!([]), "nothing waits any more");
    desk.end().await;
    for (asked, customer) in WISHES.iter().zip(&customers) {
        // Nobody listened all the while: they come back and hear what became of it.
        customer.beside(&chat).await.hear(told(asked)).await;
    }
    assert!(!window.quit().await.contains("panicked"));

    let trail = Trail::read(&data).await;
    let orders: BTreeSet<&str> = cleared.iter().map(|(_, asked)| asked.order).collect();
    assert_eq!((cleared.len(), orders.len()), (50, 50));
    for (action, asked) in &cleared {
        ended_as_meant(&trail, action, asked).await;
        let made = amounts(&data, asked.order);
        assert_eq!(made, asked.paid().into_iter().collect::<Vec<_>>(), "{asked:?}");
        let changed = if asked.happens() && asked.paid().is_none() { vec![asked.tool()] } else { vec![] };
        assert_eq!(changes(&data, asked.order), changed, "{asked:?}");
    }
    let escalations = WISHES.iter().filter(|asked| asked.steps.contains(&Step::Escalate)).count();
    assert_eq!(trail.count("conversation.escalated"), escalations);
}

/// A customer arrives and asks, up to where they are told that a colleague is checking.
async fn asks(chat: &str, asked: &Asked) -> Customer {
    let mut customer = Customer::arrive(chat, asked.name).await;
    customer.say(&asked.words()).await;
    if let Some((question, answer)) = asked.answer() {
        customer.hear(question).await;
        customer.say(answer).await;
    }
    customer.hear("A colleague is checking").await;
    customer
}

/// What the customer is told of the answer.
fn told(asked: &Asked) -> &'static str {
    match (asked.last(), asked.wish) {
        (Step::Approve, _) => "Is there anything else that I can do?",
        (Step::Override(..), Wish::Refund(..)) => "and decided on",
        (Step::Override(..), _) => "looked at your request and changed it",
        _ => "did not approve it",
    }
}

/// What the station's own record says of an action is what the supervisor did, and nothing besides.
async fn ended_as_meant(trail: &Trail, action: &str, asked: &Asked) {
    let decisions = trail.verified_decisions(action).await;
    let meant: Vec<Choice> = asked.steps.iter().filter_map(|step| choice(*step)).collect();
    let chosen: Vec<Choice> = decisions.iter().map(|(decided, _)| decided.statement.decision).collect();
    assert_eq!(chosen, meant, "{asked:?}");
    for (decided, _) in &decisions {
        assert_eq!(decided.signed_by, KeyKind::Device, "the window signs with the person's own key");
        let again = asked.wish == Wish::Address && decided.statement.decision == Choice::Override;
        assert_eq!(decided.statement.step_up.is_some(), again, "{asked:?}: its order alone is above €300.00");
        assert!(decided.looked_ms >= shortest_look(decided, asked), "{asked:?}: {} ms", decided.looked_ms);
    }
    let (last, _) = decisions.last().expect("it was decided");
    assert_eq!(last.money.as_ref().map(|money| money.minor).filter(|_| asked.happens()), asked.paid(), "{asked:?}");

    let kinds = trail.kinds_of(action);
    let times = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    let did = |step: Step| asked.steps.iter().filter(|one| **one == step).count();
    assert_eq!(times("action.succeeded"), usize::from(asked.happens()), "{kinds:?}");
    assert_eq!(times("action.started"), usize::from(asked.happens()), "{kinds:?}");
    assert_eq!(times("action.voided"), did(Step::TakeBack), "{kinds:?}");
    assert_eq!(times("action.deadline_moved"), did(Step::MoreTime), "{kinds:?}");
    if let Step::Override(field, typed) = asked.last()
        && asked.paid().is_none()
    {
        let signed = trail.of(action).find(|event| event.stored.envelope.kind == "action.overridden");
        assert_eq!(signed.and_then(|event| event.field("arguments")).expect("they are sealed")[field], typed);
    }
    if did(Step::Escalate) > 0 {
        let conversation = format!("conversation/{}", trail.conversation_of(action));
        let called = trail.all().iter().find(|event| {
            let envelope = &event.stored.envelope;
            envelope.stream.as_str() == conversation && envelope.kind == "conversation.escalated"
        });
        assert_eq!(called.and_then(|event| event.text("note")), Some(NOTE), "{asked:?}");
    }
}

fn choice(step: Step) -> Option<Choice> {
    match step {
        Step::Approve | Step::TakeBack => Some(Choice::Approve),
        Step::Override(..) => Some(Choice::Override),
        Step::Reject | Step::Together => Some(Choice::Reject),
        Step::Escalate | Step::MoreTime => None,
    }
}

/// For how long the house asks, at least, that a card is looked at before this is decided, in milliseconds.
fn shortest_look(decided: &Decided, asked: &Asked) -> u64 {
    match (decided.statement.decision, asked.wish) {
        (Choice::Approve, Wish::Slot) => 1_500,
        (Choice::Approve, _) => 3_000,
        _ => 0,
    }
}
