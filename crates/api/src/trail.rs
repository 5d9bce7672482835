//! The trail as a desk searches it: lists from the read models, one record from the log itself.

use crate::card_view::money;
use crate::desk::{Desk, moment};
use crate::office::Office;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::queue::Rule;
use crate::wire::trail::{
    CaseFile, RecordDecision, RecordView, SealedField, SealedState, TrailChoices, TrailRow, TrailSearch, TrailView,
    TrailWho,
};
use countersign_domain::action::{ActionEvent, Decided};
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::hidden::boxed;
use countersign_domain::ids::ConversationId;
use countersign_domain::person::KeyKind;
use countersign_domain::verdict::Verdict;
use countersign_gate::card::Card;
use countersign_gate::error::GateError;
use countersign_gate::records::OpenedEvent;
use countersign_projections as views;
use countersign_projections::{TrailFilter, ViewsError, Who};
use serde_json::Value;

const ROWS: u32 = 100;
/// Sealed fields that nobody reads: the card is drawn, a salt says nothing, a definition is a tool's own.
const NOT_SHOWN: &[&str] = &["card", "salt", "definition"];

pub(crate) async fn search(office: &Office, asked: TrailSearch) -> Result<TrailView, Problem> {
    let found = office.views.trail(wanted(asked)?).await.map_err(unanswered)?;
    let page = found.value;
    Ok(TrailView {
        as_of: found.as_of,
        indexed: page.indexed,
        rows: page.rows.into_iter().map(row).collect(),
        next: page.next,
        unknown: page.unknown.into_iter().map(|filter| name(filter).to_owned()).collect(),
    })
}

pub(crate) async fn choices(office: &Office) -> Result<TrailChoices, Problem> {
    let views::TrailChoices { people, agents, tools, rules, decisions, kinds } =
        office.views.trail_choices().await?.value;
    let people = people.iter().map(|name| boxed(name)).collect();
    Ok(TrailChoices { people, agents, tools, rules, decisions, kinds })
}

pub(crate) async fn record(desk: &Desk, position: u64) -> Result<RecordView, Problem> {
    let office = &desk.office;
    let listed = office.views.trail_row(position).await?.value;
    let Some(listed) = listed else {
        return Err(Problem::new(ProblemCode::NotFound, "There is no such record in the trail, or not yet."));
    };
    let record = office.gate.records().at(position).await?;
    let reading_recorded = match &listed.conversation {
        Some(conversation) => noted(desk, conversation).await?,
        None => false,
    };
    let opened = &record.opened;
    let envelope = &opened.stored.envelope;
    let (verdict, decided) = said(opened)?;
    let policy_version = match (&verdict, &decided) {
        (Some(verdict), _) => Some(verdict.policy_version.clone()),
        (None, Some(decided)) => Some(decided.statement.policy_version.clone()),
        (None, None) => None,
    };
    let rules = verdict.map(|verdict| verdict.rules).unwrap_or_default();
    Ok(RecordView {
        row: row(listed),
        stream: envelope.stream.as_str().to_owned(),
        cause: envelope.cause,
        sealed: match (&opened.stored.sealed, &opened.fields) {
            (None, _) => SealedState::None,
            (Some(_), Some(_)) => SealedState::Open,
            (Some(_), None) => SealedState::Erased,
        },
        fields: fields(opened),
        rules: rules.into_iter().map(|rule| Rule { id: rule.id, reason: rule.reason }).collect(),
        policy_version,
        decision: decided.map(|decided| decision(opened, decided)),
        reading_recorded,
        bytes: boxed(&record.bytes),
        hash: record.hash,
    })
}

