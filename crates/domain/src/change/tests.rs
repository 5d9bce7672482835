//! A change takes effect with the signatures that it needs, and never otherwise.

use super::*;
use crate::agent::{AgentGrant, AgentWord};
use crate::channel::ChatSettings;
use crate::event::{self, Draft, Fields};
use crate::ids::{ChangeId, LogId, PersonId, SigningKeyId};
use crate::person::{KeyKind, KeyOffer, Person, PersonEvent, Role};
use crate::server::{AddedServer, KeptSecret, ServerReach};
use crate::station::{Staff, StationEvent};
use crate::time::Timestamp;
use crate::tool::{EffectClass, ToolDefinition, ToolSettings};

fn person(n: u8) -> PersonId {
    format!("per_{n:032x}").parse().unwrap()
}

fn key(n: u8) -> SigningKeyId {
    format!("sig_{n:032x}").parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

fn known(n: u8, roles: &[Role]) -> Person {
    let mut state = Person::default();
    state.apply(&PersonEvent::Enrolled { person: person(n), roles: roles.to_vec() });
    let (held, public) = (KeyKind::Device, "ab".repeat(32));
    state.apply(&PersonEvent::KeyEnrolled { person: person(n), key: key(n), held, public });
    state
}

fn staff(people: u8) -> Staff {
    let mut staff = Staff::default();
    staff.apply(&StationEvent::SetUp { one_person_mode: people == 1, sample_shop: false });
    (1..=people).for_each(|n| staff.apply(&StationEvent::PersonJoined { person: person(n) }));
    staff
}

fn proposed(of: u8) -> ChangeState {
    let id: ChangeId = format!("chg_{:032x}", 7).parse().unwrap();
    let what = Change::RemovePerson { person: person(3) };
    let expires = at(LASTS_SECONDS);
    let event =
        ChangeEvent::Proposed(ProposedChange { id, by: person(1), what, over: Some(2), of, at: at(0), expires });
    ChangeState::begin(&event, 40, None).unwrap()
}

fn signed(change: &ChangeState, by: u8) -> SignedChange {
    let log: LogId = format!("log_{:032x}", 1).parse().unwrap();
    let statement = change.to_sign(log, person(by), key(by), at(1));
    SignedChange { statement, signature: String::new(), signed_by: KeyKind::Device }
}

fn kinds(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(|draft| draft.kind.as_str()).collect()
}

fn take(change: &mut ChangeState, drafts: &[Draft]) {
    drafts.iter().for_each(|d| change.apply(&event::read(&d.kind, d.schema, &d.open).unwrap()));
}

const ADMIN: &[Role] = &[Role::Administrator];
const SUPERVISOR: &[Role] = &[Role::Supervisor];

#[test]
fn it_takes_effect_with_the_second_signature_and_not_before() {
    let (mut change, staff) = (proposed(2), staff(3));
    let (admin, second) = (known(1, ADMIN), known(2, SUPERVISOR));
    let first = change.sign(signed(&change, 1), std::slice::from_ref(&admin), &staff, at(1)).unwrap();
    assert_eq!(kinds(&first), ["change.signed"]);
    take(&mut change, &first);
    assert_eq!(change.phase, ChangePhase::Proposed);
    let again = change.sign(signed(&change, 1), &[admin.clone(), admin.clone()], &staff, at(2));
    assert_eq!(again, Err(ChangeError::SignedAlready), "one person is not two");
    let last = change.sign(signed(&change, 2), &[second.clone(), admin.clone()], &staff, at(2)).unwrap();
    assert_eq!(kinds(&last), ["change.signed", "change.took_effect"]);
    take(&mut change, &last);
    assert_eq!(change.phase, ChangePhase::InEffect);
    let third = change.sign(signed(&change, 3), &[known(3, SUPERVISOR), admin, second], &staff, at(3));
    assert_eq!(third, Err(ChangeError::NotWaiting), "it takes effect once");
}

#[test]
fn whoever_proposed_it_signs_first() {
    let (change, staff) = (proposed(2), staff(3));
    let early = change.sign(signed(&change, 2), &[known(2, SUPERVISOR)], &staff, at(1));
    assert_eq!(early, Err(ChangeError::NotFirst));
}

#[test]
fn one_person_decides_everything_until_there_is_a_second() {
    let change = proposed(1);
    let alone = known(1, SUPERVISOR);
    let drafts = change.sign(signed(&change, 1), std::slice::from_ref(&alone), &staff(1), at(1)).unwrap();
    assert_eq!(kinds(&drafts), ["change.signed", "change.took_effect"]);
    let late = change.sign(signed(&change, 1), &[known(1, ADMIN)], &staff(2), at(1));
    assert_eq!(late, Err(ChangeError::OnePersonModeEnded), "proposed alone, signed when there are two");
}

#[test]
fn who_signed_first_must_still_be_allowed_when_it_takes_effect() {
    let (mut change, staff) = (proposed(2), staff(3));
    let admin = known(1, ADMIN);
    let first = change.sign(signed(&change, 1), std::slice::from_ref(&admin), &staff, at(1)).unwrap();
    take(&mut change, &first);
    let (mut gone, mut lower, mut keyless) = (admin.clone(), admin.clone(), admin);
    gone.apply(&PersonEvent::Removed { person: person(1) });
    lower.apply(&PersonEvent::RolesSet { person: person(1), team: "default".into(), roles: SUPERVISOR.to_vec() });
    keyless.apply(&PersonEvent::KeyRevoked {
        person: person(1),
        key: key(1),
        reason: crate::person::RevokeReason::Revoked,
    });
    for changed in [gone, lower, keyless] {
        let late = change.sign(signed(&change, 2), &[known(2, SUPERVISOR), changed.clone()], &staff, at(2));
        assert!(late.is_err(), "{changed:?}");
    }
}

#[test]
fn a_reset_key_does_not_countersign_with_whoever_reset_it() {
    let (mut change, staff) = (proposed(2), staff(3));
    let admin = known(1, ADMIN);
    let first = change.sign(signed(&change, 1), std::slice::from_ref(&admin), &staff, at(1)).unwrap();
    take(&mut change, &first);
    let mut second = known(2, SUPERVISOR);
    let offer = KeyOffer { key: key(9), held: KeyKind::Device, public: "ab".repeat(32) };
    second.apply(&PersonEvent::KeyReset { person: person(2), key: offer, by: vec![person(1)], until: at(100) });
    let mut by_reset = signed(&change, 2);
    by_reset.statement.key = key(9);
    let people = [second, admin];
    assert_eq!(change.sign(by_reset.clone(), &people, &staff, at(99)), Err(ChangeError::TooSoonAfterReset));
    assert!(change.sign(by_reset, &people, &staff, at(100)).is_ok());
}

#[test]
fn every_field_of_a_statement_is_held_against_the_change() {
    let (change, staff, admin) = (proposed(2), staff(3), known(1, ADMIN));
    let good = signed(&change, 1);
    let edits: [fn(&mut ChangeStatement); 6] = [
        |s| s.r#type = "countersign/decision/v1".into(),
        |s| s.change = format!("chg_{:032x}", 8).parse().unwrap(),
        |s| s.proposal += 1,
        |s| s.digest = "00".repeat(32),
        |s| s.which = 2,
        |s| s.of = 1,
    ];
    for edit in edits {
        let mut wrong = good.clone();
        edit(&mut wrong.statement);
        let told = format!("{:?}", wrong.statement);
        assert!(change.sign(wrong, std::slice::from_ref(&admin), &staff, at(1)).is_err(), "{told}");
    }
    let late = change.sign(good, std::slice::from_ref(&admin), &staff, at(LASTS_SECONDS));
    assert_eq!(late, Err(ChangeError::Late));
}

#[test]
fn it_ends_once_by_whoever_may_end_it() {
    let (change, staff) = (proposed(2), staff(3));
    assert!(change.withdraw(&person(2), at(1)).is_err());
    assert_eq!(change.withdraw(&person(1), at(1)).unwrap().kind, "change.withdrawn");
    assert!(change.refuse(&known(2, &[Role::Compliance]), &staff, Fields::new(), at(1)).is_err());
    assert_eq!(change.refuse(&known(2, SUPERVISOR), &staff, Fields::new(), at(1)).unwrap().kind, "change.refused");
    assert_eq!(change.expire(at(1)), Err(ChangeError::NotDue));
    let expired = change.expire(at(LASTS_SECONDS)).unwrap();
    let mut ended = change;
    take(&mut ended, &[expired]);
    assert_eq!(ended.withdraw(&person(1), at(1)), Err(ChangeError::NotWaiting));
}

#[test]
fn a_change_reads_back_as_it_was_written() {
    let offer = KeyOffer { key: key(1), held: KeyKind::Station, public: "ab".repeat(32) };
    let limits = Some(vec![crate::money::Money { minor: 50_000, currency: "EUR".to_owned().try_into().unwrap() }]);
    let all = [
        Change::EnrolPerson {
            person: person(2),
            team: "default".into(),
            roles: vec![Role::Supervisor],
            limits: limits.clone(),
            key: offer.clone(),
        },
        Change::SetRoles { person: person(2), team: "default".into(), roles: vec![Role::Compliance] },
        Change::SetLimits { person: person(2), limits },
        Change::RemovePerson { person: person(2) },
        Change::EnrolKey { person: person(2), key: offer.clone() },
        Change::RevokeKey { person: person(2), key: key(1) },
        Change::ResetKey { person: person(2), key: offer },
        Change::Resume,
        Change::Settle {
            action: format!("act_{:032x}", 1).parse().unwrap(),
            how: crate::action::SettledHow::DidNotHappen,
        },
        Change::EraseCustomer { customer: "6".repeat(64) },
        Change::PlaceHold { customer: "6".repeat(64) },
        Change::LiftHold { customer: "6".repeat(64) },
        Change::SetTool {
            from: Some(Box::new(tool(EffectClass::Reversible))),
            to: Box::new(tool(EffectClass::Irreversible)),
            definition: None,
        },
        Change::SetTool {
            from: None,
            to: Box::new(tool(EffectClass::Irreversible)),
            definition: Some(Box::new(ToolDefinition {
                server: "crm".into(),
                name: "note".into(),
                title: None,
                description: Some("Notes.".into()),
                input_schema: serde_json::json!({"type": "object"}),
            })),
        },
        Change::SetChat {
            from: Box::default(),
            to: Box::new(ChatSettings { connected: 10, connected_per_address: 10, ..ChatSettings::default() }),
        },
        Change::GrantAgent {
            agent: "billing-bot".into(),
            from: None,
            to: Box::new(AgentGrant {
                tools: vec!["crm.find_order".into()],
                word: AgentWord::Verified,
                expires: Timestamp::from_micros(1_800_000_000_000_000).unwrap(),
                calls_per_minute: 60,
                open_calls: 10,
                wait_seconds: 50,
            }),
            token: "7".repeat(64),
        },
        Change::RevokeAgent { agent: "billing-bot".into() },
        Change::AddServer {
            server: Box::new(AddedServer {
                name: "hotel".into(),
                reach: ServerReach::Address { url: "https://hotel.example.com/mcp".into() },
                secrets: vec![KeptSecret { name: "authorization".into(), fingerprint: "7".repeat(64) }],
            }),
        },
        Change::RemoveServer { server: "hotel".into() },
    ];
    let mut kinds: Vec<ChangeKind> = all.iter().map(Change::kind).collect();
    kinds.dedup();
    assert_eq!(kinds, ChangeKind::ALL, "every kind is written here once");
    for what in all {
        let value = serde_json::to_value(&what).unwrap();
        assert_eq!(value["change"], what.kind().name(), "{value}");
        assert_eq!(serde_json::from_value::<Change>(value).unwrap(), what);
    }
}

fn tool(effect: EffectClass) -> ToolSettings {
    let settings =
        serde_json::json!({"tool": "crm.note", "effect": effect, "timeout_seconds": 10, "hold_seconds": 900});
    serde_json::from_value(settings).unwrap()
}
