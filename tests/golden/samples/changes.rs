//! Events of changes.

use super::{Sample, at, key, person};
use countersign_domain::change::{
    CHANGE_STATEMENT_TYPE, Change, ChangeEvent, ChangeStatement, ProposedChange, SignedChange,
};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::ChangeId;
use countersign_domain::money::Money;
use countersign_domain::person::{KeyKind, KeyOffer, Role};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn change() -> ChangeId {
    format!("chg_{}", "d".repeat(32)).parse().unwrap()
}

pub(super) fn all() -> Vec<Sample> {
    let proposed = ProposedChange {
        id: change(),
        by: person(),
        what: Change::EnrolPerson {
            person: person(),
            team: "default".into(),
            roles: vec![Role::Supervisor],
            limits: Some(vec![Money { minor: 50_000, currency: "EUR".to_owned().try_into().unwrap() }]),
            key: KeyOffer { key: key(), held: KeyKind::Device, public: "9".repeat(64) },
        },
        over: Some(0),
        of: 2,
        at: at(0),
        expires: at(604_800),
    };
    let signed = SignedChange {
        statement: ChangeStatement {
            r#type: CHANGE_STATEMENT_TYPE.to_owned(),
            log: format!("log_{}", "1".repeat(32)).parse().unwrap(),
            change: change(),
            proposal: 6,
            digest: "7".repeat(64),
            which: 1,
            of: 2,
            person: person(),
            key: key(),
            at: at(1),
        },
        signature: "a".repeat(128),
        signed_by: KeyKind::Device,
    };
    let said = fields([("name", json!("Jonas Weber")), ("why", json!("He joins the team in Lisbon."))]);
    let words = fields([("why", json!("He starts in October."))]);
    let drafts = [
        Draft::with(&ChangeEvent::Proposed(proposed), said),
        Draft::open(&ChangeEvent::Signed(signed)),
        Draft::open(&ChangeEvent::TookEffect { at: at(2) }),
        Draft::with(&ChangeEvent::Refused { by: person() }, words),
        Draft::open(&ChangeEvent::Withdrawn { by: person() }),
        Draft::open(&ChangeEvent::Expired { expires: at(604_800) }),
    ];
    let by_person = || Actor::Person(person().to_string());
    drafts.into_iter().map(|draft| (StreamName::change(&change()), by_person(), draft)).collect()
}
