//! The hosted page: files of one folder, under headers that let it load and reach nothing but this listener.

use crate::door::KnownHost;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use countersign_domain::channel::ChatSettings;
use tokio::sync::watch;

/// Who may show the page in a frame, as the value of `frame-ancestors`. What could end the directive early is left out,
/// which frames less, not more.
fn frame_ancestors(sites: &[String]) -> String {
    let is_source = |site: &&str| !site.is_empty() && site.bytes().all(in_a_source);
    let good: Vec<&str> = sites.iter().map(String::as_str).filter(is_source).collect();
    if good.is_empty() { "'none'".to_owned() } else { good.join(" ") }
}

fn in_a_source(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b';' | b',')
}

/// Adds the headers to every answer.
pub(super) async fn with_headers(
    State(settings): State<watch::Receiver<ChatSettings>>,
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
        frame_ancestors(&settings.borrow().sites)
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
        let frames = |sites: &[&str]| frame_ancestors(&sites.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(frames(&[]), "'none'");
        assert_eq!(frames(&["*; script-src *", "", "a b", "x,y"]), "'none'");
        assert_eq!(frames(&["https://a.example", "https://b.example"]), "https://a.example https://b.example");
    }
}
