//! Requests beyond every bound: refused with words, and nobody else notices.

use crate::wire::{ask, authority, send};
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn heads_bodies_and_nesting_are_bounded_and_others_are_answered_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    for address in [&station.chat, &station.desk] {
        let host = authority(address);
        let start = format!("GET / HTTP/1.1\r\nconnection: close\r\nhost: {host}\r\n");
        let long = format!("{start}x-long: {}\r\n\r\n", "a".repeat(64 * 1024));
        assert_eq!(send(address, long.as_bytes()).await.status, 431);
        let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
        assert_eq!(send(address, format!("{start}{many}\r\n").as_bytes()).await.status, 431);
        let path = format!("GET /{} HTTP/1.1\r\nhost: {host}\r\n\r\n", "a".repeat(64 * 1024));
        assert!(matches!(send(address, path.as_bytes()).await.status, 414 | 431));
        // Two ways to say where a body ends: a proxy could read the one, this listener the other.
        let smuggled = format!(
            "POST /api/query HTTP/1.1\r\nhost: {host}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: {host}\r\n\r\n"
        );
        let answer = send(address, smuggled.as_bytes()).await;
        assert!(!answer.body.contains("HTTP/1.1 200"), "{answer:?}");
    }

    let host = authority(&station.desk);
    let own = format!("http://{host}");
    let headers = [("host", host.as_str()), ("origin", own.as_str()), ("content-type", "application/json")];
    let start: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    // Refused by what it says of itself, before a byte of it was sent.
    let said = format!("POST /api/query HTTP/1.1\r\n{start}content-length: 400000000\r\n\r\n");
    let answer = send(&station.desk, said.as_bytes()).await;
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.body.contains("larger than 262144 bytes"), "{answer:?}");
    // Refused as soon as it is too long, where it did not say.
    let mut chunked = format!("POST /api/query HTTP/1.1\r\n{start}transfer-encoding: chunked\r\n\r\n");
    for _ in 0..40 {
        chunked.push_str(&format!("8000\r\n{}\r\n", " ".repeat(0x8000)));
    }
    let answer = send(&station.desk, chunked.as_bytes()).await;
    assert!(matches!(answer.status, 413 | 0), "{answer:?}");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = ask(&station.desk, "POST /api/query", &headers, &deep).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let answer = ask(&station.desk, "POST /api/query", &headers, r#"{"query":{"query":"session"},"more":1}"#).await;
    assert_eq!(answer.status, 422, "{answer:?}");

    desk.query(json!({"query": "approvals"})).await.unwrap();
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runaway_script_is_told_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let host = authority(&station.desk);
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    // One connection, many requests behind each other: each answered 401, until there have been too many.
    let one = format!("GET /api/notices HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let all = one.repeat(4_000);
    let (mut heard, mut page) = (String::new(), vec![0; 64 * 1024]);
    let (mut read, mut write) = stream.split();
    let writing = async {
        let _ = tokio::io::AsyncWriteExt::write_all(&mut write, all.as_bytes()).await;
    };
    let reading = async {
        while !heard.contains("HTTP/1.1 429") {
            let n = tokio::io::AsyncReadExt::read(&mut read, &mut page).await.unwrap();
            assert!(n > 0, "4,000 requests at once were all answered");
            heard.push_str(&String::from_utf8_lossy(&page[..n]));
        }
    };
    tokio::select! {
        () = reading => {}
        () = async { writing.await; std::future::pending::<()>().await } => {}
    }
    assert!(heard.contains("Too many requests from this address") || heard.contains("retry-after"), "no words");
    station.stop().await;
}
