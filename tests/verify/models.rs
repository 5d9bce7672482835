//! Forged calls of language models: each is the agent's, numbered and sealed; what it asks for was asked for, and turns cost what
//! their calls did.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::conversation::{
    ConversationEvent, ModelCallEnd, ModelCalled, ModelStep, REPORTING_CURRENCY, Reasoner, Tokens, Turned,
};
use serde_json::json;

fn called(number: u32, asked: u32, cost_micros: u64) -> ConversationEvent {
    ConversationEvent::ModelCalled(ModelCalled {
        number,
        step: ModelStep::Reason,
        intent: "refund".into(),
        provider: "house".into(),
        model: "tall-1".into(),
        prompt: "reason 1".into(),
        end: ModelCallEnd::Answered,
        asked,
        tokens: Tokens { read: 1_000, cached: 400, cache_written: 0, written: 60 },
        counted: true,
        cost_micros,
        currency: REPORTING_CURRENCY.into(),
        prices: "2026-11-28".into(),
        first_token_ms: Some(40),
        took_ms: 700,
    })
}

/// A model asks for a refund, which is held, and then words what is said.
fn reasoned() -> Forger {
    let mut log = Forger::honest();
    log.later();
    log.talk("called", agent(), &called(1, 1, 3_900)).sealed = Some(CONVERSATION_KEY);
    log.asked_and_held();
    log.set("link_asked", "asked_in", json!({ "call": 1, "nth": 0 }));
    log.talk("worded", agent(), &called(2, 0, 100)).sealed = Some(CONVERSATION_KEY);
    let turned = Turned {
        turn: 2,
        intent: "refund".into(),
        confidence_permille: 900,
        received_at: None,
        first_segment_at: None,
        last_segment_at: None,
        reasoner: Reasoner { kind: "model".into(), name: "tall-1".into(), version: "reason 1".into() },
        tokens_in: 2_000,
        tokens_out: 120,
        cost_micros: 4_000,
        currency: REPORTING_CURRENCY.into(),
        answered: 1,
        told: Vec::new(),
    };
    log.talk("turned_again", agent(), &ConversationEvent::Turned(turned));
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    reasoned().but(edit)
}

#[test]
fn calls_of_models_are_the_agent_s_and_turns_cost_what_they_did() {
    assert_eq!(reasoned().verified().finding, None);
    found(&forge(|f| f.line("called").actor = by(1)), "called", "by somebody else than the agent");
    found(&forge(|f| f.line("called").sealed = None), "called", "sealed");
    found(&forge(|f| f.say("worded", "/number", json!(3))), "worded", "not the next call");
    found(&forge(|f| f.say("turned_again", "/cost_micros", json!(40))), "turned_again", "its calls of models do not");
    found(&forge(|f| f.say("turned_again", "/tokens_out", json!(0))), "turned_again", "its calls of models do not");
    let dearer = forge(|f| f.say("called", "/cost_micros", json!(9_000)));
    found(&dearer, "turned_again", "its calls of models do not");
}

#[test]
fn what_a_model_asked_for_stands_in_its_last_answer() {
    let beyond = forge(|f| f.set("link_asked", "asked_in", json!({ "call": 1, "nth": 1 })));
    found(&beyond, "asked", "does not name the action in the same append");
    let never = forge(|f| f.set("link_asked", "asked_in", json!({ "call": 2, "nth": 0 })));
    found(&never, "asked", "does not name the action in the same append");
    let failed = forge(|f| f.say("called", "/end", json!("overloaded")));
    found(&failed, "called", "asked for tools by what did not answer");
    let unasked = forge(|f| {
        f.say("called", "/end", json!("over_budget"));
        f.say("called", "/asked", json!(0));
    });
    found(&unasked, "called", "the cost of a call that was not made");
    let cached = forge(|f| f.say("called", "/tokens/cached", json!(1_001)));
    found(&cached, "called", "more tokens of a cache");
}
