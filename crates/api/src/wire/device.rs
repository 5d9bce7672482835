//! Between a station and a desktop on another machine: the device of whoever sits there is asked for its signature, and
//! answers with it. Nothing here reaches the window.

use countersign_domain::action::DecisionStatement;
use countersign_domain::canonical;
use countersign_domain::change::{ChangeStatement, ProposedChange};
use countersign_domain::hexadecimal::bytes;
use countersign_domain::ids::{LogId, PersonId, SigningKeyId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The `type` of a [`SignInStatement`].
pub const SIGN_IN_STATEMENT_TYPE: &str = "countersign/sign-in/v1";

/// A person signs in on their device: their password, and the key that the device signs with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSignIn {
    /// The person's id.
    pub person: String,
    /// What they typed.
    pub password: String,
    /// The id of the device's key.
    pub key: String,
    /// Its public half, hexadecimal.
    pub public: String,
}

/// What a device proves at a sign-in: that it holds the key now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInStatement {
    /// [`SIGN_IN_STATEMENT_TYPE`].
    pub r#type: String,
    /// The station's log.
    pub log: LogId,
    /// Who signs in.
    pub person: PersonId,
    /// With which key.
    pub key: SigningKeyId,
    /// Thirty-two random bytes of the station's, hexadecimal: no earlier answer fits.
    pub nonce: String,
}

/// What a device is asked to sign, with what it needs to hold it against what its window showed and its person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "sign", rename_all = "snake_case")]
pub enum ToSign {
    /// That it holds the key.
    SignIn {
        /// What is signed.
        statement: SignInStatement,
    },
    /// A decision on the card that it was handed.
    Decision {
        /// What is signed.
        statement: Box<DecisionStatement>,
        /// The server that would be called.
        server: String,
        /// The salt of the action's digest, hexadecimal.
        salt: String,
    },
    /// A change that its person wants, or was shown.
    Change {
        /// What is signed.
        statement: Box<ChangeStatement>,
        /// What was proposed.
        proposed: Box<ProposedChange>,
        /// The commitment to what was sealed with it, hexadecimal.
        commitment: Option<String>,
    },
}

impl ToSign {
    /// The message that the signature is of.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            ToSign::SignIn { statement } => canonical::to_bytes(&canonical::value_of(statement)),
            ToSign::Decision { statement, .. } => statement.to_bytes(),
            ToSign::Change { statement, .. } => statement.to_bytes(),
        }
    }
}

/// The station's answer in the middle of a call: it goes on once this is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureWanted {
    /// Names the call. It cannot be guessed, and is good once.
    pub ticket: String,
    /// What is to be signed.
    pub to_sign: ToSign,
}

/// What the device answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureGiven {
    /// The call.
    pub ticket: String,
    /// Ed25519, hexadecimal; absent where the device does not sign this.
    pub signature: Option<String>,
}

/// The header in which a device shows the house's own word ([`ConnectionCode::word`]), hexadecimal, with every call.
pub const WORD_HEADER: &str = "countersign-word";

/// Where a station is reached from other machines, and what is known of it beforehand. As text: `HOST:PORT/HEX`.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionCode {
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// SHA-256 of the station's certificate.
    pub pin: [u8; 32],
    /// A word of the house: without it nobody is even told who works there. It signs nobody in.
    pub word: [u8; 16],
}

/// A text that is no connection code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no connection code; it looks like station.example.com:4320/ and 96 digits from 0 to f behind it")]
pub struct NoConnectionCode;

impl ConnectionCode {
    /// `HOST:PORT`, as an address carries it.
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for ConnectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.authority(), hex::encode(self.pin), hex::encode(self.word))
    }
}

impl fmt::Debug for ConnectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionCode({})", self.authority())
    }
}

impl FromStr for ConnectionCode {
    type Err = NoConnectionCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (authority, secrets) = text.trim().split_once('/').ok_or(NoConnectionCode)?;
        let (host, port) = authority.rsplit_once(':').ok_or(NoConnectionCode)?;
        let host = match host.strip_prefix('[') {
            Some(address) => address.strip_suffix(']').filter(|address| address.contains(':')),
            None => Some(host).filter(|host| !host.contains(':')),
        };
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        let host = host.filter(|host| !host.is_empty() && host.chars().all(known)).ok_or(NoConnectionCode)?;
        let (pin, word) = secrets.split_at_checked(64).ok_or(NoConnectionCode)?;
        let (pin, word) = bytes(pin).zip(bytes(word)).ok_or(NoConnectionCode)?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(NoConnectionCode)?;
        Ok(Self { host: host.to_owned(), port, pin, word })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_code_is_read_as_it_is_written_and_nothing_else_is() {
        for host in ["station.example.com", "192.0.2.7", "2001:db8::7"] {
            let code = ConnectionCode { host: host.to_owned(), port: 4320, pin: [7; 32], word: [9; 16] };
            assert_eq!(format!(" {code}\n").parse::<ConnectionCode>(), Ok(code.clone()));
            assert!(!format!("{code:?}").contains("0909"), "no trace says the word");
        }
        let secrets = "0a".repeat(48);
        for text in [
            String::new(),
            "station.example.com:4320".to_owned(),
            format!("station.example.com/{secrets}"),
            format!("station.example.com:0/{secrets}"),
            format!("station.example.com:70000/{secrets}"),
            format!(":4320/{secrets}"),
            format!("2001:db8::7:4320/{secrets}"),
            format!("user@station.example.com:4320/{secrets}"),
            format!("station.example.com:4320/{secrets}00"),
            format!("station.example.com:4320/{}", secrets.to_uppercase()),
            format!("https://station.example.com:4320/{secrets}"),
        ] {
            assert_eq!(text.parse::<ConnectionCode>(), Err(NoConnectionCode), "{text}");
        }
    }
}
