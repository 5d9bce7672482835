//! A story: events as a log would hold them, with what is sealed in them, told one after the other.

use countersign_domain::action::{
    ActionEvent, Choice, Decided, DecisionStatement, Evidence, Held, Judged, Proposed, STATEMENT_TYPE, Started,
    WhisperedFor,
};
use countersign_domain::alias::AliasEvent;
use countersign_domain::conversation::{
    Assurance, ConversationEvent, ModelCallEnd, ModelCalled, ModelStep, Opened, Reasoner, Received, Relayed, Replied,
    SpanOperation, Spanned, Speaker, Tokens, Turned,
};
use countersign_domain::event::{Draft, Event, Fields, fields};
use countersign_domain::ids::{ActionId, ConversationId, LogId, PersonId};
use countersign_domain::money::Money;
use countersign_domain::person::{KeyKind, PersonEvent, Role};
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::{Disposition, Rule, Verdict};
use countersign_event_log::envelope::{Actor, Envelope, StoredEvent};
use countersign_event_log::stream::StreamName;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const BOT: &str = "billing-bot";

fn bot() -> Actor {
    Actor::Agent(BOT.into())
}

pub(crate) fn log_id() -> LogId {
    "log_00000000000000000000000000000001".parse().unwrap()
}

pub(crate) fn conversation(n: u32) -> ConversationId {
    format!("cnv_{n:032x}").parse().unwrap()
}

pub(crate) fn action(n: u32) -> ActionId {
    format!("act_{n:032x}").parse().unwrap()
}

pub(crate) fn person(n: u32) -> PersonId {
    format!("per_{n:032x}").parse().unwrap()
}

/// A moment, in seconds of the story.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
}

pub(crate) fn eur(minor: i64) -> Option<Money> {
    Some(Money { minor, currency: "EUR".to_owned().try_into().unwrap() })
}

pub(crate) fn verdict(disposition: Disposition, approvers: u8) -> Verdict {
    Verdict {
        disposition,
        rules: vec![Rule { id: "refunds".into(), reason: "Refunds above €100 need a supervisor.".into() }],
        approvers,
        roles: Vec::new(),
        devices: 0,
        step_up: false,
        undo_seconds: 0,
        deadline_seconds: 0,
        policy_version: "policy one".into(),
    }
}

/// Events with their sealed fields; the clock of the story stands at [`Story::now`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) sealed: BTreeMap<u64, Fields>,
    pub(crate) now: i64,
    /// Whose whisper leads to what is proposed.
    pub(crate) whisperer: Option<u32>,
}

impl Story {
    /// One more event, as anything that a log could hold; its position.
    pub(crate) fn put(&mut self, stream: StreamName, draft: Draft) -> u64 {
        self.put_by(Actor::Station, stream, draft)
    }

    fn put_by(&mut self, actor: Actor, stream: StreamName, draft: Draft) -> u64 {
        let position = self.events.len() as u64;
        let version = self.events.iter().filter(|e| e.envelope.stream == stream).count() as u64;
        let envelope = Envelope {
            actor,
            cause: None,
            kind: draft.kind,
            log: log_id(),
            open: draft.open,
            position,
            recorded_at: at(self.now),
            schema: draft.schema,
            sealed: None,
            stream,
            team: "default".into(),
            version,
        };
        self.events.push(StoredEvent { envelope: envelope.into(), sealed: None });
        self.sealed.insert(position, draft.sealed);
        position
    }

    /// The story's clock moves, and the story goes on.
    pub(crate) fn at(&mut self, second: i64) -> &mut Self {
        self.now = second;
        self
    }

    pub(crate) fn talk(&mut self, n: u32, event: ConversationEvent, sealed: Fields) -> u64 {
        self.put(StreamName::conversation(&conversation(n)), with(&event, sealed))
    }

    pub(crate) fn act(&mut self, n: u32, event: ActionEvent, sealed: Fields) -> u64 {
        self.put(StreamName::action(&action(n)), with(&event, sealed))
    }

    /// Somebody does this to an action.
    pub(crate) fn act_by(&mut self, by: u32, n: u32, event: ActionEvent) -> u64 {
        let actor = Actor::Person(person(by).to_string());
        self.put_by(actor, StreamName::action(&action(n)), with(&event, Fields::new()))
    }

    /// Somebody is away until a second, and somebody stands in; or they are back.
    pub(crate) fn away(&mut self, n: u32, until: Option<(i64, u32)>) -> u64 {
        let event = match until {
            Some((until, deputy)) => PersonEvent::Away { person: person(n), until: at(until), deputy: person(deputy) },
            None => PersonEvent::Back { person: person(n) },
        };
        let actor = Actor::Person(person(n).to_string());
        self.put_by(actor, StreamName::person(&person(n)), with(&event, Fields::new()))
    }

    pub(crate) fn enrolled(&mut self, n: u32, name: &str) -> u64 {
        let event = PersonEvent::Enrolled { person: person(n), roles: vec![Role::Supervisor, Role::Administrator] };
        self.put(StreamName::person(&person(n)), with(&event, fields([("name", json!(name))])))
    }

