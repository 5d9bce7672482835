//! An operator's settings: the sample's are read, and each mistake is refused by the name of the tool and the field.

use countersign_domain::tool::EffectClass;
use countersign_domain::tool::check::Unfit;
use countersign_mcp::settings::{SettingsError, parse};

const CRM: &str = include_str!("../../../assets/tools/crm.toml");

#[test]
fn the_sample_settings_are_read() {
    let all = parse(CRM).unwrap();
    let effect = |name: &str| all.iter().find(|s| s.tool == name).map(|s| s.effect);
    assert_eq!(effect("crm.find_order"), Some(EffectClass::Read));
    assert_eq!(effect("crm.add_note"), Some(EffectClass::Reversible));
    let refund = all.iter().find(|s| s.tool == "crm.issue_refund").unwrap();
    assert_eq!(refund.effect, EffectClass::Irreversible);
    assert_eq!((refund.timeout_seconds, refund.hold_seconds), (15, 900));
    assert_eq!(refund.key_argument.as_deref(), Some("idempotency_key"));
    assert_eq!(refund.evidence.as_ref().unwrap().facts.len(), 7);
}

/// The sample with one thing changed, and a word that the refusal must hold.
#[test]
fn each_mistake_is_refused_by_name() {
    let mistakes = [
        (
            r#"tool = "crm.get_order"
arguments"#,
            r#"tool = "crm.add_note"
arguments"#,
            "effect read",
        ),
        (
            r#"tool = "crm.get_order"
arguments"#,
            r#"tool = "crm.no_order"
arguments"#,
            "crm.no_order",
        ),
        (r#"evidence = "customer_id""#, r#"evidence = "owner""#, "subject.evidence"),
        (r#"evidence = "customer_id""#, r#"result = "/customer""#, "subject.result is for reads"),
        (r#"evidence = "customer_id""#, r#"argument = "idempotency_key""#, "subject.argument"),
        (r#"result = "/customer/id""#, r#"result = "customer""#, "JSON pointer"),
        (r#"proof = ["order_number", "postcode"]"#, r#"proof = ["order_number"]"#, "two arguments or more"),
        (r#"tool = "probe_refund""#, r#"tool = "probe_refunds""#, "probe_refunds"),
        (r#"tool = "probe_refund""#, r#"tool = "issue_refund""#, "must not act"),
        (r#"already = "refunded""#, r#"already = "status""#, "bar.already"),
        ("{after} of {total}", "{evidence.nothing}", "{evidence.nothing}"),
        ("{after} of {total}", "{idempotency_key}", "{idempotency_key}"),
        ("{after} of {total}", "{after of {total}", "braces"),
        ("Add a note to order {order_number}", "Add {money} to it", "{money}"),
        (r#"path = "/status""#, r#"path = "status""#, "JSON pointer"),
        (r#"claimed = "claimed""#, r#"claimed = "happened""#, "same word"),
        (r#"name = "status""#, r#"name = "total""#, "two evidence facts"),
        (r#"currency = "currency""#, r#"currency = "order_number""#, "the same argument"),
        ("timeout_seconds = 15", "timeout_seconds = 0", "timeout_seconds"),
        (r#"effect = "irreversible""#, r#"effect = "harmless""#, "harmless"),
        (r#"object = "order_number""#, r#"objekt = "order_number""#, "objekt"),
        (r#"tool = "crm.list_orders""#, r#"tool = "list_orders""#, "server.tool"),
        ("\"Offer a replacement or a repair first.\"", "\"\"", "wording.guidance"),
        ("\"Offer a replacement or a repair first.\"", r#""a", "b", "c", "d""#, "more than 6"),
        ("Offer a replacement", "Offer a\u{200b} replacement", "invisible"),
    ];
    for (right, wrong, word) in mistakes {
        assert!(CRM.contains(right), "{right}");
        let refused = parse(&CRM.replace(right, wrong)).expect_err(wrong).to_string();
        assert!(refused.contains(word), "{wrong}: {refused}");
    }
    let twice = parse(&CRM.replace("crm.list_orders", "crm.find_order"));
    assert_eq!(twice, Err(SettingsError::Unfit(Unfit::Twice("crm.find_order".to_owned()))));
    assert_eq!(parse(&"#".repeat(2_000_000)), Err(SettingsError::TooLarge));
    assert_eq!(parse(""), Ok(Vec::new()));
}
