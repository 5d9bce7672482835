//! A gate over a log in memory, with the starter policies, an administrator who proposes, and one person of each role.

use async_trait::async_trait;
use countersign_domain::agent::{AgentGrant, AgentWord};
use countersign_domain::ambient::Entropy;
use countersign_domain::change::{Change, ChangeKind, ChangePhase, ChangeState};
use countersign_domain::channel::ChatSettings;
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::{ChangeId, ConversationId, LogId, PersonId, SigningKeyId};
use countersign_domain::person::{DEFAULT_TEAM, KeyKind, KeyOffer, Role};
use countersign_domain::server::{AddedServer, ServerReach};
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_event_log::checkpoint::SignerFn;
use countersign_event_log::log::Log;
use countersign_event_log::memory::MemoryLog;
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use countersign_gate::people::{NewKey, SecondPerson, SetUp};
use countersign_gate::permit::PermittedCall;
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers, Toolbox};
use countersign_policy::{Policies, PolicyFile};
use countersign_sealing::Sealing;
use countersign_testkit::{ManualClock, SeededEntropy, crm_definitions};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A signing key, kept nowhere: where and under what keys lie is not what is tried here.
pub(crate) struct Key {
    id: SigningKeyId,
    key: SigningKey,
}

impl Key {
    fn new(entropy: &SeededEntropy) -> Self {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        Self { id: SigningKeyId::random(entropy), key: SigningKey::from_bytes(&seed) }
    }

    pub(crate) fn id(&self) -> &SigningKeyId {
        &self.id
    }

    fn public(&self) -> String {
        hex::encode(self.key.verifying_key().to_bytes())
    }

    /// The signature in hex.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex::encode(Signer::sign(&self.key, message).to_bytes())
    }
}

/// Somebody with a key of each kind.
pub(crate) struct Somebody {
    pub(crate) id: PersonId,
    pub(crate) device: Key,
    pub(crate) station: Key,
}

impl Somebody {
    pub(crate) fn key(&self, kind: KeyKind) -> &Key {
        match kind {
            KeyKind::Device => &self.device,
            KeyKind::Station => &self.station,
        }
    }
}

pub(crate) struct House {
    pub(crate) gate: Arc<Gate>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) entropy: Arc<SeededEntropy>,
    /// Administrators and supervisors both: one proposes, the other signs, where a row needs somebody else.
    pub(crate) first: Somebody,
    pub(crate) second: Somebody,
    /// Proposes what is about customers.
    reader: Option<Somebody>,
    people: BTreeMap<Role, Somebody>,
    sealing: Arc<Sealing>,
    _folder: tempfile::TempDir,
}

/// A shop that answers what the card needs.
struct Crm;

#[async_trait]
impl ToolServers for Crm {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(definitions())
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let result = match call.tool() {
            "get_order" => json!({
                "order_number": call.arguments()["order_number"], "total_minor": 90_000, "currency": "EUR",
                "refunded_minor": 0, "customer": {"id": "C-2001", "name": "Ana Ruiz"}, "status": "delivered",
            }),
            // Nobody hears of it again: its outcome stays unknown.
            "issue_refund" if call.arguments()["reason"] == "lost" => return Err(ToolFailure::TimedOut(15)),
            "probe_refund" => return Ok(ToolAnswer { result: json!({}), is_error: true }),
            _ => json!({"refund_id": "r1"}),
        };
        Ok(ToolAnswer { result, is_error: false })
    }
}

fn definitions() -> Vec<ToolDefinition> {
    let define = |name: &str, names: &[&str]| {
        let properties: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
        ToolDefinition {
            server: "crm".into(),
            name: name.into(),
            title: None,
            description: None,
            input_schema: json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false}),
        }
    };
    let mut refund = define("issue_refund", &["order_number", "currency", "reason"]);
    for (name, schema) in [
        ("amount_minor", json!({"type": "integer", "minimum": 1})),
        ("note", json!({"type": "string"})),
        ("idempotency_key", json!({"type": "string"})),
    ] {
        refund.input_schema["properties"][name] = schema;
    }
    let own = vec![
        define("find_order", &["order_number", "postcode"]),
        define("get_order", &["order_number"]),
        define("list_orders", &["customer_id"]),
        define("get_customer", &["customer_id"]),
        define("add_note", &["order_number", "text"]),
        define("probe_refund", &["idempotency_key"]),
        refund,
    ];
    let search = ToolDefinition { server: "knowledge".into(), ..define("search_articles", &["query"]) };
    let article = ToolDefinition { server: "knowledge".into(), ..define("get_article", &["article_id"]) };
    let is_own = |tool: &ToolDefinition| own.iter().any(|one| one.name == tool.name);
    let others: Vec<_> = crm_definitions().into_iter().filter(|tool| !is_own(tool)).collect();
    [own, others, vec![search, article]].concat()
}

