//! An envelope as it is written, its open part unread.

use crate::envelope::Actor;
use countersign_domain::canonical::{self, Reader};
use countersign_domain::ids::KeyId;
use countersign_domain::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Debug, PartialEq)]
pub(super) struct RawEnvelope<'a> {
    pub(super) actor: Actor,
    pub(super) cause: Option<u64>,
    pub(super) kind: Cow<'a, str>,
    pub(super) log: Cow<'a, str>,
    pub(super) open: &'a str,
    pub(super) position: u64,
    pub(super) recorded_at: Timestamp,
    pub(super) schema: u32,
    pub(super) sealed: Option<RawReference<'a>>,
    pub(super) stream: Cow<'a, str>,
    pub(super) team: Cow<'a, str>,
    pub(super) version: u64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReference<'a> {
    #[serde(borrow)]
    pub(super) ciphertext: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) commitment: Cow<'a, str>,
    pub(super) key: KeyId,
}

impl<'a> RawEnvelope<'a> {
    /// Reads an envelope in canonical form; what is wrong, if it is none.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        // Nearly every envelope is read in one pass. For any other that pass says nothing, and the members do.
        match Self::plain(bytes) {
            Some(raw) => Ok(raw),
            None => Self::by_members(bytes),
        }
    }

    /// An envelope as the log writes them, without an escape or an uncommonly large number outside of its open part.
    fn plain(bytes: &'a [u8]) -> Option<Self> {
        let mut next = Reader::new(bytes)?;
        next.literal("{\"actor\":{")?;
        let actor = plain_actor(&mut next)?;
        next.literal(",\"cause\":")?;
        let cause = if next.is_next("null") { None } else { Some(next.number()?) };
        next.literal(",\"kind\":")?;
        let kind = next.text()?.into();
        next.literal(",\"log\":")?;
        let log = next.text()?.into();
        next.literal(",\"open\":")?;
        let open = next.value()?;
        next.literal(",\"position\":")?;
        let position = next.number()?;
        next.literal(",\"recorded_at\":")?;
        let recorded_at = next.text()?.parse().ok()?;
        next.literal(",\"schema\":")?;
        let schema = next.number()?.try_into().ok()?;
        next.literal(",\"sealed\":")?;
        let sealed = if next.is_next("null") { None } else { Some(plain_reference(&mut next)?) };
        next.literal(",\"stream\":")?;
        let stream = next.text()?.into();
        next.literal(",\"team\":")?;
        let team = next.text()?.into();
        next.literal(",\"version\":")?;
        let version = next.number()?;
        next.literal("}")?;
        next.end()?;
        Some(Self { actor, cause, kind, log, open, position, recorded_at, schema, sealed, stream, team, version })
    }

    /// Reads the members in the order in which the canonical form has them.
    fn by_members(bytes: &'a [u8]) -> Result<Self, String> {
        let members = canonical::members(bytes).ok_or("its envelope is not in the canonical form")?;
        let mut members = Members(members.into_iter());
        let raw = Self {
            actor: members.read("actor")?,
            cause: members.read("cause")?,
            kind: members.text("kind")?,
            log: members.text("log")?,
            open: members.next("open")?,
            position: members.read("position")?,
            recorded_at: members.read("recorded_at")?,
            schema: members.read("schema")?,
            sealed: members.read("sealed")?,
            stream: members.text("stream")?,
            team: members.text("team")?,
            version: members.read("version")?,
        };
        match members.0.next() {
            None => Ok(raw),
            Some((name, _)) => Err(format!("it is no envelope: it has a member {name:?}")),
        }
    }
}

fn plain_actor(next: &mut Reader<'_>) -> Option<Actor> {
    if next.is_next("\"kind\":\"station\"}") {
        return Some(Actor::Station);
    }
    next.literal("\"id\":")?;
    let id = next.text()?.to_owned();
    next.literal(",\"kind\":")?;
    let actor = match next.text()? {
        "agent" => Actor::Agent(id),
        "customer" => Actor::Customer(id),
        "person" => Actor::Person(id),
        _ => return None,
    };
    next.literal("}").map(|()| actor)
}

