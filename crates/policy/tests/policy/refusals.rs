//! What is wrong with a policy file is said with its place, and nothing of it is used.

use crate::shop::{refund_tool, rules, shop_tools, starter_files, tool};
use countersign_policy::{Policies, PolicyError, PolicyFile};
use serde_json::json;

/// The error of a text, in words.
fn refused(text: &str) -> (PolicyError, String) {
    let error = rules(text).map(|policies| policies.rules()).unwrap_err();
    let words = error.to_string();
    (error, words)
}

#[test]
fn a_slip_in_the_syntax_names_file_line_and_column() {
    let (error, words) = refused("@id(\"a\")\n@reason(\"A.\")\npermit(principal action, resource);");
    assert!(matches!(error, PolicyError::Syntax { .. }), "{words}");
    assert!(words.starts_with("test.cedar, line 3, column "), "{words}");
}

#[test]
fn a_rule_needs_a_name_and_a_reason() {
    let (error, words) = refused("\n\npermit(principal, action, resource);");
    assert!(matches!(error, PolicyError::MissingId { .. }));
    assert!(words.contains("line 3") && words.contains("Write @id(\"a-short-name\")"), "{words}");
    let (error, words) = refused("@id(\"a\")\npermit(principal, action, resource);");
    assert!(matches!(error, PolicyError::MissingReason { .. }));
    assert!(words.contains("line 1") && words.contains("Write @reason("), "{words}");
}

#[test]
fn a_name_stands_once_and_is_not_one_of_the_gate_s_own() {
    let rule = "@id(\"a\") @reason(\"A.\") permit(principal, action, resource);\n";
    let (error, words) = refused(&rule.repeat(2));
    assert!(matches!(error, PolicyError::DuplicateId { .. }));
    assert!(words.starts_with("test.cedar, line 2") && words.contains("test.cedar, line 1"), "{words}");
    for id in ["default-hold", "Refund", "a b", ""] {
        let (error, _) = refused(&format!("@id(\"{id}\") @reason(\"A.\") permit(principal, action, resource);"));
        assert!(matches!(error, PolicyError::BadId { .. } | PolicyError::MissingId { .. }), "{id}");
    }
}

#[test]
fn what_a_rule_says_of_itself_must_be_known_and_possible() {
    for (annotations, effect, remedy) in [
        ("@disposition(\"ask\")", "forbid", "Write \"hold\" or \"deny\""),
        ("@disposition(\"hold\")", "permit", "Write forbid"),
        ("@disposition(\"hold\") @approvers(\"0\")", "forbid", "from \"1\" to \"9\""),
        ("@disposition(\"hold\") @approvers(\"10\")", "forbid", "from \"1\" to \"9\""),
        ("@disposition(\"hold\") @approvers(\"1\") @role(\"a, b\")", "forbid", "at least \"2\""),
        ("@disposition(\"hold\") @role(\"\")", "forbid", "lower-case letters"),
        ("@approvers(\"2\")", "forbid", "Write @disposition(\"hold\")"),
        ("@role(\"supervisor\")", "permit", "Write @disposition(\"hold\")"),
        ("@disposition(\"hold\") @deadline(\"29\")", "forbid", "from \"30\" to \"86400\". For longer"),
        ("@disposition(\"hold\") @deadline(\"86401\")", "forbid", "from \"30\" to \"86400\""),
        ("@disposition(\"hold\") @deadline(\"4294967326\")", "forbid", "from \"30\" to \"86400\""),
        ("@disposition(\"hold\") @deadline(\"5 min\")", "forbid", "how many seconds it waits for people"),
        ("@disposition(\"hold\") @deadline(\"060\")", "forbid", "how many seconds it waits for people"),
        ("@disposition(\"hold\") @deadline(\"\")", "forbid", "how many seconds it waits for people"),
        ("@deadline(\"60\")", "forbid", "Write @disposition(\"hold\")"),
        ("@deadline(\"60\")", "permit", "Write @disposition(\"hold\")"),
        ("@disposition(\"hold\") @step_up(\"always\")", "forbid", "Write \"password\""),
        ("@disposition(\"hold\") @step_up", "forbid", "Write \"password\""),
        ("@step_up(\"password\")", "permit", "Write @disposition(\"hold\")"),
        ("@step_up(\"password\")", "forbid", "Write @disposition(\"hold\")"),
        ("@approver(\"2\")", "forbid", "Known are: @id, @reason, @disposition, @approvers, @role"),
    ] {
        let (error, words) =
            refused(&format!("@id(\"a\") @reason(\"A.\") {annotations} {effect}(principal, action, resource);"));
        assert!(matches!(error, PolicyError::BadAnnotation { .. }), "{words}");
        assert!(words.contains(remedy), "{words}");
    }
    let (_, words) = refused("@id(\"a\") @reason(\"Up to {amount}.\") permit(principal, action, resource);");
    assert!(words.contains("only {money} and {currency}"), "{words}");
}

