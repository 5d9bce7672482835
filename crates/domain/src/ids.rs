//! Ids: 128 random bits in lower-case hexadecimal behind a prefix that says what they name.

use crate::ambient::{Entropy, random_16};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How an id is written. It is kept so, in place: a log that is read holds several in each event, and none of them costs an
/// allocation.
type Written = [u8; 36];

/// Text that is not an id of the kind it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}: expected {prefix} and 32 lower-case hexadecimal digits")]
pub struct InvalidId {
    text: String,
    what: &'static str,
    prefix: &'static str,
}

fn random(prefix: &str, entropy: &dyn Entropy) -> Written {
    let mut written = [0; 36];
    let text = prefix.bytes().chain(hex::encode(random_16(entropy)).into_bytes());
    written.iter_mut().zip(text).for_each(|(to, from)| *to = from);
    written
}

fn well_formed(text: &str, prefix: &str) -> Option<Written> {
    let digits = text.strip_prefix(prefix)?;
    let hexadecimal = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if hexadecimal { text.as_bytes().try_into().ok() } else { None }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Written);

        impl $name {
            /// A fresh random id.
            pub fn random(entropy: &dyn Entropy) -> Self {
                Self(random($prefix, entropy))
            }

            /// The id as text, prefix included.
            pub fn as_str(&self) -> &str {
                // ASCII, whichever way it was made.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId { text: text.to_owned(), what: $what, prefix: $prefix };
                well_formed(text, $prefix).map(Self).ok_or_else(invalid)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_and_written_in_one_form() {
        let text = "act_0123456789abcdef0123456789abcdef";
        let id: ActionId = text.parse().unwrap();
        assert_eq!((id.as_str(), id.to_string(), String::from(id.clone())), (text, text.to_owned(), text.to_owned()));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<ActionId>(&format!("\"{text}\"")).unwrap(), id);
        assert_eq!(format!("{id:?}"), format!("ActionId(\"{text}\")"));
        let other = text.replace('f', "e").parse().unwrap();
        assert!(id > other && id != other);
    }

    #[test]
    fn nothing_else_is_an_id() {
        let digits = "0123456789abcdef0123456789abcdef";
        let short = digits.get(1..).unwrap();
        for text in [
            String::new(),
            digits.to_owned(),
            format!("per_{digits}"),
            format!("act_{short}"),
            format!("act_{digits}0"),
            format!("act_{}", digits.to_uppercase()),
            format!("act_{short}g"),
            format!(" act_{short}"),
            format!("act_\u{e9}{}", digits.get(2..).unwrap()),
        ] {
            let told = text.parse::<ActionId>().unwrap_err().to_string();
            assert_eq!(
                told,
                format!("{text:?} is not an action id: expected act_ and 32 lower-case hexadecimal digits")
            );
            assert!(serde_json::from_str::<ActionId>(&format!("\"{text}\"")).unwrap_err().to_string().contains(&told));
        }
        assert!(serde_json::from_str::<ActionId>("1").is_err());
    }

    #[test]
    fn a_random_one_is_written_as_any_other() {
        struct Ones;
        impl Entropy for Ones {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.fill(0x1f);
            }
        }
        let id = PersonId::random(&Ones);
        assert_eq!(id.as_str(), format!("per_{}", "1f".repeat(16)));
        assert_eq!(id.as_str().parse(), Ok(id));
    }
}
