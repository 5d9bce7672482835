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
            let (verdict, again) = propose(house, house.of(role), kind, signed_with).await;
            rows.push(row(format!("propose:{}", kind.name()), verdict));
            if let Some(verdict) = again {
                let mut row = row(format!("countersign:{}", kind.name()), verdict);
                row.state = "they proposed it";
                rows.push(row);
            }
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
        ChangeKind::LiftHold => "a hold stands",
        _ => "two people or more",
    }
}

/// A change of that kind: about somebody who has just joined, or a customer whom nobody has heard of.
async fn change(house: &House, kind: ChangeKind) -> (Change, Fields) {
    let what = match kind {
        ChangeKind::EnrolPerson => {
            let (new, team) = (house.somebody(), DEFAULT_TEAM.to_owned());
            let (name, key) = (fields([("name", json!("New"))]), offer(&new.device, KeyKind::Device));
            let roles = vec![Role::Supervisor];
            return (Change::EnrolPerson { person: new.id, team, roles, limits: None, key }, name);
        }
        ChangeKind::Resume => {
            house.gate.stop_until_two_resume(house.first.id.clone()).await.unwrap();
            Change::Resume
        }
        ChangeKind::Settle => Change::Settle { action: unknown(house).await, how: SettledHow::Happened },
        ChangeKind::SetTool => house.other_tool(),
        ChangeKind::SetChat => house.other_chat(),
        ChangeKind::GrantAgent => house.new_agent().1,
        ChangeKind::RevokeAgent => {
            let (agent, granted) = house.new_agent();
            house.both(granted, Fields::new()).await.unwrap();
            Change::RevokeAgent { agent }
        }
        ChangeKind::AddServer => house.new_server().1,
        ChangeKind::RemoveServer => {
            let (server, added) = house.new_server();
            house.both(added, Fields::new()).await.unwrap();
            Change::RemoveServer { server }
        }
        ChangeKind::EraseCustomer => Change::EraseCustomer { customer: house.customer() },
        ChangeKind::PlaceHold => Change::PlaceHold { customer: house.customer() },
        ChangeKind::LiftHold => {
            let customer = house.customer();
            house.both(Change::PlaceHold { customer: customer.clone() }, Fields::new()).await.unwrap();
            Change::LiftHold { customer }
        }
        ChangeKind::SetRoles
        | ChangeKind::SetLimits
        | ChangeKind::RemovePerson
        | ChangeKind::EnrolKey
        | ChangeKind::RevokeKey
        | ChangeKind::ResetKey => about(house, kind, &house.joins(Role::Supervisor).await),
    };
    (what, Fields::new())
}

fn about(house: &House, kind: ChangeKind, who: &Somebody) -> Change {
    let (person, team) = (who.id.clone(), DEFAULT_TEAM.to_owned());
    let key = offer(&house.somebody().device, KeyKind::Device);
    match kind {
        ChangeKind::SetRoles => Change::SetRoles { person, team, roles: vec![Role::Compliance] },
        ChangeKind::SetLimits => Change::SetLimits { person, limits: Some(Vec::new()) },
        ChangeKind::RemovePerson => Change::RemovePerson { person },
        ChangeKind::EnrolKey => Change::EnrolKey { person, key },
        ChangeKind::RevokeKey => Change::RevokeKey { person, key: who.station.id().clone() },
        ChangeKind::ResetKey => Change::ResetKey { person, key },
        other => panic!("{} is about nobody on the staff", other.name()),
    }
}

/// Whether somebody may propose it, and if so whether they may be its second person as well, with their other key.
async fn propose(house: &House, who: &Somebody, kind: ChangeKind, signed_with: KeyKind) -> (String, Option<String>) {
    let new = house.somebody();
    let (what, sealed) = match kind {
        // One's own.
        ChangeKind::EnrolKey => {
            let key = offer(new.key(signed_with), signed_with);
            (Change::EnrolKey { person: who.id.clone(), key }, Fields::new())
        }
        _ => change(house, kind).await,
    };
    let key = if kind == ChangeKind::EnrolKey { new.key(signed_with) } else { who.key(signed_with) };
    let tried = async {
        let record = house.gate.propose_change(&who.id, what, sealed).await?;
        let phase = house.sign(&record.change, &who.id, key).await?;
        let id = &record.change.proposed.id;
        let other = if signed_with == KeyKind::Device { &who.station } else { &who.device };
        let again = house.sign(&house.gate.change(id).await?.change, &who.id, other).await;
        house.gate.withdraw_change(id, &who.id).await?;
        Ok::<_, GateError>((phase, again))
    };
    let tried = tried.await;
    end_stop(house).await;
    match tried {
        Ok((phase, again)) => (told(Ok(phase)), Some(told(again))),
        Err(error) => (told(Err(error)), None),
    }
}

async fn end_stop(house: &House) {
    if house.gate.records().fleet().await.unwrap().0.stopped.is_some() {
        house.both(Change::Resume, Fields::new()).await.unwrap();
    }
}

async fn countersign(house: &House, who: &Somebody, kind: ChangeKind, signed_with: KeyKind) -> String {
    let id = if kind == ChangeKind::EnrolKey {
        let (holder, new) = (house.joins(Role::Supervisor).await, house.somebody().device);
        let what = Change::EnrolKey { person: holder.id.clone(), key: offer(&new, KeyKind::Device) };
        let record = house.gate.propose_change(&holder.id, what, Fields::new()).await.unwrap();
        house.sign(&record.change, &holder.id, &new).await.unwrap();
        record.change.proposed.id
    } else {
        let (what, sealed) = change(house, kind).await;
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
