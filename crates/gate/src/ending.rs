//! How conversations end: a person resolves them, the customer says that it is done, or nothing comes any more. None ends
//! while something in it is under way, for nobody would tell the customer what became of it. And what people promised.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{OpenedEvent, Records, read};
use countersign_domain::authority::Command;
use countersign_domain::conversation::{
    CloseReason, Conversation, ConversationError, ConversationEvent, ResolutionCode, TakeoverError,
};
use countersign_domain::fleet::Fleet;
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use std::time::Duration;

/// What a person says at the end of a conversation that they have.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The conversation.
    pub conversation: ConversationId,
    /// Who ends it.
    pub by: PersonId,
    /// What came of it.
    pub code: ResolutionCode,
    /// A note for whoever reads the trail, and for whoever has the customer next.
    pub note: String,
    /// The log position behind what they had on screen: messages beyond it were not read, and keep it open.
    pub seen: u64,
}

impl Gate {
    /// Ends a conversation for the person who has the word in it.
    pub async fn resolve(&self, resolution: Resolution) -> Result<Receipt, GateError> {
        let Resolution { conversation: id, by, code, note, seen } = resolution;
        self.person_writes(&id, &by, Command::Resolve, |conversation, events| {
            let draft = conversation.resolve(&by, code, &note)?;
            let mut unread = events.iter().rev().take_while(|event| event.stored.envelope.position >= seen);
            if unread.any(is_customers) { Err(TakeoverError::Unread) } else { Ok(draft) }
        })
        .await
    }

    /// Takes down what the person who has the word promised the customer.
    pub async fn promise(
        &self,
        id: &ConversationId,
        by: PersonId,
        text: &str,
        due: Option<Timestamp>,
    ) -> Result<Receipt, GateError> {
        let now = self.records.now();
        self.person_writes(id, &by, Command::Promise, |conversation, _| conversation.promise(&by, text, due, now)).await
    }

    /// Takes down that a promise was kept.
    pub async fn keep_promise(&self, id: &ConversationId, by: PersonId, number: u32) -> Result<Receipt, GateError> {
        self.person_writes(id, &by, Command::KeepPromise, |conversation, _| {
            conversation.keep_promise(number, by.clone())
        })
        .await
    }

    /// Ends a conversation in which nothing has happened for so long, and in which nobody waits; whether it ended. While
    /// everything or its agent is stopped no agent can say what became of anything, so none ends, and after it they have
    /// their time.
    pub async fn close_if_idle(&self, id: &ConversationId, idle: Duration) -> Result<bool, GateError> {
        let quiet_since = self.records.now().plus_micros(-i64::try_from(idle.as_micros()).unwrap_or(i64::MAX));
        let stops = self.records.stored(&StreamName::fleet(), 0).await?;
        let mut fleet = Fleet::default();
        for stored in &stops {
            fleet.apply(&read(stored)?);
        }
        let (conversation, events) = self.records.conversation(id).await?;
        let Ok(draft) = conversation.close_as_idle() else { return Ok(false) };
        let mut last = events.last().map(|event| event.stored.envelope.recorded_at);
        last = last.max(stops.last().map(|stored| stored.envelope.recorded_at));
        for (action, _) in &conversation.actions {
            let record = self.records.action(action).await?;
            if !record.action.phase.is_final() {
                return Ok(false);
            }
            last = last.max(record.events.last().map(|event| event.stored.envelope.recorded_at));
        }
        let mut agent = conversation.external_agent().unwrap_or_default().to_owned();
        for event in &events {
            if let ConversationEvent::Replied(replied) = event.event()? {
                agent = replied.agent;
            }
        }
        if fleet.silences(&agent) || last.is_none_or(|last| last > quiet_since) {
            return Ok(false);
        }
        let guards = vec![(StreamName::fleet(), stops.len() as u64)];
        let closed = crate::commit::event(draft, None, &Actor::Station, None);
        let stream = StreamName::conversation(id);
        let writes = vec![Write { stream, expected: conversation.version, events: vec![closed] }];
        match self.records.log().append(Append { guards, writes }).await.map_err(GateError::from) {
            Ok(_) => Ok(true),
            Err(GateError::Moved) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Records {
    /// Ends a conversation for its customer, who says that it is done.
    pub async fn close_for_customer(&self, id: &ConversationId) -> Result<(), GateError> {
        loop {
            let (conversation, _) = self.conversation(id).await?;
            let draft = conversation.close(CloseReason::CustomerDone)?;
            self.must_be_over(&conversation).await?;
            let actor = Actor::Customer(id.to_string());
            match self.append_conversation(id, conversation.version, vec![draft], actor).await {
                Err(GateError::Moved) => {}
                done => return done.map(drop),
            }
        }
    }

    /// Whether everything that was asked for in a conversation has come to its end.
    pub(crate) async fn must_be_over(&self, conversation: &Conversation) -> Result<(), GateError> {
        for (id, _) in &conversation.actions {
            if !self.action(id).await?.action.phase.is_final() {
                return Err(ConversationError::UnderWay.into());
            }
        }
        Ok(())
    }
}

fn is_customers(event: &OpenedEvent) -> bool {
    matches!(event.event(), Ok(ConversationEvent::Received(_)))
}
