//! A tool server that somebody else has started, at an address of this machine.

use hyper::Uri;
use hyper::header::HeaderValue;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The longest token that is read, in bytes.
const LONGEST_TOKEN: u64 = 4 * 1024;

/// One tool server, reached over streamable HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteConfig {
    name: String,
    address: SocketAddr,
    path: String,
    token_file: PathBuf,
}

/// An address that is no tool server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It does not parse.
    #[error("a tool server's address is one such as http://127.0.0.1:4321/mcp, with an IP address and a port")]
    Malformed,
    /// It is elsewhere.
    #[error(
        "a tool server that is reached over the network needs TLS, which this version has not; only addresses of this machine are taken"
    )]
    NotLoopback,
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
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { name: name.into(), address, path, token_file: token_file.into() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn token_file(&self) -> &Path {
        &self.token_file
    }

    /// The header that shows the token; it has no form for traces.
    pub(crate) fn token(&self) -> Option<HeaderValue> {
        let size = std::fs::metadata(&self.token_file).ok()?.len();
        if size > LONGEST_TOKEN {
            return None;
        }
        let text = std::fs::read_to_string(&self.token_file).ok()?;
        let token = text.trim();
        let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok().filter(|_| !token.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_machine_is_taken() {
        let at = |url: &str| RemoteConfig::new("crm", url, "token");
        let remote = at("http://127.0.0.1:4321/mcp?x=1").unwrap();
        assert_eq!((remote.address().to_string().as_str(), remote.path()), ("127.0.0.1:4321", "/mcp?x=1"));
        assert_eq!(at("http://[::1]:80/mcp").unwrap().address().to_string(), "[::1]:80");
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
}
