//! The format of a sealed part's plaintext, and the commitment to it.
//!
//! Every field has a salt of its own, which stands inside the sealed part. The commitment is a hash over the fields'
//! hashes, so one field can be disclosed and proved without a key, and nobody can guess the others from their hashes.

use crate::ambient::{Entropy, random_32};
use crate::canonical;
use crate::event::Fields;
use crate::hexadecimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const FIELD: &[u8] = b"countersign/sealed-field/v1\0";
const COMMITMENT: &[u8] = b"countersign/sealed-commitment/v1\0";

/// A field's value with its salt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Salted {
    /// 32 bytes, hexadecimal.
    salt: String,
    value: Value,
}

/// The fields of a sealed part, each with its salt: the plaintext that is sealed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SaltedFields(BTreeMap<String, Salted>);

/// One field shown with what proves it against a commitment, without any key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The field's name.
    pub name: String,
    /// Its salt, hexadecimal.
    pub salt: String,
    /// Its value.
    pub value: Value,
    /// The hashes of the other fields, hexadecimal; they say nothing of names or values.
    pub others: Vec<String>,
}

/// A plaintext that is not the fields of a sealed part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not the plaintext of a sealed part: {0}")]
pub struct NotSaltedFields(String);

impl SaltedFields {
    /// Gives every field a fresh salt.
    pub fn new(fields: &Fields, entropy: &dyn Entropy) -> Self {
        let salted = |value: &Value| Salted { salt: hex::encode(random_32(entropy)), value: value.clone() };
        Self(fields.iter().map(|(name, value)| (name.clone(), salted(value))).collect())
    }

    /// The canonical JSON that is sealed, written without a copy of the fields.
    pub fn to_plaintext(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        canonical::write_object(
            self.0.iter().map(|(name, field)| (name.as_str(), field)).collect(),
            &mut out,
            |field, out| {
                // A salt is hexadecimal: nothing in it needs an escape.
                out.extend_from_slice(b"{\"salt\":\"");
                out.extend_from_slice(field.salt.as_bytes());
                out.extend_from_slice(b"\",\"value\":");
                canonical::write(&field.value, out);
                out.push(b'}');
            },
        );
        out
    }

    /// Reads the fields alone out of an opened plaintext, as strictly as [`Self::from_plaintext`].
    pub fn fields_from(bytes: &[u8]) -> Result<Fields, NotSaltedFields> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Read<'a> {
            salt: &'a str,
            value: Value,
        }
        let read: BTreeMap<String, Read<'_>> = serde_json::from_slice(bytes).map_err(not_json)?;
        let fields = read.into_iter().map(|(name, field)| match is_salt(field.salt) {
            true => Ok((name, field.value)),
            false => Err(no_salt()),
        });
        fields.collect()
    }

    /// Reads an opened plaintext. The error does not repeat what was sealed.
    pub fn from_plaintext(bytes: &[u8]) -> Result<Self, NotSaltedFields> {
        let read: Self = serde_json::from_slice(bytes).map_err(not_json)?;
        match read.0.values().all(|field| is_salt(&field.salt)) {
            true => Ok(read),
            false => Err(no_salt()),
        }
    }

    /// The fields without their salts.
    pub fn into_fields(self) -> Fields {
        self.0.into_iter().map(|(name, field)| (name, field.value)).collect()
    }

    /// The commitment, in hexadecimal.
    pub fn commitment(&self) -> String {
        combine(self.hashes().map(|(_, hash)| hash).collect())
    }

    /// One field with what proves it; `None` if there is no field of the name.
    pub fn disclose(&self, name: &str) -> Option<Disclosure> {
        let field = self.0.get(name)?;
        let others = self.hashes().filter(|(other, _)| *other != name).map(|(_, hash)| hex::encode(hash)).collect();
        Some(Disclosure { name: name.to_owned(), salt: field.salt.clone(), value: field.value.clone(), others })
    }

    fn hashes(&self) -> impl Iterator<Item = (&str, [u8; 32])> {
        self.0.iter().map(|(name, field)| {
            (name.as_str(), hash(&hexadecimal::bytes(&field.salt).unwrap_or_default(), name, &field.value))
        })
    }
}

impl Disclosure {
    /// Whether the field was among those committed to. Needs no key.
    pub fn proves(&self, commitment: &str) -> bool {
        let Some(salt) = hexadecimal::bytes(&self.salt) else { return false };
        let mut hashes = vec![hash(&salt, &self.name, &self.value)];
        for other in &self.others {
            let Some(other) = hexadecimal::bytes(other) else { return false };
            hashes.push(other);
        }
        combine(hashes) == commitment
    }
}

fn is_salt(text: &str) -> bool {
    hexadecimal::bytes::<32>(text).is_some()
}

fn not_json(error: serde_json::Error) -> NotSaltedFields {
    NotSaltedFields(format!("{:?} error", error.classify()))
}

