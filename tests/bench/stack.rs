//! The parts of a station, put together as the station does it, with the sample CRM as its own process.

use crate::ambient::RunningClock;
use crate::watched::{WatchedLog, WatchedServers};
use countersign_domain::action::{Choice, DecisionStatement, Phase, STATEMENT_TYPE};
use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::conversation::{Assurance, Reasoner};
use countersign_domain::ids::{ActionId, ConversationId, PersonId, SigningKeyId};
use countersign_domain::person::KeyKind;
use countersign_event_log::checkpoint::SignerFn;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Log, ReadLog as _};
use countersign_event_log_sqlite::SqliteLog;
use countersign_gate::people::{NewKey, SetUp};
use countersign_gate::proposal::Proposal;
use countersign_gate::records::Records;
use countersign_gate::report::ActionReport;
use countersign_gate::tools::{ToolServers, Toolbox};
use countersign_gate::{DeviceKeys, Gate, SignedDecision, UnlockedKey};
use countersign_mcp::{McpServers, ServerConfig, settings};
use countersign_policy::{Policies, PolicyFile};
use countersign_projections::{ToolLabels, Views};
use countersign_sealing::Sealing;
use countersign_station::SystemEntropy;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the tool server, as the assets have it.
const CRM: &str = "crm";
/// Whose order 1042 is, in the sample.
const CUSTOMER: &str = "C-2001";
/// The day that the sample counts back from.
const DAY: &str = "2026-11-23";

/// A log with its keys.
pub(crate) struct Trail {
    pub(crate) log: Arc<SqliteLog>,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) records: Arc<Records>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Trail {
    pub(crate) fn open(folder: &Path) -> Self {
        Self::open_at(folder, Arc::new(RunningClock::new()))
    }

    pub(crate) fn open_at(folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let sealing = Arc::new(Sealing::open(folder, entropy.clone()).unwrap());
        let key = sealing.station_key();
        let signer = SignerFn { public_key: key.public_key(), sign: move |message: &[u8]| key.sign(message) };
        let log = SqliteLog::open(folder, clock.clone(), Arc::new(signer), entropy.as_ref()).unwrap();
        let log = Arc::new(log);
        let records = Records::new(log.clone(), sealing.clone(), clock.clone(), entropy.clone());
        Self { log, sealing, records: Arc::new(records), clock, entropy }
    }
}

/// The sample CRM's program, which is built into the folder above this one.
pub(crate) fn crm_program() -> PathBuf {
    let path = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("countersign-crm");
    assert!(path.exists(), "build it first, or run `make bench`");
    path
}

/// What the CRM's program is started with, in any folder.
pub(crate) const CRM_ARGUMENTS: [&str; 4] = ["--data", "crm.db", "--sample-day", DAY];

/// The sample CRM as a process of its own, in a folder.
pub(crate) fn crm(folder: &Path) -> McpServers {
    let crm = ServerConfig {
        name: CRM.to_owned(),
        command: crm_program(),
        args: CRM_ARGUMENTS.map(str::to_owned).to_vec(),
        environment: BTreeMap::new(),
        folder: folder.to_owned(),
    };
    McpServers::new(vec![crm]).unwrap()
}

/// The tree's own assets.
pub(crate) fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("assets")
}

/// A gate over these records and tools, with the tree's own rules and settings; what is held waits so long, if that is said.
pub(crate) async fn gate_over(records: Arc<Records>, servers: Arc<dyn ToolServers>, hold_seconds: Option<u32>) -> Gate {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let mut settings = settings::parse(&read(assets().join("tools/crm.toml"))).unwrap();
    for tool in &mut settings {
        tool.hold_seconds = hold_seconds.unwrap_or(tool.hold_seconds);
    }
    let toolbox = Toolbox::pin(servers.definitions().await.unwrap(), settings);
    let files = ["reads", "refunds", "replies"].map(|name| {
        let name = format!("{name}.cedar");
        PolicyFile { text: read(assets().join("policies").join(&name)), name }
    });
    let tools: Vec<_> = toolbox.all().map(|t| (t.definition.clone(), t.settings.clone())).collect();
    let policies = Policies::parse(&files, &tools).unwrap();
    Gate::new(records, servers, toolbox, policies, "bench")
}

/// A proposal that has seen the conversation as it is now.
pub(crate) async fn wish(records: &Records, conversation: &ConversationId, tool: &str, arguments: &Value) -> Proposal {
    Proposal {
        conversation: conversation.clone(),
        seen: records.conversation(conversation).await.unwrap().0.version,
        agent: "refunds".to_owned(),
        reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
        tool: format!("{CRM}.{tool}"),
        arguments: arguments.to_string(),
        claim: None,
        provenance: BTreeMap::new(),
        whisper: None,
        asked_in: None,
        receipts: Vec::new(),
    }
}

