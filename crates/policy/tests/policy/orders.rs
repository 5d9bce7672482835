//! The starter rules on orders and deliveries, read as sentences.

use crate::shop::{Case, call, ids, tool};
use countersign_domain::{
    conversation::Assurance,
    ledger::Sums,
    verdict::Disposition::{Allow, Hold},
};
use countersign_policy::{GateFacts, Policies, PolicyFile};
use serde_json::{Value, json};

fn starter() -> Policies {
    let file = |name: &str, text: &str| PolicyFile { name: name.into(), text: text.into() };
    let files = [
        file("orders.cedar", include_str!("../../../../assets/policies/orders.cedar")),
        file("deliveries.cedar", include_str!("../../../../assets/policies/deliveries.cedar")),
    ];
    let fact = |name: &str| json!({"name": name, "label": name, "path": format!("/{name}")});
    let read = |facts: &[Value]| json!({"evidence": {"tool": "crm.get_order", "arguments": {"order_number": "order_number"}, "facts": facts}});
    let total = json!({"name": "total", "label": "Total", "path": "/total", "currency": "/currency"});
    let text = json!({"type": "string"});
    let schema = |names: &[&str]| {
        let properties: serde_json::Map<_, _> = names.iter().map(|n| ((*n).to_owned(), text.clone())).collect();
        json!({"type": "object", "required": names, "properties": properties, "additionalProperties": false})
    };
    let facts = read(&[fact("status"), total, fact("currency")]);
    let tools = [
        tool("get_order", "read", schema(&["order_number"]), json!({})),
        tool("cancel_order", "irreversible", schema(&["order_number", "reason"]), facts.clone()),
        tool("change_address", "irreversible", schema(&["order_number", "street", "postcode", "city"]), facts.clone()),
        tool("list_delivery_slots", "read", schema(&["order_number", "postcode"]), json!({})),
        tool("book_delivery", "reversible", schema(&["order_number", "slot_id"]), facts.clone()),
        tool("reschedule_delivery", "irreversible", schema(&["order_number", "slot_id"]), facts),
        tool("probe_change", "reversible", schema(&["idempotency_key"]), json!({})),
    ];
    Policies::parse(&files, &tools).unwrap()
}

fn of_order(tool: &'static str, status: &str, total: i64, currency: &str) -> Case {
    let arguments = match tool {
        "crm.cancel_order" => json!({"order_number": "1063", "reason": "changed_mind"}),
        "crm.change_address" => {
            json!({"order_number": "1063", "street": "Calle Mayor 5", "postcode": "28013", "city": "Madrid"})
        }
        _ => json!({"order_number": "1063", "slot_id": "ES-2026-11-27-12"}),
    };
    call(tool, arguments).evidence(json!({"status": status, "total": total, "currency": currency}))
}

#[test]
fn a_verified_customer_cancels_a_cheap_order_before_it_is_sent() {
    let verdict = of_order("crm.cancel_order", "processing", 10_000, "EUR").verified().judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Allow, vec!["cancel-verified-customer"]));
}

#[test]
fn any_other_cancellation_waits_for_a_supervisor_and_says_why() {
    let judged = |case: Case| {
        let verdict = case.judged_by(&starter());
        assert_eq!((verdict.disposition, verdict.roles.as_slice()), (Hold, &["supervisor".to_owned()][..]));
        ids(&verdict).join(" ")
    };
    let order = |status, total, currency| of_order("crm.cancel_order", status, total, currency).verified();
    assert_eq!(judged(order("processing", 10_001, "EUR")), "cancel-over-100");
    assert_eq!(judged(order("shipped", 3_000, "EUR")), "order-change-too-late");
    assert_eq!(judged(order("processing", 3_000, "SEK")), "order-change-no-limit-in-currency");
    let refused =
        Case { facts: GateFacts { earlier_refusals: 1, ..GateFacts::default() }, ..order("processing", 3_000, "EUR") };
    assert_eq!(judged(refused), "cancel-refused-before");
    let claimed = Case { assurance: Assurance::Claimed, ..order("processing", 3_000, "EUR") };
    assert_eq!(judged(claimed), "order-change-unverified-customer");
    let unread = Case { evidence: None, ..order("processing", 3_000, "EUR") };
    assert!(judged(unread).contains("evidence-missing"));
}

#[test]
fn a_dear_cancellation_waits_five_minutes_in_the_chat_and_as_long_as_the_house_says_by_email() {
    let waits = |channel| {
        let verdict = of_order("crm.cancel_order", "processing", 10_001, "EUR").verified().over(channel);
        let verdict = verdict.judged_by(&starter());
        assert_eq!((verdict.disposition, verdict.approvers, verdict.undo_seconds), (Hold, 1, 20), "{channel}");
        (verdict.waits_seconds(900), ids(&verdict).join(" "))
    };
    assert_eq!(waits("chat"), (300, "cancel-over-100".to_owned()));
    assert_eq!(waits("voice"), (300, "cancel-over-100".to_owned()));
    assert_eq!(waits("email"), (900, "cancel-over-100-by-email".to_owned()));
}

#[test]
fn an_address_is_changed_for_a_verified_customer_before_the_order_is_sent() {
    let verdict = |status, total| of_order("crm.change_address", status, total, "EUR").verified().judged_by(&starter());
    assert_eq!(verdict("processing", 30_000).disposition, Allow);
    assert_eq!(ids(&verdict("processing", 30_001)), ["address-over-300"]);
    assert!(verdict("processing", 30_001).step_up, "whoever approves it types their password again");
    assert_eq!(ids(&verdict("shipped", 5_000)), ["order-change-too-late"]);
    let krona = of_order("crm.change_address", "processing", 5_000, "SEK").verified().judged_by(&starter());
    assert_eq!((krona.disposition, ids(&krona)), (Hold, vec!["order-change-no-limit-in-currency"]));
    let claimed = of_order("crm.change_address", "processing", 5_000, "EUR").judged_by(&starter());
    assert_eq!((claimed.disposition, ids(&claimed)), (Hold, vec!["order-change-unverified-customer"]));
}

#[test]
fn a_verified_customer_books_and_moves_deliveries_but_not_all_day() {
    let starter = starter();
    for tool in ["crm.book_delivery", "crm.reschedule_delivery"] {
        let case = || of_order(tool, "shipped", 5_000, "SEK");
        assert_eq!(case().verified().judged_by(&starter).disposition, Allow, "{tool}");
        let claimed = case().judged_by(&starter);
        assert_eq!((claimed.disposition, ids(&claimed)), (Hold, vec!["booking-unverified-customer"]), "{tool}");
    }
    let moved = |count_today| {
        let sums = Sums { count_today, ..Sums::default() };
        let facts = GateFacts { customer_ledger: Some(sums), ..GateFacts::default() };
        Case { facts, ..of_order("crm.reschedule_delivery", "shipped", 5_000, "EUR").verified() }.judged_by(&starter)
    };
    assert_eq!((moved(2).disposition, moved(3).disposition), (Allow, Hold));
}

#[test]
fn slots_are_shown_against_the_proof_pair_and_only_the_gate_probes() {
    let starter = starter();
    let slots = call("crm.list_delivery_slots", json!({"order_number": "1063", "postcode": "46001"}));
    assert_eq!(slots.judged_by(&starter).disposition, Allow);
    let probe = || call("crm.probe_change", json!({"idempotency_key": "k"})).verified();
    assert_eq!(probe().by("gate").judged_by(&starter).disposition, Allow);
    assert_eq!(ids(&probe().judged_by(&starter)), ["default-hold"]);
}
