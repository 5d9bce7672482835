//! What an agent is told of its call: the tool's own result, and with it or in its place who decided, what was changed and
//! why, and that asking again is pointless.

use crate::answer::AS_IT_CAME;
use countersign_domain::action::{Phase, SettledHow};
use countersign_domain::canonical;
use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use rmcp::model::{CallToolResult, ContentBlock, ErrorData, JsonObject, MetaObject};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where a structured result tells what its words tell. Some clients show a model the structure alone.
const WORDS: &str = "countersign/words";
/// What stands in a result's `_meta`: where the call stands, in a form for programs.
const OUTCOME: &str = "countersign/outcome";

/// Whether a call has come to an end that can be told. One that may have happened is told as that: it may take hours until
/// people know.
pub(super) fn is_told(report: &ActionReport) -> bool {
    report.phase.is_final() || report.phase == Phase::Unknown
}

/// The result of a call that has come to its end.
pub(super) fn ended(report: &ActionReport, ticket: &ConversationId) -> CallToolResult {
    let happened = matches!(report.phase, Phase::Succeeded | Phase::Settled(SettledHow::Happened));
    let words = report.in_words();
    let mut result = match &report.result {
        Some(value) if happened && !report.withheld => of_tool(value),
        _ => CallToolResult::success(Vec::new()),
    };
    let plain = happened && !report.withheld && report.decision.is_none() && report.phase == Phase::Succeeded;
    if !plain || result.content.is_empty() {
        // In front: whoever reads on must know first that this is not quite what was asked for.
        result.content.insert(0, ContentBlock::text(words.clone()));
        if let Some(Value::Object(structure)) = &mut result.structured_content {
            structure.insert(WORDS.to_owned(), Value::String(words));
        }
    }
    result.is_error = Some(!happened || report.withheld);
    result.with_meta(Some(outcome(report, ticket)))
}

/// As servers answer: structured, and as text for whoever reads no structure.
fn of_tool(value: &Value) -> CallToolResult {
    match value {
        Value::String(text) => CallToolResult::success(vec![ContentBlock::text(text.clone())]),
        Value::Null => CallToolResult::success(Vec::new()),
        Value::Object(result) => match result.get(AS_IT_CAME).map(Vec::deserialize) {
            Some(Ok(blocks)) => CallToolResult::success(blocks),
            _ => CallToolResult::structured(value.clone()),
        },
        // Older clients take an object or nothing.
        value => CallToolResult::success(vec![ContentBlock::text(value.to_string())]),
    }
}

/// The answer to a caller who cannot wait any longer.
pub(super) fn pending(report: Option<&ActionReport>, ticket: &ConversationId) -> CallToolResult {
    let words = format!(
        "{} Ticket {ticket}: call check_approval with it to learn what became of this. Do not make the call again.",
        standing(report)
    );
    let mut result = CallToolResult::success(vec![ContentBlock::text(words.clone())]);
    result.structured_content = Some(json!({
        WORDS: words,
        "status": "pending",
        "ticket": ticket.to_string(),
        "decided_until": report.and_then(|report| report.deadline).map(|deadline| deadline.to_string()),
    }));
    result
}

/// Where a call stands that has not come to its end, in words.
pub(super) fn standing(report: Option<&ActionReport>) -> String {
    match report {
        Some(report) if report.phase == Phase::Held => {
            let why = report.rule.as_deref().unwrap_or("A person decides on it.");
            format!("This waits for a person's decision and has not happened. {why}")
        }
        Some(report) if report.phase == Phase::Allowed => {
            "This is allowed and has not started: it, its tool or everything is stopped, or the line is long."
                .to_owned()
        }
        Some(report) => report.in_words(),
        None => "This was taken down and has not been looked at yet.".to_owned(),
    }
}

fn outcome(report: &ActionReport, ticket: &ConversationId) -> MetaObject {
    let status = match report.phase {
        Phase::Settled(how) => json!(format!("settled_{}", canonical::value_of(&how).as_str().unwrap_or_default())),
        phase => json!(phase),
    };
    let decision = report.decision.as_ref().map(|decision| {
        let changes: Vec<Value> = decision
            .changes
            .iter()
            .map(|change| json!({ "argument": change.name, "from": change.from, "to": change.to }))
            .collect();
        json!({ "decision": decision.choice, "role": decision.role, "words": decision.words, "changes": changes })
    });
    let told = json!({
        "status": status,
        "ticket": ticket.to_string(),
        "action": report.action.to_string(),
        "arguments": report.arguments,
        "decided": decision,
    });
    let mut meta = JsonObject::new();
    meta.insert(OUTCOME.to_owned(), told);
    MetaObject(meta)
}

