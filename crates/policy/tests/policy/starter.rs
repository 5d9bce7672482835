//! The starter policies, read as sentences.

use crate::shop::{Case, call, ids, refund, shop_tools, starter, starter_files};
use countersign_domain::{
    conversation::Assurance,
    ledger::Sums,
    rulebook::Beside,
    verdict::Disposition::{Allow, Hold},
};
use countersign_policy::{About, GateFacts, Policies};
use serde_json::json;

#[test]
fn a_refund_of_50_euros_to_a_verified_customer_needs_nobody() {
    let verdict = refund(5000, "EUR").verified().judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Allow, vec!["refund-verified-customer"]));
    assert_eq!((verdict.approvers, verdict.roles.len()), (0, 0));
}

#[test]
fn a_refund_of_129_euros_by_a_verified_customer_waits_for_one_supervisor() {
    let verdict = refund(12_900, "EUR").verified().judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["refund-over-50"]));
    assert_eq!((verdict.approvers, verdict.roles), (1, vec!["supervisor".to_owned()]));
    assert_eq!(verdict.rules[0].reason, "Refunds above €50.00 need a supervisor.");
}

#[test]
fn a_refund_above_500_euros_waits_for_two_people() {
    let one_cent_more = refund(50_001, "EUR").verified().judged_by(&starter());
    assert_eq!((one_cent_more.disposition, one_cent_more.approvers), (Hold, 2));
    assert_eq!(ids(&one_cent_more), ["refund-over-50", "refund-over-500"]);
    assert_eq!(refund(50_000, "EUR").verified().judged_by(&starter()).approvers, 1);
}

#[test]
fn any_refund_to_a_customer_who_is_not_verified_waits() {
    for assurance in [Assurance::Anonymous, Assurance::Claimed] {
        let mut case = refund(1, "EUR");
        case.assurance = assurance;
        let verdict = case.judged_by(&starter());
        assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["refund-unverified-customer"]));
    }
}

#[test]
fn a_refund_in_a_currency_without_a_limit_waits_and_names_the_currency() {
    let verdict = refund(100, "SEK").verified().judged_by(&starter());
    assert_eq!(verdict.disposition, Hold);
    assert_eq!(verdict.rules[0].reason, "No limit is set in SEK, so a person decides.");
}

#[test]
fn a_refund_of_nothing_or_less_is_covered_by_no_rule() {
    for minor in [0, -5000] {
        let verdict = refund(minor, "EUR").verified().judged_by(&starter());
        assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["default-hold"]));
        assert_eq!(verdict.rules[0].reason, "No rule covers this, so a person decides.");
    }
}

#[test]
fn a_refund_whose_amount_could_not_be_read_waits() {
    let mut case = refund(100, "EUR").verified();
    case.money = None;
    let verdict = case.judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["money-unreadable"]));
}

#[test]
fn orders_are_shown_against_the_proof_pair_to_the_verified_customer_and_to_the_gate() {
    let starter = starter();
    let pair = call("crm.find_order", json!({"order_number": "1001", "postcode": "1012"}));
    assert_eq!(pair.judged_by(&starter).disposition, Allow);
    for (tool, arguments) in
        [("crm.get_order", json!({"order_number": "1001"})), ("crm.list_orders", json!({"customer_id": "c1"}))]
    {
        let unverified = call(tool, arguments.clone()).judged_by(&starter);
        assert_eq!((unverified.disposition, ids(&unverified)), (Hold, vec!["order-unverified-customer"]), "{tool}");
        assert_eq!(call(tool, arguments).verified().judged_by(&starter).disposition, Allow, "{tool}");
    }
    let evidence = call("crm.get_order", json!({"order_number": "1001"})).by("gate").judged_by(&starter);
    assert_eq!((evidence.disposition, ids(&evidence)), (Allow, vec!["order-as-evidence"]));
}

#[test]
fn only_the_gate_probes() {
    let probe = || call("crm.probe_refund", json!({"key": "k"})).verified();
    assert_eq!(probe().by("gate").judged_by(&starter()).disposition, Allow);
    assert_eq!(ids(&probe().judged_by(&starter())), ["default-hold"]);
}

#[test]
fn notes_are_added_without_asking() {
    let note = call("crm.add_note", json!({"order_number": "1001", "text": "Called back."}));
    assert_eq!(note.judged_by(&starter()).disposition, Allow);
}

