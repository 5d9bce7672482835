//! What an agent is told of its action: the outcome, who decided, exactly what was changed and why, and that it must
//! not try again.

use crate::draw;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::ActionRecord;
use countersign_domain::action::{ActionEvent, Choice, Phase, SettledHow};
use countersign_domain::ids::ActionId;
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One action, as its agent may know it. Evidence is not in it: that is for people and policy.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionReport {
    /// The action.
    pub action: ActionId,
    /// `server.tool`.
    pub tool: String,
    /// Where it stands.
    pub phase: Phase,
    /// The arguments in force: as proposed, or as a person signed them. `None` once erased.
    pub arguments: Option<Value>,
    /// The amount in force.
    pub money: Option<Money>,
    /// When it expires, while held.
    pub deadline: Option<Timestamp>,
    /// What the tool returned.
    pub result: Option<Value>,
    /// Whether there is a result that the agent is not told: it is about somebody else.
    pub withheld: bool,
    /// Why it failed, in the tool's words.
    pub message: Option<String>,
    /// What a person decided.
    pub decision: Option<DecisionReport>,
    /// The rule that held or denied it, in plain words.
    pub rule: Option<String>,
    /// The earlier action whose answer it gets, and where that stands: people had decided the very same.
    pub answered: Option<(ActionId, Phase)>,
}

impl ActionReport {
    /// The earlier action that has happened already, where this is the very same.
    pub fn done_already(&self) -> Option<&ActionId> {
        let happened = |phase: &Phase| matches!(phase, Phase::Succeeded | Phase::Settled(SettledHow::Happened));
        self.answered.as_ref().filter(|(_, phase)| happened(phase)).map(|(action, _)| action)
    }
}

/// A person's decision, as the agent may know it.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionReport {
    /// Approve, override or reject.
    pub choice: Choice,
    /// Their role, not their name: an agent may repeat it to a customer.
    pub role: String,
    /// Their words to the agent.
    pub words: Option<String>,
    /// What they changed.
    pub changes: Vec<Change>,
}

/// One changed argument, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The argument.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// As the agent proposed it.
    pub from: String,
    /// As the person signed it.
    pub to: String,
}

impl ActionReport {
    /// The same in words: what a model reads, and what the trail shows that it read.
    pub fn in_words(&self) -> String {
        let decision = self.decision.as_ref().map(DecisionReport::in_words).unwrap_or_default();
        let outcome = match self.phase {
            Phase::Proposed | Phase::Allowed | Phase::Approved => {
                "It has not started yet. Do not say that it happened.".to_owned()
            }
            Phase::Started => "It is being carried out.".to_owned(),
            Phase::Waiting => {
                "It has not started, and people may still take it back. Do not say that it happened.".to_owned()
            }
            Phase::Held => "A person is checking it. Do not propose it again.".to_owned(),
            Phase::Denied if self.answered.is_some() => {
                "It was decided already and happened, once. It does not happen again. Do not try again.".to_owned()
            }
            Phase::Denied => {
                format!("A rule denies it: {} Do not try again.", self.rule.as_deref().unwrap_or_default())
            }
            Phase::Rejected => "It was refused and did not happen. Do not try again.".to_owned(),
            Phase::Expired => "Nobody decided in time. It did not happen; nobody said no. Do not try again.".to_owned(),
            Phase::Withdrawn => "It was taken back and did not happen.".to_owned(),
            Phase::Superseded => "A later action took its place. It did not happen.".to_owned(),
            Phase::Succeeded if self.withheld => {
                "The result is not about the customer of this conversation and is withheld. Do not try again."
                    .to_owned()
            }
            Phase::Succeeded | Phase::Settled(SettledHow::Happened) => {
                "It happened, once. Do not try again.".to_owned()
            }
            Phase::Settled(SettledHow::DidNotHappen) => "It did not happen, and now never will.".to_owned(),
            Phase::Settled(SettledHow::Compensated) => "It happened and was made good. Do not try again.".to_owned(),
            Phase::Failed => format!(
                "The tool refused it and nothing happened: {}",
                self.message.as_deref().unwrap_or("it gave no reason.")
            ),
            Phase::Unknown => "It may have happened. A person is checking. Do not try again.".to_owned(),
        };
        format!("{decision} {outcome}").trim().to_owned()
    }
}

impl DecisionReport {
    /// "Overridden by a supervisor. Amount changed from €129.00 to €89.00. Their words: “…”"
    pub fn in_words(&self) -> String {
        let verb = match self.choice {
            Choice::Approve => "Approved",
            Choice::Override => "Overridden",
            Choice::Reject => "Refused",
        };
        let mut text = format!("{verb} by a {}.", self.role);
        let changes: Vec<String> =
            self.changes.iter().map(|c| format!("{} changed from {} to {}", c.label, c.from, c.to)).collect();
        if !changes.is_empty() {
            text.push_str(&format!(" {}.", changes.join(", ")));
        }
        if let Some(words) = &self.words {
            text.push_str(&format!(" Their words: “{words}”"));
        }
        text
    }
}

impl Gate {
    /// What the agent is told of an action.
    pub async fn report(&self, id: &ActionId) -> Result<ActionReport, GateError> {
        self.report_of(&self.records.action(id).await?).await
    }

    /// What the agent is told of an action that was read already. What people had decided before gets their answer.
    pub async fn report_of(&self, record: &ActionRecord) -> Result<ActionReport, GateError> {
        let mut report = self.own_report(record).await?;
        if let Some(answered) = &record.action.standing.answered {
            let earlier = self.own_report(&self.records.action(answered).await?).await?;
            report.decision = earlier.decision;
            report.result = earlier.result;
            report.withheld = earlier.withheld;
            report.answered = Some((answered.clone(), earlier.phase));
            // A refusal is told as one; what has happened already is not told as happening again.
            if earlier.phase == Phase::Rejected {
                report.phase = earlier.phase;
            }
        }
        Ok(report)
    }

    async fn own_report(&self, record: &ActionRecord) -> Result<ActionReport, GateError> {
        let action = &record.action;
        let mut report = ActionReport {
            action: action.proposed.action.clone(),
            tool: action.proposed.tool.clone(),
            phase: action.phase,
            arguments: draw::gather(record).ok().map(|sealed| sealed.arguments),
            money: action.money.clone(),
            deadline: action.deadline,
            result: None,
            withheld: false,
            message: None,
            decision: None,
            rule: action.verdict.as_ref().and_then(|v| v.rules.first()).map(|rule| rule.reason.clone()),
            answered: None,
        };
        for opened in &record.events {
            let text = |name: &str| opened.text(name).map(str::to_owned);
            match opened.event::<ActionEvent>()? {
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                    let (person, _) = self.records.person(decided.person()).await?;
                    let changes = opened.field("changes").and_then(|c| serde_json::from_value(c.clone()).ok());
                    report.decision = Some(DecisionReport {
                        choice: decided.statement.decision,
                        role: person.roles.first().map_or("person", |role| role.name()).to_owned(),
                        words: text("words"),
                        changes: changes.unwrap_or_default(),
                    });
                }
                ActionEvent::Voided { .. } => report.decision = None,
                ActionEvent::Succeeded { .. } | ActionEvent::Settled { .. } => {
                    report.withheld = opened.field("withheld").is_some();
                    report.result = opened.field("result").cloned();
                }
                ActionEvent::Failed { .. } | ActionEvent::Unknown { .. } => report.message = text("message"),
                _ => {}
            }
        }
        Ok(report)
    }
}
