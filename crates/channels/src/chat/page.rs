//! The hosted page: files of one folder, under headers that let it load and reach nothing but this listener.

use crate::door::KnownHost;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// Who may show the page in a frame, as the value of `frame-ancestors`.
#[derive(Debug, Clone)]
pub(super) struct Frames(Arc<str>);

impl Frames {
    /// What could end the directive early is left out, which frames less, not more.
    pub(super) fn new(sources: &[String]) -> Self {
        let (good, bad): (Vec<&str>, Vec<&str>) =
            sources.iter().map(String::as_str).partition(|s| !s.is_empty() && s.bytes().all(in_a_source));
        if !bad.is_empty() {
            tracing::warn!(?bad, "these are no CSP sources, so they may not frame the chat page");
        }
        Self(if good.is_empty() { "'none'".into() } else { good.join(" ").into() })
    }
}

fn in_a_source(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b';' | b',')
}

/// Adds the headers to every answer.
pub(super) async fn with_headers(
    State(frames): State<Frames>,
    Extension(host): Extension<KnownHost>,
    request: Request,
    next: Next,
) -> Response {
    let host = host.as_str();
    let mut response = next.run(request).await;
    // The WebSocket's address is named, since not every browser counts it as 'self'; "ws:" alone would allow any host.
    let policy = format!(
        "default-src 'self'; connect-src 'self' ws://{host} wss://{host}; object-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors {}",
        frames.0
    );
    // A host that is an authority fits a header; were it not so, the page may do nothing.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let is_html = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    let caching = if is_html { "no-store" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::CACHE_CONTROL, caching),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_cannot_smuggle_in_a_directive() {
        let frames = |sources: &[&str]| Frames::new(&sources.iter().map(ToString::to_string).collect::<Vec<_>>()).0;
        assert_eq!(&*frames(&[]), "'none'");
        assert_eq!(&*frames(&["*; script-src *", "", "a b", "x,y"]), "'none'");
        assert_eq!(&*frames(&["https://a.example", "https://b.example"]), "https://a.example https://b.example");
    }
}
