//! Forged calls of agents that others wrote: what nobody granted, what was granted to another, and what no agent asked for.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::action::ActionEvent;
use countersign_domain::agent::{AgentEvent, AgentGrant, AgentWord};
use countersign_domain::alias::AliasEvent;
use countersign_domain::call::CallEvent;
use countersign_domain::change::Change;
use countersign_domain::conversation::{
    Assurance, CloseReason, ConversationEvent, Opened, Relayed, SpanOperation, Spanned, Speaker,
};
use countersign_domain::ids::ConversationId;
use countersign_domain::object::Stage;
use countersign_domain::station::StationEvent;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

const BOT: &str = "billing-bot";
const CALL_KEY: u8 = 31;
const RELAY_KEY: u8 = 32;

fn bot() -> Actor {
    Actor::Agent(BOT.to_owned())
}

fn place() -> ConversationId {
    format!("cnv_{:032x}", 77).parse().unwrap()
}

fn elsewhere() -> ConversationId {
    format!("cnv_{:032x}", 78).parse().unwrap()
}

/// An agent is let in and asks for a large refund, which is held; then it is revoked, and the refund taken back.
fn signed() -> Forger {
    let mut log = Forger::honest();
    log.later();
    let grant = AgentGrant {
        tools: vec!["crm.issue_refund".into()],
        word: AgentWord::Claimed,
        expires: countersign_domain::time::Timestamp::from_micros(i64::MAX / 4_000).unwrap(),
        calls_per_minute: 60,
        open_calls: 10,
        wait_seconds: 50,
    };
    let (agent, token) = (BOT.to_owned(), digest(70));
    let (to, from) = (Box::new(grant.clone()), None);
    let what = Change::GrantAgent { agent: agent.clone(), from, to, token: token.clone() };
    log.change(7, what, 0, ["let_in", "let_in1", "let_in2", "let_in_effect"]);
    let granted = AgentEvent::Granted { agent: agent.clone(), grant, token };
    log.tell("granted", StreamName::agent(BOT), by(1), &granted).cause = Some("let_in_effect");
    let joined = StationEvent::AgentJoined { agent: agent.clone() };
    log.tell("agent_joined", StreamName::station(), by(1), &joined).cause = Some("let_in_effect");
    log.later();
    let opened = Opened {
        conversation: place(),
        channel: "mcp".into(),
        assurance: Assurance::Claimed,
        customer: None,
        resume: String::new(),
        agent: Some(agent.clone()),
        belongs_to: Vec::new(),
    };
    let stream = StreamName::conversation(&place());
    log.tell("call_opened", stream.clone(), bot(), &ConversationEvent::Opened(opened)).sealed = Some(CALL_KEY);
    let made = CallEvent::Made { agent: agent.clone(), conversation: place(), asked: digest(71) };
    log.tell("made", StreamName::call(&digest(71)), bot(), &made).cause = Some("call_opened");
    log.later();
    log.proposed(6, LARGE, "bot_asks");
    let line = log.line("bot_asks");
    (line.actor, line.sealed) = (bot(), Some(CALL_KEY));
    log.set("bot_asks", "agent", json!(BOT));
    log.set("bot_asks", "conversation", json!(place()));
    log.link(6, "bot_link", "bot_asks");
    let line = log.line("bot_link");
    (line.actor, line.stream) = (bot(), stream.clone());
    log.held(6, 1, "bot_held", "bot_asks", sums(LARGE, 1));
    log.moved(6, Stage::Waiting, "bot_waits", "bot_held");
    log.set("bot_waits", "conversation", json!(place()));
    log.later();
    relayed(&mut log);
    log.change(8, Change::RevokeAgent { agent: agent.clone() }, 1, ["revoke", "revoke1", "revoke2", "revoke_effect"]);
    let revoked = AgentEvent::Revoked { agent };
    log.tell("revoked", StreamName::agent(BOT), by(1), &revoked).cause = Some("revoke_effect");
    log.later();
    let withdrawn = ActionEvent::Withdrawn { reason: "agent_revoked".into() };
    log.tell("bot_taken_back", StreamName::action(&action(6)), Actor::Station, &withdrawn);
    log.moved(6, Stage::Ended, "bot_ended", "bot_taken_back");
    log.set("bot_ended", "conversation", json!(place()));
    log.later();
    let closed = ConversationEvent::Closed { reason: CloseReason::CallEnded };
    log.tell("call_closed", stream, Actor::Station, &closed);
    log.later();
    log
}