#[test]
fn a_rule_says_how_long_it_waits_and_the_log_keeps_it() {
    for seconds in [30, 86_400] {
        let rule = format!(
            "@id(\"a\") @reason(\"A.\") @disposition(\"hold\") @deadline(\"{seconds}\") forbid(principal, action, resource);"
        );
        let policies = rules(&rule).unwrap();
        assert_eq!(policies.rules()[0].deadline_seconds, seconds);
        assert_eq!(policies.in_force()[0].deadline_seconds, seconds);
    }
}

#[test]
fn a_misspelt_tool_argument_or_type_is_refused_at_its_place() {
    for (rule, place) in [
        ("forbid(principal, action == Action::\"crm.issue_refunds\", resource);", "crm.issue_refunds"),
        ("forbid(principal, action, resource)\nwhen { context.custmer.verified };", "line 2"),
        (
            "forbid(principal, action == Action::\"crm.issue_refund\", resource)\nwhen { context.money.minor > 5 };",
            "`has`",
        ),
        (
            "forbid(principal, action == Action::\"crm.issue_refund\", resource)\nwhen { context.arguments.amount_minor == \"5\" };",
            "line 2",
        ),
    ] {
        let (error, words) = refused(&format!("@id(\"a\") @reason(\"A.\") {rule}"));
        assert!(matches!(&error, PolicyError::Invalid { id, .. } if id == "a"), "{words}");
        assert!(words.contains(place), "{words}");
    }
}

#[test]
fn a_rule_that_can_never_match_is_refused_for_it_protects_nothing() {
    let (error, words) = refused(
        "@id(\"a\") @reason(\"A.\") forbid(principal, action == Action::\"crm.add_note\", resource) when { context has money };",
    );
    assert!(matches!(error, PolicyError::Invalid { .. }), "{words}");
    assert!(words.contains("never matches"), "{words}");
}

#[test]
fn templates_twice_the_same_file_and_twice_the_same_tool_are_refused() {
    let (error, _) = refused("@id(\"a\") @reason(\"A.\") permit(principal == ?principal, action, resource);");
    assert!(matches!(error, PolicyError::Template { .. }));
    let mut files = starter_files();
    files.push(files[0].clone());
    assert!(matches!(Policies::parse(&files, &shop_tools()), Err(PolicyError::Twice { .. })));
    let tools = [refund_tool(), refund_tool()];
    assert!(matches!(Policies::parse(&[], &tools), Err(PolicyError::Twice { .. })));
}

#[test]
fn files_without_bound_are_refused() {
    let file = PolicyFile { name: "long.cedar".into(), text: " ".repeat(300 * 1024) };
    assert!(matches!(Policies::parse(&[file], &shop_tools()), Err(PolicyError::TooLarge { .. })));
}

#[test]
fn what_rules_do_not_see_is_listed_with_the_reason() {
    let schema = json!({"type": "object", "properties": {"weight": {"type": "number"}, "id": {"type": "string"}}});
    let policies = Policies::parse(&[], &[tool("weigh", "read", schema, json!({}))]).unwrap();
    let unmapped = policies.unmapped();
    assert_eq!(unmapped.len(), 1);
    assert_eq!((unmapped[0].tool.as_str(), unmapped[0].path.as_str()), ("crm.weigh", "weight"));
    assert!(unmapped[0].why.contains("smallest unit"));
}
