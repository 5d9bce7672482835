//! What people have decided in a conversation is not asked of them again (decision memory).

use crate::asking::ask;
use crate::shop::{Shop, refund, wish};
use crate::sources::said;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ConversationId;
use countersign_gate::proposal::Proposal;
use countersign_gate::report::ActionReport;
use serde_json::Value;

async fn propose(shop: &Shop, id: &ConversationId, arguments: &Value) -> ActionReport {
    shop.propose_text(id, "crm.issue_refund", arguments.to_string()).await.unwrap()
}

/// A refund that a person refused.
async fn refused(shop: &Shop) -> (ConversationId, ActionReport) {
    let id = shop.conversation(Assurance::Verified).await;
    let held = propose(shop, &id, &refund(12_900)).await;
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    (id, held)
}

#[tokio::test]
async fn a_refused_refund_that_is_proposed_again_gets_the_same_answer_and_nobody_is_asked() {
    let shop = Shop::open().await;
    let (id, held) = refused(&shop).await;
    for _ in 0..3 {
        let again = propose(&shop, &id, &refund(12_900)).await;
        assert_ne!(again.action, held.action);
        assert_eq!(again.phase, Phase::Rejected, "told as what it is: a person's no");
        let decision = again.decision.as_ref().unwrap();
        assert_eq!((decision.choice, decision.words.as_deref()), (Choice::Reject, Some("Because.")));
        assert!(again.in_words().contains("Because.") && again.in_words().contains("Do not try again"));
        // It was never held, so it stands in no queue.
        assert_eq!(shop.kinds(&again.action).await, ["proposed", "denied"]);
    }
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn other_words_are_the_same_thing_and_another_amount_is_not_but_waits_whatever_rules_say() {
    let shop = Shop::open().await;
    let (id, held) = refused(&shop).await;
    let mut reworded = refund(12_900);
    reworded["note"] = "The customer is very sad.".into();
    assert_eq!(propose(&shop, &id, &reworded).await.phase, Phase::Rejected);

    // Rules alone would let this one through: nobody gets by slices what was refused as a whole.
    let slice = propose(&shop, &id, &refund(4_000)).await;
    assert_eq!(slice.phase, Phase::Held);
    let (card, _) = shop.gate.card(&slice.action).await.unwrap();
    assert!(card.rules.iter().any(|rule| rule.id == "object-refused"), "{:?}", card.rules);
    let [before] = &card.before[..] else { panic!("{:?}", card.before) };
    assert_eq!((before.action.as_str(), before.decision), (held.action.to_string().as_str(), Choice::Reject));
    assert_eq!((before.person.as_str(), before.words.as_deref()), ("Marta Lindqvist", Some("Because.")));
    assert_eq!((before.outcome.as_str(), before.repeats), ("It did not happen.", 1));
    assert!(card.notices.iter().any(|notice| notice.contains("Marta Lindqvist refused this")), "{:?}", card.notices);
}

#[tokio::test]
async fn whoever_repeats_it_often_enough_is_not_let_through_for_that() {
    let shop = Shop::open().await;
    let (id, _) = refused(&shop).await;
    for _ in 0..40 {
        assert_eq!(propose(&shop, &id, &refund(12_900)).await.phase, Phase::Rejected);
    }
    assert_eq!(propose(&shop, &id, &refund(4_000)).await.phase, Phase::Held);
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn a_slice_that_is_proposed_while_the_whole_is_being_refused_waits_too() {
    let shop = std::sync::Arc::new(Shop::open().await);
    let id = shop.conversation(Assurance::Verified).await;
    let held = propose(&shop, &id, &refund(12_900)).await;
    let no = shop.sign(&held.action, Choice::Reject, None).await;
    shop.server.books.lock().unwrap().looks_slowly = true;
    let slice = tokio::spawn({
        let (shop, id) = (shop.clone(), id.clone());
        async move { propose(&shop, &id, &refund(4_000)).await }
    });
    shop.server.looking.notified().await;
    shop.gate.decide(no).await.unwrap();
    shop.server.look_on.notify_one();
    assert_eq!(slice.await.unwrap().phase, Phase::Held, "the object's own stream tells it, inside of the log's writer");
}

#[tokio::test]
async fn whoever_has_signed_in_since_is_asked_about_anew() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Claimed).await;
    let held = propose(&shop, &id, &refund(12_900)).await;
    shop.decide(&held.action, Choice::Reject).await.unwrap();
    assert_eq!(propose(&shop, &id, &refund(12_900)).await.phase, Phase::Rejected);
    shop.signs_in(&id, "ana@example.com").await;
    assert_eq!(propose(&shop, &id, &refund(12_900)).await.phase, Phase::Held);
}

