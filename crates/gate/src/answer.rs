//! A person's reply to a customer: an action of `channel.reply` like a segment of an agent's, proposed by the person who
//! has the word. It is sent by being stored, and only while they have it.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::{OpenedEvent, stored_before};
use crate::reply::reply_digest;
use countersign_domain::authority::Command;
use countersign_domain::conversation::{Answered, Conversation, ConversationEvent};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::verdict::{Disposition, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_policy::{GateFacts, PERSON_PRINCIPAL, REPLY_TOOL, Request};
use serde_json::json;

/// What a person writes to a customer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The conversation.
    pub conversation: ConversationId,
    /// Who writes.
    pub by: PersonId,
    /// The words.
    pub text: String,
    /// The log position behind what they had on screen: messages beyond it are not answered by this.
    pub seen: u64,
    /// The desk's own id of it; the same one again is the same reply.
    pub client: String,
}

impl Gate {
    /// Stores a person's reply, which sends it; its position. A message that comes meanwhile does not keep it back, for
    /// what it answers is said in it. A stop does not either: it silences agents.
    pub async fn answer(&self, answer: Answer) -> Result<u64, GateError> {
        let id = &answer.conversation;
        loop {
            let (_, guard) = self.allowed(&answer.by, Command::Reply).await?;
            let (conversation, events) = self.records.conversation(id).await?;
            conversation.must_be_live()?;
            let client = self.records.pseudonym(id, &format!("desk {}", answer.client)).await?;
            let same = |event: ConversationEvent| matches!(event, ConversationEvent::Answered(answered) if answered.client.as_ref() == Some(&client));
            if let Some(position) = stored_before(&events, same) {
                return Ok(position);
            }
            let words = conversation.words_of(&answer.by, &answer.text)?;
            let verdict = self.judge_answer(&words.text, &conversation);
            if verdict.disposition != Disposition::Allow {
                let reasons: Vec<_> = verdict.rules.into_iter().map(|rule| rule.reason).collect();
                return Err(GateError::ReplyNotAllowed(reasons.join(" ")));
            }
            let (digest, salt) = reply_digest(&words.text, self.records.entropy());
            let answered = Answered {
                action: ActionId::random(self.records.entropy()),
                by: answer.by.clone(),
                number: conversation.replies + 1,
                characters: words.characters,
                masked: words.masked,
                answered: read_up_to(&events, answer.seen).max(conversation.answered),
                client: Some(client),
                digest,
                verdict,
            };
            let sealed = fields([("text", json!(words.text)), ("salt", json!(salt))]);
            let draft = Draft::with(&ConversationEvent::Answered(answered), sealed);
            let (stream, actor) = (StreamName::conversation(id), Actor::Person(answer.by.to_string()));
            let key = self.records.conversation_key(id).await?;
            let event = self.records.seal(draft, &stream, &key, &actor, None)?;
            let writes = vec![Write { stream, expected: conversation.version, events: vec![event] }];
            match self.records.log().append(Append { guards: vec![guard], writes }).await.map_err(GateError::from) {
                // The customer wrote, or somebody took the word: look again.
                Err(GateError::Moved) => {}
                Err(error) => return Err(error),
                Ok(receipt) => {
                    let stored = receipt.events().first().ok_or(GateError::NotFound("reply"))?;
                    return Ok(stored.envelope.position);
                }
            }
        }
    }

    fn judge_answer(&self, text: &str, conversation: &Conversation) -> Verdict {
        self.policies().judge(&Request {
            tool: REPLY_TOOL,
            agent: PERSON_PRINCIPAL,
            arguments: &json!({ "text": text }),
            money: None,
            channel: conversation.channel(),
            assurance: conversation.assurance(),
            evidence: None,
            facts: GateFacts::default(),
        })
    }
}

/// The customer's last message before a position, by number.
fn read_up_to(events: &[OpenedEvent], seen: u64) -> u32 {
    let before = events.iter().rev().filter(|opened| opened.stored.envelope.position < seen);
    let mut received = before.filter_map(|opened| match opened.event() {
        Ok(ConversationEvent::Received(received)) => Some(received.number),
        _ => None,
    });
    received.next().unwrap_or_default()
}
