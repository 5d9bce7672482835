//! Host, Origin, and the hosted page with its headers.

use super::customer::Customer;
use super::house::{House, SHOP};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One request, as written; the answer's head in lower case, and its body.
async fn ask(address: SocketAddr, method: &str, path: &str, host: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn the_page_comes_under_strict_headers() {
    let house = House::open().await;
    let host = house.address.to_string();
    let (head, body) = ask(house.address, "GET", "/", &host).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, "<!doctype html><title>Chat</title>");
    let policy = format!(
        "content-security-policy: default-src 'self'; connect-src 'self' ws://{host} wss://{host}; object-src 'none'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    );
    for header in [
        policy.as_str(),
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
        "content-type: text/html",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let (head, _) = ask(house.address, "GET", "/chat.js", &host).await;
    assert!(head.contains("text/javascript") && head.contains("cache-control: no-cache"), "{head}");
    assert!(!head.contains("access-control"), "{head}");
}

#[tokio::test]
async fn nothing_but_the_page_is_served() {
    let house = House::open().await;
    let host = house.address.to_string();
    for path in
        ["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//secret.txt", "/api/query"]
    {
        let (head, body) = ask(house.address, "GET", path, &host).await;
        assert!(head.starts_with("http/1.1 404") || head.starts_with("http/1.1 400"), "{path}: {head}");
        assert!(!body.contains("not for customers"), "{path}");
        assert!(head.contains("nosniff"), "{path}: {head}");
    }
    let (head, _) = ask(house.address, "POST", "/", &host).await;
    assert!(head.starts_with("http/1.1 405"), "{head}");
}

#[tokio::test]
async fn another_host_is_refused_before_anything() {
    let house = House::open().await;
    let port = house.address.port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), format!("127.0.0.1.evil.example:{port}")] {
        let (head, body) = ask(house.address, "GET", "/", &host).await;
        assert!(head.starts_with("http/1.1 421"), "{head}");
        assert!(!body.contains("html"), "{body}");
        // A rebound page has the origin of the name that it was loaded under.
        let origin = format!("http://{host}");
        let refused = Customer::try_with(house.address, &[("host", &host), ("origin", &origin)]).await;
        assert_eq!(refused.err().unwrap().0, 421);
    }
    assert_eq!(house.store.conversations(), 0);
}

#[tokio::test]
async fn another_sites_page_opens_no_socket() {
    let house = House::open().await;
    let port = house.address.port();
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://shop.example.com",
        &format!("http://localhost:{port}"),
    ] {
        let refused = Customer::try_with(house.address, &[("origin", origin)]).await;
        let (status, words) = refused.err().unwrap();
        assert_eq!(status, 403, "{origin}");
        assert!(words.contains("may not open a chat"), "{words}");
    }
    assert_eq!(Customer::try_with(house.address, &[]).await.err().unwrap().0, 403, "none at all");
    assert!(Customer::try_with(house.address, &[("origin", SHOP)]).await.is_ok());
}

#[tokio::test]
async fn the_sites_that_may_frame_it_are_those_that_people_named_last() {
    let house = House::open().await;
    let host = house.address.to_string();
    house.settings.send_modify(|settings| settings.sites = vec!["https://shop.example.com".into()]);
    let (head, _) = ask(house.address, "GET", "/", &host).await;
    assert!(head.contains("frame-ancestors https://shop.example.com\r\n"), "{head}");
    house.settings.send_modify(|settings| settings.sites.clear());
    let (head, _) = ask(house.address, "GET", "/", &host).await;
    assert!(head.contains("frame-ancestors 'none'\r\n"), "{head}");
}
