//! Requests as bytes, so that nothing corrects what an attacker would send.

use countersign_tests::process::DEADLINE;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// `127.0.0.1:4310` of `http://127.0.0.1:4310/…`.
pub(crate) fn authority(address: &str) -> String {
    address.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned()
}

/// Sends these bytes and reads until the other side closes, or has said nothing for a while after an answer.
pub(crate) async fn send(address: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(authority(address)).await.unwrap();
    // The other side may refuse before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let mut page = [0; 16 * 1024];
    loop {
        let patience = if heard.is_empty() { DEADLINE } else { Duration::from_secs(2) };
        match timeout(patience, stream.read(&mut page)).await {
            Ok(Ok(n)) if n > 0 => heard.extend_from_slice(&page[..n]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&heard).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// A request of one piece, with these lines in its head and the connection closed behind it.
pub(crate) async fn ask(address: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut head = format!("{line} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    send(address, format!("{head}\r\n{body}").as_bytes()).await
}