/// A call that was refused before it came to be one. Where its agent can do better it is a result that a model reads;
/// where it asked for what it may not, an error.
pub(super) fn refused(error: &GateError) -> Result<CallToolResult, ErrorData> {
    match error {
        GateError::NotGranted(_) | GateError::UnknownTool(_) => {
            Err(ErrorData::invalid_params("There is no such tool here, or it is not granted to you.", None))
        }
        GateError::UnknownToken => Err(ErrorData::invalid_request(
            "What you may do has changed while you asked, or ended. Ask again with the token that is good now.",
            None,
        )),
        GateError::NotFound(_) => Err(ErrorData::invalid_params("There is no such ticket, or it is not yours.", None)),
        GateError::Schema(_)
        | GateError::NotStrict(_)
        | GateError::CallKey(_)
        | GateError::TooManyOpenCalls(_)
        | GateError::TooManyHeld(_)
        | GateError::NoRoom(_)
        | GateError::Tool(_)
        | GateError::NotAccepted(_)
        | GateError::Erased => Ok(error_of(&format!("Nothing was done: {error}."))),
        error => {
            tracing::warn!(%error, "an external agent's call could not be taken");
            Ok(error_of(
                "Nothing more can be said of this call now. If it was taken down, the same call finds it again; try in a minute.",
            ))
        }
    }
}

/// The result of a call that was never proposed, and never will be.
pub(super) fn not_taken() -> CallToolResult {
    error_of("This call was not taken and nothing was done by it. Whoever still wants it makes it again.")
}

/// A result that says why nothing was done.
pub(super) fn error_of(words: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(words)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::action::Choice;
    use countersign_gate::report::DecisionReport;

    fn report(result: Value, decided: bool) -> ActionReport {
        let decision =
            DecisionReport { choice: Choice::Approve, role: "supervisor".to_owned(), words: None, changes: Vec::new() };
        ActionReport {
            action: "act_00000000000000000000000000000001".parse().unwrap(),
            tool: "crm.issue_refund".to_owned(),
            phase: Phase::Succeeded,
            arguments: None,
            money: None,
            deadline: None,
            result: Some(result),
            withheld: false,
            message: None,
            decision: decided.then_some(decision),
            rule: None,
            answered: None,
        }
    }

    fn ticket() -> ConversationId {
        "cnv_00000000000000000000000000000001".parse().unwrap()
    }

    #[test]
    fn what_people_decided_stands_in_the_structure_too_for_clients_that_show_nothing_else() {
        let told = ended(&report(json!({ "refund_id": "R-1" }), true), &ticket());
        let structure = told.structured_content.unwrap();
        assert_eq!(structure["refund_id"], "R-1");
        assert!(structure[WORDS].as_str().unwrap().starts_with("Approved by a supervisor."), "{structure}");
        let plain = ended(&report(json!({ "refund_id": "R-1" }), false), &ticket());
        assert_eq!(plain.structured_content, Some(json!({ "refund_id": "R-1" })), "what nobody decided is as it came");
        let waits = pending(None, &ticket()).structured_content.unwrap();
        assert!(waits[WORDS].as_str().unwrap().ends_with("Do not make the call again."), "{waits}");
    }

    #[test]
    fn images_and_resources_are_told_as_they_came() {
        let image = json!({ "type": "image", "data": "aGk=", "mimeType": "image/png" });
        let told = ended(&report(json!({ "in_words": "[an image]", AS_IT_CAME: [image] }), false), &ticket());
        assert_eq!(serde_json::to_value(&told.content).unwrap(), json!([image]));
        assert_eq!(told.structured_content, None);
        // A structure that happens to be named like that, and is none of ours.
        let other = json!({ AS_IT_CAME: "no blocks" });
        assert_eq!(ended(&report(other.clone(), false), &ticket()).structured_content, Some(other));
    }
}
