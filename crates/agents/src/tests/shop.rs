//! A shop in memory: a tool server that remembers what it did, a gate in front of it, agents behind it.

use crate::playbook::Playbook;
use crate::port::{Conversations, Identity, SeenWhat};
use crate::reasoner::Reasoner;
use crate::{Agents, LeftOff};
use async_trait::async_trait;
use countersign_domain::action::{Action, ActionBytes, Choice, DecisionStatement, STATEMENT_TYPE, action_digest};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::{ActionId, ConversationId, LogId, PersonId, SigningKeyId};
use countersign_domain::person::KeyKind;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_event_log::log::Log;
use countersign_event_log::memory::MemoryLog;
use countersign_gate::people::{NewKey, SetUp};
use countersign_gate::permit::PermittedCall;
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers, Toolbox};
use countersign_gate::{DeviceKeys, Gate, SignedDecision, UnlockedKey};
use countersign_policy::{Policies, PolicyFile};
use countersign_sealing::Sealing;
use countersign_testkit::{ManualClock, SeededEntropy, crm_definitions, playbook_files};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The refunds that the tool server made, in cents; and how its next one fails.
#[derive(Default)]
pub(super) struct Books {
    pub(super) refunds: Vec<i64>,
    pub(super) lookups: usize,
    pub(super) fails: Option<ToolFailure>,
}

struct Server(Arc<Mutex<Books>>);

#[async_trait]
impl ToolServers for Server {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(crm_definitions())
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let mut books = self.0.lock().unwrap();
        let arguments = call.arguments();
        let refunded: i64 = books.refunds.iter().sum();
        let order = json!({
            "order_number": "1042", "customer": { "id": "C-2001", "name": "Ana Ruiz" }, "currency": "EUR", "status": "delivered",
            "lines": [
                { "title": "Varde 45 rucksack", "quantity": 1, "amount_minor": 12900 },
                { "title": "Lykt headlamp", "quantity": 1, "amount_minor": 4900 },
            ],
            "total_minor": 17800, "refunded_minor": refunded,
        });
        let (result, is_error) = match call.tool() {
            "find_order" => {
                books.lookups += 1;
                match arguments["order_number"] == "1042" && arguments["postcode"] == "46001" {
                    true => (order, false),
                    false => (json!({ "message": "There is no order with this number and postcode." }), true),
                }
            }
            "get_order" => (order, false),
            "issue_refund" => {
                if let Some(failure) = books.fails.take() {
                    return Err(failure);
                }
                books.refunds.push(arguments["amount_minor"].as_i64().unwrap());
                (json!({ "refund_id": "r1" }), false)
            }
            "probe_refund" => (json!({ "state": "claimed" }), false),
            other => return Err(ToolFailure::DefinitionChanged(other.to_owned())),
        };
        Ok(ToolAnswer { result, is_error })
    }
}

fn settings() -> Vec<ToolSettings> {
    let parsed: toml::Table = include_str!("../../../../assets/tools/crm.toml").parse().unwrap();
    let mut all: Vec<ToolSettings> = parsed["tool"].clone().try_into().unwrap();
    for tool in &mut all {
        if let Some(evidence) = &mut tool.evidence {
            evidence.facts.retain(|f| ["total", "refunded", "status", "customer_id"].contains(&f.name.as_str()));
        }
    }
    all
}

fn policies() -> Policies {
    let file = |name: &str, text: &str| PolicyFile { name: name.into(), text: text.into() };
    let files = [
        file("refunds.cedar", include_str!("../../../../assets/policies/refunds.cedar")),
        file("reads.cedar", include_str!("../../../../assets/policies/reads.cedar")),
        file("replies.cedar", include_str!("../../../../assets/policies/replies.cedar")),
    ];
    let tools: Vec<_> = crm_definitions()
        .into_iter()
        .filter_map(|d| settings().into_iter().find(|s| s.tool == d.full_name()).map(|s| (d, s)))
        .collect();
    Policies::parse(&files, &tools).unwrap()
}

pub(super) struct Shop {
    pub(super) gate: Arc<Gate>,
    pub(super) agents: Agents,
    pub(super) books: Arc<Mutex<Books>>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) person: PersonId,
    records: Arc<Records>,
    key: UnlockedKey,
    reasoner: Arc<dyn Reasoner>,
    _folder: tempfile::TempDir,
}

fn gate(records: &Arc<Records>, books: &Arc<Mutex<Books>>) -> Arc<Gate> {
    let toolbox = Toolbox::pin(crm_definitions(), settings());
    Arc::new(Gate::new(records.clone(), Arc::new(Server(books.clone())), toolbox, policies(), "test"))
}

pub(super) fn playbook() -> Playbook {
    Playbook::read(&playbook_files().unwrap()).unwrap()
}

impl Shop {
    pub(super) async fn open() -> Self {
        Self::with(Arc::new(playbook())).await
    }

