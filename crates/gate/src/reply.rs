//! Replies are actions of the built-in tool `channel.reply`: each segment's proposal, verdict and start are one event.
//! In chat its append is its execution: the outbox delivers what is stored, by position.

use crate::error::GateError;
use crate::gate::Gate;
use crate::proposal::Reply;
use crate::whisper::receipts_of;
use countersign_domain::action::{ActionBytes, Phase, SettledHow, action_digest};
use countersign_domain::ambient::{Entropy, random_32};
use countersign_domain::conversation::{Conversation, ConversationError, ConversationEvent, Replied, Turned};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::ActionId;
use countersign_domain::verdict::{Disposition, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Write};
use countersign_event_log::stream::StreamName;
use countersign_policy::{GateFacts, REPLY_TOOL, Request};
use serde_json::json;

/// The most segments of one reply.
pub const MOST_SEGMENTS: usize = 16;
/// The longest segment, in characters.
pub const LONGEST_SEGMENT_CHARS: usize = 1_000;
const SERVER: &str = "channel";

impl Gate {
    /// Stores a reply whole, with the facts of its turn. It is sent by being stored; while everything or its agent is
    /// stopped, or if a rule keeps it back, or if it claims what did not succeed,
    /// or a model worded what it must not, nothing is stored and nothing sent.
    pub async fn reply(&self, reply: Reply) -> Result<(), GateError> {
        let (conversation, events) = self.records.conversation(&reply.conversation).await?;
        conversation.must_be_live()?;
        conversation.must_be_the_agent_s()?;
        if conversation.version != reply.seen {
            return Err(GateError::Moved);
        }
        let (fleet, fleet_version) = self.records.fleet().await?;
        if fleet.silences(&reply.agent) {
            return Err(GateError::Stopped);
        }
        check_size(&reply.segments)?;
        self.check_words(&reply, &conversation, &events).await?;
        let claims = self.claims(&reply.claims).await?;
        let now = self.records.now();
        let mut drafts = Vec::new();
        for (index, text) in reply.segments.iter().enumerate() {
            let segment = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let verdict = self.judge_segment(&reply, text, &claims, &conversation);
            if verdict.disposition != Disposition::Allow {
                let reasons: Vec<_> = verdict.rules.into_iter().map(|rule| rule.reason).collect();
                return Err(GateError::ReplyNotAllowed(reasons.join(" ")));
            }
            drafts.push(self.segment(&reply, conversation.turns + 1, text, segment, verdict));
        }
        if let Some((reason, note)) = &reply.escalate {
            drafts.extend(conversation.escalate(*reason, note)?);
        }
        drafts.extend(receipts_of(&conversation, &reply.turn.reasoner, &reply.receipts)?);
        let said = !reply.segments.is_empty();
        let turned = Turned {
            first_segment_at: said.then_some(now),
            last_segment_at: said.then_some(now),
            turn: conversation.turns + 1,
            tokens_in: conversation.spent_in_turn.tokens_in,
            tokens_out: conversation.spent_in_turn.tokens_out,
            cost_micros: conversation.spent_in_turn.cost_micros,
            ..reply.turn
        };
        drafts.push(conversation.turn(turned)?);
        let key = self.records.conversation_key(&reply.conversation).await?;
        let stream = StreamName::conversation(&reply.conversation);
        let actor = Actor::Agent(reply.agent.clone());
        let events = drafts
            .into_iter()
            .map(|draft| self.records.seal(draft, &stream, &key, &actor, None))
            .collect::<Result<Vec<_>, _>>()?;
        let guards = vec![(StreamName::fleet(), fleet_version)];
        let writes = vec![Write { stream, expected: reply.seen, events }];
        self.records.log().append(Append { guards, writes }).await?;
        Ok(())
    }

    fn segment(&self, reply: &Reply, turn: u32, text: &str, segment: u32, verdict: Verdict) -> Draft {
        let (digest, salt) = reply_digest(text, self.records.entropy());
        let event = ConversationEvent::Replied(Replied {
            action: ActionId::random(self.records.entropy()),
            agent: reply.agent.clone(),
            turn,
            segment,
            digest,
            verdict,
            claims: reply.claims.clone(),
        });
        Draft::with(&event, fields([("text", json!(text)), ("salt", json!(salt))]))
    }

    fn judge_segment(&self, reply: &Reply, text: &str, claims: &[String], conversation: &Conversation) -> Verdict {
        self.policies().judge(&Request {
            tool: REPLY_TOOL,
            agent: &reply.agent,
            arguments: &json!({ "text": text }),
            money: None,
            channel: conversation.channel(),
            assurance: conversation.assurance(),
            evidence: None,
            facts: GateFacts { claims: claims.to_vec(), ..GateFacts::default() },
        })
    }

    /// The tools whose effects a reply claims; each claimed action must have succeeded.
    async fn claims(&self, claimed: &[ActionId]) -> Result<Vec<String>, GateError> {
        let mut tools = Vec::new();
        for id in claimed {
            let action = self.records.action_state(id).await?;
            if !matches!(action.phase, Phase::Succeeded | Phase::Settled(SettledHow::Happened)) {
                return Err(GateError::UnbackedClaim(action.proposed.tool));
            }
            tools.push(action.proposed.tool);
        }
        Ok(tools)
    }
}

/// The digest of a reply, and the salt in it.
pub(crate) fn reply_digest(text: &str, entropy: &dyn Entropy) -> (String, String) {
    let salt = hex::encode(random_32(entropy));
    let bytes = ActionBytes {
        tool: REPLY_TOOL.to_owned(),
        server: SERVER.to_owned(),
        definition: REPLY_TOOL.to_owned(),
        arguments: json!({ "text": text }),
        salt: salt.clone(),
    };
    (action_digest(&bytes), salt)
}

fn check_size(segments: &[String]) -> Result<(), GateError> {
    if segments.len() > MOST_SEGMENTS {
        let why = format!("{} segments; at most {MOST_SEGMENTS} are sent at once", segments.len());
        return Err(GateError::ReplyNotAllowed(why));
    }
    for segment in segments {
        match segment.chars().count() {
            0 => return Err(ConversationError::Empty.into()),
            n if n > LONGEST_SEGMENT_CHARS => {
                let why = format!("a segment of {n} characters; at most {LONGEST_SEGMENT_CHARS} are sent");
                return Err(GateError::ReplyNotAllowed(why));
            }
            _ => {}
        }
    }
    Ok(())
}