#[test]
fn a_reply_is_sent() {
    let reply = call("channel.reply", json!({"text": "Hello."}));
    assert_eq!(reply.judged_by(&starter()).disposition, Allow);
}

#[test]
fn editing_the_limit_changes_the_verdict_and_the_version() {
    let before = starter();
    let mut files = starter_files();
    files[0].text = files[0].text.replace("5000 ", "20000 ").replace("5000\n", "20000\n");
    let after = Policies::parse(&files, &shop_tools()).unwrap();
    let case = refund(12_900, "EUR").verified();
    assert_eq!(case.judged_by(&before).disposition, Hold);
    assert_eq!(case.judged_by(&after).disposition, Allow);
    assert_ne!(before.version(), after.version());
    assert_eq!(case.judged_by(&after).policy_version, after.version());
}

#[test]
fn the_version_is_the_same_for_the_same_files_and_tools_in_any_order() {
    let (mut files, mut tools) = (starter_files(), shop_tools());
    files.reverse();
    tools.reverse();
    let again = Policies::parse(&files, &tools).unwrap();
    assert_eq!(again.version(), starter().version());
    tools.pop();
    tools.push(crate::shop::refund_tool_with_evidence());
    assert_ne!(Policies::parse(&files, &tools).unwrap().version(), again.version(), "the tools are part of it");
}

#[test]
fn the_policies_view_gets_each_rule_with_its_source_and_place() {
    let rules = starter().rules();
    let two = rules.iter().find(|rule| rule.id == "refund-over-500").unwrap();
    assert_eq!((two.disposition, two.approvers, two.file.as_str()), (Hold, 2, "refunds.cedar"));
    let text = &starter_files()[0].text;
    let line = text.lines().nth(two.line as usize - 1).unwrap();
    assert_eq!(line, "@id(\"refund-over-500\")");
    assert!(
        two.source.starts_with("@id(\"refund-over-500\")") && two.source.trim_end().ends_with(';'),
        "{}",
        two.source
    );
    assert_eq!(rules.first().unwrap().id, "refund-verified-customer", "in the order of the files");
}

#[test]
fn what_a_person_refused_elsewhere_waits() {
    let facts = GateFacts { earlier_refusals: 1, ..GateFacts::default() };
    let verdict = Case { facts, ..refund(100, "EUR").verified() }.judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["refund-refused-before"]));
}

#[test]
fn no_permit_lifts_the_holds_that_are_the_gates_own() {
    for (about, id) in [
        (About::SomebodyElse, "subject-other"),
        (About::Unverified, "subject-unverified"),
        (About::Unresolved, "subject-unresolved"),
    ] {
        let facts = GateFacts { about, ..GateFacts::default() };
        let verdict = Case { facts, ..refund(100, "EUR").verified() }.judged_by(&starter());
        assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec![id]));
    }
    let facts = GateFacts { object_open: true, ..GateFacts::default() };
    let verdict = Case { facts, ..refund(100, "EUR").verified() }.judged_by(&starter());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["object-open"]));
}

#[test]
fn a_refund_split_into_small_ones_of_one_order_waits_as_the_whole_would() {
    let with = |earlier| {
        let object_ledger = Some(Sums { minor_30d: earlier, count_30d: 1, ..Sums::default() });
        let facts = GateFacts { object_ledger, ..GateFacts::default() };
        Case { facts, ..refund(3_000, "EUR").verified() }.judged_by(&starter())
    };
    let in_force = starter().in_force();
    let split = in_force.iter().find(|rule| rule.id == "refund-split-over-50").unwrap();
    let limit = split.limit.as_ref().expect("anyone can hold it against the log");
    assert_eq!((limit.beside, limit.most, limit.repeated), (Beside::Object30d, 5_000, true));
    assert_eq!(with(2_000).disposition, Allow);
    let verdict = with(2_001);
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["refund-split-over-50"]));
    assert!(verdict.rules[0].reason.starts_with("With this, more than €50.00"));
}

#[test]
fn what_passes_200_euros_in_30_days_waits_and_says_so() {
    let with = |earlier| {
        let customer_ledger = Some(Sums { minor_30d: earlier, ..Sums::default() });
        let facts = GateFacts { customer_ledger, ..GateFacts::default() };
        Case { facts, ..refund(5_000, "EUR").verified() }.judged_by(&starter())
    };
    assert_eq!(with(15_000).disposition, Allow);
    let verdict = with(15_001);
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["refund-over-200-in-30-days"]));
    assert!(verdict.rules[0].reason.starts_with("With this, more than €200.00"));
}
