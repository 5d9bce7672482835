//! A page of another site, open in the browser of somebody who works here.

use crate::wire::{Answer, ask, authority};
use countersign_tests::desk::Desk;
use countersign_tests::station::{Start, Station};
use serde_json::json;

const STOP: &str = r#"{"command":{"command":"stop"}}"#;
const SESSION: &str = r#"{"query":{"query":"session"}}"#;
const UPGRADE: [(&str, &str); 4] = [
    ("upgrade", "websocket"),
    ("connection", "upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// The status that a WebSocket to the chat gets which a page of this origin asks for.
async fn upgrade(address: &str, host: &str, origin: &str) -> u16 {
    let headers: Vec<_> = [("host", host), ("origin", origin)].into_iter().chain(UPGRADE).collect();
    let mut head = "GET /chat HTTP/1.1\r\n".to_owned();
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    crate::wire::send(address, format!("{head}\r\n").as_bytes()).await.status
}

async fn post(station: &Station, headers: &[(&str, &str)], body: &str) -> Answer {
    let host = authority(&station.desk);
    let headers: Vec<_> = [("host", host.as_str())].into_iter().chain(headers.iter().copied()).collect();
    ask(&station.desk, "POST /api/command", &headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_s_page_changes_nothing_even_with_a_good_token() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let bearer = format!("Bearer {}", desk.bearer().unwrap());
    let own = format!("http://{}", authority(&station.desk));
    let chat = format!("http://{}", authority(&station.chat));
    let json = ("content-type", "application/json");
    let token = ("authorization", bearer.as_str());

    for origin in ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1", &chat, "file://"] {
        let answer = post(&station, &[json, token, ("origin", origin)], STOP).await;
        assert_eq!(answer.status, 403, "{origin}: {answer:?}");
    }
    // Without an Origin, with two, or with one that the browser itself contradicts.
    assert_eq!(post(&station, &[json, token], STOP).await.status, 403);
    let twice = [json, token, ("origin", own.as_str()), ("origin", own.as_str())];
    assert_eq!(post(&station, &twice, STOP).await.status, 403);
    for site in ["cross-site", "same-site"] {
        let answer = post(&station, &[json, token, ("origin", &own), ("sec-fetch-site", site)], STOP).await;
        assert_eq!(answer.status, 403, "{site}");
    }
    // What a form, or a request without CORS, can send.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = post(&station, &[("content-type", kind), token, ("origin", &own)], STOP).await;
        assert_eq!(answer.status, 415, "{kind}: {answer:?}");
    }
    let session = desk.query(json!({"query": "session"})).await.unwrap();
    assert!(session["stopped"].is_null(), "{session:#}");

    // The same with everything as it should be is heard, or the above would prove nothing.
    let good = post(&station, &[json, token, ("origin", &own), ("sec-fetch-site", "same-origin")], STOP).await;
    assert_eq!(good.status, 200, "{good:?}");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_invited_across_sites_and_no_cookie_is_ever_set_or_heard() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let mut desk = Desk::at(&station.desk);
    desk.set_up("Marta Lindqvist").await;
    let token = desk.bearer().unwrap().to_owned();
    let host = authority(&station.desk);
    let own = format!("http://{host}");
    let (cookie, bearer) = (format!("countersign-session={token}"), format!("Bearer {token}"));
    let preflight = [
        ("host", host.as_str()),
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    let json = ("content-type", "application/json");
    let mut answers = vec![ask(&station.desk, "OPTIONS /api/command", &preflight, "").await];
    let stolen = [("host", host.as_str()), ("origin", &own), json, ("cookie", &cookie)];
    let answer = ask(&station.desk, "POST /api/command", &stolen, STOP).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    answers.push(answer);
    let in_the_address = format!("POST /api/command?token={token}&access_token={token}");
    let answer = ask(&station.desk, &in_the_address, &[("host", &host), ("origin", &own), json], STOP).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    answers.push(answer);
    let good = [("host", host.as_str()), ("origin", &own), json, ("authorization", &bearer)];
    answers.push(ask(&station.desk, "POST /api/query", &good, SESSION).await);
    assert_eq!(answers.last().unwrap().status, 200);
    answers.push(ask(&station.desk, "GET /", &[("host", &host)], "").await);
    answers.push(ask(&station.chat, "GET /", &[("host", &authority(&station.chat))], "").await);
    for answer in &answers {
        assert!(!answer.head.contains("access-control-"), "{answer:?}");
        assert!(!answer.head.contains("set-cookie"), "{answer:?}");
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{answer:?}");
        assert!(answer.head.contains("frame-ancestors 'none'"), "{answer:?}");
    }
    // The stream of notices is not for a page of another site either, however it asks.
    let elsewhere = [("host", host.as_str()), ("authorization", bearer.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&station.desk, "GET /api/notices", &elsewhere, "").await.status, 403);
    let elsewhere = [("host", host.as_str()), ("authorization", bearer.as_str()), ("origin", "https://evil.example")];
    assert_eq!(ask(&station.desk, "GET /api/notices", &elsewhere, "").await.status, 403);
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_opens_to_the_listener_s_own_page_only_and_listeners_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).running().await;
    let (chat, desk) = (authority(&station.chat), authority(&station.desk));
    for origin in ["https://evil.example", "null", &format!("http://{desk}"), &format!("https://{chat}.evil.example")] {
        assert_eq!(upgrade(&station.chat, &chat, origin).await, 403, "{origin}");
    }
    assert_eq!(upgrade(&station.chat, &chat, &format!("http://{chat}")).await, 101);
    // What belongs to customers is not at the desks' listener, nor the other way round.
    assert_ne!(upgrade(&station.desk, &desk, &format!("http://{desk}")).await, 101);
    let own = format!("http://{chat}");
    let headers = [("host", chat.as_str()), ("origin", own.as_str()), ("content-type", "application/json")];
    for line in ["POST /api/query", "POST /api/command", "GET /api/notices"] {
        let answer = ask(&station.chat, line, &headers, SESSION).await;
        assert!(matches!(answer.status, 404 | 405), "{line}: {answer:?}");
    }
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_may_show_the_chat_may_do_nothing_else_and_no_other_site_may_do_that() {
    const SITE: &str = "https://shop.example.com";
    let folder = tempfile::tempdir().unwrap();
    let station = Start::on(&folder.path().join("data")).embedded_by(SITE).running().await;
    let (chat, desk) = (authority(&station.chat), authority(&station.desk));
    for page in ["GET /", "GET /widget.js", "GET /chat", "GET /nothing"] {
        let answer = ask(&station.chat, page, &[("host", &chat), ("origin", SITE)], "").await;
        assert!(answer.head.contains(&format!("frame-ancestors {SITE}\r\n")), "{page}: {answer:?}");
        assert!(!answer.head.contains("access-control-"), "nothing is read across: {answer:?}");
    }
    let answer = ask(&station.desk, "GET /", &[("host", &desk)], "").await;
    assert!(
        answer.head.contains("frame-ancestors 'none'") && answer.head.contains("x-frame-options: deny"),
        "{answer:?}"
    );
    // Its own scripts open no conversation: only the chat's page in its frame does.
    assert_eq!(upgrade(&station.chat, &chat, SITE).await, 403);
    station.stop().await;
}
