//! Tools that a person uses who has the word in a conversation.

use crate::card_view;
use crate::desk::{Desk, parse};
use crate::office::Office;
use crate::takeover::client_id;
use crate::wire::asking::{MoneyArguments, OutcomeView, ResultLine, ToolForm, ToolFormsView};
use crate::wire::error::Problem;
use countersign_domain::hidden::boxed;
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::tool::EffectClass;
use countersign_gate::Ask;
use countersign_gate::error::GateError;
use serde_json::Value;
use std::borrow::Cow;

/// The most values of a tool's answer that a desk lists.
const MOST_LINES: usize = 200;
/// The most characters of one value that are shown.
const MOST_SHOWN_CHARS: usize = 4_000;

pub(crate) async fn forms(desk: &Desk, conversation: &ConversationId) -> Result<ToolFormsView, Problem> {
    let gate = &desk.office.gate;
    let mut tools = Vec::new();
    for (tool, known) in gate.tools_to_ask_for(conversation).await? {
        tools.push(ToolForm {
            tool: tool.definition.full_name(),
            title: boxed(&tool.title()),
            description: tool.definition.description.as_deref().map(boxed),
            effect: tool.settings.effect.name().to_owned(),
            schema: tool.visible_schema(),
            money: tool.settings.money.as_ref().map(|money| MoneyArguments {
                amount_minor: money.amount_minor.clone(),
                currency: money.currency.clone(),
            }),
            known,
        });
    }
    tools.sort_by_key(|form| (form.effect != EffectClass::Read.name(), form.title.clone()));
    Ok(ToolFormsView { tools })
}

pub(crate) async fn ask(
    office: &Office,
    conversation: &str,
    by: PersonId,
    tool: String,
    arguments: &Value,
    why: String,
    client: String,
) -> Result<ActionId, Problem> {
    let client = client_id(client)?;
    let ask = Ask { conversation: parse(conversation)?, by, tool, arguments: arguments.to_string(), why, client };
    match office.gate.ask(ask).await {
        Ok(report) => Ok(report.action),
        // By argument, so that the form can say it where it was written.
        Err(GateError::Schema(problems)) => Err(GateError::Override(problems).into()),
        Err(GateError::UnknownTool(_)) => {
            let why = "Nobody has said how this tool is treated, so nothing calls it. An administrator proposes that in Settings, Tools, \
                       and a second person signs.";
            Err(Problem::of_field("tool", why.to_owned()))
        }
        Err(GateError::TooManyHeld(held)) => {
            let why = format!(
                "{held} actions of this conversation wait already. Nothing was asked for; see to one of them first."
            );
            Err(Problem::of_field("", why))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn outcome(desk: &Desk, id: &ActionId) -> Result<OutcomeView, Problem> {
    let gate = &desk.office.gate;
    let record = gate.records().action(id).await?;
    let report = gate.report_of(&record).await?;
    let mut result = Vec::new();
    if let Some(value) = &report.result {
        lines(value, String::new(), &mut result);
    }
    let cut = result.len() > MOST_LINES;
    result.truncate(MOST_LINES);
    let verdict = record.action.verdict.iter();
    Ok(OutcomeView {
        state: card_view::state(record.action.phase),
        outcome: card_view::outcome(&record).map(|words| boxed(&words)),
        reasons: verdict.flat_map(|verdict| verdict.rules.iter().map(|rule| boxed(&rule.reason))).collect(),
        decision: card_view::decision(&desk.office, &record).await?,
        result,
        cut,
        withheld: report.withheld,
    })
}

/// A value as far as anybody reads it: an image that came along has a million letters.
fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST_SHOWN_CHARS) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let (head, chars) = (text.get(..end).unwrap_or_default(), text.chars().count());
            Cow::Owned(format!("{head}… (cut: {chars} characters in all)"))
        }
    }
}

/// The values of an answer, each with its place.
fn lines(value: &Value, place: String, all: &mut Vec<ResultLine>) {
    if all.len() > MOST_LINES {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = boxed(&name.replace('_', " "));
                lines(value, if place.is_empty() { name } else { format!("{place}, {name}") }, all);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                let number = index + 1;
                lines(value, if place.is_empty() { number.to_string() } else { format!("{place} {number}") }, all);
            }
        }
        Value::Null => {}
        Value::String(text) => all.push(ResultLine { name: place, value: boxed(&shown(text)) }),
        other => all.push(ResultLine { name: place, value: other.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_nobody_could_read_is_cut_visibly_and_never_in_a_character() {
        let long = "é".repeat(MOST_SHOWN_CHARS);
        assert_eq!(shown(&long), long);
        assert_eq!(shown(&format!("{long}ab")), format!("{long}… (cut: 4002 characters in all)"));
    }
}
