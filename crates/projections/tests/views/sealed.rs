//! With a real log and real keys: what is sealed is read, and once its key is destroyed, nothing of it is.

use crate::canvas::find;
use countersign_domain::conversation::{Assurance, Conversation, ConversationEvent, Opened, SignInProof, SignedIn};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{ConversationId, KeyId, LogId};
use countersign_event_log::checkpoint::SignerFn;
use countersign_event_log::envelope::{Actor, SealedPart, SealedReference};
use countersign_event_log::log::{Append, AppendLog, NewEvent, ReadLog, Write};
use countersign_event_log::memory::MemoryLog;
use countersign_event_log::stream::StreamName;
use countersign_projections::{Entry, ToolLabels, Views};
use countersign_sealing::{SealContext, Sealing};
use countersign_testkit::{ManualClock, SeededEntropy};
use serde_json::json;
use std::sync::Arc;

struct Station {
    folder: tempfile::TempDir,
    log: Arc<MemoryLog>,
    sealing: Arc<Sealing>,
    key: KeyId,
    conversation: ConversationId,
}

impl Station {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(1));
        let sealing = Arc::new(Sealing::open(folder.path(), entropy.clone()).unwrap());
        let log = LogId::random(entropy.as_ref());
        let clock = Arc::new(ManualClock::new(crate::story::at(0)));
        let station_key = sealing.station_key();
        let public_key = station_key.public_key();
        let signer = SignerFn { public_key, sign: move |message: &[u8]| station_key.sign(message) };
        let log = Arc::new(MemoryLog::new(log, clock, Arc::new(signer)));
        let (key, conversation) = (sealing.take_key().unwrap(), ConversationId::random(entropy.as_ref()));
        Self { folder, log, sealing, key, conversation }
    }

    async fn append(&self, version: u64, draft: Draft) {
        let stream = StreamName::conversation(&self.conversation);
        let context = SealContext { log: self.log.id(), stream: stream.as_str().to_owned(), kind: draft.kind.clone() };
        let part = self.sealing.seal(&self.key, &context, &draft.sealed).unwrap();
        let reference =
            SealedReference { ciphertext: part.ciphertext_sha256, commitment: part.commitment, key: self.key.clone() };
        let event = NewEvent {
            kind: draft.kind,
            schema: draft.schema,
            open: draft.open,
            sealed: Some(SealedPart { reference, bytes: Some(part.bytes.into()) }),
            actor: Actor::Customer(self.conversation.to_string()),
            cause: None,
            team: "default".into(),
        };
        let writes = vec![Write { stream, expected: version, events: vec![event] }];
        self.log.append(Append { guards: Vec::new(), writes }).await.unwrap();
    }

    /// A customer comes, with a name that is only said.
    fn opened(&self) -> Opened {
        Opened {
            conversation: self.conversation.clone(),
            channel: "chat".into(),
            assurance: Assurance::Claimed,
            customer: None,
            resume: "hash".into(),
            agent: None,
            belongs_to: Vec::new(),
        }
    }

    async fn views(&self) -> Views {
        let views = Views::open(self.folder.path(), self.log.clone(), self.sealing.clone(), ToolLabels::new());
        let views = views.await.unwrap();
        views.indexed(self.log.size()).await.unwrap();
        views
    }
}

#[tokio::test]
async fn who_signs_in_is_called_and_found_as_the_shop_calls_them_in_what_was_said_before_too() {
    let station = Station::begin();
    let opened = station.opened();
    let mut conversation = Conversation::default();
    conversation.apply(&ConversationEvent::Opened(opened.clone()));
    let draft = Conversation::default().open(opened, fields([("name", json!("Nobody You Know"))])).unwrap();
    station.append(0, draft).await;
    station.append(1, conversation.receive("My lamp arrived broken", None).unwrap().unwrap()).await;
    let views = station.views().await;
    assert_eq!(find(&views, "nobody").await.rows.len(), 2);
    station.append(2, conversation.ask_sign_in("ana@example.com").unwrap()).await;
    conversation.apply(&ConversationEvent::SignInAsked { number: 1 });
    let proof = SignedIn { number: 1, by: SignInProof::MailedCode, customer: "6".repeat(64) };
    let sealed =
        fields([("name", json!("Ana Ruiz")), ("subject", json!("C-2001")), ("address", json!("ana@example.com"))]);
    station.append(3, conversation.sign_in(proof, sealed).unwrap()).await;
    views.indexed(4).await.unwrap();
    let row = views.floor(crate::canvas::most(1)).await.unwrap().value.rows.remove(0);
    assert_eq!((row.customer.as_deref(), row.assurance), (Some("Ana Ruiz"), Assurance::Verified));
    for words in ["ruiz", "C-2001"] {
        assert_eq!(find(&views, words).await.rows.len(), 4, "{words}: every record of the conversation");
    }
    assert_eq!(find(&views, "nobody").await.rows.len(), 1, "what they had called themselves stands where they said it");
    let transcript = views.transcript(&station.conversation).await.unwrap().value.unwrap();
    let entries: Vec<_> = transcript.entries.into_iter().map(|entry| entry.entry).collect();
    let asked = Entry::SignInAsked { address: Some("ana@example.com".into()) };
    assert_eq!(entries[1..], [asked, Entry::SignedIn { name: Some("Ana Ruiz".into()) }]);
    views.close().await;
}

#[tokio::test]
async fn sealed_words_are_shown_until_their_key_is_destroyed() {
    let station = Station::begin();
    let opened = station.opened();
    let mut conversation = Conversation::default();
    conversation.apply(&ConversationEvent::Opened(opened.clone()));
    let name = fields([("name", json!("Ana Ruiz"))]);
    station.append(0, Conversation::default().open(opened, name).unwrap()).await;
    let views = station.views().await;
    // The follower sees what is appended while it runs.
    station.append(1, conversation.receive("My lamp arrived broken", None).unwrap().unwrap()).await;
    views.indexed(2).await.unwrap();
    let row = views.floor(crate::canvas::most(1)).await.unwrap().value.rows.remove(0);
    assert_eq!((row.customer.as_deref(), row.line.as_deref()), (Some("Ana Ruiz"), Some("My lamp arrived broken")));
    assert_eq!(find(&views, "lamp").await.rows.len(), 1);
    views.close().await;

    station.sealing.erase(std::slice::from_ref(&station.key)).unwrap();
    std::fs::remove_file(station.folder.path().join("views.db")).unwrap();
    let views = station.views().await;
    let row = views.floor(crate::canvas::most(1)).await.unwrap().value.rows.remove(0);
    assert_eq!((row.conversation, row.customer, row.line), (station.conversation.clone(), None, None));
    assert!(find(&views, "lamp").await.rows.is_empty());
    views.close().await;
}
