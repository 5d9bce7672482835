//! DNS rebinding: another site's name comes to point at this machine, and its page asks here under that name.

use crate::wire::{ask, authority, send};
use countersign_tests::desk::Desk;
use countersign_tests::station::Start;

#[tokio::test(flavor = "multi_thread")]
async fn under_another_name_nothing_is_served_by_any_listener() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let bearer = format!("Bearer {}", desk.bearer().unwrap());
    for address in [&station.chat, &station.desk] {
        let port = authority(address).split_once(':').unwrap().1.to_owned();
        for host in
            ["evil.example".to_owned(), format!("evil.example:{port}"), format!("127.0.0.1.evil.example:{port}")]
        {
            let origin = format!("http://{host}");
            for line in ["GET /", "GET /chat", "POST /api/query", "GET /api/notices"] {
                let headers = [
                    ("host", host.as_str()),
                    ("origin", origin.as_str()),
                    ("authorization", &bearer),
                    ("content-type", "application/json"),
                ];
                let answer = ask(address, line, &headers, r#"{"query":{"query":"session"}}"#).await;
                assert_eq!(answer.status, 421, "{line} as {host}: {answer:?}");
                assert!(!answer.body.contains("Marta") && !answer.body.contains("<html"), "{answer:?}");
            }
        }
    }
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_no_name_or_two_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    for address in [&station.chat, &station.desk] {
        let ours = authority(address);
        for head in [
            "GET / HTTP/1.0\r\n\r\n".to_owned(),
            format!("GET / HTTP/1.1\r\nconnection: close\r\nhost: {ours}\r\nhost: evil.example\r\n\r\n"),
            format!("GET http://evil.example/ HTTP/1.1\r\nconnection: close\r\nhost: {ours}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nconnection: close\r\nhost: user@{ours}\r\n\r\n"),
        ] {
            let answer = send(address, head.as_bytes()).await;
            assert!(matches!(answer.status, 400 | 421), "{head}: {answer:?}");
            assert!(!answer.body.contains("<html"), "{answer:?}");
        }
    }
    station.stop().await;
}
