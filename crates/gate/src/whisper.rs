//! Whispers: a person's words for the agent that has the word, and what the agent says that it made of them. A whisper is
//! read by the agent and by nobody else; what the agent then asks for is judged like everything else, and more strictly.

use crate::error::GateError;
use crate::gate::Gate;
use crate::proposal::Receipt;
use crate::records::stored_before;
use countersign_domain::action::WhisperedFor;
use countersign_domain::authority::Command;
use countersign_domain::conversation::{
    Conversation, ConversationEvent, Reasoner, TakeoverError, WhisperReceipted, WhisperScope,
};
use countersign_domain::event::Draft;
use countersign_domain::ids::{ConversationId, PersonId};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;

/// What a person whispers.
#[derive(Debug, Clone)]
pub struct Whispering {
    /// The conversation.
    pub conversation: ConversationId,
    /// Who whispers.
    pub by: PersonId,
    /// The words.
    pub text: String,
    /// How long they count.
    pub scope: WhisperScope,
    /// The desk's own id of it; the same one again is the same whisper.
    pub client: String,
}

impl Gate {
    /// Stores a whisper; its position. Only while the agent has the word: afterwards there is nobody to whisper to.
    pub async fn whisper(&self, whispering: Whispering) -> Result<u64, GateError> {
        let Whispering { conversation: id, by, text, scope, client } = whispering;
        loop {
            let (_, guard) = self.allowed(&by, Command::Whisper).await?;
            let (conversation, events) = self.records.conversation(&id).await?;
            conversation.must_be_live()?;
            let client = self.records.pseudonym(&id, &format!("whisper {client}")).await?;
            let same = |event: ConversationEvent| matches!(event, ConversationEvent::Whispered(whispered) if whispered.client.as_ref() == Some(&client));
            if let Some(position) = stored_before(&events, same) {
                return Ok(position);
            }
            let Some(draft) = conversation.whisper(&by, &text, scope, Some(client))? else {
                return Err(GateError::Moved);
            };
            let (stream, actor) = (StreamName::conversation(&id), Actor::Person(by.to_string()));
            let key = self.records.conversation_key(&id).await?;
            let event = self.records.seal(draft, &stream, &key, &actor, None)?;
            let writes = vec![Write { stream, expected: conversation.version, events: vec![event] }];
            match self.records.log().append(Append { guards: vec![guard], writes }).await.map_err(GateError::from) {
                // Somebody wrote, or took the word: look again.
                Err(GateError::Moved) => {}
                Err(error) => return Err(error),
                Ok(receipt) => {
                    let stored = receipt.events().first().ok_or(GateError::NotFound("whisper"))?;
                    return Ok(stored.envelope.position);
                }
            }
        }
    }

    /// Stores what an agent made of whispers by which it does nothing.
    pub async fn receipt(
        &self,
        id: &ConversationId,
        seen: u64,
        agent: &str,
        reasoner: &Reasoner,
        receipts: &[Receipt],
    ) -> Result<(), GateError> {
        let (conversation, _) = self.records.conversation(id).await?;
        if conversation.version != seen {
            return Err(GateError::Moved);
        }
        let (stream, actor) = (StreamName::conversation(id), Actor::Agent(agent.to_owned()));
        let key = self.records.conversation_key(id).await?;
        let drafts = receipts_of(&conversation, reasoner, receipts)?;
        let seal = |draft| self.records.seal(draft, &stream, &key, &actor, None);
        let events = drafts.into_iter().map(seal).collect::<Result<Vec<_>, _>>()?;
        let writes = vec![Write { stream, expected: seen, events }];
        self.records.log().append(Append { guards: Vec::new(), writes }).await?;
        Ok(())
    }
}

/// The receipts of an agent's step.
pub(crate) fn receipts_of(
    conversation: &Conversation,
    reasoner: &Reasoner,
    receipts: &[Receipt],
) -> Result<Vec<Draft>, GateError> {
    let mut drafts = Vec::new();
    for receipt in receipts {
        let receipted = WhisperReceipted {
            number: receipt.number,
            followed: receipt.followed,
            intent: receipt.intent.clone(),
            confidence_permille: receipt.confidence_permille.min(1000),
            reasoner: reasoner.clone(),
        };
        drafts.push(conversation.receipt(receipted, &receipt.note)?);
    }
    Ok(drafts)
}

/// The whisper that an agent proposes by: one that counts, and that it says or has said to follow.
pub(crate) fn whispered_for(
    conversation: &Conversation,
    number: u32,
    receipts: &[Receipt],
) -> Result<WhisperedFor, GateError> {
    let now = receipts.iter().find(|receipt| receipt.number == number).map(|receipt| receipt.followed);
    match conversation.whispered(number) {
        Some(whisper) if !whisper.over && whisper.followed.or(now) == Some(true) => {
            Ok(WhisperedFor { number, by: whisper.by.clone() })
        }
        _ => Err(TakeoverError::NoWhisper.into()),
    }
}
