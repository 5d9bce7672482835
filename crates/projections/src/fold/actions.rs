//! Actions: where each stands, who signed, and a remark for people.

use super::Stored;
use super::conversations::{self, Entry};
use crate::codes::{Coded, Moment};
use crate::error::ViewsError;
use crate::rows::ActionState;
use countersign_domain::action::{ActionEvent, Choice, Decided, Held, Proposed, SettledHow, VoidReason};
use countersign_domain::canonical;
use countersign_domain::ids::PersonId;
use countersign_domain::time::Timestamp;
use countersign_domain::verdict::Verdict;
use rusqlite::{Connection, OptionalExtension, params};

/// By whom an outcome is settled that people settle.
const BY_PEOPLE: &str = "people";

/// Takes one event in; its conversation's row.
pub(super) fn take(tables: &Connection, event: &ActionEvent, happened: &Stored) -> Result<i64, ViewsError> {
    if let ActionEvent::Proposed(proposed) = event {
        return propose(tables, proposed, happened);
    }
    let action = Row::of(tables, happened)?;
    match event {
        ActionEvent::Proposed(_) => {}
        ActionEvent::Allowed(judged) => action.moves(ActionState::Allowed, Some(&reasons(&judged.verdict)))?,
        ActionEvent::Denied(judged) => action.moves(ActionState::Denied, Some(&reasons(&judged.verdict)))?,
        ActionEvent::Held(held) => action.hold(held, reasons(&held.verdict))?,
        ActionEvent::Voided { reason, held } => {
            let why = match reason {
                VoidReason::EvidenceChanged => "A fact changed after it was signed.",
                VoidReason::SignerLeft => "Somebody who had signed it has left the staff.",
                VoidReason::CustomerSignedIn => "The customer has signed in since it was judged.",
                VoidReason::PolicyChanged => "The rules changed after it was signed.",
                VoidReason::Undone => "Its approval was taken back before it started.",
                VoidReason::LimitReached => {
                    "Something else was let through meanwhile, and beside it the rules ask for more."
                }
            };
            action.unsign()?;
            action.restore_proposed()?;
            action.hold(held, format!("{why} {}", reasons(&held.verdict)))?;
        }
        ActionEvent::Approved(decided) => action.sign(decided, None)?,
        ActionEvent::Overridden(decided) => {
            action.unsign()?;
            action.change(decided)?;
            action.sign(decided, happened.text("words"))?;
        }
        ActionEvent::Waiting { until, .. } => {
            action.moves_silently(ActionState::Waiting)?;
            action.set("UPDATE actions SET deadline = ?2 WHERE position = ?1", Moment(*until))?;
        }
        ActionEvent::Rejected(decided) => {
            action.put_signature(decided)?;
            action.moves(ActionState::Rejected, happened.text("words"))?;
        }
        ActionEvent::Expired { .. } => action.moves(ActionState::Expired, Some("Nobody decided in time"))?,
        ActionEvent::Withdrawn { reason } => action.moves(ActionState::Withdrawn, Some(withdrawn(reason)))?,
        ActionEvent::Superseded { .. } => {
            action.moves(ActionState::Superseded, Some("A later action took its place"))?;
        }
        ActionEvent::DeadlineMoved { deadline, .. } => {
            action.set("UPDATE actions SET deadline = ?2 WHERE position = ?1", Moment(*deadline))?;
        }
        ActionEvent::Snoozed { until } => action.snooze(*until)?,
        ActionEvent::Delegated { to } => {
            action.snooze(None)?;
            action.delegate(to.as_ref())?;
        }
        ActionEvent::Started(_) => action.moves_silently(ActionState::Started)?,
        ActionEvent::Succeeded { took_ms, .. } => {
            action.took(*took_ms)?;
            action.moves_silently(ActionState::Succeeded)?;
        }
        ActionEvent::Failed { code, took_ms } => {
            action.took(*took_ms)?;
            action.moves(ActionState::Failed, Some(happened.text("message").unwrap_or_else(|| trouble(code))))?;
        }
        ActionEvent::Unknown { code } => action.moves(ActionState::Unknown, Some(trouble(code)))?,
        ActionEvent::Settled { how, by } => {
            let (state, remark) = match how {
                SettledHow::Happened if by == BY_PEOPLE => {
                    (ActionState::SettledHappened, "Settled by people: it happened")
                }
                SettledHow::DidNotHappen if by == BY_PEOPLE => {
                    (ActionState::SettledDidNotHappen, "Settled by people: it did not happen")
                }
                SettledHow::Happened => (ActionState::SettledHappened, "Checked later: it happened"),
                SettledHow::DidNotHappen => (ActionState::SettledDidNotHappen, "Checked later: it did not happen"),
                SettledHow::Compensated => (ActionState::SettledCompensated, "It happened and was made good"),
            };
            action.moves(state, Some(remark))?;
        }
    }
    action.changed()?;
    Ok(action.conversation)
}

