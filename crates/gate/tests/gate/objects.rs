//! One open action per object, whoever asks for it and from wherever; and nobody shops for a lenient approver.

use crate::server::Fault;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase, SettledHow};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use countersign_gate::card::Card;
use countersign_gate::error::GateError;
use std::sync::Arc;

async fn card(shop: &Shop, id: &ActionId) -> Card {
    shop.gate.card(id).await.unwrap().0
}

fn names(card: &Card, rule: &str) -> bool {
    card.rules.iter().any(|r| r.id == rule)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_object_raced_from_many_conversations_is_acted_on_once_and_the_others_wait() {
    for _ in 0..8 {
        let shop = Arc::new(Shop::open().await);
        shop.fault(Fault::NeverAnswers);
        let mut tasks = Vec::new();
        for channel in ["chat", "email", "voice", "chat", "email"] {
            let shop = shop.clone();
            tasks.push(tokio::spawn(async move {
                let conversation = shop.conversation_of(channel, Assurance::Verified, "C-2001").await;
                shop.refund(&conversation, 1_000).await
            }));
        }
        // One is let through and hangs until the others have their answer.
        let mut held = Vec::new();
        while held.len() < 4 {
            let size = shop.log.size();
            let done = tasks.iter().position(tokio::task::JoinHandle::is_finished);
            match done {
                Some(at) => {
                    let report = tasks.swap_remove(at).await.unwrap();
                    assert_eq!(report.phase, Phase::Held);
                    held.push(report.action);
                }
                None => {
                    let grown = shop.log.grown_beyond(size);
                    let _ = tokio::time::timeout(std::time::Duration::from_millis(50), grown).await;
                }
            }
        }
        for id in &held {
            assert!(names(&card(&shop, id).await, "object-open"));
            let refused = shop.decide(id, Choice::Approve).await;
            assert!(matches!(refused, Err(GateError::ObjectBusy)), "while another may happen: {refused:?}");
        }
        let started = shop.server.books.lock().unwrap().calls.iter().filter(|call| *call == "issue_refund").count();
        assert_eq!(started, 1);
        shop.server.give_up.notify_one();
        let first = tasks.remove(0).await.unwrap();
        shop.reaches(&first.action, Phase::Settled(SettledHow::DidNotHappen)).await;
        shop.decide(&held[0], Choice::Approve).await.unwrap();
        shop.reaches(&held[0], Phase::Succeeded).await;
        assert_eq!(shop.refunds(), [1_000]);
    }
}

#[tokio::test]
async fn a_card_is_linked_to_what_was_open_before_and_not_moved_by_what_came_later() {
    let shop = Shop::open().await;
    let first = shop.held().await;
    let signed = shop.sign(&first.action, Choice::Approve, None).await;
    let conversation = shop.conversation_of("email", Assurance::Verified, "C-2001").await;
    let second = shop.refund(&conversation, 100).await;
    assert_eq!(second.phase, Phase::Held, "€1.00 alone would need nobody");
    let shown = card(&shop, &second.action).await;
    assert!(names(&shown, "object-open"));
    let link = |n: &String| n.contains("issue refund of €129.00") && n.contains("another conversation");
    assert!(shown.notices.iter().any(link), "{:?}", shown.notices);
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&first.action, Phase::Succeeded).await;
    let shop = shop.restart().await;
    let stale = shop.decide(&second.action, Choice::Approve).await;
    assert!(matches!(stale, Err(GateError::CardChanged)), "it is a part of more by now, and its card says so");
    shop.decide(&second.action, Choice::Approve).await.unwrap();
    shop.reaches(&second.action, Phase::Succeeded).await;
    let after = shop.refund(&conversation, 200).await;
    let after = card(&shop, &after.action).await;
    assert!(!names(&after, "object-open"), "nothing is open any more");
}

#[tokio::test]
async fn what_a_person_refused_is_not_let_through_elsewhere_without_the_next_one_knowing() {
    let shop = Shop::open().await;
    let first = shop.held().await;
    shop.decide(&first.action, Choice::Reject).await.unwrap();
    let elsewhere = shop.conversation_of("email", Assurance::Verified, "C-2001").await;
    let again = shop.refund(&elsewhere, 4_900).await;
    assert_eq!(again.phase, Phase::Held);
    let shown = card(&shop, &again.action).await;
    assert!(names(&shown, "refund-refused-before"));
    assert!(
        shown.notices.iter().any(|n| n.contains("refused an action on the same object once")),
        "{:?}",
        shown.notices
    );
    let signed = shop.sign(&again.action, Choice::Approve, None).await;
    let third = shop.conversation_of("voice", Assurance::Verified, "C-2001").await;
    let other = shop.refund_of(&third, "C-2001", 6_000).await;
    assert!(!names(&card(&shop, &other.action).await, "refund-refused-before"), "another order");
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&again.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [4_900]);
}