    pub(crate) fn opened(&mut self, n: u32, name: Option<&str>) -> u64 {
        let event = ConversationEvent::Opened(Opened {
            conversation: conversation(n),
            channel: "chat".into(),
            assurance: if name.is_some() { Assurance::Claimed } else { Assurance::Anonymous },
            customer: None,
            resume: "hash".into(),
            agent: None,
            belongs_to: Vec::new(),
        });
        self.talk(n, event, fields([("name", json!(name)), ("subject", Value::Null)]))
    }

    /// An agent of others opens a conversation: it relays it, or calls in it for what it knows by these names.
    pub(crate) fn external(&mut self, n: u32, channel: &str, belongs_to: &[&str]) -> u64 {
        let event = ConversationEvent::Opened(Opened {
            conversation: conversation(n),
            channel: channel.into(),
            assurance: Assurance::Claimed,
            customer: None,
            resume: String::new(),
            agent: Some(BOT.into()),
            belongs_to: belongs_to.iter().map(|name| (*name).to_owned()).collect(),
        });
        self.put_by(bot(), StreamName::conversation(&conversation(n)), with(&event, fields([("name", json!("Ana"))])))
    }

    /// It says by which name of its own it knows one that it relays.
    pub(crate) fn named(&mut self, name: &str, n: u32) -> u64 {
        let event = AliasEvent::Given { agent: BOT.into(), conversation: conversation(n) };
        self.put_by(bot(), StreamName::alias(name), Draft::open(&event))
    }

    /// It relays a message.
    pub(crate) fn relays(&mut self, n: u32, number: u32, speaker: Speaker, text: &str) -> u64 {
        let event = ConversationEvent::Relayed(Relayed {
            number,
            speaker,
            characters: 1,
            masked: 0,
            client: number.to_string(),
            said_at: None,
            from_span: false,
        });
        let sealed = fields([("text", json!(text))]);
        self.put_by(bot(), StreamName::conversation(&conversation(n)), with(&event, sealed))
    }

    /// It tells of a call of a model.
    pub(crate) fn steps(&mut self, n: u32, number: u32, model: &str) -> u64 {
        let event = ConversationEvent::Spanned(Spanned {
            number,
            span: format!("span {number}"),
            operation: SpanOperation::Model,
            tokens_in: Some(812),
            tokens_out: Some(64),
            started_at: None,
            took_ms: 1_250,
            failed: false,
        });
        let sealed = fields([("provider", json!("openai")), ("model", json!(model)), ("tool", Value::Null)]);
        self.put_by(bot(), StreamName::conversation(&conversation(n)), with(&event, sealed))
    }

    pub(crate) fn says(&mut self, n: u32, number: u32, text: &str) -> u64 {
        let event = ConversationEvent::Received(Received { number, characters: 1, masked: 0, client: None });
        self.talk(n, event, fields([("text", json!(text))]))
    }

    pub(crate) fn answers(&mut self, n: u32, text: &str) -> u64 {
        let event = ConversationEvent::Replied(Replied {
            action: action(0xffff),
            agent: "clerk".into(),
            turn: 1,
            segment: 1,
            digest: "digest".into(),
            verdict: verdict(Disposition::Allow, 0),
            claims: Vec::new(),
        });
        self.talk(n, event, fields([("text", json!(text)), ("salt", json!("00"))]))
    }

    pub(crate) fn turn_ends(&mut self, n: u32, turn: u32, answered: u32, intent: &str) -> u64 {
        let event = ConversationEvent::Turned(Turned {
            turn,
            intent: intent.into(),
            confidence_permille: 900,
            received_at: None,
            first_segment_at: None,
            last_segment_at: None,
            reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: 0,
            currency: "EUR".into(),
            answered,
            told: Vec::new(),
        });
        self.talk(n, event, Fields::new())
    }

    /// A call of a model that costs €0.00015.
    pub(crate) fn asks_a_model(&mut self, n: u32, number: u32) -> u64 {
        let event = ConversationEvent::ModelCalled(ModelCalled {
            number,
            step: ModelStep::Reason,
            intent: "refund".into(),
            provider: "house".into(),
            model: "tall-1".into(),
            prompt: "reason 1".into(),
            end: ModelCallEnd::Answered,
            asked: 0,
            tokens: Tokens { read: 40, cached: 0, cache_written: 0, written: 2 },
            counted: true,
            cost_micros: 150,
            currency: "EUR".into(),
            prices: "2026-11-28".into(),
            first_token_ms: Some(9),
            took_ms: 12,
        });
        self.talk(n, event, fields([("answer", json!({ "text": "So." }))]))
    }

    /// A refund of €129.00 for order 1042, linked to its conversation in the same append.
    pub(crate) fn proposes(&mut self, n: u32, in_conversation: u32) -> u64 {
        self.proposes_with(n, in_conversation, "crm.refund", EffectClass::Irreversible, eur(12_900))
    }

