//! TLS for what other machines reach: one certificate of the station's own, which whoever connects has pinned.

use super::connections::Connection;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::version::TLS13;
use tokio_rustls::server::TlsStream;

/// What a listener shows and speaks.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// A certificate and its key that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be used: {0}")]
pub struct UnfitCertificate(String);

impl Tls {
    /// TLS 1.3 with this certificate (DER) and its key (PKCS #8 DER). Nobody is asked for a certificate of theirs.
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, UnfitCertificate> {
        let chain = vec![CertificateDer::from(certificate.to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| UnfitCertificate(error.to_string()))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(&self, connection: Connection) -> std::io::Result<TlsStream<Connection>> {
        self.0.accept(connection).await
    }
}
