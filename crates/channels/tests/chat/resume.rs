//! Nothing lost, nothing doubled: a conversation over connections that are cut anywhere.

use super::customer::{Came, Customer};
use super::house::House;
use countersign_agents::port::{Conversations, SeenWhat};
use futures::SinkExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio_tungstenite::tungstenite::Message;

/// A page that keeps its place and resends what was not accepted.
#[derive(Default)]
struct Page {
    after: Option<u64>,
    heard: Vec<(u64, String)>,
    unaccepted: VecDeque<(String, String)>,
}

impl Page {
    fn hear(&mut self, frame: &Value) {
        let position = frame["position"].as_u64();
        match frame["type"].as_str().unwrap() {
            "said" => {
                assert!(self.after < position, "out of order or doubled: {frame} behind {:?}", self.after);
                self.after = position;
                self.heard.push((position.unwrap(), frame["text"].as_str().unwrap().to_owned()));
            }
            "accepted" => self.unaccepted.retain(|(id, _)| *id != frame["client_id"].as_str().unwrap()),
            "resumed" => {}
            other => panic!("{other}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_message_arrives_exactly_once_in_order_whatever_is_cut(
        segments in 0_usize..30,
        messages in 0_usize..12,
        cuts in proptest::collection::vec((0_usize..8, 0_usize..4), 0..10),
    ) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
            .block_on(story(segments, messages, cuts));
    }
}

/// `cuts`: after how many frames a connection is cut, and how many new messages are sent on it before.
async fn story(segments: usize, messages: usize, cuts: Vec<(usize, usize)>) {
    let house = House::open().await;
    let (first, ticket) = Customer::opened(house.address).await;
    drop(first);
    let (store, conversation) = (house.store.clone(), ticket.conversation.clone());
    let agent = tokio::spawn(async move {
        for n in 0..segments {
            store.say(&conversation, &format!("segment {n}"));
            tokio::task::yield_now().await;
        }
    });
    let mut page = Page::default();
    let mut unsent: VecDeque<_> = (0..messages).map(|n| (format!("m-{n}"), format!("message {n}"))).collect();
    for (frames, new) in cuts {
        let mut line = Customer::resuming(house.address, &ticket, page.after).await;
        page.unaccepted.extend(unsent.drain(..new.min(unsent.len())));
        for (id, text) in &page.unaccepted {
            // Cut off in the middle of sending is fine: it is resent.
            let frame = json!({"type": "message", "client_id": id, "text": text});
            if line.socket.feed(Message::text(frame.to_string())).await.is_err() {
                break;
            }
        }
        let _ = line.socket.flush().await;
        // No more than what surely comes, so that no cut waits for ever.
        let sure = 1 + page.unaccepted.len();
        for _ in 0..frames.min(sure) {
            page.hear(&line.frame().await);
        }
    }
    let mut line = Customer::resuming(house.address, &ticket, page.after).await;
    page.unaccepted.extend(unsent.drain(..));
    for (id, text) in page.unaccepted.clone() {
        line.message(&id, &text).await;
    }
    while page.heard.len() < segments + messages || !page.unaccepted.is_empty() {
        page.hear(&line.frame().await);
    }
    agent.await.unwrap();
    let stored: Vec<(u64, String)> = house.store.look(&ticket.conversation, |talk| {
        talk.seen
            .iter()
            .map(|seen| match &seen.what {
                SeenWhat::Own { text } | SeenWhat::Agent { text } => (seen.position, text.clone()),
                other => panic!("{other:?}"),
            })
            .collect()
    });
    assert_eq!(page.heard, stored);
    let own = |text: &&(u64, String)| text.1.starts_with("message");
    assert_eq!(stored.iter().filter(own).count(), messages);
}

#[tokio::test]
async fn a_position_counts_in_its_own_log_only() {
    let house = House::open().await;
    let mut ana = Customer::connect(house.address).await;
    ana.send(json!({"type": "open", "name": "Ana"})).await;
    let opened = ana.frame().await;
    let conversation = opened["conversation"].as_str().unwrap().parse().unwrap();
    let last = (house.store.say(&conversation, "one"), house.store.say(&conversation, "two")).1;
    let resume = json!({
        "type": "resume", "conversation": opened["conversation"], "secret": opened["secret"], "after": last,
        "log": opened["log"],
    });
    let mut again = Customer::connect(house.address).await;
    again.send(resume.clone()).await;
    assert_eq!(again.frame().await, json!({"type": "resumed", "log": opened["log"]}));
    house.store.say(&conversation, "three");
    assert_eq!(again.frame().await["text"], "three");
    house.store.restored();
    let mut behind = Customer::connect(house.address).await;
    behind.send(resume).await;
    let resumed = behind.frame().await;
    assert_ne!(resumed["log"], opened["log"]);
    for text in ["one", "two", "three"] {
        assert_eq!(behind.frame().await["text"], text);
    }
}

#[tokio::test]
async fn a_page_that_lost_everything_hears_it_all_again() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    house.store.say(&ticket.conversation, "one");
    house.store.say(&ticket.conversation, "two");
    assert_eq!(ana.frame().await["text"], "one");
    assert_eq!(ana.frame().await["text"], "two");
    let mut again = Customer::resuming(house.address, &ticket, None).await;
    assert_eq!(again.frame().await, json!({"type": "resumed", "log": house.store.log()}));
    assert_eq!(again.frame().await["text"], "one");
    assert_eq!(again.frame().await["text"], "two");
    // Both connections go on hearing.
    house.store.say(&ticket.conversation, "three");
    assert_eq!(ana.frame().await["text"], "three");
    assert_eq!(again.frame().await["text"], "three");
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_conversation_are_told_apart_by_nothing() {
    let house = House::open().await;
    let (_ana, ticket) = Customer::opened(house.address).await;
    let mut errors = Vec::new();
    for (conversation, secret) in [
        (ticket.conversation.as_str(), "guessed"),
        ("cnv_00000000000000000000000000000000", ticket.secret.as_str()),
        ("not an id", ticket.secret.as_str()),
    ] {
        let mut thief = Customer::connect(house.address).await;
        thief.send(json!({"type": "resume", "conversation": conversation, "secret": secret})).await;
        errors.push(thief.frame().await);
    }
    assert_eq!(errors[0]["code"], "cannot_resume");
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
}

#[tokio::test]
async fn guessing_ends_the_connection() {
    let house = House::open().await;
    let (_ana, ticket) = Customer::opened(house.address).await;
    let mut thief = Customer::connect(house.address).await;
    for n in 0..3 {
        let secret = format!("guess {n}");
        thief.send(json!({"type": "resume", "conversation": ticket.conversation, "secret": secret})).await;
        assert_eq!(thief.error().await, "cannot_resume");
    }
    assert_eq!(thief.next().await, Came::Close(1008));
}
