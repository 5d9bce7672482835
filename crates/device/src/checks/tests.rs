//! What a device signs and what it does not: a station that asks for anything else than was shown gets nothing.

use super::*;
use countersign_api::wire::device::SignInStatement;
use countersign_domain::action::StepUp;
use countersign_domain::person::{KeyKind, KeyOffer};
use serde_json::json;

const SALT: &str = "5a";

fn id<T: std::str::FromStr>(prefix: &str, n: u8) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("{prefix}_{n:032x}").parse().unwrap()
}

fn me() -> (PersonId, SigningKeyId, LogId) {
    (id("per", 1), id("sig", 1), id("log", 1))
}

/// The card of a refund, as a station hands it out.
fn view() -> CardView {
    let mut view = json!({
        "card": {
            "form": 1, "locale": "en", "interface": "x", "action": format!("act_{:032x}", 1),
            "conversation": format!("cnv_{:032x}", 1),
            "tool": { "name": "crm.issue_refund", "title": "Refund", "definition": "d1", "effect": "irreversible" },
            "digest": "", "headline": "Refund", "noun": "Refund", "effect": null, "bar": null, "money": null,
            "proposed_at": "2026-10-14T12:00:00.000000Z", "deadline": "2026-10-14T12:15:00.000000Z",
            "requester": { "agent": "a", "reasoner": "r" }, "customer": { "name": null, "assurance": "anonymous" },
            "arguments": [{
                "name": "amount_minor", "label": "Amount", "value": 12_900, "shown": "€129.00", "fixed": false,
                "source": { "kind": "agent" }
            }],
            "canonical_arguments": "{\"amount_minor\":12900}", "schema": {}, "rules": [],
            "policy_version": "p1", "approvers": 1, "roles": [], "facts": [], "facts_read_at": null,
            "facts_problem": null, "words": [], "claim": null, "notices": []
        },
        "card_digest": "", "state": "held", "decision": null, "outcome": null, "may_decide": true,
        "may_not_reason": null, "may_not_approve_reason": null, "step_up": false, "day": null, "may_take_back": false,
        "may_not_more_time_reason": null, "aside": null, "starts_at": null, "may_not_undo_reason": null,
        "guidance": [], "settling": null,
        "escalation": { "reason": null, "at": null, "by": null, "note": null, "may_not_reason": null },
        "shortest_look_ms": 0
    });
    view["card"]["digest"] = json!(digest_of(&json!({ "amount_minor": 12_900 })));
    serde_json::from_value(view).unwrap()
}

fn digest_of(arguments: &Value) -> String {
    action_digest(&ActionBytes {
        tool: "crm.issue_refund".to_owned(),
        server: "crm".to_owned(),
        definition: "d1".to_owned(),
        arguments: arguments.clone(),
        salt: SALT.to_owned(),
    })
}

fn request(choice: Value) -> DecisionRequest {
    let view = view();
    let request =
        json!({ "action": view.card.action, "card_digest": view.card.digest(), "choice": choice, "looked_ms": 1 });
    serde_json::from_value(request).unwrap()
}

/// What an honest station would have signed.
fn statement(said: &str, decided: &Value) -> Value {
    let ((person, key, log), view) = (me(), view());
    json!({
        "type": STATEMENT_TYPE, "log": log, "action": view.card.action, "proposal": 7,
        "digest_proposed": view.card.digest, "digest_decided": digest_of(decided), "decision": said, "which": 1,
        "of": 1, "policy_version": "p1", "definition": "d1", "card": view.card.digest(), "person": person, "key": key,
        "at": "2026-10-14T12:01:00.000000Z"
    })
}

fn signs(asked: &Asked<'_>, to_sign: Value) -> bool {
    let (person, key, log) = me();
    let signer = Signer { person: &person, key: &key, public: "aa", log: Some(&log) };
    fits(&signer, asked, &serde_json::from_value(to_sign).unwrap()).is_ok()
}

fn of_decision(statement: Value) -> Value {
    json!({ "sign": "decision", "statement": statement, "server": "crm", "salt": SALT })
}

