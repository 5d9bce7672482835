//! Every input is bounded, what is refused is told, and nothing that was accepted is lost by it.

use super::customer::{Came, Customer};
use super::house::{House, generous, wide};
use countersign_channels::chat::ChatLimits;
use countersign_domain::channel::ChatSettings;
use serde_json::json;
use std::collections::HashSet;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn messages_that_come_too_fast_are_refused_by_name_and_a_new_connection_brings_no_new_allowance() {
    let house = House::set(ChatSettings { messages_per_minute: 1, message_burst: 5, ..generous() }).await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    for n in 0..6 {
        ana.message(&format!("m-{n}"), "quick").await;
    }
    let refused = loop {
        let frame = ana.frame().await;
        if frame["type"] == "error" {
            break frame;
        }
    };
    assert_eq!((&refused["code"], &refused["client_id"]), (&json!("too_fast"), &json!("m-5")), "{refused}");
    assert_eq!(house.store.look(&ticket.conversation, |talk| talk.seen.len()), 5);
    let after = house.store.look(&ticket.conversation, |talk| talk.seen.last().map(|seen| seen.position));
    let mut again = Customer::resuming(house.address, &ticket, after).await;
    assert_eq!(again.frame().await["type"], "resumed");
    again.message("m-5", "quick").await;
    assert_eq!(again.error().await, "too_fast");
}

#[tokio::test]
async fn a_page_that_resends_what_was_too_fast_loses_nothing() {
    let house = House::set(ChatSettings { messages_per_minute: 6_000, message_burst: 5, ..generous() }).await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    let mut open: HashSet<String> = (0..30).map(|n| format!("m-{n}")).collect();
    for id in &open {
        ana.message(id, id).await;
    }
    while !open.is_empty() {
        let frame = ana.frame().await;
        let id = frame["client_id"].as_str().unwrap_or_default().to_owned();
        match frame["type"].as_str().unwrap() {
            "accepted" => assert!(open.remove(&id)),
            "error" => ana.message(&id, &id).await,
            _ => {}
        }
    }
    assert_eq!(house.store.look(&ticket.conversation, |talk| talk.seen.len()), 30);
}

#[tokio::test]
async fn a_flood_of_any_frames_ends_the_connection() {
    let house = House::with(ChatLimits { frame_burst: 20, ..wide() }).await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    for _ in 0..25 {
        ana.send_raw(Message::Pong(Default::default())).await;
    }
    assert_eq!(ana.error().await, "flood");
    assert_eq!(ana.next().await, Came::Close(1008));
    house.store.deserted(&ticket.conversation).await;
}

#[tokio::test]
async fn one_address_holds_so_many_sockets_and_gets_them_back() {
    let house = House::set(ChatSettings { connected_per_address: 2, ..generous() }).await;
    let (first, ticket) = Customer::opened(house.address).await;
    let _second = Customer::connect(house.address).await;
    let origin = format!("http://{}", house.address);
    let third = Customer::try_with(house.address, &[("origin", &origin)]).await;
    let (status, words) = third.err().unwrap();
    assert_eq!(status, 429);
    assert!(words.contains("close one"), "{words}");
    drop(first);
    house.store.deserted(&ticket.conversation).await;
    // The seat follows the conversation's end by a moment.
    while Customer::try_with(house.address, &[("origin", &origin)]).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn in_all_so_many_sockets_are_served() {
    let house = House::set(ChatSettings { connected: 1, ..generous() }).await;
    let _first = Customer::connect(house.address).await;
    let origin = format!("http://{}", house.address);
    assert_eq!(Customer::try_with(house.address, &[("origin", &origin)]).await.err().unwrap().0, 503);
}

#[tokio::test]
async fn new_conversations_have_a_rate_and_old_ones_go_on() {
    let house = House::set(ChatSettings { opens_per_minute_and_address: 2, ..generous() }).await;
    let (_first, ticket) = Customer::opened(house.address).await;
    let _second = Customer::opened(house.address).await;
    let mut third = Customer::connect(house.address).await;
    third.send(json!({"type": "open", "name": "Ana"})).await;
    assert_eq!(third.error().await, "too_many_conversations");
    assert_eq!(third.next().await, Came::Close(1013));
    assert_eq!(house.store.conversations(), 2);
    let mut resumed = Customer::resuming(house.address, &ticket, None).await;
    assert_eq!(resumed.frame().await["type"], "resumed");
}

#[tokio::test]
async fn other_settings_hold_at_once_and_nobody_who_is_connected_is_cut_off() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    house.settings.send_replace(ChatSettings { connected: 1, message_burst: 2, messages_per_minute: 1, ..generous() });
    let origin = format!("http://{}", house.address);
    assert_eq!(Customer::try_with(house.address, &[("origin", &origin)]).await.err().unwrap().0, 503);
    for n in 0..3 {
        ana.message(&format!("m-{n}"), "quick").await;
    }
    while ana.frame().await["type"] != "error" {}
    assert_eq!(house.store.look(&ticket.conversation, |talk| talk.seen.len()), 2);
    house.settings.send_replace(generous());
    Customer::try_with(house.address, &[("origin", &origin)]).await.unwrap();
}
