//! Forged settings of tools: what nobody signed, what was signed otherwise, and what is not judged anew by it.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::action::ActionEvent;
use countersign_domain::change::Change;
use countersign_domain::station::StationEvent;
use countersign_domain::tool::{EffectClass, ToolDefinition, ToolEvent, ToolSettings};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn settings(effect: EffectClass) -> ToolSettings {
    let settings = json!({"tool": "crm.note", "effect": effect, "timeout_seconds": 10, "hold_seconds": 900});
    serde_json::from_value(settings).unwrap()
}

/// Two people sign, over that many records of the tool, how it is treated from here on, and what is accepted of it.
fn change(log: &mut Forger, effect: EffectClass, over: u64, definition: Option<ToolDefinition>) {
    let (from, to) = (settings(EffectClass::Read), settings(effect));
    let accepted = definition.clone().map(Box::new);
    let what = Change::SetTool { from: Some(Box::new(from)), to: Box::new(to.clone()), definition: accepted };
    log.change(7, what, over, ["tool_change", "tool_signed1", "tool_signed2", "tool_took_effect"]);
    let pinned = definition.map(|definition| ("pinned", ToolEvent::Pinned { definition }));
    let set = ("tool_set", ToolEvent::SettingsSet { settings: Box::new(to), ends_open: true });
    for (label, event) in pinned.into_iter().chain([set]) {
        log.tell(label, StreamName::tool("crm.note"), by(1), &event).cause = Some("tool_took_effect");
    }
    let anew = StationEvent::PolicyInForce { version: digest(8), files: Default::default(), rules: rules() };
    log.tell("rules_anew", StreamName::station(), by(1), &anew).cause = Some("tool_took_effect");
}

/// Something of the agent's is proposed with the tool.
fn proposed_note(log: &mut Forger) {
    log.proposed(5, LARGE, "proposed_note");
    for (member, value) in [("tool", "crm.note"), ("effect", "read")] {
        log.set("proposed_note", member, json!(value));
    }
    for member in ["money", "object"] {
        log.set("proposed_note", member, json!(null));
    }
    log.link(5, "link_note", "proposed_note");
    log.set("link_note", "tool", json!("crm.note"));
}

/// A tool comes to mean something else, as two people signed it.
fn signed() -> Forger {
    let mut log = Forger::honest();
    log.later();
    change(&mut log, EffectClass::Reversible, 0, None);
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    signed().but(edit)
}

/// Something of the agent's is taken back because its tool came to mean something else.
fn ended(by: Actor) -> Forger {
    let mut log = Forger::honest();
    proposed_note(&mut log);
    log.later();
    change(&mut log, EffectClass::Reversible, 0, None);
    log.later();
    let withdrawn = ActionEvent::Withdrawn { reason: "tool_settings".into() };
    log.tell("withdrawn_note", StreamName::action(&action(5)), by, &withdrawn);
    log.later();
    log
}

#[test]
fn only_a_tool_that_came_to_mean_something_else_takes_back_what_was_proposed_before() {
    assert_eq!(ended(Actor::Station).verified().finding, None);
    let somebody = ended(by(1));
    found(&somebody, "withdrawn_note", "it was caused by");
    let mut early = ended(Actor::Station);
    early.behind("withdrawn_note", "link_note");
    found(&early, "withdrawn_note", "it had not");
    let mut made_up = ended(Actor::Station);
    made_up.say("withdrawn_note", "/reason", json!("whim"));
    found(&made_up, "withdrawn_note", "which takes nothing back");
    let mut erased = ended(Actor::Station);
    erased.say("withdrawn_note", "/reason", json!("erasure"));
    found(&erased, "withdrawn_note", "is not erased");
    let mut left = ended(Actor::Station);
    left.say("withdrawn_note", "/reason", json!("requester_left"));
    found(&left, "withdrawn_note", "had left, and they had not");
}