fn plain_reference<'a>(next: &mut Reader<'a>) -> Option<RawReference<'a>> {
    next.literal("{\"ciphertext\":")?;
    let ciphertext = next.text()?.into();
    next.literal(",\"commitment\":")?;
    let commitment = next.text()?.into();
    next.literal(",\"key\":")?;
    let key = next.text()?.parse().ok()?;
    next.literal("}").map(|()| RawReference { ciphertext, commitment, key })
}

/// The members of an envelope that are still to be read.
struct Members<'a>(std::vec::IntoIter<(&'a str, &'a str)>);

impl<'a> Members<'a> {
    /// The value of the next one, which must have this name.
    fn next(&mut self, name: &str) -> Result<&'a str, String> {
        let next = self.0.next().filter(|(next, _)| *next == name);
        next.map(|(_, value)| value)
            .ok_or_else(|| format!("it is no envelope: where {name:?} belongs stands something else"))
    }

    fn read<T: Deserialize<'a>>(&mut self, name: &str) -> Result<T, String> {
        serde_json::from_str(self.next(name)?).map_err(|e| format!("it is no envelope: its {name}: {e}"))
    }

    fn text(&mut self, name: &str) -> Result<Cow<'a, str>, String> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
        self.read(name).map(|Text(text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEALED: &str = concat!(
        r#"{"actor":{"id":"refund","kind":"agent"},"cause":12,"kind":"action.proposed","#,
        r#""log":"log_00000000000000000000000000000001","open":{"a":[1,{"b":"x\n"}],"c":null},"position":13,"#,
        r#""recorded_at":"2026-11-23T05:39:00.123456Z","schema":1,"sealed":{"#,
        r#""ciphertext":"0000000000000000000000000000000000000000000000000000000000000001","#,
        r#""commitment":"0000000000000000000000000000000000000000000000000000000000000002","#,
        r#""key":"key_00000000000000000000000000000003"},"stream":"action/act_1","team":"default","version":4}"#
    );
    const UNSEALED: &str = concat!(
        r#"{"actor":{"kind":"station"},"cause":null,"kind":"fleet.stopped","log":"log_00000000000000000000000000000001","#,
        r#""open":{},"position":0,"recorded_at":"2026-11-23T05:39:00.123456Z","schema":1,"sealed":null,"stream":"fleet","#,
        r#""team":"default","version":0}"#
    );

    #[test]
    fn what_the_log_writes_is_read_in_one_pass() {
        for envelope in [SEALED, UNSEALED] {
            let plain = RawEnvelope::plain(envelope.as_bytes());
            assert!(plain.is_some());
            assert_eq!(plain, RawEnvelope::by_members(envelope.as_bytes()).ok());
        }
    }

    #[test]
    fn what_is_not_plain_is_read_by_its_members() {
        for (plain, other) in [
            (r#""team":"default""#, r#""team":"d\"d""#),
            (r#""id":"refund""#, r#""id":"\\""#),
            (r#""position":13"#, r#""position":9007199254740991"#),
            (r#""c":null"#, r#""é":null"#),
        ] {
            let envelope = SEALED.replacen(plain, other, 1);
            assert_ne!(envelope, SEALED);
            assert_eq!(RawEnvelope::plain(envelope.as_bytes()), None);
            assert!(RawEnvelope::by_members(envelope.as_bytes()).is_ok(), "{envelope}");
            assert!(RawEnvelope::read(envelope.as_bytes()).is_ok());
        }
    }

    fn pieces() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "", "\"", "\\", "{", "}", ",", ":", "0", "1", "-", " ", "\n", "é", "null", "\"a\":1,", "\\n", "\\u0041",
            "e1", ".0",
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever the one pass takes, the reading by members takes as the same.
        #[test]
        fn one_pass_takes_nothing_that_the_members_do_not(
            sealed in any::<bool>(), at in any::<prop::sample::Index>(), gone in 0..4_usize, piece in pieces(),
            flip in 0..8_u8, flips in any::<bool>()
        ) {
            let mut bytes = if sealed { SEALED } else { UNSEALED }.as_bytes().to_vec();
            let at = at.index(bytes.len());
            if flips {
                bytes[at] ^= 1 << flip;
            } else {
                bytes.splice(at..(at + gone).min(bytes.len()), piece.bytes());
            }
            if let Some(plain) = RawEnvelope::plain(&bytes) {
                prop_assert_eq!(Ok(plain), RawEnvelope::by_members(&bytes), "{}", String::from_utf8_lossy(&bytes));
            }
        }
    }
}
