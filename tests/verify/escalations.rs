//! Forged escalations: a person calls for a colleague from an action that is held, once, and nobody does so in another's name.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::conversation::{ConversationEvent, EscalationReason, Pulled};
use serde_json::json;

/// A refund is held, and whoever looks at it calls for a colleague.
fn pulled() -> Forger {
    let mut log = Forger::honest();
    log.asked_and_held();
    let reason = EscalationReason::PulledBySupervisor;
    let event = ConversationEvent::Escalated { reason, pulled: Some(Pulled { by: person(2), action: action(5) }) };
    log.talk("pulled", by(2), &event).sealed = Some(CONVERSATION_KEY);
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    pulled().but(edit)
}

#[test]
fn a_person_calls_for_a_colleague_from_what_is_held_once_and_in_their_own_name() {
    assert_eq!(pulled().verified().finding, None);
    let disguised = forge(|f| f.line("pulled").actor = by(1));
    found(&disguised, "pulled", "it was caused by");
    let stranger = forge(|f| {
        f.line("pulled").actor = by(9);
        f.say("pulled", "/pulled/by", json!(person(9)));
    });
    found(&stranger, "pulled", "was not enrolled then");
    let over = forge(|f| f.say("pulled", "/pulled/action", json!(action(1))));
    found(&over, "pulled", "which is not held");
    let unknown = forge(|f| f.say("pulled", "/pulled/action", json!(action(8))));
    found(&unknown, "pulled", "pulled from another's action");
    let twice = forge(|f| f.again("pulled", "pulled", "again"));
    found(&twice, "again", "a person is asked for in this conversation already");
    let open = forge(|f| f.line("pulled").sealed = None);
    found(&open, "pulled", "sealed");
    let other = forge(|f| f.say("pulled", "/reason", json!("denied")));
    found(&other, "pulled", "an agent's");
    let nobody = forge(|f| f.set("pulled", "pulled", json!(null)));
    found(&nobody, "pulled", "by nobody");
    let agents = forge(|f| {
        f.set("pulled", "pulled", json!(null));
        f.say("pulled", "/reason", json!("denied"));
    });
    found(&agents, "pulled", "asked for by nobody who may");
}
