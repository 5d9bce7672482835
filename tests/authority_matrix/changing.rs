//! Changes of people, limits, keys, and of what runs: proposed, and countersigned.

use crate::deciding::unknown;
use crate::house::{House, Somebody, offer, refusal};
use crate::{Row, SIGNATURES, signature};
use countersign_domain::action::SettledHow;
use countersign_domain::change::{Change, ChangeKind, ChangePhase};
use countersign_domain::event::{Fields, fields};
use countersign_domain::person::{DEFAULT_TEAM, KeyKind, Role};
use countersign_gate::error::GateError;
use serde_json::json;

pub(crate) async fn rows(house: &House, role: Role) -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ChangeKind::ALL {
        for signed_with in SIGNATURES {
            let row = |command: String, verdict: String| Row {
                role: role.name(),
                command,
                state: state(kind),
                assurance: "any",
                signature: signature(signed_with),
                verdict,
            };
            let verdict = propose(house, house.of(role), kind, signed_with).await;
            rows.push(row(format!("propose:{}", kind.name()), verdict));
            let verdict = countersign(house, house.of(role), kind, signed_with).await;
            rows.push(row(format!("countersign:{}", kind.name()), verdict));
        }
    }
    rows
}

fn state(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Resume => "stopped until two resume",
        ChangeKind::Settle => "outcome unknown",
        _ => "two people or more",
    }
}

/// A change of that kind about somebody who has just joined.
async fn change(house: &House, kind: ChangeKind, about: &Somebody) -> (Change, Fields) {
    let (person, team) = (about.id.clone(), DEFAULT_TEAM.to_owned());
    let new = house.somebody();
    let key = offer(&new.device, KeyKind::Device);
    let what = match kind {
        ChangeKind::EnrolPerson => {
            let name = fields([("name", json!("New"))]);
            let roles = vec![Role::Supervisor];
            return (Change::EnrolPerson { person: new.id, team, roles, limits: None, key }, name);
        }
        ChangeKind::SetRoles => Change::SetRoles { person, team, roles: vec![Role::Compliance] },
        ChangeKind::SetLimits => Change::SetLimits { person, limits: Some(Vec::new()) },
        ChangeKind::RemovePerson => Change::RemovePerson { person },
        ChangeKind::EnrolKey => Change::EnrolKey { person, key },
        ChangeKind::RevokeKey => Change::RevokeKey { person, key: about.station.id().clone() },
        ChangeKind::ResetKey => Change::ResetKey { person, key },
        ChangeKind::Resume => {
            house.gate.stop_until_two_resume(house.first.id.clone()).await.unwrap();
            Change::Resume
        }
        ChangeKind::Settle => Change::Settle { action: unknown(house).await, how: SettledHow::Happened },
    };
    (what, Fields::new())
}

async fn propose(house: &House, who: &Somebody, kind: ChangeKind, signed_with: KeyKind) -> String {
    let new = house.somebody();
    let (what, sealed) = match kind {
        // One's own.
        ChangeKind::EnrolKey => {
            let key = offer(new.key(signed_with), signed_with);
            (Change::EnrolKey { person: who.id.clone(), key }, Fields::new())
        }
        _ => change(house, kind, &house.joins(Role::Supervisor).await).await,
    };
    let key = if kind == ChangeKind::EnrolKey { new.key(signed_with) } else { who.key(signed_with) };
    let tried = async {
        let record = house.gate.propose_change(&who.id, what, sealed).await?;
        let phase = house.sign(&record.change, &who.id, key).await?;
        house.gate.withdraw_change(&record.change.proposed.id, &who.id).await?;
        Ok::<_, GateError>(phase)
    };
    let tried = tried.await;
    end_stop(house).await;
    told(tried)
}

async fn end_stop(house: &House) {
    if house.gate.records().fleet().await.unwrap().0.stopped.is_some() {
        house.both(Change::Resume, Fields::new()).await.unwrap();
    }
}

async fn countersign(house: &House, who: &Somebody, kind: ChangeKind, signed_with: KeyKind) -> String {
    let about = house.joins(Role::Supervisor).await;
    let (what, sealed) = change(house, kind, &about).await;
    let id = if kind == ChangeKind::EnrolKey {
        let new = house.somebody();
        let what = Change::EnrolKey { person: about.id.clone(), key: offer(&new.device, KeyKind::Device) };
        let record = house.gate.propose_change(&about.id, what, sealed).await.unwrap();
        house.sign(&record.change, &about.id, &new.device).await.unwrap();
        record.change.proposed.id
    } else {
        house.proposed(what, sealed).await.unwrap()
    };
    let record = house.gate.change(&id).await.unwrap();
    let tried = house.sign(&record.change, &who.id, who.key(signed_with)).await;
    if tried.is_err() {
        house.gate.withdraw_change(&id, &record.change.proposed.by).await.unwrap();
    }
    end_stop(house).await;
    told(tried)
}

fn told(tried: Result<ChangePhase, GateError>) -> String {
    match tried {
        Ok(ChangePhase::InEffect) => "yes".to_owned(),
        Ok(_) => "yes, and another must sign".to_owned(),
        Err(error) => refusal(&error),
    }
}