    /// With another reasoner.
    pub(super) async fn with(reasoner: Arc<dyn Reasoner>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(7));
        let start: Timestamp = "2026-11-23T09:00:00.000000Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let signer = Arc::new(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
        let log: Arc<dyn Log> = Arc::new(MemoryLog::new(LogId::random(entropy.as_ref()), clock.clone(), signer));
        let sealing = Arc::new(Sealing::open(folder.path(), entropy.clone()).unwrap());
        let records = Arc::new(Records::new(log, sealing, clock.clone(), entropy.clone()));
        let books = Arc::default();
        let gate = gate(&records, &books);
        let keys = DeviceKeys::new(&folder.path().join("keys"), entropy.clone()).unwrap();
        let person = PersonId::random(entropy.as_ref());
        let key = keys.create(&SigningKeyId::random(entropy.as_ref()), "correct horse battery").unwrap();
        let new = NewKey { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) };
        let set_up = SetUp { person: person.clone(), name: "Marta".into(), key: new, sample_shop: true };
        gate.set_up(set_up).await.unwrap();
        let agents = Agents::start(gate.clone(), reasoner.clone()).await.unwrap();
        Self { gate, agents, books, clock, person, records, key, reasoner, _folder: folder }
    }

    /// Everything in memory is lost but log, keys and what the tool server did; the log is read from its beginning.
    pub(super) async fn restart(self) -> Self {
        self.restart_from(LeftOff::default()).await
    }

    /// The same, and the log is read from where agents left off at some time before.
    pub(super) async fn restart_from(mut self, left: LeftOff) -> Self {
        self.agents.shutdown().await;
        self.gate = gate(&self.records, &self.books);
        self.gate.recover_from(left.open.clone()).await.unwrap();
        self.agents = Agents::start_from(self.gate.clone(), self.reasoner.clone(), left).await.unwrap();
        self.agents.at_rest().await;
        self
    }

    pub(super) fn chat(&self) -> Arc<dyn Conversations> {
        self.agents.conversations()
    }

    pub(super) async fn begin(&self) -> ConversationId {
        let identity = Identity { assurance: Assurance::Claimed, name: Some("Ana Ruiz".into()), subject: None };
        self.chat().begin("chat", identity).await.unwrap().conversation
    }

    /// The customer writes, and the agent has done what there is to do.
    pub(super) async fn writes(&self, conversation: &ConversationId, text: &str) {
        self.chat().receive(conversation, text, None).await.unwrap();
        self.agents.at_rest().await;
    }

    /// What the customer sees, one line each.
    pub(super) async fn sees(&self, conversation: &ConversationId) -> Vec<String> {
        let seen = self.chat().seen_after(conversation, None).await.unwrap();
        assert!(seen.is_sorted_by_key(|s| s.position));
        seen.into_iter()
            .map(|s| match s.what {
                SeenWhat::Own { text } => format!("customer: {text}"),
                SeenWhat::Agent { text } => format!("agent: {text}"),
                other => format!("{other:?}").split(' ').next().unwrap_or_default().to_owned(),
            })
            .collect()
    }

    /// A conversation whose refund of the rucksack is held.
    pub(super) async fn held(&self) -> (ConversationId, ActionId) {
        let conversation = self.begin().await;
        self.writes(&conversation, "The rucksack of order 1042 came torn, I want my money back. Postcode 46001").await;
        let state = self.gate.records().conversation(&conversation).await.unwrap().0;
        let (action, tool) = state.actions.last().unwrap().clone();
        assert_eq!(tool, "crm.issue_refund");
        (conversation, action)
    }

    /// A person decides; the agent has done what there is to do.
    pub(super) async fn decide(&self, id: &ActionId, choice: Choice, arguments: Option<Value>) {
        let (card, material) = self.gate.card_to_sign(id).await.unwrap();
        let action = &material.action;
        let (digest, of) = match &arguments {
            None => (card.digest.clone(), action.signatures_needed()),
            Some(values) => {
                let verdict = self.gate.judge_override(id, values).await.unwrap().verdict;
                (digest(action, values, &material.salt), verdict.map_or(1, |v| v.approvers.max(1)))
            }
        };
        let statement = DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: self.gate.records().log().id(),
            action: id.clone(),
            proposal: action.proposal,
            digest_proposed: action.proposed.digest.clone(),
            digest_decided: digest,
            decision: choice,
            which: 1,
            of,
            policy_version: card.policy_version.clone(),
            definition: action.proposed.definition.clone(),
            card: card.digest(),
            person: self.person.clone(),
            key: self.key.id().clone(),
            at: self.gate.records().now(),
            step_up: None,
        };
        let signature = hex::encode(self.key.sign(&statement.to_bytes()));
        let words = Some("Between us: the strap is worn, not torn.".to_owned());
        self.gate.decide(SignedDecision { statement, signature, arguments, words, looked_ms: 2_000 }).await.unwrap();
    }

    /// Waits until an action is over, then until the agent rests.
    pub(super) async fn over(&self, id: &ActionId) {
        let until = async {
            loop {
                let size = self.gate.records().log().size();
                let phase = self.gate.report(id).await.unwrap().phase;
                if phase.is_final() {
                    return;
                }
                self.gate.records().log().grown_beyond(size).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), until).await.expect("it is never over");
        self.agents.at_rest().await;
    }
}

fn digest(action: &Action, arguments: &Value, salt: &str) -> String {
    action_digest(&ActionBytes {
        tool: action.proposed.tool.clone(),
        server: action.proposed.server.clone(),
        definition: action.proposed.definition.clone(),
        arguments: arguments.clone(),
        salt: salt.to_owned(),
    })
}