    pub(crate) fn proposes_with(
        &mut self,
        n: u32,
        in_conversation: u32,
        tool: &str,
        effect: EffectClass,
        money: Option<Money>,
    ) -> u64 {
        let minor = money.as_ref().map(|m| m.minor);
        let event = ActionEvent::Proposed(Proposed {
            whisper: self.whisperer.map(|by| WhisperedFor { number: 0, by: person(by) }),
            by: None,
            action: action(n),
            conversation: conversation(in_conversation),
            agent: "clerk".into(),
            tool: tool.into(),
            server: "crm".into(),
            definition: "definition".into(),
            effect,
            digest: "digest".into(),
            money,
            object: None,
            at: at(self.now),
        });
        let arguments = json!({"order_number": "1042", "amount_minor": minor, "currency": "EUR"});
        let position = self.act(n, event, fields([("arguments", arguments), ("salt", json!("00"))]));
        let link = ConversationEvent::Proposed {
            action: action(n),
            tool: tool.into(),
            by: None,
            client: None,
            asked_in: None,
        };
        self.talk(in_conversation, link, Fields::new());
        position
    }

    pub(crate) fn holds(&mut self, n: u32, approvers: u8, deadline: i64) -> u64 {
        self.act(n, ActionEvent::Held(held(approvers, deadline)), fields([("evidence", json!({}))]))
    }

    pub(crate) fn holds_by(&mut self, n: u32, rule: &str, deadline: i64) -> u64 {
        let mut held = held(1, deadline);
        held.verdict.rules = vec![Rule { id: rule.into(), reason: "A rule.".into() }];
        self.act(n, ActionEvent::Held(held), fields([("evidence", json!({}))]))
    }

    pub(crate) fn allows(&mut self, n: u32) -> u64 {
        let judged = Judged {
            digest: "digest".into(),
            verdict: verdict(Disposition::Allow, 0),
            evidence: Evidence::None,
            standing: Default::default(),
        };
        self.act(n, ActionEvent::Allowed(judged), Fields::new())
    }

    pub(crate) fn approves(&mut self, n: u32, by: u32, which: u8, of: u8) -> u64 {
        let decided = decided(n, by, Choice::Approve, which, of, eur(12_900));
        self.act(n, ActionEvent::Approved(decided), fields([("card", json!({}))]))
    }

    /// To €89.00.
    pub(crate) fn overrides(&mut self, n: u32, by: u32, of: u8, words: &str) -> u64 {
        let decided = decided(n, by, Choice::Override, 1, of, eur(8_900));
        let arguments = json!({"order_number": "1042", "amount_minor": 8900, "currency": "EUR"});
        let sealed = fields([("arguments", arguments), ("words", json!(words)), ("changes", json!([]))]);
        self.act(n, ActionEvent::Overridden(decided), sealed)
    }

    pub(crate) fn rejects(&mut self, n: u32, by: u32, words: &str) -> u64 {
        let decided = decided(n, by, Choice::Reject, 1, 1, eur(12_900));
        self.act(n, ActionEvent::Rejected(decided), fields([("card", json!({})), ("words", json!(words))]))
    }

    pub(crate) fn starts(&mut self, n: u32) -> u64 {
        let started = Started { digest: "digest".into(), permitted_at: None, judged: None, at: at(self.now) };
        self.act(n, ActionEvent::Started(started), Fields::new())
    }

    pub(crate) fn succeeds(&mut self, n: u32, took_ms: i64) -> u64 {
        self.act(n, ActionEvent::Succeeded { took_ms, subject: None }, fields([("result", json!({}))]))
    }

    pub(crate) fn fails(&mut self, n: u32, message: Option<&str>) -> u64 {
        let event = ActionEvent::Failed { code: "tool_error".into(), took_ms: 7 };
        self.act(n, event, fields([("message", json!(message))]))
    }

    pub(crate) fn is_unknown(&mut self, n: u32) -> u64 {
        self.act(n, ActionEvent::Unknown { code: "timeout".into() }, fields([("message", json!("no answer"))]))
    }
}

pub(crate) fn held(approvers: u8, deadline: i64) -> Held {
    Held {
        digest: "digest".into(),
        verdict: verdict(Disposition::Hold, approvers),
        deadline: at(deadline),
        evidence: Evidence::None,
        standing: Default::default(),
    }
}

fn with<E: Event>(event: &E, sealed: Fields) -> Draft {
    Draft::with(event, sealed)
}

fn decided(n: u32, by: u32, choice: Choice, which: u8, of: u8, money: Option<Money>) -> Decided {
    Decided {
        statement: DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: log_id(),
            action: action(n),
            proposal: 0,
            digest_proposed: "digest".into(),
            digest_decided: "digest".into(),
            decision: choice,
            which,
            of,
            policy_version: "policy one".into(),
            definition: "definition".into(),
            card: "card".into(),
            person: person(by),
            key: format!("sig_{by:032x}").parse().unwrap(),
            at: at(0),
            step_up: None,
        },
        signature: "signature".into(),
        signed_by: KeyKind::Device,
        looked_ms: 4_000,
        money,
        verdict: None,
        standing: Default::default(),
    }
}
