//! A connection to a server that somebody else runs: plain on this machine, under TLS anywhere else.

use countersign_domain::server::ServerAddress;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;

/// Bytes there and back.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// Why no connection came about. Nothing was asked.
pub(crate) type NoLine = &'static str;

pub(crate) const NOBODY: NoLine = "nothing listens at its address";

/// Connects.
pub(crate) async fn dial(to: &ServerAddress) -> Result<Box<dyn Line>, NoLine> {
    let stream = TcpStream::connect((to.host.as_str(), to.port)).await.map_err(|_| NOBODY)?;
    if !to.tls {
        // A name that says this machine may be made to mean another one.
        let here = stream.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
        return if here { Ok(Box::new(stream)) } else { Err("its address is not on this machine, and has no TLS") };
    }
    let name = ServerName::try_from(to.host.clone()).map_err(|_| "its address names no host")?;
    let connector = TlsConnector::from(client()?);
    let stream = connector.connect(name, stream).await;
    Ok(Box::new(stream.map_err(|_| "its certificate is not one that this machine trusts, or it speaks no TLS")?))
}

/// What this machine trusts. Looked up once: it is hundreds of files.
fn client() -> Result<Arc<ClientConfig>, NoLine> {
    static CLIENT: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(Arc::clone(client));
    }
    let provider = Arc::new(ring::default_provider());
    let trusts = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
    let trusts = trusts.map_err(|_| "this machine has no certificates that it trusts")?;
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| "no version of TLS is left")?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(trusts)).with_no_client_auth();
    Ok(Arc::clone(CLIENT.get_or_init(|| Arc::new(config))))
}
