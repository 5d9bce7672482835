//! What a language model worded is judged before it is stored, and what a playbook says is not.

use crate::replies::worded;
use crate::shop::Shop;
use crate::sources::said;
use countersign_domain::action::Phase;
use countersign_domain::conversation::{Assurance, Reasoner};
use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::{Leak, OthersData, Secret};
use serde_json::json;

const REFUNDED: &str = "I have refunded €49.00 to your card.";

async fn say(shop: &Shop, conversation: &ConversationId, kind: &str, text: &str) -> Result<(), GateError> {
    let by = Reasoner { kind: kind.into(), name: "refund".into(), version: "1".into() };
    worded(shop, conversation, by, &["Thank you for waiting.", text], vec![]).await
}

#[tokio::test]
async fn a_models_claim_of_what_did_not_happen_is_not_stored_and_not_sent() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let held = shop.refund(&conversation, 12_900).await;
    assert_eq!(held.phase, Phase::Held);
    let (size, seen) = (shop.log.size(), shop.seen(&conversation).await);
    let refused = say(&shop, &conversation, "model", REFUNDED).await;
    let Err(GateError::UnbackedClaim(what)) = refused else { panic!("{refused:?}") };
    assert_eq!((what.as_str(), shop.log.size(), shop.seen(&conversation).await), ("a refund", size, seen));
    say(&shop, &conversation, "model", "The refund has not been issued: a colleague is checking it.").await.unwrap();
    assert_eq!(shop.log.size(), size + 3, "two segments and their turn");
}

#[tokio::test]
async fn the_same_words_are_sent_once_the_effect_has_succeeded_in_this_conversation() {
    let shop = Shop::open().await;
    let [other, conversation] =
        [shop.conversation(Assurance::Verified).await, shop.conversation(Assurance::Verified).await];
    assert_eq!(shop.refund(&other, 4_900).await.phase, Phase::Succeeded);
    assert!(matches!(say(&shop, &conversation, "model", REFUNDED).await, Err(GateError::UnbackedClaim(_))));
    say(&shop, &other, "model", REFUNDED).await.unwrap();
}

#[tokio::test]
async fn a_record_backs_a_claim_unless_it_was_withheld_or_the_agent_says_it_of_itself() {
    let shop = Shop::open().await;
    shop.server.books.lock().unwrap().status = Some("cancelled".into());
    let read = |order: &'static str| json!({ "order_number": order }).to_string();
    let conversation = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    let theirs = shop.propose_text(&conversation, "crm.get_order", read("1042")).await.unwrap();
    assert!(theirs.withheld);
    let passive = "The order has been cancelled.";
    assert!(matches!(say(&shop, &conversation, "model", passive).await, Err(GateError::UnbackedClaim(_))));
    let own = shop.propose_text(&conversation, "crm.get_order", read("C-2002/1")).await.unwrap();
    assert!(own.result.is_some());
    say(&shop, &conversation, "model", passive).await.unwrap();
    let of_itself = say(&shop, &conversation, "model", "I have just cancelled the order.").await;
    assert!(matches!(of_itself, Err(GateError::UnbackedClaim(_))));
}

#[tokio::test]
async fn what_is_somebody_else_s_is_not_told_and_what_was_said_here_is() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let text = "We would write to bo@example.com about order 1555.";
    let refused = say(&shop, &conversation, "model", text).await;
    assert!(matches!(refused, Err(GateError::ReplyLeaks(Leak::OthersData(OthersData::Email)))), "{refused:?}");
    let conversation = said(&shop, &["It is BO@example.com, order 1555"]).await;
    say(&shop, &conversation, "model", text).await.unwrap();
}

#[tokio::test]
async fn a_reply_that_is_kept_back_leaves_no_trace_in_the_log_nor_in_its_error() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let size = shop.log.size();
    for secret in ["4111 1111 1111 1111", "sk-proj-Ab3dEf6hIj9kLmN0pQr5", "bo.lind@example.org"] {
        let refused = say(&shop, &conversation, "model", &format!("It is {secret}.")).await.unwrap_err();
        let told = format!("{refused} {refused:?}");
        assert!(matches!(refused, GateError::ReplyLeaks(_)), "{told}");
        assert!(!told.contains(secret), "{told}");
    }
    let card = say(&shop, &conversation, "model", "Card 4111 1111 1111 1111").await;
    assert!(matches!(card, Err(GateError::ReplyLeaks(Leak::Secret(Secret::CardNumber)))));
    assert_eq!(shop.log.size(), size);
}

#[tokio::test]
async fn a_playbook_s_reply_declares_what_it_claims_and_is_not_judged_by_its_words() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    say(&shop, &conversation, "playbook", REFUNDED).await.unwrap();
    say(&shop, &conversation, "playbook", "Write to bo.lind@example.org.").await.unwrap();
}
