//! Events of everything else: people, the station, the fleet, ledgers, objects.

use super::{Sample, action, at, conversation, key, person};
use countersign_domain::agent::{AgentEvent, AgentGrant, AgentWord};
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::case::CaseEvent;
use countersign_domain::channel::{ChannelEvent, ChatSettings};
use countersign_domain::event::{Draft, fields};
use countersign_domain::fleet::{FleetEvent, Part};
use countersign_domain::ledger::{Entry, LedgerEvent, LedgerName};
use countersign_domain::money::Money;
use countersign_domain::object::{ObjectEvent, Stage};
use countersign_domain::person::{KeyKind, KeyOffer, PersonEvent, RevokeReason, Role};
use countersign_domain::server::{AddedServer, KeptSecret, ServerEvent, ServerReach};
use countersign_domain::station::{LastKnown, Restored, Room, StationEvent};
use countersign_domain::tool::{
    CardWording, EffectClass, EvidenceFact, EvidenceRead, MoneyArgument, Probe, Subject, ToolDefinition, ToolEvent,
    ToolSettings,
};
use countersign_domain::trail::TrailEvent;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

pub(super) fn all() -> Vec<Sample> {
    [people(), station(), beside(), tools(), channels(), agents(), servers()].concat()
}

fn by_person() -> Actor {
    Actor::Person(person().to_string())
}

fn people() -> Vec<Sample> {
    let enrolled = PersonEvent::Enrolled { person: person(), roles: vec![Role::Supervisor, Role::Administrator] };
    let enrolled_key =
        PersonEvent::KeyEnrolled { person: person(), key: key(), held: KeyKind::Device, public: "9".repeat(64) };
    let offer = KeyOffer { key: key(), held: KeyKind::Station, public: "9".repeat(64) };
    let limits = Some(vec![Money { minor: 50_000, currency: "EUR".to_owned().try_into().unwrap() }]);
    let name = fields([("name", json!("Marta Lindqvist"))]);
    let drafts = [
        Draft::with(&enrolled, name),
        Draft::open(&enrolled_key),
        Draft::open(&PersonEvent::KeyReset { person: person(), key: offer, by: vec![person()], until: at(604_800) }),
        Draft::open(&PersonEvent::KeyRevoked { person: person(), key: key(), reason: RevokeReason::Reset }),
        Draft::open(&PersonEvent::RolesSet {
            person: person(),
            team: "default".into(),
            roles: vec![Role::Compliance, Role::EscalationHandler],
        }),
        Draft::open(&PersonEvent::LimitsSet { person: person(), limits }),
        Draft::open(&PersonEvent::Away { person: person(), until: at(86_400), deputy: person() }),
        Draft::open(&PersonEvent::Back { person: person() }),
        Draft::open(&PersonEvent::Removed { person: person() }),
    ];
    drafts.into_iter().map(|draft| (StreamName::person(&person()), by_person(), draft)).collect()
}