fn settings() -> Vec<ToolSettings> {
    let read = |text: &str| -> Vec<ToolSettings> {
        let parsed: toml::Table = text.parse().unwrap();
        parsed["tool"].clone().try_into().unwrap()
    };
    let mut all = read(include_str!("../../assets/tools/crm.toml"));
    all.extend(read(include_str!("../../assets/tools/knowledge.toml")));
    for tool in &mut all {
        if let Some(evidence) = &mut tool.evidence {
            evidence
                .facts
                .retain(|f| ["total", "refunded", "status", "currency", "customer_id"].contains(&f.name.as_str()));
            evidence.customer_name = None;
        }
    }
    all
}

impl House {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(11));
        let clock = Arc::new(ManualClock::new("2026-11-23T09:00:00.000000Z".parse().unwrap()));
        let sealing = Arc::new(Sealing::open(folder.path(), entropy.clone()).unwrap());
        let station = sealing.station_key();
        let sign = move |message: &[u8]| station.sign(message);
        let signer = Arc::new(SignerFn { public_key: sealing.station_key().public_key(), sign });
        let log: Arc<dyn Log> = Arc::new(MemoryLog::new(LogId::random(entropy.as_ref()), clock.clone(), signer));
        let toolbox = Toolbox::pin(definitions(), settings());
        let tools: Vec<_> = toolbox.all().map(|t| (t.definition.clone(), t.settings.clone())).collect();
        let policies = Policies::parse(&policy_files(), &tools).unwrap();
        let records = Arc::new(Records::new(log.clone(), sealing.clone(), clock, entropy.clone()));
        let gate = Arc::new(Gate::new(records, Arc::new(Crm), toolbox, policies, "test"));
        let (first, second) = (somebody(&entropy), somebody(&entropy));
        let new_key = |who: &Somebody| NewKey {
            key: who.device.id().clone(),
            held: KeyKind::Device,
            public: who.device.public(),
        };
        let set_up = SetUp { person: first.id.clone(), name: "First".into(), key: new_key(&first), sample_shop: false };
        let joins = SecondPerson { person: second.id.clone(), name: "Second".into(), key: new_key(&second) };
        gate.set_up_with(set_up, Some(joins)).await.unwrap();
        let mut house =
            Self { gate, log, entropy, first, second, reader: None, people: BTreeMap::new(), sealing, _folder: folder };
        house.reader = Some(house.joins(Role::Compliance).await);
        for role in Role::ALL {
            let who = house.joins(role).await;
            house.people.insert(role, who);
        }
        house
    }

    /// The one whose rows are tried.
    pub(crate) fn of(&self, role: Role) -> &Somebody {
        &self.people[&role]
    }

    pub(crate) fn somebody(&self) -> Somebody {
        somebody(&self.entropy)
    }

    /// A customer whom nobody has heard of, as the log names one.
    pub(crate) fn customer(&self) -> String {
        self.sealing.pseudonym(ConversationId::random(self.entropy.as_ref()).as_str())
    }

    /// A tool is to be treated otherwise than it is: what is held of it waits for a second more.
    pub(crate) fn other_tool(&self) -> Change {
        let toolbox = self.gate.toolbox();
        let from = toolbox.get("crm.find_order").unwrap().settings.clone();
        let to = ToolSettings { hold_seconds: from.hold_seconds + 1, ..from.clone() };
        Change::SetTool { from: Some(Box::new(from)), to: Box::new(to), definition: None }
    }

    /// The chat is to behave otherwise than it does: a silent conversation ends a second later.
    pub(crate) fn other_chat(&self) -> Change {
        let from = self.gate.chat().borrow().clone();
        let to = ChatSettings { idle_seconds: from.idle_seconds + 1, ..from.clone() };
        Change::SetChat { from: Box::new(from), to: Box::new(to) }
    }

    /// An external agent that nobody has heard of is to be granted a tool.
    pub(crate) fn new_agent(&self) -> (String, Change) {
        let id = ConversationId::random(self.entropy.as_ref()).to_string();
        let agent = format!("bot-{}", &id[id.len() - 12..]);
        let to = AgentGrant {
            tools: vec!["crm.find_order".into()],
            word: AgentWord::Claimed,
            expires: self.gate.records().now().plus_seconds(3_600),
            calls_per_minute: 60,
            open_calls: 10,
            wait_seconds: 50,
        };
        (agent.clone(), Change::GrantAgent { agent, from: None, to: Box::new(to), token: "ab".repeat(32) })
    }

    /// A tool server that nobody has heard of is to be added.
    pub(crate) fn new_server(&self) -> (String, Change) {
        let id = ConversationId::random(self.entropy.as_ref()).to_string();
        let name = format!("server-{}", &id[id.len() - 12..]);
        let reach = ServerReach::Address { url: "https://tools.example.com/mcp".to_owned() };
        let server = Box::new(AddedServer { name: name.clone(), reach, secrets: Vec::new() });
        (name, Change::AddServer { server })
    }

    /// Somebody joins in a role, with a key of each kind.
    pub(crate) async fn joins(&self, role: Role) -> Somebody {
        let who = self.somebody();
        let (team, key) = (DEFAULT_TEAM.to_owned(), offer(&who.device, KeyKind::Device));
        let what = Change::EnrolPerson { person: who.id.clone(), team, roles: vec![role], limits: None, key };
        self.both(what, fields([("name", json!(role.name()))])).await.unwrap();
        let key = offer(&who.station, KeyKind::Station);
        let what = Change::EnrolKey { person: who.id.clone(), key };
        let record = self.gate.propose_change(&who.id, what, Fields::new()).await.unwrap();
        self.sign(&record.change, &who.id, &who.station).await.unwrap();
        let record = self.gate.change(&record.change.proposed.id).await.unwrap();
        self.sign(&record.change, &self.first.id, &self.first.device).await.unwrap();
        who
    }

    /// A change that somebody proposes who may, and the second signs.
    pub(crate) async fn both(&self, what: Change, sealed: Fields) -> Result<ChangePhase, GateError> {
        let id = self.proposed(what, sealed).await?;
        let record = self.gate.change(&id).await?;
        self.sign(&record.change, &self.second.id, &self.second.device).await
    }

    /// A change that somebody has proposed and signed who may.
    pub(crate) async fn proposed(&self, what: Change, sealed: Fields) -> Result<ChangeId, GateError> {
        let by = match what.kind() {
            ChangeKind::EraseCustomer | ChangeKind::PlaceHold | ChangeKind::LiftHold => self.reader.as_ref().unwrap(),
            _ => &self.first,
        };
        let record = self.gate.propose_change(&by.id, what, sealed).await?;
        self.sign(&record.change, &by.id, &by.device).await?;
        Ok(record.change.proposed.id)
    }

    pub(crate) async fn sign(
        &self,
        change: &ChangeState,
        person: &PersonId,
        key: &Key,
    ) -> Result<ChangePhase, GateError> {
        let statement = change.to_sign(self.log.id(), person.clone(), key.id().clone(), self.gate.records().now());
        let signature = key.sign(&statement.to_bytes());
        Ok(self.gate.sign_change(statement, signature).await?.phase)
    }
}

