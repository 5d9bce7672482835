//! Events of a conversation.

use super::{Sample, action, at, conversation, person};
use countersign_domain::conversation::{
    Answered, Assurance, CloseReason, ConversationEvent, EscalationReason, ModelCallEnd, ModelCalled, ModelStep,
    Opened, Promised, REPORTING_CURRENCY, Reasoner, Received, Relayed, Replied, ResolutionCode, SignInFailure,
    SignInProof, SignedIn, SpanOperation, Spanned, Speaker, Tokens, Turned, WhisperReceipted, WhisperScope, Whispered,
};
use countersign_domain::event::{Draft, Fields, fields};
use countersign_domain::verdict::{Disposition, Rule, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn turned() -> Turned {
    Turned {
        turn: 1,
        intent: "refund".into(),
        confidence_permille: 870,
        received_at: Some(at(0)),
        first_segment_at: Some(at(1)),
        last_segment_at: Some(at(1)),
        reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: 0,
        currency: REPORTING_CURRENCY.into(),
        answered: 1,
        told: vec![action()],
    }
}

fn replied() -> Replied {
    Replied {
        action: action(),
        agent: "refund".into(),
        turn: 1,
        segment: 1,
        digest: "3".repeat(64),
        verdict: Verdict {
            disposition: Disposition::Allow,
            rules: vec![Rule {
                id: "reply-plain".into(),
                reason: "Replies that claim nothing unproven are sent.".into(),
            }],
            approvers: 0,
            roles: Vec::new(),
            devices: 0,
            step_up: false,
            undo_seconds: 0,
            deadline_seconds: 0,
            policy_version: "5".repeat(64),
        },
        claims: vec![action()],
    }
}

fn answered() -> Answered {
    Answered {
        action: action(),
        by: person(),
        number: 1,
        characters: 21,
        masked: 0,
        answered: 1,
        client: Some("9".repeat(64)),
        digest: "3".repeat(64),
        verdict: replied().verdict,
    }
}

fn promised() -> Promised {
    Promised { number: 1, by: person(), due: Some("2026-11-27T18:00:00.000000Z".parse().unwrap()) }
}

fn whispered() -> Whispered {
    Whispered {
        number: 1,
        by: person(),
        scope: WhisperScope::NextReply,
        characters: 25,
        masked: 0,
        client: Some("7".repeat(64)),
    }
}

fn receipted() -> WhisperReceipted {
    WhisperReceipted {
        number: 1,
        followed: true,
        intent: Some("cancel".into()),
        confidence_permille: 910,
        reasoner: turned().reasoner,
    }
}

fn relayed() -> Relayed {
    Relayed {
        number: 1,
        speaker: Speaker::Customer,
        characters: 17,
        masked: 0,
        client: "9".repeat(64),
        said_at: Some(at(3)),
        from_span: true,
    }
}

fn spanned() -> Spanned {
    Spanned {
        number: 1,
        span: "a".repeat(64),
        operation: SpanOperation::Model,
        tokens_in: Some(812),
        tokens_out: Some(64),
        started_at: Some(at(4)),
        took_ms: 1_250,
        failed: false,
    }
}

fn model_called() -> ModelCalled {
    ModelCalled {
        number: 1,
        step: ModelStep::Reason,
        intent: "refund".into(),
        provider: "anthropic".into(),
        model: "claude-sonnet-4-6".into(),
        prompt: "reason 1".into(),
        end: ModelCallEnd::Answered,
        asked: 1,
        tokens: Tokens { read: 2_041, cached: 1_024, cache_written: 0, written: 87 },
        counted: true,
        cost_micros: 3_914,
        currency: "EUR".into(),
        prices: "2026-11-28".into(),
        first_token_ms: Some(412),
        took_ms: 1_370,
    }
}

pub(super) fn all() -> Vec<Sample> {
    let opened = Opened {
        conversation: conversation(),
        channel: "chat".into(),
        assurance: Assurance::Verified,
        customer: Some("6".repeat(64)),
        resume: "7".repeat(64),
        agent: None,
        belongs_to: Vec::new(),
    };
    let received = Received { number: 1, characters: 11, masked: 0, client: Some("8".repeat(64)) };
    let by_customer = [
        (ConversationEvent::Opened(opened), fields([("name", json!("Ana Ruiz")), ("subject", json!("C-2001"))])),
        (ConversationEvent::Received(received), fields([("text", json!("It broke."))])),
        (ConversationEvent::Reopened { number: 1 }, Fields::new()),
        (ConversationEvent::Rated { score: 4 }, Fields::new()),
        (ConversationEvent::SignInAsked { number: 1 }, fields([("address", json!("ana@example.com"))])),
        (
            ConversationEvent::SignedIn(SignedIn { number: 1, by: SignInProof::MailedCode, customer: "6".repeat(64) }),
            fields([("subject", json!("C-2001")), ("name", json!("Ana Ruiz")), ("address", json!("ana@example.com"))]),
        ),
    ];
    let by_agent = [
        (
            ConversationEvent::Proposed {
                action: action(),
                tool: "crm.issue_refund".into(),
                by: None,
                client: None,
                asked_in: None,
            },
            Fields::new(),
        ),
        (ConversationEvent::Replied(replied()), fields([("text", json!("Done.")), ("salt", json!("f".repeat(64)))])),
        (ConversationEvent::Turned(turned()), Fields::new()),
        (
            ConversationEvent::Escalated { reason: EscalationReason::AskedForPerson, pulled: None },
            fields([("note", json!("Wants to talk."))]),
        ),
        (ConversationEvent::WhisperReceipted(receipted()), fields([("note", json!("It goes on with: cancel."))])),
        (ConversationEvent::Closed { reason: CloseReason::CustomerDone }, Fields::new()),
        (ConversationEvent::Relayed(relayed()), fields([("text", json!("Where is my tent?"))])),
        (
            ConversationEvent::Spanned(spanned()),
            fields([("provider", json!("openai")), ("model", json!("gpt-4.1")), ("tool", json!(null))]),
        ),
    ];
    let answer = json!({ "text": "", "calls": [{ "id": "call-1", "tool": "crm.find_order", "arguments": {} }] });
    let by_agent =
        by_agent.into_iter().chain([(ConversationEvent::ModelCalled(model_called()), fields([("answer", answer)]))]);
    let by_person = [
        (ConversationEvent::Whispered(whispered()), fields([("text", json!("Cancel the order instead."))])),
        (ConversationEvent::TakenOver { by: person() }, Fields::new()),
        (
            ConversationEvent::Answered(answered()),
            fields([("text", json!("Marta here, a person.")), ("salt", json!("e".repeat(64)))]),
        ),
        (ConversationEvent::HandedBack { by: person() }, Fields::new()),
        (ConversationEvent::Promised(promised()), fields([("text", json!("The buckle reaches you by Friday."))])),
        (ConversationEvent::PromiseKept { number: 1, by: person() }, Fields::new()),
        (
            ConversationEvent::Resolved { by: person(), code: ResolutionCode::Solved },
            fields([("note", json!("A new buckle was sent."))]),
        ),
    ];
    let by_station =
        [(ConversationEvent::SignInFailed { number: 1, reason: SignInFailure::WrongCodes }, Fields::new())];
    let of = |actor: Actor| {
        move |(event, sealed): (ConversationEvent, Fields)| {
            (StreamName::conversation(&conversation()), actor.clone(), Draft::with(&event, sealed))
        }
    };
    let customer = by_customer.into_iter().map(of(Actor::Customer(conversation().to_string())));
    let agent = by_agent.into_iter().map(of(Actor::Agent("refund".into())));
    let station = by_station.into_iter().map(of(Actor::Station));
    let staff = by_person.into_iter().map(of(Actor::Person(person().to_string())));
    customer.chain(agent).chain(staff).chain(station).collect()
}