#[test]
fn a_tool_is_treated_as_two_people_signed_and_what_was_judged_before_is_judged_again() {
    let report = signed().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let nobody =
        forge(|f| f.without(&["tool_change", "tool_signed1", "tool_signed2", "tool_took_effect", "rules_anew"]));
    let mut nobody = nobody;
    nobody.line("tool_set").cause = None;
    found(&nobody, "tool_set", "no change that people signed");
    let otherwise = forge(|f| f.say("tool_set", "/settings/effect", json!("irreversible")));
    found(&otherwise, "tool_set", "not what the change says");
    let kept = forge(|f| f.say("tool_set", "/ends_open", json!(false)));
    found(&kept, "tool_set", "not what the change says");
    let elsewhere = forge(|f| f.line("tool_set").stream = StreamName::tool("crm.other"));
    found(&elsewhere, "tool_set", "not what the change says");
    let never = forge(|f| f.without(&["tool_set"]));
    found(&never, "tool_took_effect", "does not follow from it");
    let not_anew = forge(|f| f.without(&["rules_anew"]));
    found(&not_anew, "tool_took_effect", "does not follow from it");
    let same = forge(|f| f.say("rules_anew", "/version", json!(policy())));
    found(&same, "rules_anew", "under the same version of the rules");
    let one = forge(|f| f.without(&["tool_signed2"]));
    found(&one, "tool_took_effect", "without every signature");
    let outdated = forge(|f| f.say("tool_change", "/over", json!(1)));
    found(&outdated, "tool_took_effect", "was not as it was when the change was proposed");
}

fn definition(says: &str) -> ToolDefinition {
    ToolDefinition {
        server: "crm".into(),
        name: "note".into(),
        title: None,
        description: Some(says.into()),
        input_schema: json!({"type": "object"}),
    }
}

/// A tool is taken down as the station first saw it, and later two people accept what its server says then.
fn accepted() -> Forger {
    let mut log = Forger::honest();
    log.later();
    let first = ToolEvent::Pinned { definition: definition("Notes.") };
    log.tell("first_pinned", StreamName::tool("crm.note"), Actor::Station, &first);
    log.later();
    change(&mut log, EffectClass::Read, 1, Some(definition("Notes, and pays.")));
    log.later();
    log
}

#[test]
fn another_definition_is_accepted_by_two_people_or_by_nobody() {
    let report = accepted().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let slipped = accepted().but(|f| f.say("pinned", "/definition/description", json!("Notes, and erases.")));
    found(&slipped, "pinned", "not what the change says");
    let unsaid = accepted().but(|f| f.without(&["pinned"]));
    found(&unsaid, "tool_took_effect", "does not follow from it");
    let kept = accepted().but(|f| f.say("tool_set", "/ends_open", json!(false)));
    found(&kept, "tool_set", "not what the change says");
    let another = accepted().but(|f| f.say("first_pinned", "/definition/name", json!("issue_refund")));
    found(&another, "first_pinned", "the definition of another tool");
    let somebody = accepted().but(|f| f.line("first_pinned").actor = by(1));
    found(&somebody, "first_pinned", "no change that people signed");
    let by_itself = accepted().but(|f| {
        let again = ToolEvent::Pinned { definition: definition("Notes, and erases.") };
        f.tell("pinned_again", StreamName::tool("crm.note"), Actor::Station, &again);
    });
    found(&by_itself, "pinned_again", "nobody signed this");
}

#[test]
fn nothing_is_proposed_under_a_definition_that_was_not_accepted() {
    let proposed = |definition: &str| {
        let mut log = accepted();
        proposed_note(&mut log);
        log.set("proposed_note", "definition", json!(definition));
        log
    };
    assert_eq!(proposed(&definition("Notes, and pays.").hash()).verified().finding, None);
    found(&proposed(&definition("Notes.").hash()), "proposed_note", "accepted under another definition");
    let offered = |definition: Option<String>| {
        let mut log = proposed(&self::definition("Notes, and pays.").hash());
        let event = ToolEvent::Offered { definition };
        log.tell("offered", StreamName::tool("crm.note"), Actor::Station, &event);
        log.behind("proposed_note", "offered");
        log.behind("link_note", "proposed_note");
        log
    };
    found(&offered(None), "proposed_note", "offered something else");
    found(&offered(Some(digest(1))), "proposed_note", "offered something else");
    let same = offered(Some(definition("Notes, and pays.").hash()));
    assert_eq!(same.verified().finding, None, "it is as it was accepted");
    found(&same.but(|f| f.line("offered").actor = by(1)), "offered", "it was caused by");
    let unknown = accepted().but(|f| {
        let event = ToolEvent::Offered { definition: None };
        f.tell("offered", StreamName::tool("crm.other"), Actor::Station, &event);
    });
    found(&unknown, "offered", "nothing was accepted");
}
