//! Invariants 2 and 5: whoever is said to have decided has signed exactly that, once, with what was on their card; and
//! nobody is said to have refused who did not.

use crate::checks::record::{Happened, Life, Record};
use crate::checks::{Violation, must};
use crate::people::Person;
use crate::world::World;
use countersign_domain::action::{ActionEvent, Choice, Decided};
use countersign_domain::canonical;
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::ActionId;
use countersign_domain::person::Role;
use countersign_domain::verdict::Verdict;
use countersign_event_log::log::ReadLog;
use ed25519_dalek::Signature;
use std::collections::BTreeSet;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    let mut used = BTreeSet::new();
    for (id, life) in &record.actions {
        let mut signers: BTreeSet<&str> = BTreeSet::new();
        let mut in_force: Option<&Verdict> = None;
        for happened in &life.events {
            match &happened.event {
                ActionEvent::Held(held) | ActionEvent::Voided { held, .. } => {
                    in_force = Some(&held.verdict);
                    signers.clear();
                }
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                    must(found, "2", used.insert(decided.signature.clone()), || {
                        format!("{id}: a signature is used twice")
                    });
                    signed(world, life, happened, decided, in_force, found);
                    let left = record.left.get(decided.statement.person.as_str());
                    must(found, "2", left.is_none_or(|left| happened.position < *left), || {
                        format!("{id}: {} decides at {}, having left", decided.statement.person, happened.position)
                    });
                    if decided.statement.decision == Choice::Override {
                        in_force = decided.verdict.as_ref();
                        signers.clear();
                    }
                    counted(id, decided, in_force, &mut signers, found);
                }
                ActionEvent::Expired { deadline } => expired(record, id, happened, *deadline, found),
                _ => {}
            }
        }
    }
}

/// The statement is signed by somebody who may, says what is stored, and is something that they really handed in.
fn signed(
    world: &World,
    life: &Life,
    happened: &Happened,
    decided: &Decided,
    in_force: Option<&Verdict>,
    found: &mut Vec<Violation>,
) {
    let (statement, id) = (&decided.statement, &life.proposed.action);
    let at = happened.position;
    let signer = world.staff.iter().find(|person| person.id == statement.person && person.key_id == statement.key);
    let good = signer.is_some_and(|person| is_signed_by(person, decided) && person.role == Role::Supervisor);
    must(found, "2", good, || format!("{id}: nobody who may decide has signed what stands at {at}"));
    let fits = statement.log == world.log.id()
        && statement.action == *id
        && statement.proposal == life.events[0].position
        && statement.digest_proposed == life.proposed.digest
        && statement.definition == life.proposed.definition
        && in_force.is_some_and(|verdict| verdict.policy_version == statement.policy_version);
    must(found, "2", fits, || format!("{id}: the statement at {at} is not about what stands there"));
    let card = canonical::digest(&happened.sealed["card"]);
    must(found, "2", card == statement.card, || format!("{id}: the card at {at} is not the one that was signed"));
    let deeds = world.deeds.lock().unwrap();
    let deed = deeds.iter().any(|deed| {
        deed.person == statement.person
            && deed.action == *id
            && deed.choice == statement.decision
            && deed.digest == statement.digest_decided
            && (deed.choice == Choice::Approve || happened.sealed["words"] == deed.words)
            && deed.arguments.as_ref().is_none_or(|arguments| happened.sealed["arguments"] == *arguments)
    });
    let number = if statement.decision == Choice::Reject { "5" } else { "7" };
    must(found, number, deed, || format!("{id}: what stands at {at} is nothing that they have decided"));
}

fn is_signed_by(person: &Person, decided: &Decided) -> bool {
    let bytes = hex::decode(&decided.signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    bytes.is_some_and(|signature| {
        person.key.verifying_key().verify_strict(&decided.statement.to_bytes(), &signature).is_ok()
    })
}

/// The signatures are counted as the rules ask, each by another person.
fn counted<'a>(
    id: &ActionId,
    decided: &'a Decided,
    in_force: Option<&Verdict>,
    signers: &mut BTreeSet<&'a str>,
    found: &mut Vec<Violation>,
) {
    let statement = &decided.statement;
    if statement.decision == Choice::Reject {
        return;
    }
    let typed = statement.step_up.is_some() || in_force.is_none_or(|verdict| !verdict.step_up);
    must(found, "2", typed, || format!("{id}: {} has approved it without the password again", statement.person));
    must(found, "2", signers.insert(statement.person.as_str()), || format!("{id}: {} signs twice", statement.person));
    let asked = in_force.map_or(1, |verdict| verdict.approvers.max(1));
    let right = usize::from(statement.which) == signers.len() && statement.of == asked;
    must(found, "2", right, || {
        format!(
            "{id}: signature {} of {}, with {} there and {asked} asked for",
            statement.which,
            statement.of,
            signers.len()
        )
    });
}

/// Time ran out, by the clock and not while everything was stopped.
fn expired(
    record: &Record,
    id: &ActionId,
    happened: &Happened,
    deadline: countersign_domain::time::Timestamp,
    found: &mut Vec<Violation>,
) {
    let at = record.events[happened.position as usize].envelope.recorded_at;
    must(found, "5", deadline <= at, || format!("{id}: expired at {at}, before its deadline {deadline}"));
    let before = record.fleet.iter().rfind(|(position, _)| *position < happened.position);
    let stopped = matches!(before, Some((_, FleetEvent::Stopped { .. })));
    must(found, "5", !stopped, || {
        format!("{id}: expired at position {} while everything was stopped", happened.position)
    });
}
