//! Stop, resume, takeover, replies, hand back.

use crate::Row;
use crate::deciding::{conversation, decide, refund};
use crate::house::{CAN_BE_UNDONE, House, refusal};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::{Assurance, ResolutionCode, WhisperScope};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::person::{KeyKind, Role};
use countersign_gate::error::GateError;
use countersign_gate::{Answer, Ask, Escalation, Resolution, Whispering};

/// Another reply each time.
async fn reply(house: &House, id: &ConversationId, role: Role) -> Result<(), GateError> {
    let by = house.of(role).id.clone();
    let (text, client) = ("A person writes.".to_owned(), house.log.size().to_string());
    house.gate.answer(Answer { conversation: id.clone(), by, text, seen: house.log.size(), client }).await.map(drop)
}

fn resolution(house: &House, id: &ConversationId, role: Role) -> Resolution {
    let (by, seen) = (house.of(role).id.clone(), house.log.size());
    Resolution { conversation: id.clone(), by, code: ResolutionCode::Solved, note: "Done.".to_owned(), seen }
}

async fn resolve(house: &House, id: &ConversationId, role: Role) -> Result<(), GateError> {
    house.gate.resolve(resolution(house, id, role)).await.map(drop)
}

async fn use_tool(house: &House, id: &ConversationId, role: Role) -> Result<(), GateError> {
    let ask = Ask {
        conversation: id.clone(),
        by: house.of(role).id.clone(),
        tool: "crm.find_order".to_owned(),
        arguments: r#"{"order_number":"1042","postcode":"46001"}"#.to_owned(),
        why: String::new(),
        client: house.log.size().to_string(),
    };
    house.gate.ask(ask).await.map(drop)
}

async fn whisper(house: &House, id: &ConversationId, role: Role) -> Result<(), GateError> {
    let by = house.of(role).id.clone();
    let (text, client) = ("Cancel it instead.".to_owned(), house.log.size().to_string());
    let whispering = Whispering { conversation: id.clone(), by, text, scope: WhisperScope::NextReply, client };
    house.gate.whisper(whispering).await.map(drop)
}

async fn escalate(house: &House, action: &ActionId, by: &PersonId) -> Result<(), GateError> {
    let escalation = Escalation { action: action.clone(), by: by.clone(), note: "Call them.".to_owned() };
    house.gate.escalate(escalation).await.map(drop)
}

/// An action whose conversation would be put into the queue, in this state.
async fn escalated(house: &House, assurance: Assurance, state: &str) -> ActionId {
    let id = conversation(house, assurance).await;
    let action = refund(house, &id, 12_900, "damaged").await;
    match state {
        "escalated already" => escalate(house, &action, &house.first.id).await.unwrap(),
        "a person has the word" => drop(house.gate.take_over(&id, house.first.id.clone()).await.unwrap()),
        "decided" => drop(decide(house, &house.first, KeyKind::Device, &action, Choice::Reject).await.unwrap()),
        _ => {}
    }
    action
}

/// An action that is approved and not yet started, or still held.
async fn approved_or_held(house: &House, assurance: Assurance, state: &str) -> ActionId {
    let id = conversation(house, assurance).await;
    let action = refund(house, &id, CAN_BE_UNDONE, "damaged").await;
    if state != "held" {
        let stored = decide(house, &house.first, KeyKind::Device, &action, Choice::Approve).await.unwrap();
        assert_eq!(stored, Phase::Waiting);
    }
    action
}

