//! A forger who owns the station: every log that they write is well formed, hashed and signed, whatever it says.

use countersign_domain::action::DecisionStatement;
use countersign_domain::change::ChangeStatement;
use countersign_domain::event::{Draft, Event};
use countersign_domain::ids::{KeyId, LogId};
use countersign_domain::time::Timestamp;
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::envelope::{Actor, Envelope, SealedPart, SealedReference, StoredEvent};
use countersign_event_log::stream::StreamName;
use countersign_event_log::tree::{Frontier, Hash, leaf_hash};
use countersign_event_log::verify::{Report, verify_events};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// One record to come. References to others are by name, and become positions when the log is written.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) stream: StreamName,
    pub(crate) actor: Actor,
    pub(crate) kind: String,
    pub(crate) schema: u32,
    pub(crate) open: Value,
    /// What it answers.
    pub(crate) cause: Option<&'static str>,
    /// What its `permitted_at` names.
    pub(crate) permit: Option<&'static str>,
    /// Whose proposal its statement names; the statement is then signed with `signs`.
    pub(crate) proposal: Option<&'static str>,
    pub(crate) signs: Option<u8>,
    /// The key of its sealed part.
    pub(crate) sealed: Option<u8>,
    /// Seconds since the log began.
    pub(crate) second: i64,
}

/// A log as it will be written.
#[derive(Clone)]
pub(crate) struct Forger {
    pub(crate) lines: Vec<Line>,
    pub(crate) second: i64,
}

pub(crate) fn log() -> LogId {
    format!("log_{}", "1".repeat(32)).parse().unwrap()
}

/// The log that goes on from a backup of [`log`], from the line of that name on.
pub(crate) fn log_again() -> LogId {
    format!("log_{}", "2".repeat(32)).parse().unwrap()
}

pub(crate) const RESTORED: &str = "restored";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

/// The nth key that seals.
pub(crate) fn sealing_key(n: u8) -> KeyId {
    format!("key_{}", hex::encode([n; 16])).parse().unwrap()
}