fn no_salt() -> NotSaltedFields {
    NotSaltedFields("a salt is not 32 bytes in lower-case hexadecimal".to_owned())
}

fn hash(salt: &[u8; 32], name: &str, value: &Value) -> [u8; 32] {
    let hash = Sha256::new()
        .chain_update(FIELD)
        .chain_update(salt)
        .chain_update((name.len() as u64).to_be_bytes())
        .chain_update(name)
        .chain_update(canonical::to_bytes(value));
    hash.finalize().into()
}

fn combine(mut hashes: Vec<[u8; 32]>) -> String {
    // Sorted, so that the place of a hash says nothing of the field's name.
    hashes.sort_unstable();
    let mut over = Sha256::new().chain_update(COMMITMENT);
    for hash in &hashes {
        over.update(hash);
    }
    hex::encode(over.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::fields;
    use serde_json::json;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn salted() -> SaltedFields {
        let named = fields([("text", "refund me".into()), ("name", "Ada".into()), ("amount", 1250.into())]);
        SaltedFields::new(&named, &Counting(AtomicU8::new(1)))
    }

    #[test]
    fn plaintext_and_commitment_survive_a_round_trip() {
        let fields = salted();
        let read = SaltedFields::from_plaintext(&fields.to_plaintext()).unwrap();
        assert_eq!(read, fields);
        assert_eq!(read.commitment(), fields.commitment());
    }

    #[test]
    fn the_fields_alone_are_read_from_the_same_plaintexts() {
        let fields = salted();
        assert_eq!(SaltedFields::fields_from(&fields.to_plaintext()).unwrap(), fields.into_fields());
        let salt = "00".repeat(32);
        for wrong in [
            r#"{"a":{"salt":"00","value":1}}"#.to_owned(),
            format!(r#"{{"a":{{"salt":"{salt}"}}}}"#),
            format!(r#"{{"a":{{"more":1,"salt":"{salt}","value":1}}}}"#),
            "[]".to_owned(),
            "{".to_owned(),
        ] {
            let refused = SaltedFields::from_plaintext(wrong.as_bytes()).unwrap_err();
            assert_eq!(SaltedFields::fields_from(wrong.as_bytes()).unwrap_err(), refused, "{wrong}");
        }
    }

    #[test]
    fn the_format_is_the_one_that_was_published() {
        // Computed once, independently of this code's structure: stored commitments depend on it for ever.
        let one = SaltedFields::new(&fields([("a", 1.into())]), &Counting(AtomicU8::new(0)));
        assert_eq!(
            String::from_utf8(one.to_plaintext()).unwrap(),
            format!(r#"{{"a":{{"salt":"{}","value":1}}}}"#, "00".repeat(32))
        );
        let inner = Sha256::digest(
            [b"countersign/sealed-field/v1\0".as_slice(), &[0; 32], &[0, 0, 0, 0, 0, 0, 0, 1], b"a", b"1"].concat(),
        );
        let outer = Sha256::digest([b"countersign/sealed-commitment/v1\0".as_slice(), &inner].concat());
        assert_eq!(one.commitment(), hex::encode(outer));
    }

    #[test]
    fn the_plaintext_is_the_canonical_form_of_the_fields() {
        let values = [
            ("b", "a\"b\\\n".into()),
            ("a", json!({ "y": [1, null], "x": "\u{1}" })),
            ("\u{fb33}", 1.into()),
            ("\u{1f600}", 2.into()),
        ];
        let salted = SaltedFields::new(&fields(values), &Counting(AtomicU8::new(1)));
        assert_eq!(salted.to_plaintext(), canonical::to_bytes(&canonical::value_of(&salted)));
        assert_eq!(SaltedFields::default().to_plaintext(), b"{}");
    }

    #[test]
    fn one_field_is_proved_without_the_others() {
        let fields = salted();
        let commitment = fields.commitment();
        let shown = fields.disclose("amount").unwrap();
        assert!(shown.proves(&commitment));
        assert!(!canonical::to_text(&canonical::value_of(&shown)).contains("Ada"));
        assert!(fields.disclose("phone").is_none());
    }

    #[test]
    fn a_changed_disclosure_proves_nothing() {
        let fields = salted();
        let commitment = fields.commitment();
        let shown = fields.disclose("amount").unwrap();
        assert!(!Disclosure { value: 1251.into(), ..shown.clone() }.proves(&commitment));
        assert!(!Disclosure { name: "name".to_owned(), ..shown.clone() }.proves(&commitment));
        assert!(!Disclosure { salt: "00".repeat(32), ..shown.clone() }.proves(&commitment));
        assert!(!Disclosure { others: Vec::new(), ..shown.clone() }.proves(&commitment));
        assert!(!Disclosure { others: vec!["xyz".to_owned()], ..shown }.proves(&commitment));
    }
}
