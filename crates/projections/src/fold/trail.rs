//! The trail: one row for each record that somebody looks for. Ledgers and objects follow from actions, and a link or the
//! facts of a turn say nothing of their own, so these have none.

use super::{Fold, Stored};
use crate::amounts;
use crate::codes::Moment;
use crate::error::ViewsError;
use crate::facets::{Facet, mark};
use countersign_domain::action::{ActionEvent, Choice, Decided};
use countersign_domain::agent::AgentEvent;
use countersign_domain::canonical;
use countersign_domain::change::{Change, ChangeEvent};
use countersign_domain::conversation::{BEST_SCORE, CloseReason, ConversationEvent, SpanOperation, Speaker};
use countersign_domain::fleet::{FleetEvent, Part};
use countersign_domain::money::Money;
use countersign_domain::person::PersonEvent;
use countersign_domain::server::{AddedServer, ServerEvent};
use countersign_domain::station::StationEvent;
use countersign_domain::verdict::Verdict;
use countersign_event_log::envelope::Actor;
use rusqlite::params;

/// What a record says beside where, when and of which kind.
#[derive(Default)]
pub(super) struct Record<'a> {
    pub(super) who: Option<(Facet, &'a str)>,
    pub(super) about: Option<&'a str>,
    pub(super) conversation: Option<i64>,
    pub(super) action: Option<i64>,
    /// Who asked for the action: an agent or a person.
    pub(super) asker: Option<(Facet, &'a str)>,
    pub(super) tool: Option<&'a str>,
    pub(super) decision: Option<&'static str>,
    pub(super) money: Option<&'a Money>,
    pub(super) code: Option<&'a str>,
    pub(super) text: Option<&'a str>,
    pub(super) arguments: Option<String>,
    /// Marks of rules.
    pub(super) rules: &'a str,
}

impl Fold<'_> {
    pub(super) fn record(&mut self, happened: &Stored, record: &Record<'_>) -> Result<(), ViewsError> {
        let tables = self.transaction;
        let mut marks = record.rules.to_owned();
        let mut of = |facet, value: &str| -> Result<i64, ViewsError> {
            let id = self.facets.of(tables, facet, value)?;
            let mark = mark(id);
            if !marks.split(' ').any(|known| known == mark) {
                marks.push_str(if marks.is_empty() { "" } else { " " });
                marks.push_str(&mark);
            }
            Ok(id)
        };
        let kind = of(Facet::Kind, &happened.kind)?;
        let who = match (record.who, &happened.actor) {
            (Some((facet, value)), _) => Some(of(facet, value)?),
            (None, Actor::Person(person)) => Some(of(Facet::Person, person)?),
            (None, Actor::Agent(agent)) => Some(of(Facet::Agent, agent)?),
            (None, Actor::Station | Actor::Customer(_)) => None,
        };
        let about = record.about.map(|person| of(Facet::Person, person)).transpose()?;
        if let Some((facet, value)) = record.asker {
            of(facet, value)?;
        }
        for (facet, value) in [
            (Facet::Tool, record.tool),
            (Facet::Decision, record.decision),
            (Facet::Digits, record.money.map(amounts::digits)),
        ] {
            if let Some(value) = value {
                of(facet, value)?;
            }
        }
        tables
            .prepare_cached(
                "INSERT INTO trail (position, at, kind, who, about, conversation, action, minor, currency, code, text,
                     arguments, marks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                happened.sql_position(),
                Moment(happened.at),
                kind,
                who,
                about,
                record.conversation,
                record.action,
                record.money.map(|money| money.minor),
                record.money.map(|money| money.currency.as_str()),
                record.code,
                record.text,
                record.arguments,
                marks
            ])?;
        Ok(())
    }

    /// The action and its row are as they are behind this event.
    pub(super) fn record_action(&mut self, event: &ActionEvent, happened: &Stored) -> Result<(), ViewsError> {
        let judged = match event {
            ActionEvent::Allowed(judged) | ActionEvent::Denied(judged) => Some(&judged.verdict),
            ActionEvent::Held(held) | ActionEvent::Voided { held, .. } => Some(&held.verdict),
            _ => None,
        };
        if let Some(verdict) = judged {
            let marks = self.rule_marks(verdict)?;
            self.transaction
                .prepare_cached("UPDATE actions SET rule_marks = ?2 WHERE action = ?1")?
                .execute(params![happened.subject, marks])?;
        }
        let row = self
            .transaction
            .prepare_cached(
                "SELECT position, conversation, agent, tool, minor, currency, rule_marks, asker IS NOT NULL
                 FROM actions WHERE action = ?1",
            )?
            .query_row(params![happened.subject], |row| {
                Ok(Row {
                    position: row.get(0)?,
                    conversation: row.get(1)?,
                    agent: row.get(2)?,
                    by_person: row.get(7)?,
                    tool: row.get(3)?,
                    money: crate::codes::money(row, "minor", "currency")?,
                    rule_marks: row.get(6)?,
                })
            })?;
        let decided = match event {
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                Some(decided)
            }
            _ => None,
        };
        let code = match event {
            ActionEvent::Withdrawn { reason } | ActionEvent::DeadlineMoved { reason, .. } => Some(reason.as_str()),
            ActionEvent::Failed { code, .. } | ActionEvent::Unknown { code } => Some(code.as_str()),
            ActionEvent::Settled { by, .. } => Some(by.as_str()),
            _ => None,
        };
        let overridden = matches!(event, ActionEvent::Overridden(_));
        let record = Record {
            who: match (event, decided) {
                (ActionEvent::Proposed(_), _) => Some(row.asked_by()),
                (_, Some(decided)) => Some((Facet::Person, decided.person().as_str())),
                _ => None,
            },
            conversation: Some(row.conversation),
            action: Some(row.position),
            asker: Some(row.asked_by()),
            tool: Some(&row.tool),
            decision: decided.map(choice),
            about: match event {
                ActionEvent::Delegated { to } => to.as_ref().map(|to| to.as_str()),
                _ => None,
            },
            money: decided.map_or(row.money.as_ref(), |decided| decided.money.as_ref()),
            code,
            text: happened.text("words").or_else(|| happened.text("message")),
            arguments: happened.field("arguments").filter(|_| overridden).map(canonical::to_text),
            rules: &row.rule_marks,
        };
        self.record(happened, &record)
    }

    fn rule_marks(&mut self, verdict: &Verdict) -> Result<String, ViewsError> {
        let mut marks = Vec::new();
        for rule in &verdict.rules {
            marks.push(mark(self.facets.of(self.transaction, Facet::Rule, &rule.id)?));
        }
        Ok(marks.join(" "))
    }

    pub(super) fn record_conversation(
        &mut self,
        event: &ConversationEvent,
        happened: &Stored,
        conversation: i64,
    ) -> Result<(), ViewsError> {
        let mut record = Record { conversation: Some(conversation), ..Record::default() };
        let mut rules = String::new();
        let rating;
        let called_model;
        match event {
            ConversationEvent::Proposed { .. } | ConversationEvent::Turned(_) => return Ok(()),
            // Their words stand in the transcript's entries.
            ConversationEvent::Opened(opened) => {
                record.who = opened.agent.as_deref().map(|agent| (Facet::Agent, agent));
            }
            ConversationEvent::Relayed(relayed) => {
                record.who = happened.agent().map(|agent| (Facet::Agent, agent));
                record.code = Some(match relayed.speaker {
                    Speaker::Customer => "relayed_customer",
                    Speaker::Agent => "relayed_agent",
                    Speaker::Person => "relayed_person",
                });
            }
            ConversationEvent::Spanned(step) => {
                record.who = happened.agent().map(|agent| (Facet::Agent, agent));
                record.code = Some(match (step.operation, step.failed) {
                    (SpanOperation::Model, false) => "step_model",
                    (SpanOperation::Model, true) => "step_model_failed",
                    (SpanOperation::Tool, false) => "step_tool",
                    (SpanOperation::Tool, true) => "step_tool_failed",
                    (_, false) => "step_other",
                    (_, true) => "step_other_failed",
                });
            }
            ConversationEvent::ModelCalled(called) => {
                record.who = happened.agent().map(|agent| (Facet::Agent, agent));
                record.code = Some(called.end.in_words());
                called_model = format!("{} {}", called.provider, called.model);
                record.text = Some(&called_model);
            }
            ConversationEvent::Received(_) | ConversationEvent::SignInAsked { .. } | ConversationEvent::SignedIn(_) => {
            }
            ConversationEvent::SignInFailed { reason, .. } => record.code = Some(reason.in_words()),
            ConversationEvent::Replied(replied) => {
                record.who = Some((Facet::Agent, &replied.agent));
                rules = self.rule_marks(&replied.verdict)?;
            }
            ConversationEvent::Answered(answered) => {
                record.who = Some((Facet::Person, answered.by.as_str()));
                rules = self.rule_marks(&answered.verdict)?;
            }
            ConversationEvent::Escalated { reason, pulled } => {
                record.who = pulled.as_ref().map(|pulled| (Facet::Person, pulled.by.as_str()));
                record.code = Some(reason.in_words());
                record.text = happened.text("note");
            }
            ConversationEvent::TakenOver { by }
            | ConversationEvent::HandedBack { by }
            | ConversationEvent::PromiseKept { by, .. } => {
                record.who = Some((Facet::Person, by.as_str()));
            }
            ConversationEvent::Promised(promised) => {
                record.who = Some((Facet::Person, promised.by.as_str()));
                record.text = happened.text("text");
            }
            ConversationEvent::Whispered(whispered) => {
                record.who = Some((Facet::Person, whispered.by.as_str()));
                record.text = happened.text("text");
            }
            ConversationEvent::WhisperReceipted(receipt) => {
                record.code = Some(if receipt.followed { "followed" } else { "not_followed" });
                record.text = happened.text("note");
            }
            ConversationEvent::Resolved { by, code } => {
                record.who = Some((Facet::Person, by.as_str()));
                record.code = Some(code.in_words());
                record.text = happened.text("note");
            }
            ConversationEvent::Reopened { .. } => {
                record.who = happened.agent().map(|agent| (Facet::Agent, agent));
            }
            ConversationEvent::Rated { score } => {
                rating = format!("{score} of {BEST_SCORE}");
                record.code = Some(&rating);
            }
            ConversationEvent::Closed { reason } => {
                record.who = happened.agent().map(|agent| (Facet::Agent, agent));
                record.code = Some(match reason {
                    CloseReason::AgentDone => "agent_done",
                    CloseReason::CustomerDone => "customer_done",
                    CloseReason::Idle => "idle",
                    CloseReason::Erased => "erased",
                    CloseReason::CallEnded => "call_ended",
                });
            }
        }
        record.rules = &rules;
        self.record(happened, &record)
    }

    pub(super) fn record_person(&mut self, event: &PersonEvent, happened: &Stored) -> Result<(), ViewsError> {
        let about = match event {
            PersonEvent::Enrolled { person, .. }
            | PersonEvent::KeyEnrolled { person, .. }
            | PersonEvent::KeyReset { person, .. }
            | PersonEvent::KeyRevoked { person, .. }
            | PersonEvent::RolesSet { person, .. }
            | PersonEvent::LimitsSet { person, .. }
            | PersonEvent::Away { person, .. }
            | PersonEvent::Back { person }
            | PersonEvent::Removed { person } => person.as_str(),
        };
        let text = happened.text("name");
        self.record(happened, &Record { about: Some(about), text, ..Record::default() })
    }

    pub(super) fn record_change(&mut self, event: &ChangeEvent, happened: &Stored) -> Result<(), ViewsError> {
        let mut record = Record::default();
        match event {
            ChangeEvent::Proposed(proposed) => {
                match &proposed.what {
                    Change::SetTool { to, .. } => record.tool = Some(&to.tool),
                    Change::GrantAgent { agent, .. } | Change::RevokeAgent { agent } => record.text = Some(agent),
                    _ => {}
                }
                record.who = Some((Facet::Person, proposed.by.as_str()));
                record.code = Some(proposed.what.kind().name());
            }
            ChangeEvent::Refused { by } | ChangeEvent::Withdrawn { by } => {
                record.who = Some((Facet::Person, by.as_str()));
            }
            ChangeEvent::Signed(_) | ChangeEvent::TookEffect { .. } | ChangeEvent::Expired { .. } => {}
        }
        self.record(happened, &record)
    }

    pub(super) fn record_tool(&mut self, happened: &Stored) -> Result<(), ViewsError> {
        self.record(happened, &Record { tool: Some(&happened.subject), ..Record::default() })
    }

    pub(super) fn record_agent(&mut self, event: &AgentEvent, happened: &Stored) -> Result<(), ViewsError> {
        let (AgentEvent::Granted { agent, .. } | AgentEvent::Revoked { agent }) = event;
        self.record(happened, &Record { code: Some(agent), ..Record::default() })
    }

    pub(super) fn record_server(&mut self, event: &ServerEvent, happened: &Stored) -> Result<(), ViewsError> {
        let (ServerEvent::Added { server: AddedServer { name, .. } } | ServerEvent::Removed { server: name }) = event;
        self.record(happened, &Record { code: Some(name), ..Record::default() })
    }

    pub(super) fn record_fleet(&mut self, event: &FleetEvent, happened: &Stored) -> Result<(), ViewsError> {
        let by = match event {
            FleetEvent::Stopped { by, .. } | FleetEvent::ResumeTakesTwo { by, .. } | FleetEvent::Resumed { by, .. } => {
                Some((Facet::Person, by.as_str()))
            }
            FleetEvent::PartStopped { by, .. } | FleetEvent::PartResumed { by, .. } => {
                Some((Facet::Person, by.as_str()))
            }
            FleetEvent::StoppedByRestore { .. } => None,
        };
        let (tool, asker) = match event {
            FleetEvent::PartStopped { part, .. } | FleetEvent::PartResumed { part, .. } => match part {
                Part::Tool(tool) => (Some(tool.as_str()), None),
                Part::Agent(agent) => (None, Some((Facet::Agent, agent.as_str()))),
            },
            _ => (None, None),
        };
        self.record(happened, &Record { who: by, tool, asker, text: happened.text("why"), ..Record::default() })
    }

    pub(super) fn record_station(&mut self, event: &StationEvent, happened: &Stored) -> Result<(), ViewsError> {
        let about = match event {
            StationEvent::PersonJoined { person } | StationEvent::PersonLeft { person } => Some(person.as_str()),
            StationEvent::RecoveryKeyMade { by } => Some(by.as_str()),
            _ => None,
        };
        let code = match event {
            StationEvent::AgentJoined { agent } => Some(agent.as_str()),
            _ => None,
        };
        self.record(happened, &Record { about, code, ..Record::default() })
    }
}

struct Row {
    position: i64,
    conversation: i64,
    agent: String,
    by_person: bool,
    tool: String,
    money: Option<Money>,
    rule_marks: String,
}

impl Row {
    fn asked_by(&self) -> (Facet, &str) {
        (if self.by_person { Facet::Person } else { Facet::Agent }, &self.agent)
    }
}

fn choice(decided: &Decided) -> &'static str {
    match decided.statement.decision {
        Choice::Approve => "approve",
        Choice::Override => "override",
        Choice::Reject => "reject",
    }
}