/// A rule of the table's own: what it holds can be taken back once it is approved.
const WITH_TIME: &str = r#"
@id("with-time-to-undo")
@disposition("hold")
@undo("20")
@reason("It can be taken back.")
forbid (principal, action == Action::"crm.issue_refund", resource)
when { context has money && context.money.minor == 12345 };
"#;
/// The refund that it holds.
pub(crate) const CAN_BE_UNDONE: i64 = 12_345;

fn policy_files() -> Vec<PolicyFile> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/policies");
    let mut files: Vec<PolicyFile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| PolicyFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    files.push(PolicyFile { name: "undo.cedar".to_owned(), text: WITH_TIME.to_owned() });
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn somebody(entropy: &SeededEntropy) -> Somebody {
    Somebody { id: PersonId::random(entropy), device: Key::new(entropy), station: Key::new(entropy) }
}

pub(crate) fn offer(key: &Key, held: KeyKind) -> KeyOffer {
    KeyOffer { key: key.id().clone(), held, public: key.public() }
}

/// A refusal as the table says it: what kind of no it is, not its words.
pub(crate) fn refusal(error: &GateError) -> String {
    use countersign_domain::action::ActionError;
    use countersign_domain::change::ChangeError;
    use countersign_domain::person::AwayError;
    let why = match error {
        GateError::NotAllowed(_) | GateError::NotAuthorized(_) => "role",
        GateError::Change(ChangeError::NotAllowed(_)) => "role",
        GateError::DeviceNeeded => "device needed",
        GateError::BadSignature(_) => "signature",
        GateError::Action(ActionError::WrongPhase { .. }) => "state",
        GateError::Action(ActionError::SignedAlready) | GateError::Change(ChangeError::SignedAlready) => {
            "signed already"
        }
        GateError::Change(ChangeError::NotWaiting) | GateError::Fleet(_) | GateError::Takeover(_) => "state",
        GateError::Change(ChangeError::Impossible(_)) | GateError::Away(AwayError::DecidesNothing) => "no effect",
        other => panic!("a refusal that the table has no word for: {other:?}"),
    };
    format!("no: {why}")
}
