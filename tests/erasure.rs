//! One customer erased from a whole data folder while everything over it runs: the log on disk, its keys, the views, and
//! what the station puts between them and the gate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use async_trait::async_trait;
use countersign_domain::change::{Change, ChangePhase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::{ConversationId, PersonId, SigningKeyId};
use countersign_domain::person::KeyKind;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolDefinition;
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::{SignerFn, TreeHead};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::ReadLog;
use countersign_event_log_sqlite::SqliteLog;
use countersign_gate::people::{NewKey, SetUp};
use countersign_gate::permit::PermittedCall;
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers, Toolbox};
use countersign_gate::{DeviceKeys, Gate, UnlockedKey};
use countersign_policy::Policies;
use countersign_projections::{ToolLabels, TrailSearch, Views};
use countersign_sealing::Sealing;
use countersign_station::forgetting::{Ciphertext, Lists};
use countersign_testkit::{ManualClock, SeededEntropy};
use std::path::Path;
use std::sync::Arc;

struct NoTools;

#[async_trait]
impl ToolServers for NoTools {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(Vec::new())
    }
    async fn call(&self, _: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        Err(ToolFailure::NotSent("nothing is called here".into()))
    }
}

struct House {
    log: Arc<SqliteLog>,
    views: Arc<Views>,
    gate: Arc<Gate>,
    person: PersonId,
    key: UnlockedKey,
    public: [u8; 32],
}

async fn house(folder: &Path) -> House {
    let entropy = Arc::new(SeededEntropy::new(5));
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_795_000_000_000_000).unwrap()));
    let sealing = Arc::new(Sealing::open(folder, entropy.clone()).unwrap());
    let station = sealing.station_key();
    let public = station.public_key();
    let signer = SignerFn { public_key: public, sign: move |message: &[u8]| station.sign(message) };
    let log = Arc::new(SqliteLog::open(folder, clock.clone(), Arc::new(signer), entropy.as_ref()).unwrap());
    let records = Arc::new(Records::new(log.clone(), sealing.clone(), clock, entropy.clone()));
    let toolbox = Toolbox::pin(Vec::new(), Vec::new());
    let policies = Policies::parse(&[], &[]).unwrap();
    let gate = Arc::new(Gate::new(records, Arc::new(NoTools), toolbox, policies, "test"));
    let views = Arc::new(Views::open(folder, log.clone(), sealing, ToolLabels::new()).await.unwrap());
    gate.forget_through(vec![Arc::new(Ciphertext(log.clone())), Arc::new(Lists(views.clone()))]).await;
    let keys = DeviceKeys::new(&folder.join("device-keys"), entropy.clone()).unwrap();
    let key = keys.create(&SigningKeyId::random(entropy.as_ref()), "correct horse battery").unwrap();
    let person = PersonId::random(entropy.as_ref());
    let new = NewKey { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) };
    let set_up = SetUp { person: person.clone(), name: "Marta Lindqvist".into(), key: new, sample_shop: false };
    gate.set_up(set_up).await.unwrap();
    House { log, views, gate, person, key, public }
}

impl House {
    /// A customer who says these words, again and again.
    async fn talk(&self, name: &str, customer: &str, words: &str) -> ConversationId {
        let records = self.gate.records();
        let opened =
            records.open_conversation("chat", Assurance::Verified, Some(name), Some(customer), String::new()).await;
        let (id, _) = opened.unwrap();
        for n in 0..60 {
            let (state, _) = records.conversation(&id).await.unwrap();
            let text = format!("{words} {n} {}", "and so on ".repeat(n));
            let draft = state.receive(&text, None).unwrap().unwrap();
            let actor = Actor::Customer(id.to_string());
            records.append_conversation(&id, state.version, vec![draft], actor).await.unwrap();
        }
        id
    }

    /// How many records a search for a word finds.
    async fn find(&self, word: &str) -> usize {
        let search = TrailSearch { words: word.into(), limit: 9, ..TrailSearch::default() };
        self.views.trail(search).await.unwrap().value.rows.len()
    }

    async fn erase(&self, customer: &str) {
        let customer = self.gate.records().sealing().pseudonym(customer);
        let what = Change::EraseCustomer { customer };
        let record = self.gate.propose_change(&self.person, what, Default::default()).await.unwrap();
        let change = &record.change;
        let statement =
            change.to_sign(self.log.id(), self.person.clone(), self.key.id().clone(), self.gate.records().now());
        let signature = hex::encode(self.key.sign(&statement.to_bytes()));
        let stored = self.gate.sign_change(statement, signature).await.unwrap();
        assert_eq!(stored.phase, ChangePhase::InEffect, "one person decides everything here");
        self.gate.carry_out_erasures().await;
    }
}

/// The first file below a folder that holds these letters, in any case.
fn holder(folder: &Path, word: &str) -> Option<String> {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if let Some(found) = holder(&path, word) {
                return Some(found);
            }
            continue;
        }
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
            return Some(path.display().to_string());
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_of_the_data_folder_holds_a_word_of_an_erased_customer_while_everything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let house = house(folder.path()).await;
    let gone = house.talk("Zephyrine Quill", "C-9001", "My quetzalcoatl broke").await;
    let stays = house.talk("Bo Lind", "C-9002", "My marimba is fine").await;
    house.views.indexed(house.log.size()).await.unwrap();
    for word in ["zephyrine", "quetzalcoatl", "marimba"] {
        assert!(holder(folder.path(), word).is_some(), "{word} was never in a file");
    }
    let ciphertext = house.log.read_from(0, 1_000).await.unwrap().into_iter().find_map(|event| {
        let of_gone = event.envelope.stream.as_str().ends_with(gone.as_str());
        event.sealed.filter(|_| of_gone).and_then(|part| part.bytes)
    });
    let sealed = ciphertext.unwrap();
    let in_wal = std::fs::read(folder.path().join("log.db-wal")).unwrap();
    assert!(in_wal.windows(sealed.len()).any(|window| window == &sealed[..]), "it was never in the write-ahead log");

    house.erase("C-9001").await;

    for word in ["zephyrine", "quill", "quetzalcoatl"] {
        assert_eq!(holder(folder.path(), word), None, "{word} is still in a file");
    }
    for file in ["log.db", "log.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        assert!(!bytes.windows(sealed.len()).any(|window| window == &sealed[..]), "its ciphertext is in {file}");
    }
    let certificate =
        house.gate.certificate(&house.gate.records().sealing().pseudonym("C-9001")).await.unwrap().unwrap();
    assert_eq!((certificate.keys, certificate.conversations, certificate.parts, certificate.dropped), (1, 1, 61, 61));
    house.views.reached(house.log.size()).await.unwrap();
    let transcript = house.views.transcript(&gone).await.unwrap().value.unwrap();
    assert!(transcript.row.erased && transcript.row.customer.is_none());
    assert_eq!(house.views.transcript(&stays).await.unwrap().value.unwrap().row.customer.as_deref(), Some("Bo Lind"));
    house.views.indexed(house.log.size()).await.unwrap();
    assert_eq!(house.find("marimba").await, 9);
    assert_eq!(house.find("quetzalcoatl").await, 0);
    // The trail verifies as before: every record under its hash, and the tree under its checkpoint.
    let size = house.log.size();
    assert_eq!(house.log.read_from(0, 1_000).await.unwrap().len() as u64, size);
    let head = TreeHead::verify(&house.log.checkpoint().await.unwrap(), &house.public).unwrap();
    assert_eq!((head.size, head.root), (size, house.log.root_at(size).await.unwrap()));
    house.views.close().await;
}
