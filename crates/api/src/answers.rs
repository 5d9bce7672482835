//! Who is at this desk, and how the station stands.

use crate::away;
use crate::change_view;
use crate::fleet_view;
use crate::office::Office;
use crate::people::SignedIn;
use crate::wire::error::Problem;
use crate::wire::session::{PersonView, SessionView, Signing, Stage, StopView, VerificationView, WrongView};
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::ids::PersonId;
use countersign_domain::person::KeyKind;

pub(crate) async fn session(
    office: &Office,
    held: KeyKind,
    signed_in: Option<&SignedIn>,
) -> Result<SessionView, Problem> {
    let records = office.gate.records();
    let mode = office.gate.one_person_mode().await?;
    let mut people = Vec::new();
    for id in office.gate.people().await? {
        people.push(person(office, &id).await?);
    }
    let fleet = records.fleet().await?.0;
    let stopped = match &fleet.stopped {
        Some(stopped) => {
            let by = match &stopped.by {
                Some(by) => person(office, by).await?.name,
                None => "A restore from a backup".to_owned(),
            };
            let takes_two = (fleet.takes_two || stopped.by.is_none()) && mode != Some(true);
            Some(StopView { at: stopped.since.to_string(), by, takes_two })
        }
        None => None,
    };
    let person = signed_in.and_then(|signer| people.iter().find(|p| p.id == signer.person.as_str()).cloned());
    let stage = match (mode, &person) {
        (None, _) => Stage::SetUp,
        (Some(_), None) => Stage::SignIn,
        (Some(_), Some(_)) => Stage::Desk,
    };
    let (mut changes_to_sign, mut may_not_sign, mut may_not_stop) = (0, None, None);
    let (mut away, mut quiet) = (None, false);
    // Agents and tools are no business of whoever has not signed in.
    let mut parts_stopped = Vec::new();
    if let Some(signer) = signed_in {
        parts_stopped = fleet_view::stops(office, &fleet).await?;
        let (me, _) = records.person(&signer.person).await?;
        changes_to_sign = change_view::to_sign(office, &signer.person, &me).await?;
        may_not_sign = me.signing_key(signer.signs.key()).is_none().then(|| KEY_WAITS.to_owned());
        let command = match &stopped {
            None => Command::Stop,
            Some(stop) if stop.takes_two => Command::Propose(ChangeKind::Resume),
            Some(_) => Command::Resume,
        };
        if me.away.is_some() {
            away = away::view(office, &office.gate.everybody().await?, &signer.person);
            quiet = !away::told_instead(office, &me).await?.is_empty();
        }
        may_not_stop = office.gate.may(&me, command).await.err().map(|error| Problem::from(error).message);
    }
    Ok(SessionView {
        stage,
        station: office.facts.name.clone(),
        sample_shop: office.facts.sample_shop,
        data_folder: office.facts.data_folder.display().to_string(),
        chat_address: office.facts.chat_address.clone(),
        sample_customers: office.sample_customers.as_ref().map(|customers| customers.pace()),
        people,
        person,
        away,
        quiet,
        signing: match held {
            KeyKind::Device => Signing::Device,
            KeyKind::Station => Signing::Station,
        },
        one_person_mode: mode.unwrap_or(false),
        stopped,
        parts_stopped,
        log_size: records.log().size(),
        policy_problem: office.policy_problem.borrow().clone(),
        machine_problem: office.machine_problem.borrow().clone(),
        verification: verification(office),
        changes_to_sign,
        may_not_sign,
        may_not_stop,
        recovery_key: None,
        asked: None,
        locks_with_screen: false,
    })
}

fn verification(office: &Office) -> VerificationView {
    let state = office.verification.borrow().clone();
    let (records, at, proved) = match state.verified {
        Some(verified) => (Some(verified.records), Some(verified.at.to_string()), verified.proved),
        None => (None, None, Vec::new()),
    };
    let wrong = state.wrong.map(|wrong| WrongView {
        position: wrong.position,
        until: wrong.until,
        what: wrong.what,
        found: wrong.found.to_string(),
        looked: wrong.looked.to_string(),
    });
    let unreadable = state.unreadable.map(|(why, _)| why);
    VerificationView { running: state.running, records, at, proved, wrong, unreadable }
}

/// Why somebody looks and signs nothing.
pub(crate) const KEY_WAITS: &str = "Your key for this desk is new. It signs once a second person has signed for it, \
                                    under Settings, People.";

async fn person(office: &Office, id: &PersonId) -> Result<PersonView, Problem> {
    let (person, name) = office.gate.records().person(id).await?;
    Ok(PersonView {
        id: id.to_string(),
        name: name.unwrap_or_else(|| "Erased".to_owned()),
        roles: person.roles.iter().map(|role| role.name().to_owned()).collect(),
    })
}
