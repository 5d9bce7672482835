//! Rules that ask for people whom nobody has enrolled: what they hold would wait for ever.

use crate::error::GateError;
use crate::gate::Gate;
use countersign_domain::person::{KeyKind, Person};
use countersign_domain::verdict::Disposition;
use countersign_policy::{Policies, RuleView};

/// A rule that nobody enrolled can satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmetRule {
    /// Its id.
    pub id: String,
    /// What it asks for and what is there, in one sentence.
    pub why: String,
}

impl Gate {
    /// The rules of a set that ask for more than the staff can give.
    pub async fn unmet_rules(&self, policies: &Policies) -> Result<Vec<UnmetRule>, GateError> {
        let mut people = Vec::new();
        for id in self.people().await? {
            people.push(self.records.person(&id).await?.0);
        }
        let holds = policies.rules().into_iter().filter(|rule| rule.disposition == Disposition::Hold);
        Ok(holds.filter_map(|rule| unmet(&rule, &people).map(|why| UnmetRule { id: rule.id, why })).collect())
    }
}

fn unmet(rule: &RuleView, people: &[Person]) -> Option<String> {
    let has = |person: &Person, name: &String| person.roles.iter().any(|role| role.name() == name);
    let signs = |person: &&Person| person.may_decide() && rule.roles.iter().any(|role| has(person, role));
    let signers: Vec<&Person> = people.iter().filter(signs).collect();
    let (needed, there) = (usize::from(rule.approvers.max(1)), signers.len());
    if there < needed {
        let people = if needed == 1 { "person who decides".to_owned() } else { format!("{needed} people who decide") };
        let people = if needed == 1 { format!("a {people}") } else { people };
        let roles = rule.roles.join(" or ");
        return Some(format!("The rule {} asks for {people} ({roles}), and {there} can.", rule.id));
    }
    if let Some(role) = rule.roles.iter().find(|role| !signers.iter().any(|person| has(person, role))) {
        return Some(format!("The rule {} asks for the role {role}, which nobody who decides has.", rule.id));
    }
    let with_device = |person: &&&Person| person.keys.iter().any(|key| !key.revoked && key.held == KeyKind::Device);
    let devices = signers.iter().filter(with_device).count();
    // A password is typed again at a device, by each of them.
    let asked = if rule.step_up { rule.approvers.max(rule.devices) } else { rule.devices };
    (devices < usize::from(asked)).then(|| {
        format!(
            "The rule {} asks for {asked} signed at a device of their own, and {devices} who decide have one.",
            rule.id
        )
    })
}
