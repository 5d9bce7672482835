//! Members that came later to kinds whose golden files stand: absent there, and read by these names for ever.

use countersign_domain::action::{Standing, VoidReason};
use countersign_domain::canonical::value_of;
use countersign_domain::conversation::{AskedIn, ConversationEvent, EscalationReason, Pulled};
use countersign_domain::ledger::Sums;
use countersign_domain::rulebook::RuleInForce;
use countersign_domain::verdict::Verdict;
use serde_json::json;

#[test]
fn what_was_added_later_keeps_its_names() {
    let (person, action) = (format!("per_{}", "e".repeat(32)), format!("act_{}", "a".repeat(32)));
    let standing = Standing {
        object: Some(Sums { minor_today: 1, minor_30d: 2, count_today: 3, count_30d: 4 }),
        refused_here: 1,
        decided: true,
        answered: Some(action.parse().unwrap()),
        contradictions: 2,
        ..Standing::default()
    };
    let written = json!({
        "object": { "minor_today": 1, "minor_30d": 2, "count_today": 3, "count_30d": 4 },
        "refused_here": 1, "decided": true, "answered": action, "contradictions": 2,
    });
    assert_eq!(value_of(&standing), written);
    assert_eq!(serde_json::from_value::<Standing>(written).unwrap(), standing);
    let mut verdict = Verdict::hold("a-rule", "A rule.", "v");
    (verdict.undo_seconds, verdict.deadline_seconds) = (30, 300);
    assert_eq!(
        (&value_of(&verdict)["undo_seconds"], &value_of(&verdict)["deadline_seconds"]),
        (&json!(30), &json!(300))
    );
    assert_eq!(serde_json::from_value::<Verdict>(value_of(&verdict)).unwrap(), verdict);
    let rule = json!({ "id": "a-rule", "disposition": "hold", "approvers": 1, "tools": [], "deadline_seconds": 300 });
    assert_eq!(value_of(&serde_json::from_value::<RuleInForce>(rule.clone()).unwrap()), rule);
    assert_eq!(value_of(&VoidReason::Undone), "undone");
    let pulled = ConversationEvent::Escalated {
        reason: EscalationReason::PulledBySupervisor,
        pulled: Some(Pulled { by: person.parse().unwrap(), action: action.parse().unwrap() }),
    };
    let written = json!({
        "kind": "conversation.escalated",
        "open": { "reason": "pulled_by_supervisor", "pulled": { "by": person, "action": action } },
    });
    assert_eq!(value_of(&pulled), written);
    let by_a_model = ConversationEvent::Proposed {
        action: action.parse().unwrap(),
        tool: "crm.find_order".into(),
        by: None,
        client: None,
        asked_in: Some(AskedIn { call: 2, nth: 0 }),
    };
    assert_eq!(value_of(&by_a_model)["open"]["asked_in"], json!({ "call": 2, "nth": 0 }));
    assert_eq!(value_of(&EscalationReason::Budget), "budget");
}
