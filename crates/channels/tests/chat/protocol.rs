//! What each frame is answered with, exactly; and what a frame gets that says nothing.

use super::customer::{Came, Customer};
use super::house::House;
use super::store::at;
use countersign_agents::port::SeenWhat;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn every_frame_is_as_the_protocol_says() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    assert_eq!(ticket.assurance, "claimed");
    ana.message("m-1", "hello").await;
    assert_eq!(ana.frame().await, json!({"type": "accepted", "client_id": "m-1", "position": 3}));
    let said =
        json!({"type": "said", "position": 3, "at": at(), "from": "customer", "text": "hello", "client_id": "m-1"});
    assert_eq!(ana.frame().await, said);
    let until = at().plus_seconds(300);
    for (what, frame) in [
        (
            SeenWhat::Agent { text: "Hi.".into() },
            json!({"type": "said", "position": 6, "at": at(), "from": "agent", "text": "Hi."}),
        ),
        (SeenWhat::Checking { until }, json!({"type": "checking", "position": 9, "until": until})),
        (SeenWhat::CheckingOver, json!({"type": "checking", "position": 12, "until": null})),
        (SeenWhat::Noted, json!({"type": "noted", "position": 15})),
        (SeenWhat::PersonAnswers, json!({"type": "answers", "position": 18, "who": "person"})),
        (
            SeenWhat::Closed { for_good: false, rates: true },
            json!({"type": "closed", "position": 21, "for_good": false, "rates": true}),
        ),
        (SeenWhat::Rated, json!({"type": "rated", "position": 24})),
        (SeenWhat::Reopened, json!({"type": "reopened", "position": 27})),
        (
            SeenWhat::Closed { for_good: true, rates: false },
            json!({"type": "closed", "position": 30, "for_good": true, "rates": false}),
        ),
    ] {
        house.store.put(&ticket.conversation, what);
        assert_eq!(ana.frame().await, frame);
    }
    assert_eq!(ana.next().await, Came::Close(1000));
}

#[tokio::test]
async fn a_double_is_answered_with_its_first_position_and_stored_once() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    for _ in 0..3 {
        ana.message("m-1", "refund me").await;
    }
    let mut accepted = 0;
    while accepted < 3 {
        let frame = ana.frame().await;
        assert_eq!(frame["position"], 3, "{frame}");
        accepted += u32::from(frame["type"] == "accepted");
    }
    assert_eq!(house.store.look(&ticket.conversation, |talk| talk.seen.len()), 1);
}

#[tokio::test]
async fn markup_is_text_and_stays_as_it_is() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    let text = "<script>alert('x')</script> &amp; \u{202e}\u{0} \"\\";
    ana.message("m-1", text).await;
    assert_eq!(ana.frame().await["type"], "accepted");
    assert_eq!(ana.frame().await["text"], text);
    let stored = house.store.look(&ticket.conversation, |talk| talk.seen[0].what.clone());
    assert_eq!(stored, SeenWhat::Own { text: text.into() });
}

