//! Where a server is that somebody else runs.

use super::check::UnfitServer;
use std::net::IpAddr;

/// An address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// Whether it is spoken to under TLS.
    pub tls: bool,
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
}

/// Headers that the protocol itself says, or that say how a message is cut.
const TAKEN: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "origin",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a header of that name may show a server who asks.
pub fn is_header(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(token) && !TAKEN.contains(&name) && !name.starts_with("mcp-")
}

impl ServerAddress {
    /// Takes an address apart. Nothing that could be read in two ways is one.
    pub fn read(url: &str) -> Result<Self, UnfitServer> {
        let wrong = || UnfitServer::Address("write an address such as https://tools.example.com/mcp".to_owned());
        if url.len() > 2_048 || !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains(['#', '@', '\\']) {
            return Err(wrong());
        }
        let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(wrong()),
        };
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, port) = inner.split_once(']').ok_or_else(wrong)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                (host, port)
            }
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong())?,
            None if port.is_empty() => {
                if tls {
                    443
                } else {
                    80
                }
            }
            None => return Err(wrong()),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return Err(wrong());
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        if query_names(&path).any(|name| names_a_credential(&name)) {
            let why = "a credential in an address stands in the trail for everybody who reads it: leave it out, and give it as the \
                       header that shows who asks";
            return Err(UnfitServer::Address(why.to_owned()));
        }
        let address = Self { tls, host: host.to_ascii_lowercase(), port, path };
        if !tls && !address.is_here() {
            return Err(UnfitServer::Address(
                "what goes over a network goes under TLS; only on this machine may it be http".to_owned(),
            ));
        }
        Ok(address)
    }

    /// Whether it is on this machine, by what it says.
    pub fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Host and port, as a request says them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

/// The names in a query.
fn query_names(path: &str) -> impl Iterator<Item = String> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|pair| pair.split('=').next().unwrap_or_default().to_ascii_lowercase())
}

fn names_a_credential(name: &str) -> bool {
    ["key", "token", "secret", "password", "auth", "sig", "credential"].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_one_way_and_a_credential_never_crosses_a_network_in_the_clear() {
        let read = |url: &str| ServerAddress::read(url);
        let there = read("https://Tools.example.com/mcp?x=1").unwrap();
        assert_eq!(
            (there.authority().as_str(), there.port, there.path.as_str()),
            ("tools.example.com", 443, "/mcp?x=1")
        );
        assert_eq!(read("http://127.0.0.1:4321").unwrap().path, "/");
        assert_eq!(read("http://[::1]:80/mcp").unwrap().authority(), "[::1]");
        assert_eq!(read("https://[2001:db8::1]:8443?a").unwrap().authority(), "[2001:db8::1]:8443");
        assert!(read("http://localhost:1/mcp").unwrap().is_here());
        for url in [
            "http://192.0.2.1/mcp",
            "http://tools.example.com/mcp",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(read(url).unwrap_err().to_string().contains("TLS"), "{url}");
        }
        for url in [
            "",
            "mcp",
            "ftp://a/",
            "https://",
            "https://a b/",
            "https://u:p@a/",
            "https://a/#x",
            "https://a:99999/",
            "https://[::1/",
            "https://[localhost]/",
            "https://a\\b/",
            "https://ä/",
            "https:///mcp",
            "https://a/mcp?api_key=1",
            "https://a/mcp?x=1&access_token=2",
        ] {
            assert!(read(url).is_err(), "{url}");
        }
    }

    #[test]
    fn no_header_is_taken_that_the_protocol_says_itself() {
        assert!(is_header("authorization") && is_header("x-api-key"));
        for name in ["", "Host", "host", "mcp-session-id", "content-length", "x y", "x:y", "cookie"] {
            assert!(!is_header(name), "{name}");
        }
    }
}
