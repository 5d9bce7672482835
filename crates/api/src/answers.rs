//! Who is at this desk, and how the station stands.

use crate::office::Office;
use crate::wire::error::Problem;
use crate::wire::session::{PersonView, SessionView, Signing, Stage, StopView};
use countersign_domain::ids::PersonId;
use countersign_domain::person::{KeyKind, Role};

pub(crate) async fn session(
    office: &Office,
    held: KeyKind,
    signed_in: Option<&PersonId>,
) -> Result<SessionView, Problem> {
    let records = office.gate.records();
    let mode = office.gate.one_person_mode().await?;
    let mut people = Vec::new();
    for id in office.gate.people().await? {
        people.push(person(office, &id).await?);
    }
    let stopped = match records.fleet().await?.0.stopped {
        Some((by, at)) => Some(StopView { at: at.to_string(), by: person(office, &by).await?.name }),
        None => None,
    };
    let person = signed_in.and_then(|id| people.iter().find(|p| p.id == id.as_str()).cloned());
    let stage = match (mode, &person) {
        (None, _) => Stage::SetUp,
        (Some(_), None) => Stage::SignIn,
        (Some(_), Some(_)) => Stage::Desk,
    };
    Ok(SessionView {
        stage,
        station: office.facts.name.clone(),
        sample_shop: office.facts.sample_shop,
        data_folder: office.facts.data_folder.display().to_string(),
        chat_address: office.facts.chat_address.clone(),
        people,
        person,
        signing: match held {
            KeyKind::Device => Signing::Device,
            KeyKind::Station => Signing::Station,
        },
        one_person_mode: mode.unwrap_or(false),
        stopped,
        log_size: records.log().size(),
        policy_problem: office.policy_problem.borrow().clone(),
        machine_problem: office.machine_problem.borrow().clone(),
    })
}

async fn person(office: &Office, id: &PersonId) -> Result<PersonView, Problem> {
    let (person, name) = office.gate.records().person(id).await?;
    Ok(PersonView {
        id: id.to_string(),
        name: name.unwrap_or_else(|| "Erased".to_owned()),
        role: person.roles.first().copied().unwrap_or(Role::Compliance).name().to_owned(),
    })
}
