//! A mail server, over SMTP with TLS.

use super::{Letter, Mail, NotSent, Sender};
use async_trait::async_trait;
use lettre::transport::smtp::authentication;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// How long each step may take, and how long all of them.
const STEP: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
const BEGINS: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How the connection is encrypted. There is no "if the server can": somebody in between could say that it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte (port 465).
    Implicit,
    /// After STARTTLS, without which nothing is sent (port 587).
    StartTls,
    /// Not at all: only to a mail server on this machine.
    None,
}

/// A user of the mail server.
#[derive(Clone)]
pub struct Credentials {
    /// Name.
    pub user: String,
    /// Password.
    pub password: String,
}

/// Why a mail server cannot be used as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableServer {
    /// It is elsewhere.
    #[error("letters to {0} would cross the network unencrypted: use tls = \"implicit\" or \"starttls\"")]
    Unencrypted(String),
    /// No certificate.
    #[error("the certificate is not readable as PEM")]
    Certificate,
    /// What the TLS library says.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// A mail server.
pub struct SmtpServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Sender,
    place: String,
}

impl SmtpServer {
    /// One at this host. `authority` is one more certificate authority to trust, as PEM, beside those that everybody does.
    pub fn new(
        host: &str,
        port: u16,
        tls: SmtpTls,
        credentials: Option<Credentials>,
        authority: Option<&[u8]>,
        from: Sender,
    ) -> Result<Self, UnusableServer> {
        let parameters = || {
            let mut parameters = TlsParameters::builder(host.to_owned());
            if let Some(pem) = authority {
                // What holds no certificate at all reads as an empty list, and would only show when a letter is due.
                let there = pem.windows(BEGINS.len()).any(|window| window == BEGINS);
                let certificate =
                    Certificate::from_pem(pem).ok().filter(|_| there).ok_or(UnusableServer::Certificate)?;
                parameters = parameters.add_root_certificate(certificate);
            }
            parameters.build_rustls().map_err(|error| UnusableServer::Tls(error.to_string()))
        };
        let tls = match tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters()?),
            SmtpTls::StartTls => Tls::Required(parameters()?),
            SmtpTls::None if is_here(host) => Tls::None,
            SmtpTls::None => return Err(UnusableServer::Unencrypted(host.to_owned())),
        };
        // The name is dangerous where no TLS is chosen; one was, or the server is on this machine.
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
        builder = builder.port(port).tls(tls).timeout(Some(STEP));
        if let Some(Credentials { user, password }) = credentials {
            builder = builder.credentials(authentication::Credentials::new(user, password));
        }
        Ok(Self { transport: builder.build(), from, place: format!("{host}:{port}") })
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[async_trait]
impl Mail for SmtpServer {
    async fn reach(&self) -> Result<(), NotSent> {
        match timeout(WHOLE, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(NotSent::Unreachable("it does not answer as a mail server does")),
            Ok(Err(error)) => Err(NotSent::Unreachable(words(&error))),
            Err(_) => Err(NotSent::Unreachable("it took too long")),
        }
    }

    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = letter.message(&self.from)?;
        match timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => match error.status() {
                Some(code) => Err(NotSent::Refused(Some(code.into()))),
                None => Err(NotSent::Unreachable(words(&error))),
            },
            Err(_) => Err(NotSent::Unreachable("it took too long")),
        }
    }

    fn server(&self) -> Option<&str> {
        Some(&self.place)
    }
}

/// What went wrong, without a word of the server's.
fn words(error: &Error) -> &'static str {
    if error.is_timeout() {
        "it took too long"
    } else if error.is_tls() {
        "no encrypted connection came about; check its certificate"
    } else if error.status().is_some() {
        "it refused the connection or the sign-in"
    } else if error.is_client() {
        "it offers no STARTTLS, or no sign-in that is known here"
    } else {
        "no connection came about"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_crosses_the_network_unencrypted() {
        let from: Sender = "service@shop.example.com".parse().unwrap();
        let at = |host: &str, tls| SmtpServer::new(host, 25, tls, None, None, from.clone()).map(drop);
        for elsewhere in ["mail.example.com", "192.0.2.1", "127.0.0.1.example.com", "localhost.example.com", "0.0.0.0"]
        {
            assert_eq!(at(elsewhere, SmtpTls::None), Err(UnusableServer::Unencrypted(elsewhere.to_owned())));
            assert_eq!(at(elsewhere, SmtpTls::StartTls), Ok(()));
        }
        for here in ["127.0.0.1", "localhost", "::1"] {
            assert_eq!(at(here, SmtpTls::None), Ok(()));
        }
        let broken = SmtpServer::new("mail.example.com", 465, SmtpTls::Implicit, None, Some(b"no PEM"), from.clone());
        assert_eq!(broken.map(drop), Err(UnusableServer::Certificate));
    }
}