fn propose(tables: &Connection, proposed: &Proposed, happened: &Stored) -> Result<i64, ViewsError> {
    let Some(conversation) = conversations::row_of(tables, proposed.conversation.as_str())? else {
        return happened.out_of_place("its conversation was never opened");
    };
    let (minor, currency) = proposed.money.as_ref().map(|money| (money.minor, money.currency.as_str())).unzip();
    tables
        .prepare_cached(
            "INSERT INTO actions (position, action, conversation, agent, tool, effect, state, proposed_at, changed,
                 changed_at, proposed_minor, proposed_currency, minor, currency, proposed_arguments, arguments, asker,
                 whisperer)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?1, ?9, ?10, ?11, ?10, ?11, ?12, ?12, ?13, ?14)",
        )?
        .execute(params![
            happened.sql_position(),
            Coded(&proposed.action),
            conversation,
            proposed.agent,
            proposed.tool,
            Coded(proposed.effect),
            Coded(ActionState::Proposed),
            Moment(proposed.at),
            Moment(happened.at),
            minor,
            currency,
            happened.field("arguments").map(canonical::to_text),
            proposed.by.as_ref().map(|by| by.as_str()),
            proposed.whisper.as_ref().map(|whisper| whisper.by.as_str())
        ])?;
    Entry { kind: "action", ..Entry::default() }.put(tables, conversation, happened)?;
    Ok(conversation)
}

/// The row of the action that an event belongs to.
struct Row<'a> {
    tables: &'a Connection,
    happened: &'a Stored,
    /// The position of its proposal.
    proposal: i64,
    conversation: i64,
}

impl<'a> Row<'a> {
    fn of(tables: &'a Connection, happened: &'a Stored) -> Result<Self, ViewsError> {
        let mut statement = tables.prepare_cached("SELECT position, conversation FROM actions WHERE action = ?1")?;
        let found = statement
            .query_row(params![happened.subject], |row| Ok((row.get("position")?, row.get("conversation")?)))
            .optional()?;
        match found {
            Some((proposal, conversation)) => Ok(Self { tables, happened, proposal, conversation }),
            None => happened.out_of_place("its action was never proposed"),
        }
    }

    fn set(&self, sql: &str, value: impl rusqlite::ToSql) -> Result<(), ViewsError> {
        self.tables.prepare_cached(sql)?.execute(params![self.proposal, value])?;
        Ok(())
    }

    fn changed(&self) -> Result<(), ViewsError> {
        self.tables
            .prepare_cached("UPDATE actions SET changed = ?2, changed_at = ?3 WHERE position = ?1")?
            .execute(params![self.proposal, self.happened.sql_position(), Moment(self.happened.at)])?;
        Ok(())
    }

    fn moves_silently(&self, state: ActionState) -> Result<(), ViewsError> {
        self.set("UPDATE actions SET state = ?2 WHERE position = ?1", Coded(state))
    }

    fn moves(&self, state: ActionState, remark: Option<&str>) -> Result<(), ViewsError> {
        self.moves_silently(state)?;
        self.set("UPDATE actions SET remark = ?2 WHERE position = ?1", remark)
    }

    fn took(&self, took_ms: i64) -> Result<(), ViewsError> {
        self.set("UPDATE actions SET took_ms = ?2 WHERE position = ?1", took_ms)
    }

    fn hold(&self, held: &Held, remark: String) -> Result<(), ViewsError> {
        self.moves(ActionState::Held, Some(&remark))?;
        self.snooze(None)?;
        self.set("UPDATE actions SET deadline = ?2, held_once = 1 WHERE position = ?1", Moment(held.deadline))?;
        self.set("UPDATE actions SET contradictions = ?2 WHERE position = ?1", held.standing.contradictions)?;
        self.set("UPDATE actions SET needed = ?2 WHERE position = ?1", held.verdict.approvers.max(1))
    }