pub(crate) async fn rows(house: &House, role: Role) -> Vec<Row> {
    let (gate, who) = (&house.gate, house.of(role).id.clone());
    let row = |command: &str, state: &'static str, assurance: &'static str, tried: Result<(), GateError>| Row {
        role: role.name(),
        command: command.to_owned(),
        state,
        assurance,
        signature: "none",
        verdict: tried.map_or_else(|error| refusal(&error), |()| "yes".to_owned()),
    };
    let mut rows = Vec::new();
    for assurance in [Assurance::Anonymous, Assurance::Claimed, Assurance::Verified] {
        let name = assurance.name();
        for state in ["held", "escalated already", "a person has the word", "decided"] {
            let action = escalated(house, assurance, state).await;
            rows.push(row("escalate", state, name, escalate(house, &action, &who).await));
        }
        for state in ["can be taken back", "held"] {
            let action = approved_or_held(house, assurance, state).await;
            rows.push(row("undo", state, name, gate.undo(&action, &who).await.map(drop)));
            let action = approved_or_held(house, assurance, state).await;
            let saw = gate.records().action(&action).await.unwrap().action.deadline.unwrap();
            rows.push(row("more_time", state, name, gate.give_more_time(&action, &who, saw).await.map(drop)));
            let action = approved_or_held(house, assurance, state).await;
            rows.push(row("snooze", state, name, gate.snooze(&action, &who, Some(300)).await));
            rows.push(row("delegate", state, name, gate.delegate(&action, &who, Some(&house.first.id)).await));
        }
        let id = conversation(house, assurance).await;
        let taken = gate.take_over(&id, who.clone()).await.map(drop);
        if taken.is_ok() {
            rows.push(row("whisper", "they have the word", name, whisper(house, &id, role).await));
            rows.push(row("reply", "they have the word", name, reply(house, &id, role).await));
            rows.push(row("use_tool", "they have the word", name, use_tool(house, &id, role).await));
            let back = gate.hand_back(&id, who.clone()).await.map(drop);
            rows.push(row("hand_back", "they have the word", name, back));
        }
        let now = house.gate.records().now();
        if gate.take_over(&id, who.clone()).await.is_ok() {
            let made = gate.promise(&id, who.clone(), "By Friday.", Some(now.plus_seconds(60))).await.map(drop);
            rows.push(row("promise", "they have the word", name, made));
            rows.push(row("resolve", "they have the word", name, resolve(house, &id, role).await));
        } else {
            let first = house.first.id.clone();
            gate.take_over(&id, first.clone()).await.unwrap();
            gate.promise(&id, first.clone(), "By Friday.", None).await.unwrap();
            let ended = Resolution { by: first, ..resolution(house, &id, role) };
            gate.resolve(ended).await.unwrap();
        }
        let kept = gate.keep_promise(&id, who.clone(), 1).await.map(drop);
        rows.push(row("keep_promise", "a person ended it", name, kept));
        let id = conversation(house, assurance).await;
        for (command, tried) in [
            ("promise", gate.promise(&id, who.clone(), "By Friday.", None).await.map(drop)),
            ("resolve", resolve(house, &id, role).await),
        ] {
            rows.push(row(command, "the agent has the word", name, tried));
        }
        rows.push(row("whisper", "the agent has the word", name, whisper(house, &id, role).await));
        rows.push(row("reply", "the agent has the word", name, reply(house, &id, role).await));
        rows.push(row("use_tool", "the agent has the word", name, use_tool(house, &id, role).await));
        rows.push(row("take_over", "the agent has the word", name, taken));
        let id = conversation(house, assurance).await;
        gate.take_over(&id, house.first.id.clone()).await.unwrap();
        rows.push(row("whisper", "somebody else has the word", name, whisper(house, &id, role).await));
        rows.push(row("reply", "somebody else has the word", name, reply(house, &id, role).await));
        rows.push(row("use_tool", "somebody else has the word", name, use_tool(house, &id, role).await));
        rows.push(row(
            "hand_back",
            "somebody else has the word",
            name,
            gate.hand_back(&id, who.clone()).await.map(drop),
        ));
        rows.push(row(
            "take_over",
            "somebody else has the word",
            name,
            gate.take_over(&id, who.clone()).await.map(drop),
        ));
    }
    let until = gate.records().now().plus_seconds(600);
    let (first, second) = (&house.first.id, &house.second.id);
    let own = gate.go_away(&who, &who, until, first).await.map(drop);
    rows.push(row("go_away", "of oneself", "any", own));
    let other = gate.go_away(&who, second, until, first).await.map(drop);
    rows.push(row("go_away", "of somebody else", "any", other));
    if role == Role::Supervisor {
        rows.push(row("come_back", "of oneself", "any", gate.come_back(&who, &who).await.map(drop)));
    }
    let _ = gate.go_away(second, second, until, first).await;
    rows.push(row("come_back", "of somebody else", "any", gate.come_back(&who, second).await.map(drop)));
    let _ = gate.come_back(second, second).await;
    let id = conversation(house, Assurance::Verified).await;
    rows.push(row("export_case", "any", "any", gate.note_exported(&id, &who, 1, 1).await));
    let stopped = gate.stop(who.clone()).await.map(drop);
    if stopped.is_err() {
        gate.stop(house.first.id.clone()).await.unwrap();
    }
    rows.push(row("stop", "running", "any", stopped));
    rows.push(row("stop", "stopped", "any", gate.stop(who.clone()).await.map(drop)));
    let resumed = gate.resume(who.clone()).await.map(drop);
    if resumed.is_err() {
        gate.resume(house.first.id.clone()).await.unwrap();
    }
    rows.push(row("resume", "stopped", "any", resumed));
    gate.stop_until_two_resume(house.first.id.clone()).await.unwrap();
    rows.push(row("resume", "stopped until two resume", "any", gate.resume(who.clone()).await.map(drop)));
    house.both(countersign_domain::change::Change::Resume, countersign_domain::event::Fields::new()).await.unwrap();
    rows.push(row("resume", "running", "any", gate.resume(who).await.map(drop)));
    rows
}