#[tokio::test]
async fn a_read_is_asked_about_each_time() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    for _ in 0..2 {
        let read = shop.propose_text(&id, "crm.list_orders", r#"{"customer_id":"C-2002"}"#.into()).await.unwrap();
        assert_eq!(read.phase, Phase::Held, "about somebody else");
        shop.decide(&read.action, Choice::Approve).await.unwrap();
        shop.reaches(&read.action, Phase::Succeeded).await;
    }
}

#[tokio::test]
async fn a_fact_that_moved_reopens_what_was_refused_and_the_card_says_what_was_decided_before() {
    let shop = Shop::open().await;
    let (id, _) = refused(&shop).await;
    shop.server.books.lock().unwrap().status = Some("shipped".into());
    let again = propose(&shop, &id, &refund(12_900)).await;
    assert_eq!(again.phase, Phase::Held);
    let (card, _) = shop.gate.card(&again.action).await.unwrap();
    assert_eq!(card.before.len(), 1);
    shop.decide(&again.action, Choice::Approve).await.unwrap();
    shop.reaches(&again.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn after_an_override_the_original_is_not_run_whatever_the_facts_say_and_a_person_sees_both() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    let held = propose(&shop, &id, &refund(12_900)).await;
    let signed = shop.sign(&held.action, Choice::Override, Some(refund(4_000))).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    // What was paid back has moved the facts, so it is another question; rules alone answer neither of these.
    for minor in [12_900, 4_000] {
        let again = propose(&shop, &id, &refund(minor)).await;
        assert_eq!(again.phase, Phase::Held, "{minor}");
        let (card, _) = shop.gate.card(&again.action).await.unwrap();
        assert_eq!((card.before[0].decision, card.before[0].outcome.as_str()), (Choice::Override, "It happened."));
        shop.decide(&again.action, Choice::Reject).await.unwrap();
    }
    assert_eq!(shop.refunds(), [4_000]);
}

#[tokio::test]
async fn what_happened_once_by_a_person_s_hand_does_not_happen_again_where_the_facts_are_the_same() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Claimed).await;
    let held = propose(&shop, &id, &refund(12_900)).await;
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    // A shop whose books lag behind: the order looks as it did before.
    shop.server.books.lock().unwrap().refunded = 0;
    let again = propose(&shop, &id, &refund(12_900)).await;
    assert_eq!(again.phase, Phase::Denied);
    assert_eq!(again.decision.as_ref().unwrap().choice, Choice::Approve);
    assert!(again.in_words().contains("happened, once"), "{}", again.in_words());
    assert_eq!(again.done_already(), Some(&held.action));
    assert_eq!(again.result, shop.gate.report(&held.action).await.unwrap().result, "the outcome that it had");
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn nobody_s_silence_is_remembered_as_a_no_and_another_conversation_asks_for_itself() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    let held = propose(&shop, &id, &refund(12_900)).await;
    shop.clock.advance(901);
    shop.gate.expire_due().await.unwrap();
    shop.reaches(&held.action, Phase::Expired).await;
    let again = propose(&shop, &id, &refund(12_900)).await;
    assert_eq!(again.phase, Phase::Held, "invariant 5: a timeout is not a no");
    shop.decide(&again.action, Choice::Reject).await.unwrap();

    let other = said(&shop, &["Hello, order 1042 again."]).await;
    assert_eq!(propose(&shop, &other, &refund(12_900)).await.phase, Phase::Held);
}

#[tokio::test]
async fn a_person_who_has_the_word_asks_again_whatever_was_decided() {
    let shop = Shop::open_with_two().await;
    let (id, _) = refused(&shop).await;
    shop.gate.take_over(&id, shop.person.clone()).await.unwrap();
    let asked = shop.gate.ask(ask(&id, &shop.person, 12_900)).await.unwrap();
    assert_eq!(asked.phase, Phase::Held);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let shop = Shop::open().await;
    let (id, _) = refused(&shop).await;
    let shop = shop.restart().await;
    let seen = shop.seen(&id).await;
    let proposal = Proposal { arguments: refund(12_900).to_string(), ..wish(id, seen, 0) };
    assert_eq!(shop.gate.propose(proposal).await.unwrap().phase, Phase::Rejected);
}
