//! Escalating from a card, as a desk sees it.

use crate::change_view::name_of;
use crate::decisions::by_whom;
use crate::desk::Desk;
use crate::office::Office;
use crate::problems::sentence;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::queue::CardEscalation;
use countersign_domain::action::Phase;
use countersign_domain::authority::Command;
use countersign_domain::conversation::{Conversation, ConversationEvent};
use countersign_domain::hidden::boxed;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_gate::Escalation;
use countersign_gate::error::GateError;
use countersign_gate::records::{ActionRecord, OpenedEvent};

pub(crate) async fn escalate(office: &Office, action: ActionId, by: PersonId, note: String) -> Result<(), Problem> {
    let escalation = Escalation { action: action.clone(), by, note };
    match office.gate.escalate(escalation).await {
        Ok(_) => Ok(()),
        Err(why) => Err(by_whom(office, &action, why, "Nothing was escalated.").await),
    }
}

/// Whether a person is asked for in the conversation of a card, and why the person at this desk cannot call for one.
pub(crate) async fn of_card(desk: &Desk, record: &ActionRecord) -> Result<CardEscalation, Problem> {
    let office = &desk.office;
    let (conversation, events) = office.gate.records().conversation(&record.action.proposed.conversation).await?;
    let mut asked = None;
    if !conversation.escalations.is_empty() {
        asked = first_asked(office, &events).await?;
    }
    let may_not = may_not(desk, record, &conversation).await?;
    Ok(CardEscalation { may_not_reason: may_not, ..asked.unwrap_or_default() })
}

async fn may_not(desk: &Desk, record: &ActionRecord, conversation: &Conversation) -> Result<Option<String>, Problem> {
    if record.action.phase != Phase::Held {
        return Ok(Some("This is no longer waiting for a decision.".to_owned()));
    }
    if let Err(why) = conversation.may_be_pulled() {
        return Ok(Some(sentence(&GateError::from(why))));
    }
    desk.may_not(Command::Escalate).await
}

/// The first time that somebody was asked for since a person was last there.
async fn first_asked(office: &Office, events: &[OpenedEvent]) -> Result<Option<CardEscalation>, Problem> {
    let mut first = None;
    for opened in events {
        match opened.event()? {
            ConversationEvent::Escalated { reason, pulled } if first.is_none() => {
                first = Some((opened, reason, pulled))
            }
            ConversationEvent::HandedBack { .. }
            | ConversationEvent::Resolved { .. }
            | ConversationEvent::Closed { .. } => first = None,
            _ => {}
        }
    }
    let Some((opened, reason, pulled)) = first else { return Ok(None) };
    let by = match pulled {
        Some(pulled) => {
            let name = Some(name_of(office, &pulled.by).await?);
            Some(TakenBy { person: pulled.by.to_string(), name })
        }
        None => None,
    };
    Ok(Some(CardEscalation {
        reason: Some(reason.in_words().to_owned()),
        at: Some(opened.stored.envelope.recorded_at.to_string()),
        by,
        note: opened.text("note").filter(|note| !note.is_empty()).map(boxed),
        may_not_reason: None,
    }))
}
