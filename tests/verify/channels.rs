//! Forged settings of the chat: what nobody signed, and what was signed otherwise.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::change::Change;
use countersign_domain::channel::{ChannelEvent, ChatSettings};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

/// The chat behaves otherwise, as two people signed it.
fn signed() -> Forger {
    let mut log = Forger::honest();
    log.later();
    let from = ChatSettings::default();
    let to = ChatSettings { sites: vec!["https://shop.example.com".into()], ..from.clone() };
    let what = Change::SetChat { from: Box::new(from), to: Box::new(to.clone()) };
    log.change(7, what, 0, ["chat_change", "chat_signed1", "chat_signed2", "chat_took_effect"]);
    let set = ChannelEvent::ChatSet { settings: to };
    log.tell("chat_set", StreamName::chat(), by(1), &set).cause = Some("chat_took_effect");
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    signed().but(edit)
}

#[test]
fn the_chat_behaves_as_two_people_signed_and_as_nobody_else_says() {
    let report = signed().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let mut nobody = forge(|f| f.without(&["chat_change", "chat_signed1", "chat_signed2", "chat_took_effect"]));
    nobody.line("chat_set").cause = None;
    found(&nobody, "chat_set", "no change that people signed");
    let otherwise = forge(|f| f.say("chat_set", "/settings/sites/0", json!("https://evil.example")));
    found(&otherwise, "chat_set", "not what the change says");
    let elsewhere = forge(|f| f.line("chat_set").stream = StreamName::stored("channel/email".to_owned()));
    found(&elsewhere, "chat_set", "not what the change says");
    let somebody = forge(|f| f.line("chat_set").actor = by(2));
    found(&somebody, "chat_set", "somebody else than whoever proposed");
    let never = forge(|f| f.without(&["chat_set"]));
    found(&never, "chat_took_effect", "does not follow from it");
    let one = forge(|f| f.without(&["chat_signed2"]));
    found(&one, "chat_took_effect", "without every signature");
    let outdated = forge(|f| f.say("chat_change", "/over", json!(1)));
    found(&outdated, "chat_took_effect", "was not as it was when the change was proposed");
    let station = forge(|f| f.line("chat_set").actor = Actor::Station);
    found(&station, "chat_set", "somebody else than whoever proposed");
}
