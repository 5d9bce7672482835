//! Changes of how the chat behaves. What people signed last rules; before that, what the station was started with.

use super::effect::Effect;
use crate::commit::event;
use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::change::ChangeError;
use countersign_domain::channel::{ChannelEvent, ChatSettings};
use countersign_domain::event::Draft;
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::Write;
use countersign_event_log::stream::StreamName;

impl Gate {
    /// The chat behaves as people signed it; where nobody has, as the station was started.
    pub async fn begin_chat(&self, started_with: ChatSettings) -> Result<(), GateError> {
        started_with.check()?;
        let signed = self.chat_signed().await?;
        self.put_chat(signed.map_or(started_with, |(settings, _)| settings));
        Ok(())
    }

    /// When people last signed how the chat behaves.
    pub async fn chat_signed_at(&self) -> Result<Option<Timestamp>, GateError> {
        Ok(self.chat_signed().await?.map(|(_, at)| at))
    }

    async fn chat_signed(&self) -> Result<Option<(ChatSettings, Timestamp)>, GateError> {
        let stored = self.records.stored(&StreamName::chat(), 0).await?;
        let Some(last) = stored.last() else { return Ok(None) };
        let ChannelEvent::ChatSet { settings } = read(last)?;
        Ok(Some((settings, last.envelope.recorded_at)))
    }

    pub(super) fn set_chat(&self, from: ChatSettings, to: ChatSettings) -> Result<Effect, GateError> {
        to.check()?;
        if *self.chat().borrow() != from {
            return Err(ChangeError::Outdated.into());
        }
        if from == to {
            return Err(ChangeError::Impossible("this is how the chat behaves").into());
        }
        Ok(Box::new(move |states, signers| {
            let by = Actor::Person(signers.people.first().map(ToString::to_string).unwrap_or_default());
            let stream = StreamName::chat();
            let expected = states.version(&stream)?;
            let draft = Draft::open(&ChannelEvent::ChatSet { settings: to });
            Ok(vec![Write { stream, expected, events: vec![event(draft, None, &by, None)] }])
        }))
    }

    /// It stands in the log: from here on the chat behaves so.
    pub(super) async fn took_chat(&self) -> Result<(), GateError> {
        if let Some((settings, _)) = self.chat_signed().await? {
            self.put_chat(settings);
        }
        Ok(())
    }
}