/// It relays a conversation that it has elsewhere, says that it is over, and takes it up again.
fn relayed(log: &mut Forger) {
    let opened = Opened {
        conversation: elsewhere(),
        channel: "external".into(),
        assurance: Assurance::Claimed,
        customer: None,
        resume: String::new(),
        agent: Some(BOT.to_owned()),
        belongs_to: Vec::new(),
    };
    let mut tell = |name: &'static str, event: ConversationEvent| {
        log.tell(name, StreamName::conversation(&elsewhere()), bot(), &event);
        log.line(name).sealed = Some(RELAY_KEY);
    };
    tell("relay_opened", ConversationEvent::Opened(opened));
    let said = |number: u32| Relayed {
        number,
        speaker: Speaker::Customer,
        characters: 5,
        masked: 0,
        client: digest(80 + u8::try_from(number).unwrap()),
        said_at: None,
        from_span: false,
    };
    tell("relayed", ConversationEvent::Relayed(said(1)));
    let step = Spanned {
        number: 1,
        span: digest(90),
        operation: SpanOperation::Model,
        tokens_in: Some(8),
        tokens_out: None,
        started_at: None,
        took_ms: 9,
        failed: false,
    };
    tell("spanned", ConversationEvent::Spanned(step));
    tell("relay_done", ConversationEvent::Closed { reason: CloseReason::AgentDone });
    tell("relay_again", ConversationEvent::Reopened { number: 1 });
    tell("relayed_more", ConversationEvent::Relayed(said(2)));
    for open in ["relay_done", "relay_again"] {
        log.line(open).sealed = None;
    }
    let given = AliasEvent::Given { agent: BOT.to_owned(), conversation: elsewhere() };
    log.tell("named", StreamName::alias(&digest(72)), bot(), &given);
    log.later();
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    signed().but(edit)
}

#[test]
fn nothing_of_an_agent_of_others_stands_there_that_people_had_not_granted() {
    let report = signed().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let more = forge(|f| f.say("granted", "/grant/tools", json!(["crm.issue_refund", "crm.cancel_order"])));
    found(&more, "granted", "not what the change says");
    let token = forge(|f| f.say("granted", "/token", json!(digest(99))));
    found(&token, "granted", "not what the change says");
    let elsewhere = forge(|f| f.line("granted").stream = StreamName::agent("other-bot"));
    found(&elsewhere, "granted", "in the stream of another agent");
    let unsaid = forge(|f| f.without(&["agent_joined"]));
    found(&unsaid, "let_in_effect", "does not follow from it");
    let tool = forge(|f| {
        f.say("bot_asks", "/tool", json!("crm.cancel_order"));
        f.say("bot_link", "/tool", json!("crm.cancel_order"));
    });
    found(&tool, "bot_asks", "is not granted to billing-bot");
    let sure = forge(|f| f.say("call_opened", "/assurance", json!("verified")));
    found(&sure, "call_opened", "does not count for so much");
    let by_station = forge(|f| f.line("call_opened").actor = Actor::Station);
    found(&by_station, "call_opened", "only the agent billing-bot can");
    let other = forge(|f| {
        f.line("bot_asks").actor = agent();
        f.set("bot_asks", "agent", json!("refund"));
        f.line("bot_link").actor = agent();
    });
    found(&other, "bot_asks", "in what holds a call of billing-bot");
    let still = forge(|f| f.without(&["revoke", "revoke1", "revoke2", "revoke_effect", "revoked"]));
    found(&still, "bot_taken_back", "its agent was revoked, and it was not");
    let early = forge(|f| {
        let closed = f.line("call_closed").clone();
        f.without(&["call_closed"]);
        f.again("bot_waits", "bot_waits", "closed_early");
        let line = f.line("closed_early");
        (line.open, line.kind, line.stream) = (closed.open.clone(), closed.kind.clone(), closed.stream.clone());
        (line.actor, line.cause) = (Actor::Station, None);
    });
    found(&early, "closed_early", "has not");
}

#[test]
fn a_call_has_one_place_of_its_own_agents() {
    let twice = forge(|f| f.again("made", "made", "made_again"));
    found(&twice, "made_again", "holds another call already");
    let another = forge(|f| f.say("made", "/agent", json!("other-bot")));
    found(&another, "made", "only the agent other-bot can");
    let nowhere = forge(|f| f.say("made", "/conversation", json!(conversation())));
    found(&nowhere, "made", "which holds none of its");
}

#[test]
fn what_an_agent_relays_only_that_agent_tells_and_nothing_is_asked_for_in_it() {
    for (event, part) in
        [("relayed", "only the agent"), ("spanned", "only the agent"), ("relay_done", "only the agent")]
    {
        let another = forge(|f| f.line(event).actor = Actor::Station);
        found(&another, event, part);
    }
    let again = forge(|f| f.line("relay_again").actor = Actor::Agent("other-bot".to_owned()));
    found(&again, "relay_again", "only the agent billing-bot can");
    let skipped = forge(|f| f.say("relayed_more", "/number", json!(4)));
    found(&skipped, "relayed_more", "not the next message");
    let twice = forge(|f| f.say("relayed_more", "/client", json!(digest(81))));
    found(&twice, "relayed_more", "taken before");
    let ours = forge(|f| f.say("relay_opened", "/channel", json!("chat")));
    found(&ours, "relay_opened", "an external agent writes by chat");
    let named = forge(|f| f.say("named", "/conversation", json!(place())));
    found(&named, "named", "which it does not relay");
    let renamed = forge(|f| f.again("named", "named", "named_again"));
    found(&renamed, "named_again", "given before");
    let asked = forge(|f| {
        f.set("bot_asks", "conversation", json!(elsewhere()));
        f.line("bot_link").stream = StreamName::conversation(&elsewhere());
    });
    assert!(!asked.verified().is_good(), "an action stands in what is only relayed");
    let late = forge(|f| f.say("granted", "/grant/expires", json!("2020-01-01T00:00:00.000000Z")));
    assert!(!late.verified().is_good());
}