fn station() -> Vec<Sample> {
    let files = [("refunds.cedar".to_owned(), "4".repeat(64))].into_iter().collect();
    let set_up = StationEvent::SetUp { one_person_mode: true, sample_shop: true };
    let in_force = StationEvent::PolicyInForce { version: "5".repeat(64), files, rules: Vec::new() };
    let keys = vec![format!("key_{}", "2".repeat(32)).parse().unwrap()];
    let jumped = StationEvent::ClockJumped { by_ms: -3_600_000, at: at(2) };
    let full = StationEvent::RoomChanged { room: Room::NoEffects, free: Some(150_000_000), at: at(3) };
    vec![
        (StreamName::station(), Actor::Station, Draft::open(&jumped)),
        (StreamName::station(), Actor::Station, Draft::open(&full)),
        (StreamName::station(), by_person(), Draft::open(&set_up)),
        (StreamName::station(), by_person(), Draft::open(&StationEvent::PersonJoined { person: person() })),
        (StreamName::station(), by_person(), Draft::open(&StationEvent::PersonLeft { person: person() })),
        (StreamName::station(), by_person(), Draft::open(&StationEvent::AgentJoined { agent: "billing-bot".into() })),
        (StreamName::station(), by_person(), Draft::open(&StationEvent::RecoveryKeyMade { by: person() })),
        (StreamName::station(), Actor::Station, Draft::open(&in_force)),
        (StreamName::fleet(), by_person(), Draft::open(&FleetEvent::Stopped { by: person(), at: at(0) })),
        (StreamName::fleet(), by_person(), Draft::open(&FleetEvent::ResumeTakesTwo { by: person(), at: at(0) })),
        (StreamName::station(), Actor::Station, Draft::open(&StationEvent::Restored(restored()))),
        (StreamName::station(), Actor::Station, Draft::open(&StationEvent::ErasedAgain { keys })),
        (StreamName::fleet(), Actor::Station, Draft::open(&FleetEvent::StoppedByRestore { at: at(30) })),
        (StreamName::fleet(), by_person(), Draft::open(&FleetEvent::Resumed { by: person(), at: at(60) })),
        (
            StreamName::fleet(),
            by_person(),
            Draft::open(&FleetEvent::PartStopped { part: Part::Agent("billing-bot".into()), by: person(), at: at(70) }),
        ),
        (
            StreamName::fleet(),
            by_person(),
            Draft::with(
                &FleetEvent::PartResumed { part: Part::Tool("crm.refund".into()), by: person(), at: at(80) },
                fields([("why", json!("Its owner has mended it."))]),
            ),
        ),
    ]
}

fn restored() -> Restored {
    Restored {
        log: format!("log_{}", "a".repeat(32)).parse().unwrap(),
        size: 7,
        root: "b".repeat(64),
        last_known: Some(LastKnown { size: 9, root: "c".repeat(64) }),
        key_before: "d".repeat(64),
        key: "e".repeat(64),
        erased: 2,
        at: at(30),
    }
}

fn beside() -> Vec<Sample> {
    let ledger = LedgerName::customer(&"6".repeat(64));
    let entry = Entry {
        action: action(),
        tool: "crm.issue_refund".into(),
        money: Some(Money { minor: 12_900, currency: "EUR".to_owned().try_into().unwrap() }),
        at: at(1),
    };
    let moved = ObjectEvent::Moved {
        action: action(),
        conversation: conversation(),
        subject: Some("6".repeat(64)),
        stage: Stage::Running,
    };
    let stream = StreamName::ledger(&ledger);
    let opened = CaseEvent::Opened { conversation: conversation(), by: person(), at: at(2) };
    let searched = TrailEvent::Searched { by: person(), characters: 10, at: at(2) };
    let exported = CaseEvent::Exported { conversation: conversation(), by: Some(person()), records: 21, size: 400 };
    vec![
        (StreamName::case(&conversation()), by_person(), Draft::open(&exported)),
        (StreamName::case(&conversation()), by_person(), Draft::open(&opened)),
        (
            StreamName::searches(&person()),
            by_person(),
            Draft::with(&searched, fields([("search", json!("order:1042"))])),
        ),
        (stream.clone(), Actor::Station, Draft::open(&LedgerEvent::Reserved(entry.clone()))),
        (stream, Actor::Station, Draft::open(&LedgerEvent::Released(entry))),
        (StreamName::object(&"0".repeat(64)), Actor::Station, Draft::open(&moved)),
    ]
}

