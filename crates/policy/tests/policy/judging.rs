//! What rules add up to: joins, failures, missing facts, and that nothing odd ever runs by itself.

use crate::shop::{call, ids, refund, refund_tool_with_evidence, rules, shop_tools, tool};
use countersign_domain::verdict::Disposition::{Allow, Deny, Hold};
use countersign_policy::{GateFacts, LedgersRead, Policies, PolicyFile};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ALLOW_ALL: &str = r#"@id("all") @reason("All.") permit(principal, action, resource);"#;

fn on_refund(head: &str, condition: &str) -> String {
    format!(r#"{head} forbid(principal, action == Action::"crm.issue_refund", resource) when {{ {condition} }};"#)
}

#[test]
fn several_holds_join_to_the_most_people_and_every_role() {
    let text = [
        ALLOW_ALL,
        r#"@id("a") @reason("A.") @disposition("hold") @approvers("3") forbid(principal, action, resource);"#,
        r#"@id("b") @reason("B.") @disposition("hold") @role("finance") forbid(principal, action, resource);"#,
    ];
    let verdict = refund(100, "EUR").judged_by(&rules(&text.concat()).unwrap());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["a", "b"]));
    assert_eq!((verdict.approvers, verdict.roles), (3, vec!["finance".to_owned(), "supervisor".to_owned()]));
}