#[test]
fn a_decision_is_signed_as_it_was_shown_and_made_and_with_nothing_else_in_it() {
    let (shown, view) = (json!({ "amount_minor": 12_900 }), view());
    let approve = request(json!({ "choice": "approve" }));
    let asked = Asked::Decision(&approve, Some(&view), None);
    let honest = statement("approve", &shown);
    assert!(signs(&asked, of_decision(honest.clone())));
    assert!(
        !signs(&Asked::Decision(&approve, None, None), of_decision(honest.clone())),
        "a card that was never handed out"
    );
    assert!(!signs(&Asked::SignIn, of_decision(honest.clone())), "nobody decided");
    let mut typed = honest.clone();
    typed["step_up"] = json!("password");
    assert!(!signs(&asked, of_decision(typed.clone())), "a password that nobody typed");
    let again = Asked::Decision(&approve, Some(&view), Some(StepUp::Password));
    assert!(signs(&again, of_decision(typed)) && signs(&again, of_decision(honest.clone())));
    let mut other_rows = view.clone();
    other_rows.card.arguments[0].value = json!(1_000);
    let mut of_other_rows = approve.clone();
    of_other_rows.card_digest = other_rows.card.digest();
    let mut forged = honest.clone();
    forged["card"] = json!(other_rows.card.digest());
    assert!(
        !signs(&Asked::Decision(&of_other_rows, Some(&other_rows), None), of_decision(forged)),
        "rows of another amount"
    );
    let (zero, other_key) = ("00".repeat(32), format!("sig_{:032x}", 2));
    for (field, value) in [
        ("type", json!("countersign/change/v1")),
        ("log", json!(format!("log_{:032x}", 2))),
        ("action", json!(format!("act_{:032x}", 2))),
        ("digest_proposed", json!(zero)),
        ("digest_decided", json!(zero)),
        ("decision", json!("reject")),
        ("policy_version", json!("p2")),
        ("definition", json!("d2")),
        ("card", json!(zero)),
        ("person", json!(format!("per_{:032x}", 2))),
        ("key", json!(other_key)),
    ] {
        let mut forged = honest.clone();
        forged[field] = value;
        assert!(!signs(&asked, of_decision(forged)), "{field}");
    }
    let mut salted = of_decision(honest);
    salted["salt"] = json!("5b");
    assert!(!signs(&asked, salted), "another salt is another digest");
}

#[test]
fn an_override_is_signed_with_the_arguments_that_were_typed() {
    let (typed, view) = (json!({ "amount_minor": 6_450 }), view());
    let wish = request(json!({ "choice": "override", "arguments": typed, "why": "Half of it." }));
    let asked = Asked::Decision(&wish, Some(&view), None);
    assert!(signs(&asked, of_decision(statement("override", &typed))));
    assert!(!signs(&asked, of_decision(statement("override", &json!({ "amount_minor": 645_000 })))));
    assert!(!signs(&asked, of_decision(statement("approve", &json!({ "amount_minor": 12_900 })))));
}

fn of_change(what: Change, by: u8) -> Value {
    let (person, key, log) = me();
    let proposed = ProposedChange {
        id: id("chg", 1),
        by: id("per", by),
        what,
        over: None,
        of: 2,
        at: "2026-10-14T12:00:00.000000Z".parse().unwrap(),
        expires: "2026-10-21T12:00:00.000000Z".parse().unwrap(),
    };
    let statement = json!({
        "type": CHANGE_STATEMENT_TYPE, "log": log, "change": proposed.id, "proposal": 9,
        "digest": change_digest(&proposed, None), "which": 1, "of": 2, "person": person, "key": key,
        "at": "2026-10-14T12:00:00.000000Z"
    });
    json!({ "sign": "change", "statement": statement, "proposed": proposed, "commitment": null })
}

