//! What channels may do.

use super::shop::Shop;
use crate::port::{Identity, IntakeError, SeenWhat};
use countersign_domain::conversation::{Assurance, ConversationError};

fn nobody() -> Identity {
    Identity { assurance: Assurance::Anonymous, name: None, subject: None }
}

#[tokio::test]
async fn only_the_secret_resumes_and_the_log_does_not_hold_it() {
    let shop = Shop::open().await;
    let (one, two) =
        (shop.chat().begin("chat", nobody()).await.unwrap(), shop.chat().begin("chat", nobody()).await.unwrap());
    assert_eq!(shop.chat().resume(&one.conversation, &one.secret).await.unwrap(), Assurance::Anonymous);
    assert_eq!(one.secret.len(), 43);
    for (conversation, secret) in
        [(&one.conversation, two.secret.as_str()), (&two.conversation, ""), (&one.conversation, "x")]
    {
        assert!(matches!(shop.chat().resume(conversation, secret).await, Err(IntakeError::NotYours)));
    }
    let stored = shop.gate.records().log().read_from(0, 100).await.unwrap();
    assert!(!format!("{stored:?}").contains(&one.secret));
}

#[tokio::test]
async fn the_same_message_is_stored_once_and_its_first_position_answered() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    let sending: Vec<_> = (0..8)
        .map(|n| {
            let (chat, id) = (shop.chat(), id.clone());
            tokio::spawn(async move {
                chat.receive(&id, &format!("hello {}", n % 2), Some(&format!("m{}", n % 2))).await.unwrap()
            })
        })
        .collect();
    let mut positions = Vec::new();
    for task in sending {
        positions.push(task.await.unwrap().position);
    }
    positions.sort_unstable();
    positions.dedup();
    assert_eq!(positions.len(), 2);
    shop.agents.at_rest().await;
    let seen = shop.chat().seen_after(&id, None).await.unwrap();
    assert_eq!(seen.iter().filter(|s| matches!(s.what, SeenWhat::Own { .. })).count(), 2);
}

#[tokio::test]
async fn bad_messages_are_refused_clearly_and_card_numbers_are_masked() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    let refused = |result: Result<_, IntakeError>| match result {
        Err(IntakeError::Conversation(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(shop.chat().receive(&id, "  ", None).await), ConversationError::Empty);
    assert_eq!(
        refused(shop.chat().receive(&id, &"x".repeat(2_001), None).await),
        ConversationError::TooLong(2_001, 2_000)
    );
    shop.writes(&id, "my card is 4111 1111 1111 1111 <script>alert(1)</script>").await;
    let seen = shop.sees(&id).await;
    assert_eq!(seen[0], "customer: my card is •••• •••• •••• 1111 <script>alert(1)</script>");
}

#[tokio::test]
async fn whoever_watches_is_told_and_every_cut_gives_the_rest() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    shop.agents.at_rest().await;
    let mut ticket = shop.chat().watch(&id);
    let (conversation, action) = shop.held().await;
    assert!(!ticket.has_changed().unwrap(), "another conversation woke this one's channel");
    shop.writes(&id, "hello").await;
    ticket.changed().await.unwrap();
    let mut of_action = shop.chat().watch(&conversation);
    shop.decide(&action, countersign_domain::action::Choice::Approve, None).await;
    of_action.changed().await.unwrap();
    shop.over(&action).await;
    let all = shop.chat().seen_after(&conversation, None).await.unwrap();
    assert!(all.iter().any(|s| matches!(s.what, SeenWhat::Checking { .. })));
    for (at, cut) in all.iter().enumerate() {
        let rest = shop.chat().seen_after(&conversation, Some(cut.position)).await.unwrap();
        assert_eq!(rest, all[at + 1..]);
    }
}

#[tokio::test]
async fn a_customer_rates_once_and_only_what_has_ended() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    let refused = |result: Result<(), IntakeError>| match result {
        Err(IntakeError::Conversation(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(shop.chat().rate(&id, 5).await), ConversationError::NotToRate);
    shop.writes(&id, "hello").await;
    let said = shop.chat().seen_after(&id, None).await.unwrap().len();
    shop.chat().done(&id).await.unwrap();
    assert_eq!(refused(shop.chat().done(&id).await), ConversationError::Closed);
    assert_eq!(refused(shop.chat().rate(&id, 0).await), ConversationError::NoScore);
    shop.chat().rate(&id, 4).await.unwrap();
    assert_eq!(refused(shop.chat().rate(&id, 5).await), ConversationError::NotToRate);
    let seen = shop.chat().seen_after(&id, None).await.unwrap();
    let ends: Vec<_> = seen.into_iter().skip(said).map(|seen| seen.what).collect();
    assert_eq!(ends, [SeenWhat::Closed { for_good: false, rates: true }, SeenWhat::Rated]);
}

#[tokio::test]
async fn a_message_sent_again_after_the_end_is_still_the_same_one() {
    let shop = Shop::open().await;
    let id = shop.begin().await;
    let first = shop.chat().receive(&id, "hello", Some("m1")).await.unwrap();
    shop.agents.at_rest().await;
    shop.chat().done(&id).await.unwrap();
    assert_eq!(shop.chat().receive(&id, "hello", Some("m1")).await.unwrap(), first);
    let seen = shop.chat().seen_after(&id, None).await.unwrap();
    assert!(!seen.iter().any(|seen| seen.what == SeenWhat::Reopened), "it took nothing up again: {seen:#?}");
}
