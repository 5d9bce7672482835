//! Ids: 128 random bits in lower-case hexadecimal behind a prefix that says what they name.

use crate::ambient::{Entropy, random_16};
use serde::{Deserialize, Serialize};

/// Text that is not an id of the kind it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}: expected {prefix} and 32 lower-case hexadecimal digits")]
pub struct InvalidId {
    text: String,
    what: &'static str,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A fresh random id.
            pub fn random(entropy: &dyn Entropy) -> Self {
                Self(format!(concat!($prefix, "{}"), hex::encode(random_16(entropy))))
            }

            /// The id as text, prefix included.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                let digits = text.strip_prefix($prefix).unwrap_or_default();
                let well_formed = digits.len() == 32
                    && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                if well_formed { Ok(Self(text)) } else { Err(InvalidId { text, what: $what, prefix: $prefix }) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(/** Names one log; a restored log begins a new one. */ LogId, "log_", "a log id");
id!(/** Names one conversation. */ ConversationId, "cnv_", "a conversation id");
id!(/** Names one action; it is also the idempotency key that a tool sees. */ ActionId, "act_", "an action id");
id!(/** Names one change of what people, rules or the station itself may do. */ ChangeId, "chg_", "a change id");
id!(/** Names one person of the staff. */ PersonId, "per_", "a person id");
id!(/** Names one sealing key. */ KeyId, "key_", "a sealing key id");
id!(/** Names one signing key of a person and a device. */ SigningKeyId, "sig_", "a signing key id");
id!(/** Names one sign-in of a person at a desk. */ SessionId, "ses_", "a session id");
