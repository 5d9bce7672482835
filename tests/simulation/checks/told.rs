//! Invariant 7, the other half: an agent is told exactly what was decided and what became of it, and nothing else.

use crate::checks::record::{Life, Record};
use crate::checks::{Violation, must};
use crate::world::World;
use countersign_domain::action::{ActionEvent, Choice, Phase, SettledHow};
use countersign_gate::report::ActionReport;
use serde_json::Value;

pub(super) fn check(world: &World, record: &Record, found: &mut Vec<Violation>) {
    for (id, reports) in world.heard.lock().unwrap().iter() {
        let Some(life) = record.actions.get(id) else {
            must(found, "7", false, || format!("an agent was told of {id}, of which nothing is stored"));
            continue;
        };
        for report in reports {
            // Some prefix of what is stored says exactly this.
            let said = (1..=life.events.len()).any(|length| says(record, life, length, report));
            must(found, "7", said, || format!("{id}: an agent was told what was never so: {report:?}"));
        }
        if let Some(last) = reports.last().filter(|report| report.phase.is_final()) {
            let whole = says(record, life, life.events.len(), last);
            must(found, "7", whole, || format!("{id}: an agent was told an end that is not its end: {last:?}"));
        }
    }
}

/// Whether the first events of an action say what the report says. What people had decided before gets their answer.
fn says(record: &Record, life: &Life, length: usize, report: &ActionReport) -> bool {
    let told = Told::by(life, length);
    let answered = match life.events.get(length - 1).map(|happened| &happened.event) {
        Some(ActionEvent::Denied(judged)) => judged.standing.answered.as_ref(),
        _ => None,
    };
    let Some(answered) = answered else { return told.is(report) };
    let Some(earlier) = record.actions.get(answered) else { return false };
    let earlier = Told::by(earlier, earlier.events.len());
    let phase = if earlier.phase == Phase::Rejected { earlier.phase } else { told.phase };
    Told { phase, decision: earlier.decision, result: earlier.result, ..told }.is(report)
}

/// What an agent may be told.
struct Told {
    arguments: Value,
    decision: Option<(Choice, Option<Value>)>,
    phase: Phase,
    result: Option<Value>,
}

impl Told {
    fn is(&self, report: &ActionReport) -> bool {
        let told = report.decision.as_ref().map(|d| (d.choice, d.words.clone().map(Value::from)));
        report.phase == self.phase
            && report.arguments.as_ref() == Some(&self.arguments)
            && told == self.decision
            && report.result == self.result
    }

    fn by(life: &Life, length: usize) -> Self {
        let mut arguments = life.asked("arguments").clone();
        let mut decision: Option<(Choice, Option<Value>)> = None;
        let mut phase = Phase::Proposed;
        let mut result = None;
        for happened in &life.events[..length] {
            match &happened.event {
                ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                    if decided.statement.decision == Choice::Override {
                        arguments = happened.sealed["arguments"].clone();
                    }
                    decision = Some((decided.statement.decision, happened.sealed.get("words").cloned()));
                }
                ActionEvent::Voided { .. } => {
                    arguments = life.asked("arguments").clone();
                    decision = None;
                }
                _ => {}
            }
            phase = phase_behind(&happened.event, phase);
            if matches!(happened.event, ActionEvent::Succeeded { .. } | ActionEvent::Settled { .. }) {
                result = happened.sealed.get("result").cloned();
            }
        }
        Self { arguments, decision, phase, result }
    }
}

/// Where an action stands behind an event.
fn phase_behind(event: &ActionEvent, before: Phase) -> Phase {
    match event {
        ActionEvent::Proposed(_) => Phase::Proposed,
        ActionEvent::Allowed(_) => Phase::Allowed,
        ActionEvent::Held(_) | ActionEvent::Voided { .. } => Phase::Held,
        ActionEvent::Denied(_) => Phase::Denied,
        ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) => {
            if decided.statement.which == decided.statement.of { Phase::Approved } else { Phase::Held }
        }
        ActionEvent::Waiting { .. } => Phase::Waiting,
        ActionEvent::Rejected(_) => Phase::Rejected,
        ActionEvent::Expired { .. } => Phase::Expired,
        ActionEvent::Withdrawn { .. } => Phase::Withdrawn,
        ActionEvent::Superseded { .. } => Phase::Superseded,
        ActionEvent::DeadlineMoved { .. } | ActionEvent::Snoozed { .. } | ActionEvent::Delegated { .. } => before,
        ActionEvent::Started(_) => Phase::Started,
        ActionEvent::Succeeded { .. } => Phase::Succeeded,
        ActionEvent::Failed { .. } => Phase::Failed,
        ActionEvent::Unknown { .. } => Phase::Unknown,
        ActionEvent::Settled { how: SettledHow::Happened, .. } => Phase::Settled(SettledHow::Happened),
        ActionEvent::Settled { how, .. } => Phase::Settled(*how),
    }
}
