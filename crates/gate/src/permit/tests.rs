//! What mints a permit and what uses it up: everything that is nearly right mints nothing and calls nothing.

use super::*;
use crate::people::unsealed;
use countersign_domain::action::{
    Choice, Decided, DecisionStatement, Evidence, Judged, STATEMENT_TYPE, SettledHow, Standing, Started,
};
use countersign_domain::conversation::{ConversationEvent, SignInFailure};
use countersign_domain::event::{Draft, Event};
use countersign_domain::ids::{LogId, PersonId, SigningKeyId};
use countersign_domain::person::KeyKind;
use countersign_domain::time::Timestamp;
use countersign_domain::verdict::{Disposition, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, AppendLog, NewEvent, Write};
use countersign_event_log::memory::MemoryLog;
use countersign_testkit::{ManualClock, SeededEntropy};
use serde_json::json;
use std::sync::Arc;

const MOMENT: &str = "2026-11-23T09:00:00.000000Z";

fn moment() -> Timestamp {
    MOMENT.parse().unwrap()
}

/// A log, with two actions that are told apart by their streams alone.
struct Stored {
    log: MemoryLog,
    mine: ActionId,
    other: ActionId,
}

impl Stored {
    fn new() -> Self {
        let entropy = SeededEntropy::new(7);
        let signer = Arc::new(ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
        let log = MemoryLog::new(LogId::random(&entropy), Arc::new(ManualClock::new(moment())), signer);
        Self { log, mine: ActionId::random(&entropy), other: ActionId::random(&entropy) }
    }

    /// Stores events of one stream from its beginning.
    async fn receipt(&self, stream: StreamName, events: Vec<NewEvent>) -> Receipt {
        let writes = vec![Write { stream, expected: 0, events }];
        self.log.append(Append { guards: Vec::new(), writes }).await.unwrap()
    }

    async fn of(&self, action: &ActionId, events: Vec<ActionEvent>) -> Receipt {
        self.receipt(StreamName::action(action), events.iter().map(new).collect()).await
    }

    async fn mints(events: Vec<ActionEvent>) -> Result<Permit, NoPermit> {
        let stored = Self::new();
        Permit::from_receipt(&stored.of(&stored.mine, events).await, &stored.mine)
    }
}

fn new(event: &impl Event) -> NewEvent {
    unsealed(Draft::open(event), Actor::Station)
}

fn bytes() -> ActionBytes {
    ActionBytes {
        tool: "crm.issue_refund".into(),
        server: "crm".into(),
        definition: "ab".repeat(32),
        arguments: json!({"amount_minor": 4_900}),
        salt: "cd".repeat(32),
    }
}

fn limits() -> CallLimits {
    CallLimits { timeout: Duration::from_secs(15), key_argument: None }
}

fn allowed() -> ActionEvent {
    let hold = Verdict::hold("refunds", "It is small.", "v1");
    let verdict = Verdict { disposition: Disposition::Allow, approvers: 0, roles: Vec::new(), ..hold };
    let digest = action_digest(&bytes());
    ActionEvent::Allowed(Judged { digest, verdict, evidence: Evidence::None, standing: Standing::default() })
}

fn denied() -> ActionEvent {
    let verdict = Verdict::deny("refunds", "Nobody may.", "v1");
    let digest = action_digest(&bytes());
    ActionEvent::Denied(Judged { digest, verdict, evidence: Evidence::None, standing: Standing::default() })
}

fn decided(decision: Choice, (which, of): (u8, u8)) -> Decided {
    let entropy = SeededEntropy::new(8);
    let statement = DecisionStatement {
        r#type: STATEMENT_TYPE.into(),
        log: LogId::random(&entropy),
        action: ActionId::random(&entropy),
        proposal: 0,
        digest_proposed: action_digest(&bytes()),
        digest_decided: action_digest(&bytes()),
        decision,
        which,
        of,
        policy_version: "v1".into(),
        definition: bytes().definition,
        card: "ef".repeat(32),
        person: PersonId::random(&entropy),
        key: SigningKeyId::random(&entropy),
        at: moment(),
        step_up: None,
    };
    Decided {
        statement,
        signature: "00".repeat(64),
        signed_by: KeyKind::Device,
        looked_ms: 2_000,
        money: None,
        verdict: None,
        standing: Standing::default(),
    }
}

fn started(bytes: &ActionBytes) -> ActionEvent {
    ActionEvent::Started(Started { digest: action_digest(bytes), permitted_at: None, judged: None, at: moment() })
}

fn unknown() -> ActionEvent {
    ActionEvent::Unknown { code: "timeout".into() }
}

fn settled() -> ActionEvent {
    ActionEvent::Settled { how: SettledHow::Happened, by: "probe".into() }
}

#[tokio::test]
async fn a_permit_is_minted_from_an_allow_or_the_last_signature_and_from_nothing_else() {
    let approved = |which| ActionEvent::Approved(decided(Choice::Approve, which));
    let overridden = |which| ActionEvent::Overridden(decided(Choice::Override, which));
    let expired = || ActionEvent::Expired { deadline: moment() };
    for (events, minted) in [
        (vec![allowed()], true),
        (vec![allowed(), started(&bytes())], true),
        (vec![approved((1, 1))], true),
        (vec![approved((1, 2)), approved((2, 2))], true),
        (vec![overridden((1, 1))], true),
        (vec![approved((1, 2))], false),
        (vec![overridden((1, 2))], false),
        (vec![denied()], false),
        (vec![ActionEvent::Rejected(decided(Choice::Reject, (1, 1)))], false),
        (vec![approved((1, 1)), expired()], false),
        (vec![allowed(), started(&bytes()), unknown()], false),
        (vec![started(&bytes())], false),
    ] {
        let permit = Stored::mints(events.clone()).await;
        assert_eq!(permit.is_ok(), minted, "invariant 1: {events:?}");
    }
}

#[tokio::test]
async fn a_permit_stands_on_its_own_actions_events_and_says_where() {
    let stored = Stored::new();
    stored.of(&stored.other, vec![denied()]).await;
    stored.receipt(StreamName::fleet(), vec![new(&unknown()), new(&unknown())]).await;
    let receipt = stored.of(&stored.mine, vec![allowed()]).await;
    assert_eq!(Permit::from_receipt(&receipt, &stored.mine).unwrap().position(), 3);
    assert_eq!(Permit::from_receipt(&receipt, &stored.other).unwrap_err(), NoPermit::NothingStored);
}

#[tokio::test]
async fn a_permit_calls_with_the_very_bytes_behind_the_stored_start_of_its_action_and_not_otherwise() {
    let other_bytes = ActionBytes { arguments: json!({"amount_minor": 490_000}), ..bytes() };
    let mine = |stored: &Stored| stored.mine.clone();
    let other = |stored: &Stored| stored.other.clone();
    let whose: [fn(&Stored) -> ActionId; 2] = [mine, other];
    for (of, start, called_with, called) in [
        (whose[0], started(&bytes()), bytes(), Ok(())),
        (whose[0], started(&bytes()), other_bytes.clone(), Err(NoPermit::OtherBytes)),
        (whose[0], started(&other_bytes), bytes(), Err(NoPermit::NotStarted)),
        (whose[0], allowed(), bytes(), Err(NoPermit::NotStarted)),
        (whose[1], started(&bytes()), bytes(), Err(NoPermit::NotStarted)),
    ] {
        let stored = Stored::new();
        let permit = Permit { action: stored.mine.clone(), digest: action_digest(&bytes()), position: 0 };
        let receipt = stored.of(&of(&stored), vec![start.clone()]).await;
        let call = permit.call(&receipt, &called_with, limits());
        assert_eq!(call.as_ref().map(drop).map_err(|no| *no), called, "invariants 1 and 2: {start:?}");
        if let Ok(call) = call {
            assert_eq!((call.server(), call.tool(), call.definition()), ("crm", "issue_refund", &*bytes().definition));
            assert_eq!((call.key(), call.arguments()), (Some(&stored.mine), &bytes().arguments));
            assert_eq!(call.timeout(), limits().timeout);
        }
    }
}

#[tokio::test]
async fn evidence_is_read_for_a_stored_proposal_only() {
    let stored = Stored::new();
    // Evidence looks for an action's first event, whatever it says.
    let receipt = stored.of(&stored.mine, vec![allowed(), started(&bytes())]).await;
    assert!(EvidencePermit::from_stored(receipt.events(), &stored.mine).is_ok());
    let nothing = NoPermit::NothingStored;
    assert_eq!(EvidencePermit::from_stored(receipt.events(), &stored.other).unwrap_err(), nothing);
    let behind = &receipt.events()[1..];
    assert_eq!(EvidencePermit::from_stored(behind, &stored.mine).unwrap_err(), nothing);
}

#[tokio::test]
async fn whose_an_address_is_is_asked_only_for_whom_the_asking_is_stored() {
    let entropy = SeededEntropy::new(9);
    let (mine, other) = (ConversationId::random(&entropy), ConversationId::random(&entropy));
    let asked = ConversationEvent::SignInAsked { number: 1 };
    let failed = ConversationEvent::SignInFailed { number: 1, reason: SignInFailure::WrongCodes };
    for (event, conversation, minted) in [(&asked, &mine, true), (&asked, &other, false), (&failed, &mine, false)] {
        let receipt = Stored::new().receipt(StreamName::conversation(&mine), vec![new(event)]).await;
        let permit = LookupPermit::from_receipt(&receipt, conversation);
        assert_eq!(permit.is_ok(), minted, "{event:?}");
    }
}

#[tokio::test]
async fn a_probe_is_sent_only_for_an_action_whose_last_event_is_unknown() {
    let stored = Stored::new();
    let mut events = stored.of(&stored.mine, vec![started(&bytes()), unknown()]).await.events().to_vec();
    events.extend_from_slice(stored.of(&stored.other, vec![unknown(), settled()]).await.events());
    assert!(ProbePermit::from_stored(&events, &stored.mine).is_ok());
    assert_eq!(ProbePermit::from_stored(&events, &stored.other).unwrap_err(), NoPermit::NothingStored);
    let stranger = ActionId::random(&SeededEntropy::new(10));
    assert_eq!(ProbePermit::from_stored(&events, &stranger).unwrap_err(), NoPermit::NothingStored);
}