#[tokio::test]
async fn broken_frames_get_a_clear_error_and_the_third_ends_the_connection() {
    let house = House::open().await;
    let large = json!({"type": "message", "client_id": "m", "text": "x".repeat(17_000)}).to_string();
    for (message, code) in [
        (Message::text(large), "too_large"),
        (Message::text("x".repeat(200_000)), "too_large"),
        (Message::text("{"), "malformed"),
        (Message::text(r#"{"type":"message","client_id":"m","client_id":"n","text":"x"}"#), "malformed"),
        (Message::text(r#"{"type":"decide","approve":true}"#), "malformed"),
        (Message::binary(vec![1, 2, 3]), "binary"),
        (Message::text(r#"{"type":"open"}"#), "out_of_turn"),
    ] {
        let (mut ana, ticket) = Customer::opened(house.address).await;
        for _ in 0..2 {
            ana.send_raw(message.clone()).await;
            assert_eq!(ana.error().await, code);
        }
        // Two are forgiven: the conversation goes on.
        ana.message("m-1", "still here").await;
        assert_eq!(ana.frame().await["type"], "accepted");
        assert_eq!(ana.frame().await["type"], "said");
        ana.send_raw(message).await;
        assert_eq!(ana.error().await, code);
        assert_eq!(ana.next().await, Came::Close(1008));
        assert_eq!(house.store.look(&ticket.conversation, |talk| talk.seen.len()), 1, "{code}");
    }
}

#[tokio::test]
async fn a_frame_far_over_the_limit_ends_the_connection_at_once() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    // The server stops reading in the middle, so that sending may fail.
    use futures::SinkExt;
    let _ = ana.socket.send(Message::text("x".repeat(5_000_000))).await;
    house.store.deserted(&ticket.conversation).await;
}

#[tokio::test]
async fn the_first_frame_opens_or_resumes() {
    let house = House::open().await;
    let mut ana = Customer::connect(house.address).await;
    ana.message("m-1", "hello").await;
    assert_eq!(ana.error().await, "out_of_turn");
    ana.send(json!({"type": "open"})).await;
    assert_eq!(ana.ticket().await.assurance, "anonymous");
}

#[tokio::test]
async fn a_message_that_the_conversation_refuses_is_named_and_the_next_is_taken() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    for (text, code) in [(String::new(), "empty"), ("é".repeat(2_001), "too_long")] {
        ana.message("m-1", &text).await;
        let frame = ana.frame().await;
        assert_eq!((&frame["code"], &frame["client_id"]), (&json!(code), &json!("m-1")), "{frame}");
    }
    ana.message("m-2", &"é".repeat(2_000)).await;
    assert_eq!(ana.frame().await["type"], "accepted");
    assert_eq!(ana.frame().await["type"], "said");
    // An ended conversation still says why nothing is taken any more.
    let end = house.store.put(&ticket.conversation, SeenWhat::Closed { for_good: true, rates: false });
    assert_eq!(ana.frame().await["type"], "closed");
    let mut again = Customer::resuming(house.address, &ticket, Some(end)).await;
    assert_eq!(again.frame().await["type"], "resumed");
    again.message("m-3", "one more thing").await;
    assert_eq!(again.error().await, "ended");
}

#[tokio::test]
async fn who_is_done_says_so_and_what_they_thought_of_it_and_writes_again() {
    let house = House::open().await;
    let mut early = Customer::connect(house.address).await;
    early.send(json!({"type": "done"})).await;
    assert_eq!(early.error().await, "out_of_turn");
    let (mut ana, _) = Customer::opened(house.address).await;
    ana.send(json!({"type": "rate", "score": 5})).await;
    assert_eq!(ana.error().await, "not_rated");
    ana.send(json!({"type": "done"})).await;
    let closed = json!({"type": "closed", "position": 3, "for_good": false, "rates": true});
    assert_eq!(ana.frame().await, closed);
    ana.send(json!({"type": "rate", "score": 6})).await;
    assert_eq!(ana.error().await, "not_rated");
    ana.send(json!({"type": "rate", "score": 5})).await;
    assert_eq!(ana.frame().await, json!({"type": "rated", "position": 6}));
    ana.message("m-1", "One more thing").await;
    assert_eq!(ana.frame().await["type"], "accepted", "the line stayed open");
}

#[tokio::test]
async fn a_log_that_is_down_refuses_clearly_and_ends_the_connection() {
    let house = House::open().await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    house.store.refuse();
    house.store.say(&ticket.conversation, "unread");
    assert_eq!(ana.error().await, "unavailable");
    assert_eq!(ana.next().await, Came::Close(1013));
    let mut ben = Customer::connect(house.address).await;
    ben.send(json!({"type": "open"})).await;
    assert_eq!(ben.error().await, "unavailable");
}

#[tokio::test]
async fn what_is_still_on_its_way_does_not_take_the_last_error_with_it() {
    use futures::SinkExt;
    let house = House::open().await;
    let (mut ana, _ticket) = Customer::opened(house.address).await;
    for _ in 0..3 {
        ana.socket.feed(Message::binary(vec![0])).await.unwrap();
    }
    for n in 0..100 {
        let frame = json!({"type": "message", "client_id": format!("m-{n}"), "text": "x".repeat(2_000)});
        ana.socket.feed(Message::text(frame.to_string())).await.unwrap();
    }
    ana.socket.flush().await.unwrap();
    for _ in 0..3 {
        assert_eq!(ana.error().await, "binary");
    }
    assert_eq!(ana.next().await, Came::Close(1008));
}
