//! Who may knock: the `Host` header against DNS rebinding, the `Origin` against other sites' pages, on requests and on
//! WebSockets.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The names of this machine, as a `Host` header carries them.
pub const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// The names and origins that are let in.
#[derive(Debug)]
pub struct Door {
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// The `Host` of a request after it was checked, port included; kept in the request's extensions.
#[derive(Debug, Clone)]
pub struct KnownHost(Authority);

impl KnownHost {
    /// As the browser was told: a name, and the port unless it is the scheme's own.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Door {
    /// Names without a port, and origins besides the listener's own.
    pub fn new(hosts: &[String], origins: &[String]) -> Self {
        Self {
            hosts: hosts.iter().map(|h| h.to_ascii_lowercase()).collect(),
            origins: origins.iter().map(|o| o.trim_end_matches('/').to_ascii_lowercase()).collect(),
        }
    }

    /// The request's host, if it has exactly one and it is ours.
    fn host(&self, request: &Request) -> Option<Authority> {
        let authority = match (only(request.headers(), header::HOST), request.uri().authority()) {
            (Some(host), None) => host.parse::<Authority>().ok()?,
            (None, Some(authority)) if !request.headers().contains_key(header::HOST) => authority.clone(),
            (Some(host), Some(authority)) if host == authority.as_str() => authority.clone(),
            _ => return None,
        };
        // user:password@host is no host.
        let plain = !authority.as_str().contains('@');
        (plain && self.hosts.contains(&authority.host().to_ascii_lowercase())).then_some(authority)
    }

    /// Whether the page that opens a WebSocket or sends a POST may: the listener's own, or one that was named. Browsers
    /// always send an origin with these, so that a missing one is refused like a wrong one.
    pub fn origin_is_welcome(&self, headers: &HeaderMap, host: &KnownHost) -> bool {
        let Some(origin) = only(headers, header::ORIGIN).map(str::to_ascii_lowercase) else { return false };
        let host = host.0.as_str().to_ascii_lowercase();
        let own = origin.strip_prefix("http://").or(origin.strip_prefix("https://")).is_some_and(|o| o == host);
        own || self.origins.contains(&origin)
    }
}

/// Whether a browser says that a page of another origin asks. An old browser, or none at all, says nothing here.
pub fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get_all("sec-fetch-site");
    site.iter().any(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// Refuses requests for other hosts, and tells what stands behind which host was asked for.
pub async fn host_is_known(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    match door.host(&request) {
        Some(host) => {
            request.extensions_mut().insert(KnownHost(host));
            next.run(request).await
        }
        None => (StatusCode::MISDIRECTED_REQUEST, "This address is not served here; use the address you were given.\n")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn door() -> Door {
        Door::new(
            &["127.0.0.1".into(), "[::1]".into(), "Chat.Example.com".into()],
            &["https://shop.example.com/".into()],
        )
    }

    fn host_of(uri: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        door().host(&request.body(Body::empty()).unwrap()).map(|a| a.to_string())
    }

    #[test]
    fn only_our_own_names_are_hosts() {
        for host in ["127.0.0.1:9", "127.0.0.1", "[::1]:9", "chat.example.com", "CHAT.example.com:443"] {
            assert_eq!(host_of("/", &[host]).as_deref(), Some(host));
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "", "localhost", "chat.example.com."] {
            assert_eq!(host_of("/", &[host]), None, "{host}");
        }
        assert_eq!(host_of("/", &[]), None);
        assert_eq!(host_of("/", &["127.0.0.1", "127.0.0.1"]), None);
        assert_eq!(host_of("http://evil.example/", &["127.0.0.1"]), None);
        assert_eq!(host_of("http://127.0.0.1/", &["evil.example"]), None);
    }

    #[test]
    fn only_our_page_and_named_sites_are_origins() {
        let host = KnownHost("127.0.0.1:9".parse().unwrap());
        let welcome = |origins: &[&str]| {
            let mut headers = HeaderMap::new();
            for origin in origins {
                headers.append(header::ORIGIN, origin.parse().unwrap());
            }
            door().origin_is_welcome(&headers, &host)
        };
        assert!(welcome(&["http://127.0.0.1:9"]) && welcome(&["https://shop.example.com"]));
        for origin in ["http://127.0.0.1:8", "http://127.0.0.1", "null", "", "http://shop.example.com", "file://"] {
            assert!(!welcome(&[origin]), "{origin}");
        }
        assert!(!welcome(&[]) && !welcome(&["http://127.0.0.1:9", "http://127.0.0.1:9"]));
    }
}