/// Whether it is recorded that somebody reads this. A log that takes nothing in must still be readable: it is then said.
async fn noted(desk: &Desk, conversation: &ConversationId) -> Result<bool, Problem> {
    let by = desk.signer()?.person.clone();
    match desk.office.gate.note_opened(conversation, &by).await {
        Ok(()) => Ok(true),
        Err(error @ (GateError::Append(_) | GateError::NoRoom(_))) => {
            tracing::warn!(%error, "a reading of the trail was not recorded");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// A conversation as a file that proves itself. That it leaves the house is stored before it is handed out.
pub(crate) async fn case_file(desk: &Desk, conversation: &ConversationId) -> Result<CaseFile, Problem> {
    let (office, by) = (&desk.office, desk.signer()?.person.clone());
    let (person, _) = office.gate.records().person(&by).await?;
    office.gate.may(&person, Command::ExportCase).await?;
    let case = office.cases.case(conversation.clone()).await.map_err(|why| {
        tracing::warn!(%why, "a case was not made");
        Problem::new(ProblemCode::Unavailable, format!("The case could not be made: {why}. Nothing left the house."))
    })?;
    office.gate.note_exported(conversation, &by, case.records, case.size).await?;
    let id = conversation.as_str();
    let name = format!("case-{}.json", id.split_once('_').map_or(id, |(_, bare)| bare).get(..12).unwrap_or(id));
    Ok(CaseFile { name, text: case.text, records: case.records })
}

/// What was judged or decided in a record.
fn said(opened: &OpenedEvent) -> Result<(Option<Verdict>, Option<Decided>), Problem> {
    match opened.stored.envelope.kind.as_str() {
        kind if kind.starts_with("action.") => Ok(match opened.event()? {
            ActionEvent::Allowed(judged) | ActionEvent::Denied(judged) => (Some(judged.verdict), None),
            ActionEvent::Held(held) | ActionEvent::Voided { held, .. } => (Some(held.verdict), None),
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                (decided.verdict.clone(), Some(decided))
            }
            _ => (None, None),
        }),
        "conversation.replied" | "conversation.answered" => Ok(match opened.event()? {
            ConversationEvent::Replied(replied) => (Some(replied.verdict), None),
            ConversationEvent::Answered(answered) => (Some(answered.verdict), None),
            _ => (None, None),
        }),
        _ => Ok((None, None)),
    }
}

fn decision(opened: &OpenedEvent, decided: Decided) -> RecordDecision {
    let stored = opened.field("card").filter(|card| !card.is_null());
    let card_digest = decided.statement.card;
    RecordDecision {
        looked_ms: decided.looked_ms,
        signed_by: match decided.signed_by {
            KeyKind::Device => "device",
            KeyKind::Station => "station",
        }
        .to_owned(),
        step_up: decided.statement.step_up.is_some(),
        key: decided.statement.key.to_string(),
        which: decided.statement.which,
        of: decided.statement.of,
        signed_at: decided.statement.at.to_string(),
        // The digest is of what was sealed, not of how it is read here.
        card_is_what_was_signed: stored.map(|card| canonical::digest(card) == card_digest),
        card: stored.and_then(|card| serde_json::from_value::<Card>(card.clone()).ok()),
        card_digest,
    }
}

fn fields(opened: &OpenedEvent) -> Vec<SealedField> {
    let all = opened.fields.iter().flatten();
    let shown = all.filter(|(name, value)| !value.is_null() && !NOT_SHOWN.contains(&name.as_str()));
    shown
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => text.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            };
            SealedField { name: name.clone(), value: boxed(&value) }
        })
        .collect()
}

/// A record of a list on the wire.
pub(crate) fn row(row: views::TrailRow) -> TrailRow {
    let shown = |text: Option<String>| text.map(|text| boxed(&text));
    TrailRow {
        position: row.position,
        at: row.at.to_string(),
        kind: row.kind,
        who: match row.who {
            Who::Customer => TrailWho::Customer,
            Who::Agent { name } => TrailWho::Agent { name: boxed(&name) },
            Who::Person { name, .. } => TrailWho::Person { name: shown(name) },
            Who::Gate => TrailWho::Gate,
        },
        about: row.about.and_then(|(_, name)| shown(name)),
        conversation: row.conversation.map(|id| id.to_string()),
        customer: shown(row.customer),
        erased: row.erased,
        action: row.action.map(|id| id.to_string()),
        tool: row.tool,
        noun: row.noun,
        object: shown(row.object),
        money: row.money.map(money),
        money_before: row.money_before.map(money),
        code: row.code,
        text: shown(row.text),
    }
}

fn wanted(asked: TrailSearch) -> Result<views::TrailSearch, Problem> {
    let moment = |field: &str, text: Option<String>| text.map(|text| moment(field, &text)).transpose();
    let currency = asked.currency.map(TryInto::try_into).transpose();
    let conversation = asked.conversation.map(|id| id.parse()).transpose();
    Ok(views::TrailSearch {
        words: asked.words.unwrap_or_default(),
        person: asked.person,
        agent: asked.agent,
        tool: asked.tool,
        rule: asked.rule,
        decision: asked.decision,
        kind: asked.kind,
        customer: asked.customer,
        order: asked.order,
        least: asked.least,
        most: asked.most,
        currency: currency.map_err(|why| Problem::of_field("currency", format!("{why}.")))?,
        from: moment("from", asked.from)?,
        until: moment("until", asked.until)?,
        conversation: conversation
            .map_err(|_| Problem::of_field("conversation", "That is no conversation's id: it begins with cnv_."))?,
        before: asked.before,
        limit: asked.limit.unwrap_or(ROWS),
    })
}

fn unanswered(error: ViewsError) -> Problem {
    match error {
        ViewsError::SearchTooLong => Problem::of_field("words", format!("{error}.")),
        other => other.into(),
    }
}

fn name(filter: TrailFilter) -> &'static str {
    match filter {
        TrailFilter::Person => "person",
        TrailFilter::Agent => "agent",
        TrailFilter::Tool => "tool",
        TrailFilter::Rule => "rule",
        TrailFilter::Decision => "decision",
        TrailFilter::Kind => "kind",
    }
}
