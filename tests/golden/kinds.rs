//! What holds for every kind.

use crate::{files, samples};
use countersign_domain::action::ActionEvent;
use countersign_domain::agent::AgentEvent;
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::canonical;
use countersign_domain::case::CaseEvent;
use countersign_domain::change::ChangeEvent;
use countersign_domain::channel::ChannelEvent;
use countersign_domain::commitment::SaltedFields;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::customer::CustomerEvent;
use countersign_domain::event::known::{KNOWN, known};
use countersign_domain::event::{self, Event, UnknownEvent};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ledger::LedgerEvent;
use countersign_domain::object::ObjectEvent;
use countersign_domain::person::PersonEvent;
use countersign_domain::server::ServerEvent;
use countersign_domain::station::StationEvent;
use countersign_domain::tool::ToolEvent;
use countersign_domain::trail::TrailEvent;
use countersign_event_log::envelope::Envelope;
use countersign_event_log::tree::leaf_hash;
use serde_json::Value;
use std::collections::BTreeSet;

/// Reads an envelope as its concept's event and gives back what that would be written as today.
fn read_back(envelope: &Envelope) -> Result<Value, UnknownEvent> {
    fn through<E: Event>(envelope: &Envelope) -> Result<Value, UnknownEvent> {
        let read: E = event::read(&envelope.kind, envelope.schema, &envelope.open)?;
        Ok(canonical::value_of(&read)["open"].take())
    }
    match envelope.kind.split_once('.').map(|(concept, _)| concept) {
        Some("action") => through::<ActionEvent>(envelope),
        Some("agent") => through::<AgentEvent>(envelope),
        Some("alias") => through::<AliasEvent>(envelope),
        Some("call") => through::<CallEvent>(envelope),
        Some("case") => through::<CaseEvent>(envelope),
        Some("change") => through::<ChangeEvent>(envelope),
        Some("channel") => through::<ChannelEvent>(envelope),
        Some("conversation") => through::<ConversationEvent>(envelope),
        Some("customer") => through::<CustomerEvent>(envelope),
        Some("fleet") => through::<FleetEvent>(envelope),
        Some("ledger") => through::<LedgerEvent>(envelope),
        Some("object") => through::<ObjectEvent>(envelope),
        Some("person") => through::<PersonEvent>(envelope),
        Some("server") => through::<ServerEvent>(envelope),
        Some("station") => through::<StationEvent>(envelope),
        Some("tool") => through::<ToolEvent>(envelope),
        Some("trail") => through::<TrailEvent>(envelope),
        _ => panic!("{} belongs to no concept: name its event type here", envelope.kind),
    }
}

/// What was once written is read for ever, without loss, and is found under its hash.
#[test]
fn every_version_of_every_kind_has_a_golden_file_that_reads_back() {
    let mut missing = Vec::new();
    for kind in KNOWN {
        for schema in 1..=kind.schema() {
            let Some(golden) = files::read(kind.kind, schema) else {
                missing.push(format!("{} v{schema}", kind.kind));
                continue;
            };
            let bytes = &golden.envelope;
            let envelope = Envelope::stored(bytes, &leaf_hash(bytes), &files::log(), files::POSITION).unwrap();
            assert_eq!(envelope.to_bytes(), *bytes, "{}: the file is not the canonical envelope", kind.kind);
            assert_eq!((envelope.kind.as_str(), envelope.schema), (kind.kind, schema));
            let lifted = known(kind.kind).unwrap().lift(schema, &envelope.open).unwrap();
            assert_eq!(read_back(&envelope).unwrap(), *lifted, "{}: something is lost in reading", kind.kind);
            assert_eq!(envelope.sealed.is_some(), golden.sealed.is_some(), "{}", kind.kind);
            if let (Some(reference), Some(plain)) = (&envelope.sealed, &golden.sealed) {
                let fields = SaltedFields::from_plaintext(plain).unwrap();
                assert_eq!(fields.to_plaintext(), *plain);
                assert_eq!(fields.commitment(), reference.commitment, "{}", kind.kind);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no golden file of {missing:?}: add a sample in tests/golden/samples, then run these tests once with GOLDEN=write"
    );
}

/// What is written today is what the newest golden file holds: a changed form would need a new version.
#[test]
fn what_is_written_today_has_the_form_of_its_golden_file() {
    let mut sampled = BTreeSet::new();
    for (stream, actor, draft) in samples::all() {
        assert!(sampled.insert(draft.kind.clone()), "{} has two samples", draft.kind);
        let (now, kept) = (files::stored(stream, actor, &draft), files::read(&draft.kind, draft.schema));
        match kept {
            Some(kept) => {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                assert_eq!(text(&now.envelope), text(&kept.envelope), "{} is written otherwise", draft.kind);
                assert_eq!(now.sealed, kept.sealed, "{}", draft.kind);
            }
            None if std::env::var_os("GOLDEN").is_some() => files::write(&draft.kind, draft.schema, &now),
            None => panic!("{} has no golden file: run this test once with GOLDEN=write", draft.kind),
        }
    }
    let all: BTreeSet<String> = KNOWN.iter().map(|known| known.kind.to_owned()).collect();
    assert_eq!(sampled, all, "every known kind has a sample, and every sample is of a known kind");
}

/// The list of known kinds is the whole of what the domain can write.
#[test]
fn every_kind_that_the_domain_names_is_known() {
    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => sources(&path, found),
                path => found.push(std::fs::read_to_string(path).unwrap()),
            }
        }
    }
    let mut texts = Vec::new();
    sources(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/domain/src").as_ref(), &mut texts);
    let named: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| text.split("#[serde(rename = \"").skip(1))
        .filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
        .filter(|name| name.contains('.'))
        .collect();
    assert!(named.len() > 30, "the kinds were looked for in the wrong place");
    let listed: BTreeSet<&str> = KNOWN.iter().map(|known| known.kind).collect();
    assert_eq!(named, listed, "list new kinds in domain's event/known.rs");
}