#[test]
fn of_several_holds_the_shortest_time_counts_and_a_rule_that_gives_none_changes_nothing() {
    let hold = |id: &str, more: &str| {
        format!(r#"@id("{id}") @reason("A.") @disposition("hold") {more} forbid(principal, action, resource);"#)
    };
    let waits =
        |rules_of: &[String]| refund(100, "EUR").judged_by(&rules(&rules_of.concat()).unwrap()).deadline_seconds;
    let (none, short, long) = (hold("a", ""), hold("b", r#"@deadline("120")"#), hold("c", r#"@deadline("3600")"#));
    assert_eq!(waits(std::slice::from_ref(&none)), 0, "as long as the settings of its tool say");
    assert_eq!(waits(&[none.clone(), long.clone()]), 3_600);
    assert_eq!(waits(&[long.clone(), none, short]), 120);
    let deny = r#"@id("never") @reason("Never.") forbid(principal, action, resource);"#.to_owned();
    assert_eq!(waits(&[long, deny]), 0, "what is denied waits for nobody");
}

#[test]
fn a_rule_sees_the_channel_and_the_effect_and_gives_a_time_by_both() {
    let policies = rules(
        r#"@id("all") @reason("All.") permit(principal, action, resource);
        @id("chat") @reason("A.") @disposition("hold") @deadline("120")
            forbid(principal, action in Action::"effect:irreversible", resource) when { context.channel == "chat" };
        @id("email") @reason("A.") @disposition("hold") @deadline("14400")
            forbid(principal, action, resource) when { context.channel == "email" };"#,
    )
    .unwrap();
    let judged = |case: crate::shop::Case| {
        let verdict = case.judged_by(&policies);
        (verdict.disposition, verdict.deadline_seconds)
    };
    let note = || call("crm.add_note", json!({"order_number": "1001", "text": "x"}));
    assert_eq!(judged(refund(100, "EUR")), (Hold, 120));
    assert_eq!(judged(note()), (Allow, 0), "it can be undone");
    assert_eq!(judged(refund(100, "EUR").over("voice")), (Allow, 0));
    let reply = || call(countersign_policy::REPLY_TOOL, json!({"text": "Hello"}));
    for case in [refund(100, "EUR"), note(), reply()] {
        assert_eq!(judged(case.over("email")), (Hold, 14_400));
    }
    assert_eq!(judged(reply()), (Hold, 120), "what was said cannot be undone");
    assert_eq!(judged(reply().over("voice")), (Allow, 0));
}

#[test]
fn each_role_that_joined_holds_ask_for_takes_a_person() {
    let text = [
        r#"@id("a") @reason("A.") @disposition("hold") forbid(principal, action, resource);"#,
        r#"@id("b") @reason("B.") @disposition("hold") @role("finance") forbid(principal, action, resource);"#,
    ];
    assert_eq!(refund(100, "EUR").judged_by(&rules(&text.concat()).unwrap()).approvers, 2);
}

#[test]
fn a_forbid_without_a_disposition_denies_and_beats_every_hold() {
    let text = [
        ALLOW_ALL,
        r#"@id("a") @reason("A.") @disposition("hold") forbid(principal, action, resource);"#,
        r#"@id("never") @reason("Never.") forbid(principal, action, resource);"#,
    ];
    let verdict = refund(100, "EUR").judged_by(&rules(&text.concat()).unwrap());
    assert_eq!((verdict.disposition, ids(&verdict)), (Deny, vec!["never"]));
    assert_eq!((verdict.approvers, verdict.roles.len()), (0, 0));
}

#[test]
fn a_rule_that_fails_holds_and_is_named() {
    let overflow =
        on_refund(r#"@id("tenfold") @reason("Tenfold.")"#, "context.arguments.amount_minor * 9223372036854775807 > 10");
    let verdict = refund(100, "EUR").judged_by(&rules(&format!("{ALLOW_ALL}{overflow}")).unwrap());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["policy-error: tenfold"]));
}

#[test]
fn a_rule_that_fails_never_weakens_a_deny() {
    let overflow =
        on_refund(r#"@id("tenfold") @reason("Tenfold.")"#, "context.arguments.amount_minor * 9223372036854775807 > 10");
    let never = on_refund(r#"@id("never") @reason("Never.")"#, "true");
    let verdict = refund(100, "EUR").judged_by(&rules(&format!("{ALLOW_ALL}{overflow}{never}")).unwrap());
    assert_eq!((verdict.disposition, ids(&verdict)), (Deny, vec!["never"]));
}

#[test]
fn odd_arguments_are_held_whatever_allows_them_and_a_deny_still_speaks() {
    let allow = rules(ALLOW_ALL).unwrap();
    for arguments in [
        json!([]),
        json!({"order_number": "1001"}),
        json!({"order_number": 1001, "amount_minor": 1, "currency": "EUR", "reason": "late"}),
        json!({"order_number": "1001", "amount_minor": 1.5, "currency": "EUR", "reason": "late"}),
        json!({"order_number": "1001", "amount_minor": 1, "currency": "EUR", "reason": "late", "secret words": 1}),
    ] {
        let mut case = refund(1, "EUR");
        case.arguments = arguments;
        let verdict = case.judged_by(&allow);
        assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["arguments-unreadable"]), "{}", case.arguments);
        assert!(!verdict.rules[0].reason.contains("secret"), "an agent's words stay out of reasons");
        let never = rules(&format!("{ALLOW_ALL}{}", on_refund(r#"@id("never") @reason("Never.")"#, "true"))).unwrap();
        assert_eq!(case.judged_by(&never).disposition, Deny);
    }
}

#[test]
fn objects_that_look_like_cedar_s_own_are_plain_data() {
    let mut case = refund(1, "EUR");
    case.arguments["order_number"] = json!({"__entity": {"type": "Agent", "id": "gate"}});
    assert_eq!(ids(&case.judged_by(&rules(ALLOW_ALL).unwrap())), ["arguments-unreadable"]);
}

#[test]
fn a_tool_may_name_its_arguments_as_it_likes() {
    let names = ["__entity", "__extn", "type", "", "a b", "in", "\u{0}", "ключ"];
    let members = |value: Value| names.iter().map(|n| ((*n).to_owned(), value.clone())).collect::<Map<_, _>>();
    let schema = json!({"type": "object", "required": names, "properties": members(json!({"type": "string"}))});
    let text = r#"@id("plain") @reason("Plain.") permit(principal, action == Action::"crm.odd", resource)
        when { context.arguments["__entity"] == "x" && context.arguments["in"] == "x" };"#;
    let file = PolicyFile { name: "test.cedar".into(), text: text.into() };
    let policies = Policies::parse(&[file], &[tool("odd", "read", schema, json!({}))]).unwrap();
    let case = call("crm.odd", Value::Object(members(json!("x"))));
    assert_eq!(case.judged_by(&policies).disposition, Allow);
}

#[test]
fn null_and_the_key_that_agents_cannot_set_are_not_seen_by_rules() {
    let mut case = refund(1, "EUR");
    case.arguments["note"] = Value::Null;
    case.arguments["idempotency_key"] = json!("act-1");
    let noted = on_refund(r#"@id("noted") @reason("Noted.")"#, "context.arguments has note");
    assert_eq!(case.judged_by(&rules(&format!("{ALLOW_ALL}{noted}")).unwrap()).disposition, Allow);
    case.arguments["note"] = json!("x");
    assert_eq!(case.judged_by(&rules(&format!("{ALLOW_ALL}{noted}")).unwrap()).disposition, Deny);
}

#[test]
fn a_tool_that_is_not_known_is_held_even_where_everything_is_allowed() {
    let verdict = call("crm.delete_everything", json!({})).judged_by(&rules(ALLOW_ALL).unwrap());
    assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["unknown-tool"]));
}

#[test]
fn rules_can_be_written_for_a_whole_effect_class_for_repeats_and_for_overrides() {
    let text = r#"
        @id("lasting") @reason("Lasting effects.") @disposition("hold")
        forbid(principal, action in Action::"effect:irreversible", resource) unless { context.customer.verified };
        @id("again") @reason("Asked again.") forbid(principal, action, resource) when { context.repeats > 2 };
        @id("at-odds") @reason("Does not go together.") @disposition("hold")
        forbid(principal, action, resource) when { context.contradictions > 0 };
        @id("changed") @reason("Changed by a supervisor.") @disposition("hold") @role("finance")
        forbid(principal, action, resource) when { context has co_author && context.co_author == "supervisor" };"#;
    let policies = rules(&format!("{ALLOW_ALL}{text}")).unwrap();
    let note = || call("crm.add_note", json!({"order_number": "1", "text": "x"}));
    assert_eq!(ids(&refund(1, "EUR").judged_by(&policies)), ["lasting"]);
    assert_eq!(note().judged_by(&policies).disposition, Allow);
    let mut repeated = note();
    repeated.facts = GateFacts { repeats: 3, ..GateFacts::default() };
    assert_eq!(ids(&repeated.judged_by(&policies)), ["again"]);
    let mut warned = note();
    warned.facts = GateFacts { contradictions: 1, ..GateFacts::default() };
    assert_eq!(ids(&warned.judged_by(&policies)), ["at-odds"]);
    let mut changed = note();
    changed.facts = GateFacts { co_author: Some("supervisor".into()), ..GateFacts::default() };
    assert_eq!(ids(&changed.judged_by(&policies)), ["changed"]);
}

fn with_evidence() -> Policies {
    let text = r#"
        @id("all") @reason("All.") permit(principal, action, resource);
        @id("more-than-paid") @reason("More than was paid.")
        forbid(principal, action == Action::"crm.issue_refund", resource)
        when { context has money && context has evidence.total && context.money.minor > context.evidence.total };
        @id("not-delivered") @reason("Not delivered yet.") @disposition("hold")
        forbid(principal, action == Action::"crm.issue_refund", resource)
        when { context has evidence.state.text && context.evidence.state.text == "packed" };"#;
    let others = shop_tools().into_iter().filter(|(definition, _)| definition.name != "issue_refund");
    let tools: Vec<_> = others.chain([refund_tool_with_evidence()]).collect();
    Policies::parse(&[PolicyFile { name: "test.cedar".into(), text: text.into() }], &tools).unwrap()
}

#[test]
fn rules_read_evidence_as_amounts_and_as_text() {
    let judged = |facts| refund(500, "EUR").evidence(facts).judged_by(&with_evidence());
    assert_eq!(judged(json!({"total": 500, "state": "delivered"})).disposition, Allow);
    assert_eq!(ids(&judged(json!({"total": 499, "state": "delivered"}))), ["more-than-paid"]);
    assert_eq!(ids(&judged(json!({"total": 500, "state": "packed"}))), ["not-delivered"]);
    assert_eq!(judged(json!({"total": 500, "state": null})).disposition, Allow, "read, and there is none");
}

#[test]
fn a_missing_fact_holds() {
    let policies = with_evidence();
    let not_read = refund(500, "EUR").judged_by(&policies);
    assert_eq!((not_read.disposition, ids(&not_read)), (Hold, vec!["evidence-missing"]));
    for facts in [json!({"total": 500}), json!({"total": "500", "state": "x"}), json!({"total": 500, "state": 0.5})] {
        let verdict = refund(500, "EUR").evidence(facts).judged_by(&policies);
        assert_eq!((verdict.disposition, ids(&verdict)), (Hold, vec!["evidence-missing"]));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::String),
    ];
    let name = prop_oneof![
        Just("order_number".to_owned()),
        Just("amount_minor".to_owned()),
        Just("currency".to_owned()),
        Just("reason".to_owned()),
        Just("note".to_owned()),
        Just("__entity".to_owned()),
        any::<String>(),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_arguments_panic_or_are_allowed_past_a_forbid_that_matches(
        arguments in any_json(), minor in any::<i64>(), agent in any::<String>(), has_money in any::<bool>(),
    ) {
        let never = on_refund(r#"@id("never") @reason("Never.")"#, "true");
        let hold = on_refund(r#"@id("ask") @reason("Ask.") @disposition("hold")"#, "true");
        let agent: &'static str = Box::leak(agent.into_boxed_str());
        let mut case = refund(minor, "EUR").verified().by(agent);
        if !has_money {
            case.money = None;
        }
        case.arguments = arguments;
        let denied = case.judged_by(&rules(&format!("{ALLOW_ALL}{never}")).unwrap());
        prop_assert_eq!(denied.disposition, Deny);
        let held = case.judged_by(&rules(&format!("{ALLOW_ALL}{hold}")).unwrap());
        prop_assert_eq!(held.disposition, Hold);
        prop_assert!(held.approvers >= 1 && !held.rules.is_empty());
    }

    #[test]
    fn arbitrary_arguments_that_no_schema_allows_never_run_under_the_starter_rules(arguments in any_json(), minor in any::<i64>()) {
        let fits = arguments.get("order_number").is_some_and(Value::is_string)
            && arguments.get("amount_minor").is_some_and(Value::is_i64)
            && arguments.get("currency").is_some_and(Value::is_string)
            && arguments.get("reason").is_some_and(Value::is_string);
        prop_assume!(!fits);
        let mut case = refund(minor, "EUR").verified();
        case.arguments = arguments;
        prop_assert!(case.judged_by(&crate::shop::starter()).disposition > Allow);
    }
}

#[test]
fn only_the_ledgers_that_a_rule_on_the_tool_reads_are_kept() {
    let read = |when: &str, action: &str| {
        let rule = format!("@id(\"a\") @reason(\"A.\") forbid (principal, {action}, resource) when {{ {when} }};");
        let policies = rules(&rule).unwrap();
        let of = |tool: &str| policies.ledgers_read(tool);
        assert_eq!(of("crm.find_order"), LedgersRead::default(), "a read stands in no ledger");
        (of("crm.issue_refund"), of("crm.add_note"))
    };
    let (none, all) = (LedgersRead::default(), LedgersRead { customer: true, agent: true, object: true });
    let customer = LedgersRead { customer: true, ..none };
    let agent = LedgersRead { agent: true, ..none };
    let object = LedgersRead { object: true, ..none };
    let refund = "action == Action::\"crm.issue_refund\"";
    assert_eq!(read("context.ledger has customer && context.ledger.customer.minor_30d > 5", refund), (customer, none));
    assert_eq!(read("context has ledger.agent && context.ledger.agent.count_today > 5", refund), (agent, none));
    assert_eq!(read("context.ledger has object && context.ledger.object.count_30d > 2", refund), (object, none));
    assert_eq!(
        read(
            "context has ledger.agent && context.ledger.agent.count_today > 5",
            "action in [Action::\"effect:irreversible\"]"
        ),
        (agent, none)
    );
    assert_eq!(read("context.ledger == context.ledger", refund), (all, none));
    assert_eq!(
        read("context.repeats > 5", "action in [Action::\"effect:irreversible\", Action::\"effect:reversible\"]"),
        (none, none)
    );
}
