//! A mail server for one test: SMTP with STARTTLS, a user, and letters that can be read.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What a server does that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Manner {
    /// Nothing.
    Honest,
    /// It says that it knows no STARTTLS, as somebody in between would have it.
    Strips,
    /// It refuses every recipient, and repeats the address.
    Refuses,
    /// Its certificate is another one than the station knows.
    Stranger,
}

/// A letter as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

impl Received {
    /// The six digits in it.
    pub(crate) fn code(&self) -> String {
        let line = self.text.lines().find_map(|line| line.strip_prefix("Your code is ")).expect("a letter with a code");
        line.trim().to_owned()
    }
}

pub(crate) struct MailServer {
    letters: watch::Receiver<Vec<Received>>,
    /// Every line that came before it was encrypted.
    clear: watch::Receiver<Vec<String>>,
    refused: watch::Receiver<usize>,
    /// The file that describes it to a station.
    pub(crate) file: PathBuf,
}

impl MailServer {
    pub(crate) async fn start(folder: &Path, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let known = match manner {
            Manner::Stranger => generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem(),
            _ => cert.pem(),
        };
        std::fs::write(folder.join("authority.pem"), known).unwrap();
        std::fs::write(folder.join("password"), "not for everybody\n").unwrap();
        let file = folder.join("mail.toml");
        let described = format!(
            "host = \"localhost\"\nport = {port}\ntls = \"starttls\"\nuser = \"shop\"\npassword_file = \"password\"\n\
             authority_file = \"authority.pem\"\n"
        );
        std::fs::write(&file, described).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (letters, received) = watch::channel(Vec::new());
        let (clear, overheard) = watch::channel(Vec::new());
        let (refusals, refused) = watch::channel(0);
        let desk = Arc::new(Desk { manner, letters, clear, refusals });
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (desk, acceptor) = (desk.clone(), acceptor.clone());
                // A client that hangs up in the middle is none of a test's business.
                tokio::spawn(async move { desk.greet(socket, acceptor).await.unwrap_or_default() });
            }
        });
        Self { letters: received, clear: overheard, refused, file }
    }

    /// The nth letter, from 1, once it is there.
    pub(crate) async fn letter(&self, nth: usize) -> Received {
        let mut letters = self.letters.clone();
        let waiting = letters.wait_for(|all| all.len() >= nth);
        let all = tokio::time::timeout(countersign_tests::process::DEADLINE, waiting).await.expect("a letter comes");
        all.unwrap()[nth - 1].clone()
    }

    pub(crate) fn letters(&self) -> usize {
        self.letters.borrow().len()
    }

    /// Returns once it has refused so many letters.
    pub(crate) async fn refused(&self, count: usize) {
        let mut refused = self.refused.clone();
        let waiting = refused.wait_for(|all| *all >= count);
        tokio::time::timeout(countersign_tests::process::DEADLINE, waiting)
            .await
            .expect("a letter is refused")
            .unwrap();
    }

    pub(crate) fn overheard(&self) -> Vec<String> {
        self.clear.borrow().clone()
    }
}

struct Desk {
    manner: Manner,
    letters: watch::Sender<Vec<Received>>,
    clear: watch::Sender<Vec<String>>,
    refusals: watch::Sender<usize>,
}

impl Desk {
    async fn greet(&self, socket: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
        let mut stream = BufReader::new(socket);
        stream.write_all(b"220 localhost ready\r\n").await?;
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            self.clear.send_modify(|all| all.push(line.trim_end().to_owned()));
            match line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" if self.manner == Manner::Strips => {
                    stream.write_all(b"250-localhost\r\n250 AUTH PLAIN LOGIN\r\n").await?;
                }
                "EHLO" => stream.write_all(b"250-localhost\r\n250 STARTTLS\r\n").await?,
                "STARTTLS" => {
                    stream.write_all(b"220 go ahead\r\n").await?;
                    let encrypted = acceptor.accept(stream.into_inner()).await?;
                    return self.serve(BufReader::new(encrypted)).await;
                }
                "QUIT" => return stream.write_all(b"221 bye\r\n").await,
                _ => stream.write_all(b"530 say STARTTLS first\r\n").await?,
            }
        }
    }

    async fn serve(&self, mut stream: BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> std::io::Result<()> {
        let mut to = Vec::new();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let words = line.trim_end();
            let answer = match words.split_whitespace().next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => "250-localhost\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
                // "shop" with its password, in base64.
                "AUTH" if words.ends_with("AHNob3AAbm90IGZvciBldmVyeWJvZHk=") => "235 welcome\r\n".to_owned(),
                "AUTH" => "535 no\r\n".to_owned(),
                "RCPT" if self.manner == Manner::Refuses => {
                    let address = words.to_ascii_lowercase().replace("rcpt to:", "");
                    self.refusals.send_modify(|all| *all += 1);
                    format!("550 5.1.1 {address} is nobody here\r\n")
                }
                "RCPT" => {
                    to.push(words.to_ascii_lowercase().replace("rcpt to:", "").trim_matches(['<', '>']).to_owned());
                    "250 ok\r\n".to_owned()
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let mut text = String::new();
                    while stream.read_line(&mut text).await? > 0 && !text.ends_with("\r\n.\r\n") {}
                    let letter = Received { to: std::mem::take(&mut to), text };
                    self.letters.send_modify(|all| all.push(letter));
                    "250 taken\r\n".to_owned()
                }
                "QUIT" => return stream.write_all(b"221 bye\r\n").await,
                _ => "250 ok\r\n".to_owned(),
            };
            stream.write_all(answer.as_bytes()).await?;
        }
    }
}
