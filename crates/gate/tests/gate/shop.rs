//! A shop in memory: a gate in front of its tool server, people who sign, and customers.

use crate::server::{Fault, ShopServer, definitions, settings};
use crate::trail::Trail;
use countersign_domain::action::{ActionBytes, Choice, DecisionStatement, Phase, STATEMENT_TYPE, action_digest};
use countersign_domain::ambient::Entropy;
use countersign_domain::change::{Change, ChangeState, ChangeStatement};
use countersign_domain::conversation::{Assurance, Reasoner};
use countersign_domain::event::{Draft, Fields};
use countersign_domain::ids::{ActionId, ConversationId, LogId, PersonId, SigningKeyId};
use countersign_domain::person::{KeyKind, PersonEvent, Role};
use countersign_domain::time::Timestamp;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Log, Write};
use countersign_event_log::memory::MemoryLog;
use countersign_event_log::stream::StreamName;
use countersign_gate::changes::ChangeStored;
use countersign_gate::error::GateError;
use countersign_gate::people::{NewKey, SecondPerson, SetUp};
use countersign_gate::proposal::Proposal;
use countersign_gate::records::Records;
use countersign_gate::report::ActionReport;
use countersign_gate::tools::Toolbox;
use countersign_gate::{
    DecisionStored, DeviceKeys, Gate, LooksFile, ReplyWords, ReplyWordsFile, ShortestLooks, SignedDecision, Topics,
    UnlockedKey,
};
use countersign_policy::{Policies, PolicyFile};
use countersign_sealing::Sealing;
use countersign_testkit::{ManualClock, ManualDisk, SeededEntropy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const PASSWORD: &str = "correct horse battery";

fn policy_files() -> Vec<PolicyFile> {
    ["refunds", "reads", "replies"]
        .into_iter()
        .map(|name| PolicyFile { name: format!("{name}.cedar"), text: policy_text(name) })
        .collect()
}

pub(crate) fn policy_text(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/policies");
    std::fs::read_to_string(format!("{folder}/{name}.cedar")).unwrap()
}

pub(crate) struct Shop {
    pub(crate) gate: Arc<Gate>,
    pub(crate) server: Arc<ShopServer>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) disk: Arc<ManualDisk>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) trail: Trail,
    pub(crate) person: PersonId,
    pub(crate) key: Arc<UnlockedKey>,
    /// Who was set up beside the first person.
    pub(crate) second: Option<(PersonId, UnlockedKey)>,
    keys: DeviceKeys,
    folder: tempfile::TempDir,
    sealing: Arc<Sealing>,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_over(|log| log).await
    }

    /// Over a log that a test has its hand on.
    pub(crate) async fn open_over(over: impl FnOnce(Arc<dyn Log>) -> Arc<dyn Log>) -> Self {
        Self::begin(over, false).await
    }

    /// With two people from the beginning.
    pub(crate) async fn open_with_two() -> Self {
        Self::begin(|log| log, true).await
    }

    async fn begin(over: impl FnOnce(Arc<dyn Log>) -> Arc<dyn Log>, two: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(7));
        let start: Timestamp = "2026-11-23T09:00:00.000000Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let signer = Arc::new(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
        let log = over(Arc::new(MemoryLog::new(LogId::random(entropy.as_ref()), clock.clone(), signer)));
        let sealing = Arc::new(Sealing::open(folder.path(), entropy.clone()).unwrap());
        let server = Arc::new(ShopServer {
            books: Arc::default(),
            log: log.clone(),
            give_up: Default::default(),
            looking: Default::default(),
            look_on: Default::default(),
        });
        let disk = Arc::new(ManualDisk::new(u64::MAX));
        let records = Records::new(log.clone(), sealing.clone(), clock.clone(), entropy.clone());
        let gate = gate(records.with_disk(disk.clone()), &server, toolbox());
        let keys = DeviceKeys::new(&folder.path().join("keys"), entropy.clone()).unwrap();
        let person = PersonId::random(entropy.as_ref());
        let key = keys.create(&SigningKeyId::random(entropy.as_ref()), PASSWORD).unwrap();
        let enrol = SetUp {
            person: person.clone(),
            name: "Marta Lindqvist".into(),
            key: NewKey { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) },
            sample_shop: true,
        };
        let second = two.then(|| {
            let key = keys.create(&SigningKeyId::random(entropy.as_ref()), PASSWORD).unwrap();
            (PersonId::random(entropy.as_ref()), key)
        });
        let enrol_too = second.as_ref().map(|(person, key)| SecondPerson {
            person: person.clone(),
            name: "Jonas Weber".into(),
            key: NewKey { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) },
        });
        gate.set_up_with(enrol, enrol_too).await.unwrap();
        let trail = Trail::of(gate.records().clone());
        Self {
            gate,
            server,
            clock,
            entropy,
            disk,
            log,
            trail,
            person,
            key: Arc::new(key),
            second,
            keys,
            folder,
            sealing,
        }
    }

    /// A second supervisor with a key of their own, enrolled behind the gate: there is no other way in yet.
    pub(crate) async fn colleague(&self) -> (PersonId, UnlockedKey) {
        let (person, key) = (PersonId::random(self.entropy.as_ref()), self.stranger());
        let drafts = [
            Draft::open(&PersonEvent::Enrolled { person: person.clone(), roles: vec![Role::Supervisor] }),
            Draft::open(&PersonEvent::KeyEnrolled {
                person: person.clone(),
                key: key.id().clone(),
                held: KeyKind::Device,
                public: hex::encode(key.public_key()),
            }),
        ];
        let (records, stream) = (self.gate.records(), StreamName::person(&person));
        let sealed_with = self.sealing.take_key().unwrap();
        let seal = |draft| records.seal(draft, &stream, &sealed_with, &Actor::Station, None).unwrap();
        let writes =
            vec![Write { stream: stream.clone(), expected: 0, events: drafts.into_iter().map(seal).collect() }];
        self.trail.was_written_behind_the_gate();
        self.log.append(Append { guards: Vec::new(), writes }).await.unwrap();
        (person, key)
    }

    /// Somebody leaves the staff, behind the gate.
    pub(crate) async fn leaves(&self, person: &PersonId) {
        let stream = StreamName::person(person);
        let records = self.gate.records();
        let expected = records.stored(&stream, 0).await.unwrap().len() as u64;
        let gone = Draft::open(&PersonEvent::Removed { person: person.clone() });
        let sealed_with = self.sealing.take_key().unwrap();
        let event = records.seal(gone, &stream, &sealed_with, &Actor::Station, None).unwrap();
        self.trail.was_written_behind_the_gate();
        let writes = vec![Write { stream, expected, events: vec![event] }];
        self.log.append(Append { guards: Vec::new(), writes }).await.unwrap();
    }

    /// Proposes a change and signs it with the first person's key: in one-person mode it takes effect with that.
    pub(crate) async fn change(&self, what: Change) -> Result<ChangeStored, GateError> {
        let record = self.gate.propose_change(&self.person, what, Fields::new()).await?;
        self.sign_change(&record.change, &self.person, &self.key).await
    }

    pub(crate) async fn sign_change(
        &self,
        change: &ChangeState,
        person: &PersonId,
        key: &UnlockedKey,
    ) -> Result<ChangeStored, GateError> {
        let statement = self.change_statement(change, person, key);
        let signature = hex::encode(key.sign(&statement.to_bytes()));
        self.gate.sign_change(statement, signature).await
    }

    pub(crate) fn change_statement(
        &self,
        change: &ChangeState,
        person: &PersonId,
        key: &UnlockedKey,
    ) -> ChangeStatement {
        change.to_sign(self.log.id(), person.clone(), key.id().clone(), self.gate.records().now())
    }

    /// An approval as somebody else signs it.
    pub(crate) async fn sign_as(&self, (person, key): &(PersonId, UnlockedKey), id: &ActionId) -> SignedDecision {
        let mut signed = self.sign(id, Choice::Approve, None).await;
        signed.statement.person = person.clone();
        signed.statement.key = key.id().clone();
        signed.signature = hex::encode(key.sign(&signed.statement.to_bytes()));
        signed
    }

    /// Everything in memory is lost; the log and the keys stay.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// A gate over the same log that has taken in nothing of what people signed of tools.
    pub(crate) fn gate_of_before(&self) -> Arc<Gate> {
        let (log, sealing) = (self.log.clone(), self.sealing.clone());
        gate(Records::new(log, sealing, self.clock.clone(), self.entropy.clone()), &self.server, toolbox())
    }

    /// The same, and meanwhile the server defines its tools otherwise.
    pub(crate) async fn restart_with(self, edit: impl Fn(&mut ToolDefinition)) -> Self {
        let mut now = definitions();
        now.iter_mut().for_each(edit);
        self.restart_defining(now).await
    }

    /// The same, and the server has answered nothing but this; nothing at all where it is away.
    pub(crate) async fn restart_defining(self, now: Vec<ToolDefinition>) -> Self {
        let server = Arc::new(ShopServer {
            books: self.server.books.clone(),
            log: self.log.clone(),
            give_up: Default::default(),
            looking: Default::default(),
            look_on: Default::default(),
        });
        let toolbox = Toolbox::pin(now, settings());
        let records = Records::new(self.log.clone(), self.sealing.clone(), self.clock.clone(), self.entropy.clone());
        let records = records.with_disk(self.disk.clone());
        let toolbox = records.tools_as_signed(toolbox).await.unwrap();
        let gate = gate(records, &server, toolbox);
        gate.recover().await.unwrap();
        Self { gate, server, ..self }
    }

    pub(crate) async fn conversation(&self, assurance: Assurance) -> ConversationId {
        self.conversation_of("chat", assurance, "C-2001").await
    }

    /// A conversation with a customer whom the shop knows by that id; only a verified one is known here.
    pub(crate) async fn conversation_of(&self, channel: &str, assurance: Assurance, customer: &str) -> ConversationId {
        let subject = (assurance == Assurance::Verified).then_some(customer);
        let opened =
            self.gate.records().open_conversation(channel, assurance, Some("Ana Ruiz"), subject, String::new());
        opened.await.unwrap().0
    }

    pub(crate) async fn seen(&self, conversation: &ConversationId) -> u64 {
        self.gate.records().conversation(conversation).await.unwrap().0.version
    }

    pub(crate) async fn propose_text(
        &self,
        c: &ConversationId,
        tool: &str,
        text: String,
    ) -> Result<ActionReport, GateError> {
        let wish = wish(c.clone(), self.seen(c).await, 0);
        self.gate.propose(Proposal { tool: tool.into(), arguments: text, ..wish }).await
    }

    pub(crate) async fn refund(&self, conversation: &ConversationId, minor: i64) -> ActionReport {
        self.propose_text(conversation, "crm.issue_refund", refund(minor).to_string()).await.unwrap()
    }

    /// A refund of an order of that customer.
    pub(crate) async fn refund_of(&self, conversation: &ConversationId, customer: &str, minor: i64) -> ActionReport {
        self.refund_order(conversation, &format!("{customer}/1"), minor).await
    }

    /// A refund of one order. Whose it is stands before the slash.
    pub(crate) async fn refund_order(&self, conversation: &ConversationId, order: &str, minor: i64) -> ActionReport {
        let mut arguments = refund(minor);
        arguments["order_number"] = order.into();
        self.propose_text(conversation, "crm.issue_refund", arguments.to_string()).await.unwrap()
    }

    /// A refund of €129.00 to a verified customer, which a rule holds.
    pub(crate) async fn held(&self) -> ActionReport {
        let report = self.refund(&self.conversation(Assurance::Verified).await, 12_900).await;
        assert_eq!(report.phase, Phase::Held);
        report
    }

    /// Signs what the card shows.
    pub(crate) async fn sign(&self, id: &ActionId, choice: Choice, arguments: Option<Value>) -> SignedDecision {
        let (card, material) = self.gate.card_to_sign(id).await.unwrap();
        let action = &material.action;
        let digest = match &arguments {
            None => card.digest.clone(),
            Some(values) => action_digest(&ActionBytes {
                tool: action.proposed.tool.clone(),
                server: action.proposed.server.clone(),
                definition: action.proposed.definition.clone(),
                arguments: values.clone(),
                salt: material.salt.clone(),
            }),
        };
        let of = match &arguments {
            None => action.signatures_needed(),
            Some(values) => {
                let judged = self.gate.judge_override(id, values).await.unwrap();
                judged.verdict.map_or(1, |v| v.approvers.max(1))
            }
        };
        let statement = DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: self.log.id(),
            action: id.clone(),
            proposal: action.proposal,
            digest_proposed: action.proposed.digest.clone(),
            digest_decided: digest,
            decision: choice,
            which: if arguments.is_some() { 1 } else { action.approvals.len() as u8 + 1 },
            of,
            policy_version: card.policy_version.clone(),
            definition: action.proposed.definition.clone(),
            card: card.digest(),
            person: self.person.clone(),
            key: self.key.id().clone(),
            at: self.gate.records().now(),
            step_up: None,
        };
        self.signed(statement, arguments)
    }

    pub(crate) fn signed(&self, statement: DecisionStatement, arguments: Option<Value>) -> SignedDecision {
        let signature = hex::encode(self.key.sign(&statement.to_bytes()));
        SignedDecision { statement, signature, arguments, words: Some("Because.".into()), looked_ms: 2_000 }
    }

    pub(crate) async fn decide(&self, id: &ActionId, choice: Choice) -> Result<DecisionStored, GateError> {
        self.gate.decide(self.sign(id, choice, None).await).await
    }

    /// Waits until an action stands where it is wanted, by following the log.
    pub(crate) async fn reaches(&self, id: &ActionId, phase: Phase) -> ActionReport {
        let until = async {
            loop {
                let size = self.log.size();
                let report = self.gate.report(id).await.unwrap();
                if report.phase == phase {
                    return report;
                }
                self.log.grown_beyond(size).await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(120), until).await;
        match waited {
            Ok(report) => report,
            Err(_) => panic!("{id} never reached {phase:?}: {:?}", self.gate.report(id).await),
        }
    }

    pub(crate) async fn kinds(&self, id: &ActionId) -> Vec<String> {
        let record = self.gate.records().action(id).await.unwrap();
        record.events.iter().map(|e| e.stored.envelope.kind.trim_start_matches("action.").to_owned()).collect()
    }

    pub(crate) fn refunds(&self) -> Vec<i64> {
        let books = self.server.books.lock().unwrap();
        books.refunds.values().map(|r| r["amount_minor"].as_i64().unwrap()).collect()
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.server.books.lock().unwrap().fault = Some(fault);
    }

    pub(crate) fn put_policy(&self, name: &str, edit: impl Fn(String) -> String) {
        self.gate.put_policies(Self::policies(name, edit));
    }

    /// Puts other rules in force, and says so in the trail.
    pub(crate) async fn adopt_policy(&self, name: &str, edit: impl Fn(String) -> String) {
        self.gate.adopt_policies(Self::policies(name, edit), BTreeMap::new()).await.unwrap();
    }

    fn policies(name: &str, edit: impl Fn(String) -> String) -> Policies {
        let files: Vec<PolicyFile> = policy_files()
            .into_iter()
            .map(|file| {
                if file.name == format!("{name}.cedar") {
                    PolicyFile { text: edit(file.text.clone()), ..file }
                } else {
                    file
                }
            })
            .collect();
        Policies::parse(&files, &tools(&toolbox())).unwrap()
    }

    /// Another device's key, never enrolled.
    pub(crate) fn stranger(&self) -> UnlockedKey {
        self.keys.create(&SigningKeyId::random(self.entropy.as_ref() as &dyn Entropy), PASSWORD).unwrap()
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

fn toolbox() -> Toolbox {
    Toolbox::pin(definitions(), settings())
}

fn tools(toolbox: &Toolbox) -> Vec<(ToolDefinition, ToolSettings)> {
    toolbox.all().map(|t| (t.definition.clone(), t.settings.clone())).collect()
}

/// So long as [`Shop::signed`] looks at what cannot be undone, and not a moment less.
fn looks() -> ShortestLooks {
    let text = "[shortest_look_ms]\nreversible = 1000\nirreversible = 2000\ncontradicted = 2000";
    toml::from_str::<LooksFile>(text).unwrap().checked().unwrap()
}

fn reply_words() -> ReplyWords {
    let words = include_str!("../../../../assets/replies/words.toml");
    toml::from_str::<ReplyWordsFile>(words).unwrap().checked().unwrap()
}

fn gate(records: Records, server: &Arc<ShopServer>, toolbox: Toolbox) -> Arc<Gate> {
    let policies = Policies::parse(&policy_files(), &tools(&toolbox)).unwrap();
    let words = include_str!("../../../../assets/second-look/customers.toml");
    let topics = toml::from_str::<Topics>(words).unwrap().checked().unwrap();
    Arc::new(
        Gate::new(Arc::new(records), server.clone(), toolbox, policies, "test")
            .with_topics(topics)
            .with_looks(looks())
            .with_reply_words(reply_words()),
    )
}

pub(crate) fn reasoner() -> Reasoner {
    Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() }
}

/// A refund as an agent proposes it.
pub(crate) fn wish(conversation: ConversationId, seen: u64, minor: i64) -> Proposal {
    Proposal {
        conversation,
        seen,
        agent: "refunds".into(),
        reasoner: reasoner(),
        tool: "crm.issue_refund".into(),
        arguments: refund(minor).to_string(),
        claim: None,
        provenance: BTreeMap::new(),
        whisper: None,
        asked_in: None,
        receipts: Vec::new(),
    }
}

pub(crate) fn refund(minor: i64) -> Value {
    json!({"order_number": "1042", "amount_minor": minor, "currency": "EUR", "reason": "damaged"})
}