#[test]
fn a_change_is_signed_that_was_asked_for_or_shown_and_a_key_that_is_the_devices_own() {
    let other: PersonId = id("per", 2);
    let remove = |person: &PersonId| Change::RemovePerson { person: person.clone() };
    let wish = json!({
        "command": "propose_change", "request": { "change": "remove_person", "person": other }, "why": null
    });
    let wish: Command = serde_json::from_value(wish).unwrap();
    let asked = Asked::Command(&wish);
    assert!(signs(&asked, of_change(remove(&other), 1)));
    assert!(!signs(&asked, of_change(remove(&id("per", 3)), 1)), "somebody else");
    assert!(!signs(&asked, of_change(remove(&other), 3)), "in somebody else's name");
    assert!(!signs(&asked, of_change(Change::Resume, 1)), "something else");
    assert!(!signs(&Asked::Command(&Command::VerifyNow), of_change(remove(&other), 1)), "nobody asked");
    let mut digest = of_change(remove(&other), 1);
    digest["statement"]["digest"] = json!("00".repeat(32));
    assert!(!signs(&asked, digest));

    let shown = of_change(remove(&other), 2);
    let sign = |digest: &Value| Command::SignChange {
        change: format!("chg_{:032x}", 1),
        digest: digest.as_str().unwrap().to_owned(),
    };
    assert!(signs(&Asked::Command(&sign(&shown["statement"]["digest"])), shown.clone()));
    assert!(!signs(&Asked::Command(&sign(&json!("00".repeat(32)))), shown), "not what was shown");

    let (person, key, _) = me();
    let enrol = |public: &str| Change::EnrolKey {
        person: person.clone(),
        key: KeyOffer { key: key.clone(), held: KeyKind::Device, public: public.to_owned() },
    };
    assert!(signs(&Asked::SignIn, of_change(enrol("aa"), 1)));
    assert!(!signs(&Asked::SignIn, of_change(enrol("bb"), 1)), "another key");
    assert!(!signs(&Asked::SignIn, of_change(remove(&other), 1)), "whoever signs in changes nothing");
}

#[test]
fn a_tool_server_is_signed_with_the_very_command_line_that_was_typed() {
    let typed = |argument: &str| json!({ "by": "program", "command": "/usr/bin/hotel", "arguments": [argument] });
    let wish = json!({
        "command": "propose_change", "why": null,
        "request": { "change": "add_server", "server": {
            "name": "hotel", "reach": typed("--books"), "secrets": [{ "name": "HOTEL_KEY", "value": "s3cret" }],
        } },
    });
    let wish: Command = serde_json::from_value(wish).unwrap();
    let asked = Asked::Command(&wish);
    let added = |name: &str, reach: Value, secret: &str| {
        let secrets = json!([{ "name": secret, "fingerprint": "7".repeat(64) }]);
        let server = json!({ "name": name, "reach": reach, "secrets": secrets });
        of_change(serde_json::from_value(json!({ "change": "add_server", "server": server })).unwrap(), 1)
    };
    assert!(signs(&asked, added("hotel", typed("--books"), "HOTEL_KEY")));
    assert!(!signs(&asked, added("hotel", typed("--delete"), "HOTEL_KEY")), "another argument");
    assert!(!signs(&asked, added("other", typed("--books"), "HOTEL_KEY")), "another name");
    assert!(!signs(&asked, added("hotel", typed("--books"), "LD_PRELOAD")), "another secret");
    let address = json!({ "by": "address", "url": "https://evil.example/" });
    assert!(!signs(&asked, added("hotel", address, "HOTEL_KEY")), "another way");
}

#[test]
fn a_sign_in_is_signed_for_the_log_that_is_known_and_for_nobody_else() {
    let (person, key, log) = me();
    let honest =
        SignInStatement { r#type: SIGN_IN_STATEMENT_TYPE.to_owned(), log, person, key, nonce: "00".repeat(32) };
    let to_sign = |statement: &SignInStatement| json!({ "sign": "sign_in", "statement": statement });
    assert!(signs(&Asked::SignIn, to_sign(&honest)));
    assert!(!signs(&Asked::Command(&Command::VerifyNow), to_sign(&honest)));
    for forged in [
        SignInStatement { r#type: STATEMENT_TYPE.to_owned(), ..honest.clone() },
        SignInStatement { log: id("log", 2), ..honest.clone() },
        SignInStatement { person: id("per", 2), ..honest.clone() },
        SignInStatement { key: id("sig", 2), ..honest.clone() },
    ] {
        assert!(!signs(&Asked::SignIn, to_sign(&forged)));
    }
}
