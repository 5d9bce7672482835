//! A tool server that somebody else has started: on this machine, or elsewhere under TLS.

use countersign_domain::server::{ServerAddress, UnfitServer};
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest token that is read, in bytes.
const LONGEST_TOKEN: u64 = 4 * 1024;

/// One tool server, reached over streamable HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteConfig {
    name: String,
    address: ServerAddress,
    shows: Shows,
}

/// By what a server is shown who asks.
#[derive(Clone, PartialEq, Eq)]
enum Shows {
    Nothing,
    /// A file with a bearer token and nothing else, read anew for every connection.
    TokenFile(PathBuf),
    Header(HeaderName, Zeroizing<String>),
}

/// A value is in no trace.
impl std::fmt::Debug for Shows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::TokenFile(path) => write!(f, "TokenFile({})", path.display()),
            Self::Header(name, _) => write!(f, "Header({name})"),
        }
    }
}

/// An address that is no tool server's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It does not parse.
    #[error("a tool server's address is one such as http://127.0.0.1:4321/mcp, with an IP address and a port")]
    Malformed,
    /// It is elsewhere.
    #[error(
        "a tool server of such a file is on this machine; one that is reached over the network is added in Settings, Tools"
    )]
    NotLoopback,
    /// It is none that people may add.
    #[error(transparent)]
    Unfit(#[from] UnfitServer),
    /// The header that shows who asks cannot be sent so.
    #[error("the token or header has characters in it that no request can carry")]
    Header,
}

impl RemoteConfig {
    /// The operator's name for it; its address, on this machine, for what goes there is not encrypted; a file with its
    /// bearer token and nothing else, read anew for every connection.
    pub fn new(name: impl Into<String>, url: &str, token_file: impl Into<PathBuf>) -> Result<Self, BadAddress> {
        let uri: Uri = url.parse().map_err(|_| BadAddress::Malformed)?;
        let authority = uri.authority().ok_or(BadAddress::Malformed)?;
        if uri.scheme_str() != Some("http") {
            return Err(BadAddress::Malformed);
        }
        let address: SocketAddr = authority.as_str().parse().map_err(|_| BadAddress::Malformed)?;
        if !address.ip().is_loopback() {
            return Err(BadAddress::NotLoopback);
        }
        Ok(Self { name: name.into(), address: ServerAddress::read(url)?, shows: Shows::TokenFile(token_file.into()) })
    }

    /// One that people added: here, or elsewhere under TLS. `header` is the one that shows who asks, by its name in small
    /// letters; a token under `authorization` is sent as a bearer's.
    pub fn added(name: impl Into<String>, url: &str, header: Option<(&str, &str)>) -> Result<Self, BadAddress> {
        let address = ServerAddress::read(url)?;
        let shows = match header {
            None => Shows::Nothing,
            Some((header, value)) => {
                let header = HeaderName::from_bytes(header.as_bytes()).map_err(|_| BadAddress::Header)?;
                let value = Zeroizing::new(value.trim().to_owned());
                let shows = Shows::Header(header, value);
                if shows.header().is_none() {
                    return Err(BadAddress::Header);
                }
                shows
            }
        };
        Ok(Self { name: name.into(), address, shows })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Where it is, as people read it.
    pub fn place(&self) -> String {
        let ServerAddress { tls, host, port, .. } = &self.address;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if *tls { format!("at https://{}", self.address.authority()) } else { format!("at {host}:{port}") }
    }

    pub(crate) fn token_file(&self) -> Option<&Path> {
        match &self.shows {
            Shows::TokenFile(path) => Some(path),
            Shows::Nothing | Shows::Header(..) => None,
        }
    }

    /// The header that shows who asks, if any does; it has no form for traces. `Err`: it is not to be had.
    pub(crate) fn shown(&self) -> Result<Option<(HeaderName, HeaderValue)>, NoToken> {
        match &self.shows {
            Shows::Nothing => Ok(None),
            shows => shows.header().map(Some).ok_or(NoToken),
        }
    }
}

/// There is no token to show.
#[derive(Debug)]
pub(crate) struct NoToken;

impl Shows {
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let sensitive = |name: HeaderName, text: &str| {
            let mut header = HeaderValue::from_str(text).ok()?;
            header.set_sensitive(true);
            Some((name, header))
        };
        match self {
            Self::Nothing => None,
            Self::Header(_, value) if value.is_empty() => None,
            Self::Header(name, value) if name == AUTHORIZATION => sensitive(name.clone(), &bearer(value)),
            Self::Header(name, value) => sensitive(name.clone(), value),
            Self::TokenFile(path) => {
                if std::fs::metadata(path).ok()?.len() > LONGEST_TOKEN {
                    return None;
                }
                let text = Zeroizing::new(std::fs::read_to_string(path).ok()?);
                let token = text.trim();
                if token.is_empty() { None } else { sensitive(AUTHORIZATION, &format!("Bearer {token}")) }
            }
        }
    }
}

/// A token as a bearer shows it; what says a scheme of its own stays as it is.
fn bearer(token: &str) -> String {
    if token.contains(' ') { token.to_owned() } else { format!("Bearer {token}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_machine_is_taken_from_a_file() {
        let at = |url: &str| RemoteConfig::new("crm", url, "token");
        let remote = at("http://127.0.0.1:4321/mcp?x=1").unwrap();
        assert_eq!((remote.place().as_str(), remote.address().path.as_str()), ("at 127.0.0.1:4321", "/mcp?x=1"));
        assert_eq!(at("http://[::1]:80/mcp").unwrap().place(), "at [::1]:80");
        assert_eq!(at("http://192.0.2.1:80/mcp"), Err(BadAddress::NotLoopback));
        for other in [
            "",
            "/mcp",
            "127.0.0.1:80",
            "https://127.0.0.1:1/",
            "http://u:p@127.0.0.1:1/",
            "http://crm:80/",
            "file:///x",
        ] {
            assert_eq!(at(other), Err(BadAddress::Malformed), "{other}");
        }
    }

    #[test]
    fn what_is_added_shows_its_header_to_its_server_and_to_no_trace() {
        let added = |header: Option<&str>| {
            RemoteConfig::added("hotel", "https://hotel.example.com/mcp", header.map(|name| (name, "s3cret\n")))
        };
        let shown = |header| added(header).unwrap().shown().unwrap();
        assert!(shown(None).is_none());
        assert_eq!(shown(Some("authorization")).unwrap().1, "Bearer s3cret");
        let (name, value) = shown(Some("x-api-key")).unwrap();
        assert_eq!((name.as_str(), &value), ("x-api-key", &HeaderValue::from_static("s3cret")));
        let traced = format!("{:?} {value:?}", added(Some("x-api-key")));
        assert!(!traced.contains("s3cret"), "{traced}");
        let bad = RemoteConfig::added("hotel", "https://h/", Some(("x-api-key", "a\nb")));
        assert_eq!(bad, Err(BadAddress::Header));
        assert!(RemoteConfig::added("hotel", "http://hotel.example.com/", None).is_err());
    }
}