/// A conversation in which the customer, whom the shop knows by that id once they are verified, has said a few things.
pub(crate) async fn opened(records: &Records, assurance: Assurance, customer: &str) -> ConversationId {
    let customer = (assurance == Assurance::Verified).then_some(customer);
    let opened = records.open_conversation("chat", assurance, Some("Ana Ruiz"), customer, String::new());
    let (id, _) = opened.await.unwrap();
    for message in ["Hi.", "The hip buckle of my rucksack snapped the second time I wore it.", "It is order 1042."] {
        let (state, _) = records.conversation(&id).await.unwrap();
        let draft = state.receive(message, None).unwrap().unwrap();
        let actor = Actor::Customer(id.to_string());
        records.append_conversation(&id, state.version, vec![draft], actor).await.unwrap();
    }
    id
}

/// Gate, log, views, tools and one person.
pub(crate) struct Stack<S> {
    pub(crate) gate: Arc<Gate>,
    pub(crate) log: Arc<WatchedLog>,
    pub(crate) servers: Arc<WatchedServers<S>>,
    views: Views,
    person: PersonId,
    key: UnlockedKey,
}

impl<S: ToolServers + 'static> Stack<S> {
    pub(crate) async fn open(folder: &Path, servers: S) -> Self {
        let Trail { log, sealing, clock, entropy, .. } = Trail::open(folder);
        let log = Arc::new(WatchedLog::new(log));
        let port: Arc<dyn Log> = log.clone();
        let servers = Arc::new(WatchedServers::new(servers));
        let records = Records::new(port.clone(), sealing.clone(), clock, entropy.clone());
        let gate = Arc::new(gate_over(Arc::new(records), servers.clone(), None).await);
        let views = Views::open(folder, port, sealing, ToolLabels::new()).await.unwrap();
        let keys = DeviceKeys::new(&folder.join("device-keys"), entropy.clone()).unwrap();
        let key = keys.create(&SigningKeyId::random(entropy.as_ref()), "correct horse battery").unwrap();
        let person = PersonId::random(entropy.as_ref());
        let enrolled = SetUp {
            person: person.clone(),
            name: "Marta Lindqvist".to_owned(),
            key: NewKey { key: key.id().clone(), held: KeyKind::Device, public: hex::encode(key.public_key()) },
            sample_shop: true,
        };
        gate.set_up(enrolled).await.unwrap();
        Self { gate, log, servers, views, person, key }
    }

    /// A conversation in which the customer has said a few things.
    pub(crate) async fn conversation(&self, assurance: Assurance) -> ConversationId {
        self.conversation_with(assurance, CUSTOMER).await
    }

    /// The same, with a customer whom the shop knows by that id once they are verified.
    pub(crate) async fn conversation_with(&self, assurance: Assurance, customer: &str) -> ConversationId {
        opened(self.gate.records(), assurance, customer).await
    }

    /// Waits until the views show everything that is stored.
    pub(crate) async fn shown(&self) {
        let size = self.log.size();
        self.views.reached(size).await.unwrap();
        self.views.indexed(size).await.unwrap();
    }

    /// A proposal that has seen the conversation as it is now.
    pub(crate) async fn wish(&self, conversation: &ConversationId, tool: &str, arguments: &Value) -> Proposal {
        wish(self.gate.records(), conversation, tool, arguments).await
    }

    /// A person's approval of what the card shows, signed.
    pub(crate) async fn approval(&self, id: &ActionId) -> SignedDecision {
        let (card, material) = self.gate.card_to_sign(id).await.unwrap();
        let action = &material.action;
        let statement = DecisionStatement {
            r#type: STATEMENT_TYPE.to_owned(),
            log: self.log.id(),
            action: id.clone(),
            proposal: action.proposal,
            digest_proposed: action.proposed.digest.clone(),
            digest_decided: card.digest.clone(),
            decision: Choice::Approve,
            which: 1,
            of: action.signatures_needed(),
            policy_version: card.policy_version.clone(),
            definition: action.proposed.definition.clone(),
            card: card.digest(),
            person: self.person.clone(),
            key: self.key.id().clone(),
            at: self.gate.records().now(),
            step_up: None,
        };
        let signature = hex::encode(self.key.sign(&statement.to_bytes()));
        SignedDecision { statement, signature, arguments: None, words: None, looked_ms: 2_000 }
    }

    /// Waits until an action has succeeded.
    pub(crate) async fn succeeded(&self, id: &ActionId) -> ActionReport {
        loop {
            let size = self.log.size();
            let report = self.gate.report(id).await.unwrap();
            match report.phase {
                Phase::Succeeded => return report,
                Phase::Approved | Phase::Started => self.log.grown_beyond(size).await,
                other => panic!("{id} is {other:?}: {report:?}"),
            };
        }
    }

    pub(crate) async fn close(self) {
        self.gate.drained().await;
        self.views.close().await;
    }
}
