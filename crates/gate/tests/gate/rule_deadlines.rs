//! A deadline that a rule gives: what it holds waits so long and no longer, the shortest of several counts, and what no rule gives
//! a time waits as long as the settings of its tool say. Expiry is nobody's no.

use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use countersign_gate::error::GateError;

/// What the settings of the refund's tool say.
const HOUSE_SECONDS: i64 = 900;

/// A shop whose rule for refunds over €50 gives so many seconds.
async fn shop(seconds: u32) -> Shop {
    let shop = Shop::open().await;
    shop.put_policy("refunds", |text| gives(&text, "refund-over-50", seconds));
    shop
}

fn gives(text: &str, rule: &str, seconds: u32) -> String {
    let line = format!("@id(\"{rule}\")\n");
    text.replace(&line, &format!("{line}@deadline(\"{seconds}\")\n"))
}

async fn left(shop: &Shop, id: &ActionId) -> i64 {
    let deadline = shop.gate.report(id).await.unwrap().deadline.unwrap();
    deadline.millis_since(shop.gate.records().now()) / 1_000
}

async fn phase(shop: &Shop, id: &ActionId) -> Phase {
    shop.gate.expire_due().await.unwrap();
    shop.gate.report(id).await.unwrap().phase
}

#[tokio::test]
async fn what_a_rule_gives_a_time_expires_then_and_nobody_said_no() {
    let shop = shop(120).await;
    let held = shop.held().await.action;
    assert_eq!(left(&shop, &held).await, 120);
    let signed = shop.sign(&held, Choice::Approve, None).await;
    shop.clock.advance(119);
    assert_eq!(phase(&shop, &held).await, Phase::Held);
    shop.clock.advance(1);
    assert!(shop.gate.decide(signed).await.is_err(), "a decision that comes too late decides nothing");
    let report = shop.gate.report(&held).await.unwrap();
    assert_eq!((report.phase, report.decision.is_none()), (Phase::Expired, true));
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn the_shortest_time_of_several_rules_counts_and_without_one_that_of_the_tool() {
    let shop = shop(3_600).await;
    let chat = shop.conversation(Assurance::Verified).await;
    let of_one = shop.refund_order(&chat, "C-2001/1", 12_900).await.action;
    assert_eq!(left(&shop, &of_one).await, 3_600, "it may be longer than the house's");
    shop.put_policy("refunds", |text| gives(&gives(&text, "refund-over-500", 60), "refund-over-50", 3_600));
    let of_two = shop.refund_order(&chat, "C-2001/2", 60_000).await.action;
    assert_eq!(left(&shop, &of_two).await, 60);
    shop.put_policy("refunds", |text| text);
    let of_none = shop.refund_order(&chat, "C-2001/3", 12_900).await.action;
    assert_eq!(left(&shop, &of_none).await, HOUSE_SECONDS);
    assert_eq!(left(&shop, &of_one).await, 3_600, "what is held keeps the time that it was held with");
}

#[tokio::test]
async fn a_rule_gives_a_time_by_channel_and_effect() {
    let shop = Shop::open().await;
    let on_chat = r#"
@id("soon-on-chat")
@disposition("hold")
@deadline("120")
@reason("The customer waits in the chat.")
forbid (principal, action in Action::"effect:irreversible", resource)
when { context.channel == "chat" };
"#;
    shop.put_policy("refunds", |text| text + on_chat);
    for (channel, seconds) in [("chat", 120), ("email", HOUSE_SECONDS), ("voice", HOUSE_SECONDS)] {
        let conversation = shop.conversation_of(channel, Assurance::Verified, channel).await;
        let held = shop.refund_of(&conversation, channel, 12_900).await.action;
        assert_eq!(left(&shop, &held).await, seconds, "{channel}");
    }
}

#[tokio::test]
async fn more_time_is_as_much_as_the_rule_gives_and_a_stop_freezes_it() {
    let shop = shop(120).await;
    let held = shop.held().await.action;
    let saw = shop.gate.report(&held).await.unwrap().deadline.unwrap();
    let later = shop.gate.give_more_time(&held, &shop.person, saw).await.unwrap();
    assert_eq!(later, saw.plus_seconds(120));
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    assert_eq!(phase(&shop, &held).await, Phase::Held, "deadlines freeze");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    assert_eq!((phase(&shop, &held).await, left(&shop, &held).await), (Phase::Held, 240));
}

#[tokio::test]
async fn what_is_put_off_is_back_before_the_deadline_that_the_rule_gives() {
    let shop = shop(120).await;
    let held = shop.held().await.action;
    assert!(shop.gate.snooze(&held, &shop.person, Some(61)).await.is_err(), "it is back a minute before it expires");
    shop.gate.snooze(&held, &shop.person, Some(60)).await.unwrap();
    assert_eq!(left(&shop, &held).await, 120, "its deadline stays as it is");
}

#[tokio::test]
async fn what_is_held_again_waits_as_long_as_the_rules_that_hold_it_then_give() {
    let shop = shop(120).await;
    let held = shop.held().await.action;
    let signed = shop.sign(&held, Choice::Approve, None).await;
    shop.clock.advance(60);
    shop.adopt_policy("refunds", |text| gives(&text.replace("5000 };", "4000 };"), "refund-over-50", 600)).await;
    shop.server.books.lock().unwrap().refunded = 5_000;
    assert!(matches!(shop.gate.decide(signed).await.unwrap_err(), GateError::CardChanged), "the facts moved");
    assert_eq!((phase(&shop, &held).await, left(&shop, &held).await), (Phase::Held, 600));
}

#[tokio::test]
async fn what_is_taken_back_waits_anew_as_long_as_its_rule_gives() {
    let shop = Shop::open().await;
    let line = "@id(\"refund-over-50\")\n";
    shop.put_policy("refunds", |text| text.replace(line, &format!("{line}@undo(\"30\")\n@deadline(\"120\")\n")));
    let held = shop.held().await.action;
    shop.clock.advance(100);
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.clock.advance(25);
    shop.gate.undo(&held, &shop.person).await.unwrap();
    assert_eq!(left(&shop, &held).await, 120);
    shop.clock.advance(120);
    assert_eq!((phase(&shop, &held).await, shop.refunds().len()), (Phase::Expired, 0));
}

#[tokio::test]
async fn an_override_that_asks_for_another_signature_moves_no_deadline() {
    let shop = Shop::open_with_two().await;
    shop.put_policy("refunds", |text| {
        let of_two = text.replace("minor > 50000", "minor > 10000");
        gives(&gives(&of_two, "refund-over-500", 60), "refund-over-50", 3_600)
    });
    let held = shop.refund(&shop.conversation(Assurance::Verified).await, 12_900).await.action;
    assert_eq!(left(&shop, &held).await, 60);
    let mut arguments = crate::shop::refund(12_900);
    arguments["amount_minor"] = 11_000.into();
    let signed = shop.sign(&held, Choice::Override, Some(arguments)).await;
    assert_eq!(shop.gate.decide(signed).await.unwrap().phase, Phase::Held, "it takes two");
    assert_eq!(left(&shop, &held).await, 60);
}
