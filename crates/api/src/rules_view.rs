//! Settings, Policies: every rule in force, since when, and what it did.

use crate::desk::moment;
use crate::office::Office;
use crate::tools_view::records;
use crate::wire::error::Problem;
use crate::wire::rules::{OtherRule, PoliciesView, PolicyText, PolicyVersion, RuleInForce, RuleLimit};
use countersign_domain::canonical;
use countersign_domain::hidden::boxed;
use countersign_domain::rulebook;
use countersign_gate::PEOPLE_FILE;
use countersign_gate::rules_read::{PutInForce, unchanged_since};
use countersign_projections::CountBy;

/// What a rule's records are counted by: what it said, and what people said then.
const DID: &[&str] = &[
    "action.allowed",
    "action.held",
    "action.denied",
    "action.voided",
    "action.approved",
    "action.overridden",
    "action.rejected",
    "action.expired",
    "conversation.replied",
    "conversation.answered",
];
const MOST_VERSIONS: usize = 20;

pub(crate) async fn policies(office: &Office, from: &str) -> Result<PoliciesView, Problem> {
    let counted = office.views.counts(CountBy::Rule, DID, moment("from", from)?).await?;
    let mut counts = counted.value;
    let policies = office.gate.policies();
    let put = office.gate.put_in_force().await?;
    let since = |file: &str| unchanged_since(&put, file).map(|at| at.to_string());
    let kept = policies.in_force();
    let mut rules = Vec::new();
    for rule in policies.rules() {
        let in_log = kept.iter().find(|known| known.id == rule.id);
        rules.push(RuleInForce {
            did: records(counts.remove(&rule.id)),
            reason: boxed(&rule.reason),
            disposition: canonical::value_of(&rule.disposition).as_str().unwrap_or_default().to_owned(),
            approvers: rule.approvers,
            roles: rule.roles,
            devices: rule.devices,
            step_up: rule.step_up,
            undo_seconds: rule.undo_seconds,
            deadline_seconds: rule.deadline_seconds,
            tools: in_log.map(|known| known.tools.clone()).unwrap_or_default(),
            limit: in_log.and_then(|known| known.limit.as_ref()).map(limit),
            source: boxed(&rule.source),
            since: since(&rule.file),
            file: rule.file,
            line: rule.line,
            id: rule.id,
        });
    }
    let others = counts.into_iter().filter(|(_, did)| !did.is_empty());
    let people = policies.files().iter().find(|file| file.name == PEOPLE_FILE);
    let unmet = office.gate.unmet_rules(&policies).await?;
    Ok(PoliciesView {
        as_of: counted.as_of,
        versions: versions(&put),
        versions_in_all: put.len() as u64,
        rules,
        others: others.map(|(id, did)| OtherRule { id: boxed(&id), did: records(Some(did)) }).collect(),
        people: people.map(|file| PolicyText {
            file: file.name.clone(),
            text: boxed(&file.text),
            since: since(&file.name),
        }),
        problem: office.policy_problem.borrow().clone(),
        unmet_rules: unmet.into_iter().map(|rule| rule.why).collect(),
    })
}

fn limit(limit: &rulebook::RuleLimit) -> RuleLimit {
    RuleLimit {
        currency: limit.currency.as_ref().map(|currency| currency.as_str().to_owned()),
        beside: canonical::value_of(&limit.beside).as_str().unwrap_or_default().to_owned(),
        most: limit.most,
        repeated: limit.repeated,
    }
}

/// Newest first, each with the files that it changed.
fn versions(put: &[PutInForce]) -> Vec<PolicyVersion> {
    let before = std::iter::once(None).chain(put.iter().map(Some));
    let mut all: Vec<PolicyVersion> = put
        .iter()
        .zip(before)
        .map(|(version, before)| {
            let was = |file: &String| before.and_then(|before| before.files.get(file));
            let gone = before.into_iter().flat_map(|before| before.files.keys());
            let mut changed: Vec<String> = version
                .files
                .iter()
                .filter(|(file, now)| was(file) != Some(now))
                .map(|(file, _)| file.clone())
                .collect();
            changed.extend(gone.filter(|file| !version.files.contains_key(*file)).cloned());
            PolicyVersion {
                version: version.version.clone(),
                at: version.at.to_string(),
                position: version.position,
                changed,
            }
        })
        .collect();
    all.reverse();
    all.truncate(MOST_VERSIONS);
    all
}
