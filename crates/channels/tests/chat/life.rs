//! How connections end: silence, slow readers, dead peers, and a station that stops.

use super::customer::{Came, Customer};
use super::house::{House, wide};
use countersign_channels::chat::ChatLimits;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_socket_that_opens_nothing_is_closed() {
    let house = House::with(ChatLimits { first_frame: Duration::from_millis(50), ..wide() }).await;
    let mut nobody = Customer::connect(house.address).await;
    assert_eq!(nobody.error().await, "too_late");
    assert_eq!(nobody.next().await, Came::Close(1008));
}

#[tokio::test]
async fn an_opened_conversation_outlives_the_first_deadline_and_answers_heartbeats() {
    let limits =
        ChatLimits { first_frame: Duration::from_millis(500), heartbeat: Duration::from_millis(100), ..wide() };
    let house = House::with(limits).await;
    let (mut ana, _ticket) = Customer::opened(house.address).await;
    // Ten heartbeats take a second; each is answered as the next frame is awaited.
    for _ in 0..10 {
        assert_eq!(ana.next().await, Came::Ping);
    }
    ana.message("m-1", "still here").await;
    assert_eq!(ana.frame().await["type"], "accepted");
}

#[tokio::test]
async fn a_peer_that_answers_no_pings_is_let_go() {
    // The silence limit of TCP connections would end it too, but much later than a test waits.
    let silence = Duration::from_secs(3_600);
    let house = House::with(ChatLimits { heartbeat: Duration::from_millis(50), silence, ..wide() }).await;
    let (ana, ticket) = Customer::opened(house.address).await;
    // Nothing is read from here on, so no pong is sent.
    house.store.deserted(&ticket.conversation).await;
    drop(ana);
}

#[tokio::test]
async fn a_slow_reader_is_let_go_and_resumes_where_it_was() {
    let house = House::with(ChatLimits { write: Duration::from_millis(200), ..wide() }).await;
    let (mut ana, ticket) = Customer::opened(house.address).await;
    let first = house.store.say(&ticket.conversation, "first");
    assert_eq!(ana.frame().await["position"], first);
    // Far more than the network's own buffers hold.
    let page = "x".repeat(256 * 1024);
    let mut last = first;
    for _ in 0..160 {
        last = house.store.say(&ticket.conversation, &page);
    }
    house.store.deserted(&ticket.conversation).await;
    let mut again = Customer::resuming(house.address, &ticket, Some(first)).await;
    assert_eq!(again.frame().await["type"], "resumed");
    let mut heard = Vec::new();
    while heard.last() != Some(&last) {
        heard.push(again.frame().await["position"].as_u64().unwrap());
    }
    assert_eq!(heard.len(), 160);
    assert!(heard.is_sorted());
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_dropped() {
    let house = House::with(ChatLimits { silence: Duration::from_millis(50), ..wide() }).await;
    let mut mute = TcpStream::connect(house.address).await.unwrap();
    let mut heard = Vec::new();
    // An end or a reset: either way it ends.
    let _ = mute.read_to_end(&mut heard).await;
    assert!(heard.is_empty());
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_does_not_keep_its_connection() {
    let house = House::with(ChatLimits { head: Duration::from_millis(200), ..wide() }).await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: {}\r\nx-slow: ", house.address);
    slow.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = slow.split();
    let mut heard = Vec::new();
    // A byte now and then, for as long as it is let: silence alone would never end this one.
    let dripping = async {
        let mut drop = tokio::time::interval(Duration::from_millis(10));
        loop {
            drop.tick().await;
            let _ = write.write_all(b"a").await;
        }
    };
    tokio::select! {
        _ = read.read_to_end(&mut heard) => {}
        () = dripping => {}
    }
    assert!(!String::from_utf8_lossy(&heard).contains("200 OK"));
}

#[tokio::test]
async fn a_page_that_nobody_takes_frees_its_place() {
    let limits = ChatLimits { write: Duration::from_millis(200), connections_per_address: 1, ..wide() };
    let house = House::with(limits).await;
    let large = vec![b'x'; 64 * 1024 * 1024];
    std::fs::write(house.page().join("large.js"), large).unwrap();
    let mut greedy = TcpStream::connect(house.address).await.unwrap();
    let request = format!("GET /large.js HTTP/1.1\r\nhost: {}\r\n\r\n", house.address);
    greedy.write_all(request.as_bytes()).await.unwrap();
    // It reads nothing; the only place becomes free all the same.
    loop {
        let mut other = TcpStream::connect(house.address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nconnection: close\r\nhost: {}\r\n\r\n", house.address);
        let _ = other.write_all(request.as_bytes()).await;
        let mut heard = Vec::new();
        let _ = other.read_to_end(&mut heard).await;
        if String::from_utf8_lossy(&heard).contains("200 OK") {
            break;
        }
    }
    drop(greedy);
}

#[tokio::test]
async fn connections_are_bounded_before_a_byte_is_read() {
    let house = House::with(ChatLimits { connections_per_address: 1, ..wide() }).await;
    let (mut first, _ticket) = Customer::opened(house.address).await;
    let mut second = TcpStream::connect(house.address).await.unwrap();
    let mut heard = Vec::new();
    let _ = second.read_to_end(&mut heard).await;
    assert!(heard.is_empty());
    first.message("m-1", "unharmed").await;
    assert_eq!(first.frame().await["type"], "accepted");
}

#[tokio::test]
async fn a_stopping_station_asks_everybody_to_resume_and_waits_for_them() {
    let house = House::open().await;
    let (mut ana, _ticket) = Customer::opened(house.address).await;
    let address = house.address;
    let stopped = tokio::spawn(house.stop());
    assert_eq!(ana.next().await, Came::Close(1001));
    assert_eq!(ana.next().await, Came::End);
    stopped.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
