//! The trail of a station that has ended: its log opened with its keys, as evidence.

use countersign_domain::action::{ActionEvent, Decided};
use countersign_domain::canonical;
use countersign_domain::time::Timestamp;
use countersign_event_log::checkpoint::{SignerFn, TreeHead};
use countersign_event_log::verify::{Against, KeptNote, NoteOrigin, verify};
use countersign_event_log_sqlite::{LogFile, SqliteLog, VERIFIER_KEY};
use countersign_gate::countersignature;
use countersign_gate::records::{OpenedEvent, Records};
use countersign_sealing::Sealing;
use countersign_testkit::{ManualClock, SeededEntropy};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// Every event of a log, opened.
pub struct Trail {
    records: Records,
    events: Vec<OpenedEvent>,
}

impl Trail {
    /// Opens the log in a data folder that no station uses. Every trail that a test looks at verifies as a whole.
    pub async fn read(data: &Path) -> Trail {
        verified(data);
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0).expect("a time")));
        let sealing = Arc::new(Sealing::open(data, entropy.clone()).expect("the keys open"));
        let key = sealing.station_key();
        let signer = SignerFn { public_key: key.public_key(), sign: move |message: &[u8]| key.sign(message) };
        let log = SqliteLog::open(data, clock.clone(), Arc::new(signer), entropy.as_ref()).expect("the log opens");
        let log = Arc::new(log);
        let records = Records::new(log, sealing, clock, entropy);
        let stored = records.log().read_from(0, 10_000).await.expect("the log is read");
        let events = stored.into_iter().map(|event| records.open(event).expect("the event opens")).collect();
        Trail { records, events }
    }

    /// The conversation that an action was proposed in.
    pub fn conversation_of(&self, action: &str) -> String {
        let first = self.of(action).next().expect("the action was proposed");
        first.stored.envelope.open["conversation"].as_str().expect("it names its conversation").to_owned()
    }

    /// Every event, in order.
    pub fn all(&self) -> &[OpenedEvent] {
        &self.events
    }

    /// The kinds of everything that happened to one action, in order.
    pub fn kinds_of(&self, action: &str) -> Vec<String> {
        self.of(action).map(|event| event.stored.envelope.kind.clone()).collect()
    }

    /// The events of one action's stream, in order.
    pub fn of<'a>(&'a self, action: &str) -> impl Iterator<Item = &'a OpenedEvent> {
        let stream = format!("action/{action}");
        self.events.iter().filter(move |event| event.stored.envelope.stream.as_str() == stream)
    }

    /// How often this kind of event stands in the whole log.
    pub fn count(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event.stored.envelope.kind == kind).count()
    }

    /// The one decision on an action, with the card that was signed.
    pub async fn verified_decision(&self, action: &str) -> (Decided, Value) {
        let mut found = self.verified_decisions(action).await;
        assert_eq!(found.len(), 1, "one decision");
        found.remove(0)
    }

    /// The decisions on an action in order, each with the card that was signed: the countersignature verified with the key
    /// that was enrolled for this person, and the statement's card digest recomputed from the sealed card.
    pub async fn verified_decisions(&self, action: &str) -> Vec<(Decided, Value)> {
        let mut found = Vec::new();
        for event in self.of(action) {
            let happened: ActionEvent = event.event().expect("an action's event");
            let (ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided)) =
                happened
            else {
                continue;
            };
            let card = event.field("card").expect("the card is sealed").clone();
            let statement = &decided.statement;
            let (person, _) = self.records.person(&statement.person).await.expect("the person is enrolled");
            let key = person.key(&statement.key).expect("the key is enrolled for this person");
            countersignature::verify(statement, &decided.signature, &key.public).expect("the countersignature holds");
            assert_eq!(key.held, decided.signed_by, "the record says where the key is held");
            assert_eq!(canonical::digest(&card), statement.card, "the person signed another card");
            found.push((decided, card));
        }
        found
    }
}

/// The trail in a data folder holds, in its bytes, its tree and its meaning, against its second file.
pub fn verified(data: &Path) {
    let key = std::fs::read_to_string(data.join(VERIFIER_KEY)).expect("the key lies beside the log");
    let (_, key) = TreeHead::read_verifier_key(&key).expect("it is a verifier key");
    let note = std::fs::read_to_string(data.join("checkpoint")).expect("the second file lies beside the log");
    let notes = vec![KeptNote { origin: NoteOrigin::SecondFile, size: None, note }];
    let log = LogFile::open(data).expect("the log is read");
    let report = verify(&log, &Against { key: Some(key), notes, ..Against::default() }).expect("the log is read");
    assert!(report.is_good(), "{}", report.in_words().join("\n"));
}