/// The signing key of the nth person.
pub(crate) fn key_of(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn public_of(n: u8) -> String {
    hex::encode(key_of(n).verifying_key().to_bytes())
}

impl Forger {
    pub(crate) fn new() -> Self {
        Self { lines: Vec::new(), second: 0 }
    }

    /// The log that the next line will stand in.
    pub(crate) fn log(&self) -> LogId {
        if self.lines.iter().any(|line| line.name == RESTORED) { log_again() } else { log() }
    }

    pub(crate) fn line(&mut self, name: &str) -> &mut Line {
        self.lines.iter_mut().find(|line| line.name == name).unwrap_or_else(|| panic!("there is no line {name}"))
    }

    fn place(&self, name: &str) -> usize {
        self.lines.iter().position(|line| line.name == name).unwrap_or_else(|| panic!("there is no line {name}"))
    }

    /// The same log, forged.
    pub(crate) fn but(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    /// Changes what a line says.
    pub(crate) fn say(&mut self, name: &str, pointer: &str, value: Value) {
        let open = &mut self.line(name).open;
        *open.pointer_mut(pointer).unwrap_or_else(|| panic!("{name} has no {pointer}")) = value;
    }

    /// Says something in a line that was not said there, or otherwise.
    pub(crate) fn set(&mut self, name: &str, member: &str, value: Value) {
        self.line(name).open.as_object_mut().unwrap().insert(member.to_owned(), value);
    }

    pub(crate) fn without(&mut self, names: &[&str]) {
        self.lines.retain(|line| !names.contains(&line.name));
    }

    /// Puts a copy of a line behind another one, under a name of its own.
    pub(crate) fn again(&mut self, name: &str, behind: &str, called: &'static str) {
        let mut copy = self.lines[self.place(name)].clone();
        copy.name = called;
        let place = self.place(behind) + 1;
        copy.second = self.lines[place - 1].second;
        self.lines.insert(place, copy);
    }

    /// Moves a line behind another one.
    pub(crate) fn behind(&mut self, name: &str, other: &str) {
        let line = self.lines.remove(self.place(name));
        let place = self.place(other) + 1;
        self.lines.insert(place, line);
        self.in_time();
    }

    /// Puts lines that were told at the end behind another one.
    pub(crate) fn insert_behind(&mut self, other: &str, tell: impl FnOnce(&mut Self)) {
        let mut told = Self { lines: Vec::new(), second: self.line(other).second };
        tell(&mut told);
        let place = self.place(other) + 1;
        self.lines.splice(place..place, told.lines);
        self.in_time();
    }

    fn in_time(&mut self) {
        let mut latest = 0;
        for line in &mut self.lines {
            latest = line.second.max(latest);
            line.second = latest;
        }
    }

    /// The position at which a line will stand.
    pub(crate) fn position(&self, name: &str) -> u64 {
        self.place(name) as u64
    }

    /// Tells the next event.
    pub(crate) fn tell<E: Event>(
        &mut self,
        name: &'static str,
        stream: StreamName,
        actor: Actor,
        event: &E,
    ) -> &mut Line {
        let Draft { kind, schema, open, .. } = Draft::open(event);
        let (cause, permit, proposal, signs, sealed, second) = (None, None, None, None, None, self.second);
        self.lines.push(Line {
            name,
            stream,
            actor,
            kind,
            schema,
            open,
            cause,
            permit,
            proposal,
            signs,
            sealed,
            second,
        });
        self.lines.last_mut().unwrap()
    }

    /// Time passes: what is told next belongs to another append.
    pub(crate) fn later(&mut self) {
        self.second += 1;
    }

    /// Writes the log: numbers, statements and their signatures, sealed parts.
    pub(crate) fn write(&self) -> Vec<StoredEvent> {
        let mut versions: HashMap<StreamName, u64> = HashMap::new();
        let places: HashMap<&str, u64> = self.lines.iter().zip(0..).map(|(line, n)| (line.name, n)).collect();
        let mut written: Vec<StoredEvent> = Vec::new();
        let again = places.get(RESTORED).copied().unwrap_or(u64::MAX);
        for (line, position) in self.lines.iter().zip(0..) {
            let mut open = line.open.clone();
            let place = |name: &Option<&str>| name.map(|name| places[name]);
            if let Some(permit) = place(&line.permit) {
                open["permitted_at"] = json!(permit);
            }
            if let Some(proposal) = place(&line.proposal) {
                open["statement"]["proposal"] = json!(proposal);
                if line.kind == "change.signed" {
                    let proposed = &written[proposal as usize].envelope;
                    let what = serde_json::from_value(proposed.open.clone()).unwrap();
                    let commitment = proposed.sealed.as_ref().map(|sealed| sealed.commitment.as_str());
                    let digest = countersign_domain::change::change_digest(&what, commitment);
                    open["statement"]["digest"] = json!(digest);
                }
            }
            if let Some(signs) = line.signs {
                open["signature"] = json!(signature(&open["statement"], signs));
            }
            if line.name == RESTORED {
                for (member, value) in [("size", json!(position)), ("root", json!(hex::encode(root(&written))))] {
                    if open[member].is_null() {
                        open[member] = value;
                    }
                }
            }
            let version = versions.entry(line.stream.clone()).or_default();
            let sealed = line.sealed.map(|key| sealed(position, key));
            let envelope = Envelope {
                actor: line.actor.clone(),
                cause: place(&line.cause),
                kind: line.kind.clone(),
                log: if position < again { log() } else { log_again() },
                open,
                position,
                recorded_at: at(line.second),
                schema: line.schema,
                sealed: sealed.as_ref().map(|part| part.reference.clone()),
                stream: line.stream.clone(),
                team: "default".to_owned(),
                version: *version,
            };
            *version += 1;
            written.push(StoredEvent { envelope: envelope.into(), sealed });
        }
        written
    }

    /// What the verifier says of the log, with a checkpoint over it that the station's key has signed.
    pub(crate) fn verified(&self) -> Report {
        verified(&self.write())
    }
}

/// What the verifier says of these events under a checkpoint of the station.
pub(crate) fn verified(events: &[StoredEvent]) -> Report {
    let station = SigningKey::from_bytes(&[99; 32]);
    let log = events.last().unwrap().envelope.log.clone();
    let note = TreeHead { log: log.clone(), size: events.len() as u64, root: root(events) }.sign(&station);
    let key = Signer::public_key(&station);
    verify_events(log, events, Some(&note), Some(key)).unwrap()
}

pub(crate) fn root(events: &[StoredEvent]) -> Hash {
    let mut tree = Frontier::default();
    events.iter().for_each(|event| tree.append(leaf_hash(&event.envelope.to_bytes())));
    tree.root()
}

fn signature(statement: &Value, person: u8) -> String {
    let bytes = match statement["type"].as_str() {
        Some(countersign_domain::change::CHANGE_STATEMENT_TYPE) => {
            serde_json::from_value::<ChangeStatement>(statement.clone()).unwrap().to_bytes()
        }
        _ => serde_json::from_value::<DecisionStatement>(statement.clone()).unwrap().to_bytes(),
    };
    hex::encode(Signer::sign(&key_of(person), &bytes))
}

fn sealed(position: u64, key: u8) -> SealedPart {
    let bytes = Sha256::digest(position.to_be_bytes()).to_vec();
    let reference = SealedReference {
        ciphertext: hex::encode(Sha256::digest(&bytes)),
        commitment: hex::encode(Sha256::digest([key])),
        key: sealing_key(key),
    };
    SealedPart { reference, bytes: Some(bytes.into()) }
}