    fn snooze(&self, until: Option<Timestamp>) -> Result<(), ViewsError> {
        let by = until.and(self.happened.person());
        self.tables
            .prepare_cached("UPDATE actions SET snoozed_until = ?2, snoozed_by = ?3 WHERE position = ?1")?
            .execute(params![self.proposal, until.map(Moment), by])?;
        Ok(())
    }

    fn delegate(&self, to: Option<&PersonId>) -> Result<(), ViewsError> {
        let by = to.and(self.happened.person());
        self.tables
            .prepare_cached("UPDATE actions SET delegate = ?2, delegated_by = ?3 WHERE position = ?1")?
            .execute(params![self.proposal, to.map(Coded), by])?;
        Ok(())
    }

    fn put_signature(&self, decided: &Decided) -> Result<(), ViewsError> {
        let statement = &decided.statement;
        self.tables
            .prepare_cached(
                "INSERT INTO signatures (position, action, person, choice, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                self.happened.sql_position(),
                self.proposal,
                Coded(&statement.person),
                Coded(statement.decision),
                Moment(self.happened.at)
            ])?;
        Ok(())
    }

    /// A signature that counts; the last one that is needed approves. The remark of the hold stays until then.
    fn sign(&self, decided: &Decided, words: Option<&str>) -> Result<(), ViewsError> {
        let statement = &decided.statement;
        self.put_signature(decided)?;
        self.snooze(None)?;
        // Theirs is done; whoever else signs leaves it with them.
        self.tables
            .prepare_cached(
                "UPDATE actions SET delegate = NULL, delegated_by = NULL WHERE position = ?1 AND delegate = ?2",
            )?
            .execute(params![self.proposal, Coded(&statement.person)])?;
        self.set("UPDATE actions SET needed = ?2 WHERE position = ?1", statement.of)?;
        if statement.decision == Choice::Override {
            self.set("UPDATE actions SET remark = ?2 WHERE position = ?1", words)?;
        }
        if statement.which >= statement.of {
            self.moves_silently(ActionState::Approved)?;
            self.tables
                .prepare_cached(
                    "UPDATE actions SET remark = NULL WHERE position = ?1 AND NOT EXISTS
                         (SELECT 1 FROM signatures WHERE action = ?1 AND choice = 'override')",
                )?
                .execute(params![self.proposal])?;
        }
        Ok(())
    }

    fn unsign(&self) -> Result<(), ViewsError> {
        self.tables.prepare_cached("DELETE FROM signatures WHERE action = ?1")?.execute(params![self.proposal])?;
        Ok(())
    }

    /// An override's arguments and amount are in force from here on.
    fn change(&self, decided: &Decided) -> Result<(), ViewsError> {
        let (minor, currency) = decided.money.as_ref().map(|money| (money.minor, money.currency.as_str())).unzip();
        self.tables
            .prepare_cached("UPDATE actions SET arguments = ?2, minor = ?3, currency = ?4 WHERE position = ?1")?
            .execute(params![
                self.proposal,
                self.happened.field("arguments").map(canonical::to_text),
                minor,
                currency
            ])?;
        Ok(())
    }

    fn restore_proposed(&self) -> Result<(), ViewsError> {
        self.tables
            .prepare_cached(
                "UPDATE actions SET arguments = proposed_arguments, minor = proposed_minor,
                     currency = proposed_currency WHERE position = ?1",
            )?
            .execute(params![self.proposal])?;
        Ok(())
    }
}

fn reasons(verdict: &Verdict) -> String {
    let reasons: Vec<&str> = verdict.rules.iter().map(|rule| rule.reason.as_str()).collect();
    reasons.join(" ")
}

fn withdrawn(code: &str) -> &str {
    match code {
        "conversation_closed" => "The conversation ended",
        "requester" => "Taken back by whoever had asked for it",
        "server_removed" => "Its tool server was removed",
        "requester_left" => "Whoever had asked for it has left the staff",
        "takeover" => "A person took the conversation over",
        "erasure" => "The customer is erased",
        "restore" => "It was open in the backup that this log goes on from",
        other => other,
    }
}

fn trouble(code: &str) -> &str {
    match code {
        "tool_error" => "The tool refused it",
        "unavailable" => "The tool could not be reached",
        "definition_changed" => "The tool is not what was pinned any more",
        "timeout" => "The tool did not answer in time",
        "connection_lost" => "The connection to the tool was lost",
        "restart" => "The station stopped while it ran",
        "restore" => "It was open in the backup that this log goes on from",
        other => other,
    }
}