fn tools() -> Vec<Sample> {
    let settings = ToolSettings {
        tool: "crm.issue_refund".into(),
        effect: EffectClass::Irreversible,
        timeout_seconds: 15,
        key_argument: Some("idempotency_key".into()),
        money: Some(MoneyArgument { amount_minor: "amount_minor".into(), currency: "currency".into() }),
        object: Some("order_number".into()),
        subject: Some(Subject::Evidence("customer_id".into())),
        proof: Vec::new(),
        evidence: Some(EvidenceRead {
            tool: "crm.get_order".into(),
            arguments: [("order_number".to_owned(), "order_number".to_owned())].into_iter().collect(),
            facts: vec![EvidenceFact {
                name: "total".into(),
                label: "Order total".into(),
                path: "/total_minor".into(),
                currency: Some("/currency".into()),
                contradicts: Default::default(),
            }],
            customer_name: None,
        }),
        bar: None,
        wording: Some(CardWording {
            headline: "Refund {money} to {customer}".into(),
            effect: "It is paid back.".into(),
            noun: "Refund".into(),
            guidance: Vec::new(),
        }),
        probe: Some(Probe {
            tool: "probe_refund".into(),
            key_argument: "idempotency_key".into(),
            state: "/state".into(),
            happened: "happened".into(),
            claimed: "claimed".into(),
        }),
        longest_seconds: Some(600),
        hold_seconds: 900,
    };
    let set = ToolEvent::SettingsSet { settings: Box::new(settings), ends_open: true };
    let pinned = ToolEvent::Pinned {
        definition: ToolDefinition {
            server: "crm".into(),
            name: "issue_refund".into(),
            title: Some("Refund".into()),
            description: Some("Pays an order back.".into()),
            input_schema: serde_json::json!({"type": "object", "properties": {"order_number": {"type": "string"}}}),
        },
    };
    let tool = StreamName::tool("crm.issue_refund");
    vec![
        (tool.clone(), Actor::Station, Draft::open(&pinned)),
        (tool.clone(), Actor::Station, Draft::open(&ToolEvent::Offered { definition: Some("8".repeat(64)) })),
        (tool, by_person(), Draft::open(&set)),
    ]
}

fn channels() -> Vec<Sample> {
    let settings = ChatSettings {
        sites: vec!["https://shop.example.com".into()],
        idle_seconds: 1_800,
        connected: 1_000,
        connected_per_address: 20,
        opens_per_minute: 300,
        opens_per_minute_and_address: 10,
        messages_per_minute: 20,
        message_burst: 5,
    };
    vec![(StreamName::chat(), by_person(), Draft::open(&ChannelEvent::ChatSet { settings }))]
}

fn agents() -> Vec<Sample> {
    let grant = AgentGrant {
        tools: vec!["crm.find_order".into(), "crm.issue_refund".into()],
        word: AgentWord::Claimed,
        expires: at(7_776_000),
        calls_per_minute: 600,
        open_calls: 200,
        wait_seconds: 50,
    };
    let agent = || "billing-bot".to_owned();
    let granted = AgentEvent::Granted { agent: agent(), grant, token: "7".repeat(64) };
    let made = CallEvent::Made { agent: agent(), conversation: conversation(), asked: "8".repeat(64) };
    let given = AliasEvent::Given { agent: agent(), conversation: conversation() };
    let stream = StreamName::agent("billing-bot");
    vec![
        (stream.clone(), by_person(), Draft::open(&granted)),
        (stream, by_person(), Draft::open(&AgentEvent::Revoked { agent: agent() })),
        (StreamName::call(&"8".repeat(64)), Actor::Agent(agent()), Draft::open(&made)),
        (StreamName::alias(&"8".repeat(64)), Actor::Agent(agent()), Draft::open(&given)),
    ]
}

fn servers() -> Vec<Sample> {
    let kept = |name: &str| KeptSecret { name: name.into(), fingerprint: "9".repeat(64) };
    let program = AddedServer {
        name: "hotel".into(),
        reach: ServerReach::Program {
            command: "/usr/local/bin/hotel-tools".into(),
            arguments: vec!["--books".into(), "/srv/hotel".into()],
            folder: Some("/srv/hotel".into()),
            environment: [("LANG".to_owned(), "de_AT.UTF-8".to_owned())].into(),
        },
        secrets: vec![kept("HOTEL_KEY")],
    };
    let said = |event: ServerEvent| (StreamName::servers(), by_person(), Draft::open(&event));
    vec![said(ServerEvent::Added { server: program }), said(ServerEvent::Removed { server: "post".into() })]
}
