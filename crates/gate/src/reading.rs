//! Reading, as it is recorded: who opened a case, what they searched for and stayed with, and what left the house.
//! Coalesced per person, case and hour, so that the trail tells who looked and does not fill up with looking.

use crate::authority::Guard;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::authority::Command;
use countersign_domain::case::CaseEvent;
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_domain::masking::mask_card_numbers;
use countersign_domain::time::Timestamp;
use countersign_domain::trail::TrailEvent;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, NewEvent, Write};
use countersign_event_log::stream::{StreamName, Version};

const HOUR_MICROS: i64 = 3_600_000_000;

/// The longest search that is recorded, in characters.
pub const LONGEST_NOTED_SEARCH: usize = 400;

impl Gate {
    /// Records that a person opens a conversation as evidence, unless this hour has that already.
    pub async fn note_opened(&self, conversation: &ConversationId, by: &PersonId) -> Result<(), GateError> {
        let stream = StreamName::case(conversation);
        loop {
            let (_, guard) = self.here(by).await?;
            let events = self.records.stored(&stream, 0).await?;
            let at = self.records.now();
            for stored in events.iter().rev() {
                if let CaseEvent::Opened { by: earlier, at: then, .. } = read(stored)?
                    && (earlier == *by && same_hour(then, at))
                {
                    return Ok(());
                }
            }
            let opened = CaseEvent::Opened { conversation: conversation.clone(), by: by.clone(), at };
            let event = crate::commit::event(Draft::open(&opened), None, &Actor::Person(by.to_string()), None);
            match self.append_reading(&stream, events.len() as Version, event, guard).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// Records a search that a person stayed with, unless this hour has it already.
    pub async fn note_search(&self, search: &str, by: &PersonId) -> Result<(), GateError> {
        let masked = mask_card_numbers(search.trim()).text;
        let search: String = masked.chars().take(LONGEST_NOTED_SEARCH).collect();
        if search.is_empty() {
            return Ok(());
        }
        let stream = StreamName::searches(by);
        let own = self.records.stored(&StreamName::person(by), 0).await?;
        let key = own.iter().find_map(|stored| stored.envelope.sealed.as_ref().map(|sealed| sealed.key.clone()));
        let key = key.ok_or(GateError::NotFound("person"))?;
        loop {
            let (_, guard) = self.here(by).await?;
            let events = self.records.open_stream(&stream, 0).await?;
            let at = self.records.now();
            for opened in events.iter().rev() {
                let TrailEvent::Searched { at: then, .. } = opened.event()?;
                if !same_hour(then, at) {
                    break;
                }
                if opened.text("search") == Some(search.as_str()) {
                    return Ok(());
                }
            }
            let characters = u32::try_from(search.chars().count()).unwrap_or(u32::MAX);
            let searched = TrailEvent::Searched { by: by.clone(), characters, at };
            let draft = Draft::with(&searched, fields([("search", search.clone().into())]));
            let event = self.records.seal(draft, &stream, &key, &Actor::Person(by.to_string()), None)?;
            match self.append_reading(&stream, events.len() as Version, event, guard).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    /// Records that a case leaves the house with a person, who must be allowed to take it: before the file is there.
    pub async fn note_exported(
        &self,
        conversation: &ConversationId,
        by: &PersonId,
        records: u64,
        size: u64,
    ) -> Result<(), GateError> {
        let stream = StreamName::case(conversation);
        loop {
            let (_, guard) = self.allowed(by, Command::ExportCase).await?;
            let version = self.records.stored(&stream, 0).await?.len() as Version;
            let exported =
                CaseEvent::Exported { conversation: conversation.clone(), by: Some(by.clone()), records, size };
            let event = crate::commit::event(Draft::open(&exported), None, &Actor::Person(by.to_string()), None);
            match self.append_reading(&stream, version, event, guard).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn append_reading(
        &self,
        stream: &StreamName,
        expected: Version,
        event: NewEvent,
        guard: Guard,
    ) -> Result<(), GateError> {
        let writes = vec![Write { stream: stream.clone(), expected, events: vec![event] }];
        self.records.log().append(Append { guards: vec![guard], writes }).await?;
        Ok(())
    }
}

/// Whether two moments lie in the same hour of the clock, in UTC.
fn same_hour(one: Timestamp, other: Timestamp) -> bool {
    one.micros().div_euclid(HOUR_MICROS) == other.micros().div_euclid(HOUR_MICROS)
}
