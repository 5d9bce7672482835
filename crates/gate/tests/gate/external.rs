//! Agents that others wrote: what they may do people signed, a call has one place however often it comes, and an end.

use crate::changes::{both, second};
use crate::shop::{Shop, refund};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::agent::{AgentGrant, AgentWord, token_digest, token_of};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::person::Role;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use countersign_gate::{AgentCall, CallCustomer, CallStands, Caller, MadeCall};
use std::sync::Arc;

const BOT: &str = "billing-bot";
const REFUND: &str = "crm.issue_refund";
const LOOK: &str = "crm.get_order";
const HELD: i64 = 12_900;
const LET_THROUGH: i64 = 2_000;

fn token(n: u8) -> String {
    token_of(BOT, [n; 32])
}

fn grant(shop: &Shop) -> AgentGrant {
    AgentGrant {
        tools: vec![REFUND.into(), LOOK.into()],
        word: AgentWord::Verified,
        expires: shop.gate.records().now().plus_seconds(3_600),
        calls_per_minute: 600,
        open_calls: 20,
        wait_seconds: 50,
    }
}

fn granting(from: Option<&AgentGrant>, to: &AgentGrant, token: &str) -> Change {
    let (from, to) = (from.cloned().map(Box::new), Box::new(to.clone()));
    Change::GrantAgent { agent: BOT.into(), from, to, token: token_digest(token) }
}

/// A shop that has granted an agent these, and the agent.
pub(crate) async fn granted(edit: impl Fn(&mut AgentGrant)) -> (Shop, Caller) {
    let shop = Shop::open().await;
    let mut grant = grant(&shop);
    edit(&mut grant);
    shop.change(granting(None, &grant, &token(1))).await.unwrap();
    let caller = shop.gate.caller(&token(1)).await.unwrap();
    (shop, caller)
}

pub(crate) fn call(minor: i64) -> AgentCall {
    let customer = CallCustomer { id: Some("C-2001".into()), name: Some("Ana Ruiz".into()) };
    AgentCall {
        tool: REFUND.into(),
        arguments: refund(minor).to_string(),
        customer: Some(customer),
        claim: Some("It came broken.".into()),
        ..AgentCall::default()
    }
}

async fn made(shop: &Shop, caller: &Caller, call: &AgentCall) -> (MadeCall, ActionReport) {
    let made = shop.gate.make_call(caller, call).await.unwrap();
    let report = shop.gate.carry_call(caller, call, &made).await.unwrap();
    (made, report)
}

#[tokio::test]
async fn what_an_agent_may_do_two_people_sign_and_nothing_else_is_let_in() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let none = shop.gate.caller(&token(1)).await;
    assert!(matches!(none, Err(GateError::UnknownToken)), "{none:?}");
    let first = grant(&shop);
    let record = shop.gate.propose_change(&shop.person, granting(None, &first, &token(1)), Default::default());
    let record = record.await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    assert!(shop.gate.caller(&token(1)).await.is_err(), "one signature grants nothing");
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    let caller = shop.gate.caller(&token(1)).await.unwrap();
    assert_eq!((caller.name(), caller.grant()), (BOT, &first));
    for wrong in [token(2), token_of("another-bot", [1; 32]), String::new(), token(1).replace('0', "g")] {
        assert!(matches!(shop.gate.caller(&wrong).await, Err(GateError::UnknownToken)), "{wrong}");
    }
    // Another token takes the place of the one before; the same one again, or what it may do already, is no change.
    let again = both(&shop, &jonas, granting(Some(&first), &first, &token(1))).await;
    assert!(matches!(again, Err(GateError::Change(ChangeError::Impossible(_)))), "{again:?}");
    let outdated = both(&shop, &jonas, granting(None, &first, &token(2))).await;
    assert!(matches!(outdated, Err(GateError::Change(ChangeError::Outdated))), "{outdated:?}");
    both(&shop, &jonas, granting(Some(&first), &first, &token(2))).await.unwrap();
    assert!(shop.gate.caller(&token(1)).await.is_err() && shop.gate.caller(&token(2)).await.is_ok());
    // What does not fit is proposed by nobody.
    let unfit = AgentGrant { tools: vec!["crm.no_such_tool".into()], ..first.clone() };
    assert!(both(&shop, &jonas, granting(Some(&first), &unfit, &token(2))).await.is_err());
    // Its time ends it, without anybody.
    shop.clock.advance(3_601);
    assert!(shop.gate.caller(&token(2)).await.is_err());
    assert_eq!(shop.gate.external_agents().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_external_call_is_judged_like_any_other_and_its_case_ends_with_it() {
    let (shop, caller) = granted(|_| {}).await;
    let (_, allowed) = made(&shop, &caller, &call(LET_THROUGH)).await;
    assert_eq!((allowed.phase, shop.refunds()), (Phase::Succeeded, vec![LET_THROUGH]));
    let (place, held) = made(&shop, &caller, &call(HELD)).await;
    assert_eq!(held.phase, Phase::Held);
    assert!(!shop.gate.close_call(&place.conversation).await.unwrap(), "not while people decide");
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert!(serde_json::to_string(&card).unwrap().contains("It came broken."), "its account is on the card");
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert!(shop.gate.close_call(&place.conversation).await.unwrap());
    let (conversation, _) = shop.gate.records().conversation(&place.conversation).await.unwrap();
    assert!(conversation.closed && conversation.external_agent() == Some(BOT));
    // Nobody writes there, so nobody takes it over.
    let (open, _) = made(&shop, &caller, &call(HELD + 100)).await;
    assert!(shop.gate.take_over(&open.conversation, shop.person.clone()).await.is_err());
}

#[tokio::test]
async fn the_same_call_again_is_answered_and_never_made_twice() {
    let (shop, caller) = granted(|_| {}).await;
    let (first, held) = made(&shop, &caller, &call(HELD)).await;
    let (again, same) = made(&shop, &caller, &call(HELD)).await;
    assert_eq!((&again.conversation, &same.action), (&first.conversation, &held.action));
    assert!(again.attached && !first.attached);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
    let (_, told) = made(&shop, &caller, &call(HELD)).await;
    assert_eq!((&told.action, told.phase), (&held.action, Phase::Succeeded), "whoever asks again learns how it ended");
    assert_eq!(shop.refunds(), [HELD]);
    // After a restart too, and with an end that nobody has been told of.
    let shop = shop.restart().await;
    let caller = shop.gate.caller(&token(1)).await.unwrap();
    assert_eq!(made(&shop, &caller, &call(HELD)).await.1.action, held.action);
    // A quarter of an hour later it is another call.
    shop.clock.advance(15 * 60 + 1);
    let caller = shop.gate.caller(&token(1)).await.unwrap();
    let (later, other) = made(&shop, &caller, &call(HELD)).await;
    assert!(!later.attached && other.action != held.action);
}

#[tokio::test]
async fn a_key_of_the_callers_own_rules_and_what_was_read_is_read_again() {
    let (shop, caller) = granted(|_| {}).await;
    let keyed = |key: &str, minor| AgentCall { key: Some(key.into()), ..call(minor) };
    let (_, one) = made(&shop, &caller, &keyed("a", LET_THROUGH)).await;
    shop.clock.advance(20 * 60);
    let caller = shop.gate.caller(&token(1)).await.unwrap();
    let (_, same) = made(&shop, &caller, &keyed("a", LET_THROUGH)).await;
    assert_eq!(same.action, one.action, "for good");
    let other = shop.gate.make_call(&caller, &keyed("a", LET_THROUGH + 1)).await;
    assert!(matches!(other, Err(GateError::CallKey(_))), "{other:?}");
    let (_, second) = made(&shop, &caller, &keyed("b", LET_THROUGH)).await;
    assert_ne!(second.action, one.action, "another key is another call, whatever it asks for");
    let theirs = CallCustomer { id: Some("C-2002".into()), name: None };
    let other = AgentCall { customer: Some(theirs), ..keyed("a", LET_THROUGH) };
    let other = shop.gate.make_call(&caller, &other).await;
    assert!(matches!(other, Err(GateError::CallKey(_))), "nor for somebody else: {other:?}");
    for wrong in ["", &"k".repeat(257)] {
        assert!(matches!(shop.gate.make_call(&caller, &keyed(wrong, 1)).await, Err(GateError::CallKey(_))));
    }
    let look = AgentCall { tool: LOOK.into(), arguments: r#"{"order_number":"1042"}"#.into(), ..call(0) };
    let (_, read) = made(&shop, &caller, &look).await;
    let (_, again) = made(&shop, &caller, &look).await;
    assert_eq!((read.phase, again.phase), (Phase::Succeeded, Phase::Succeeded));
    assert_ne!(read.action, again.action, "what was read may be old");
}

#[tokio::test]
async fn the_same_call_from_many_connections_at_once_takes_one_place() {
    let (shop, caller) = granted(|_| {}).await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (gate, caller) = (shop.gate.clone(), caller.clone());
        racing.spawn(async move {
            let call = call(LET_THROUGH);
            let made = gate.make_call(&caller, &call).await.unwrap();
            gate.carry_call(&caller, &call, &made).await.unwrap().action
        });
    }
    let all: std::collections::BTreeSet<ActionId> = racing.join_all().await.into_iter().collect();
    assert_eq!((all.len(), shop.refunds().len()), (1, 1));
}

#[tokio::test]
async fn what_is_not_granted_or_fits_no_schema_takes_no_place() {
    let (shop, caller) = granted(|grant| grant.open_calls = 1).await;
    let size = shop.log.size();
    let other = AgentCall { tool: "crm.find_order".into(), ..call(1) };
    assert!(matches!(shop.gate.make_call(&caller, &other).await, Err(GateError::NotGranted(_))));
    for arguments in ["{}", "[]", "{\"order_number\":\"1\",\"order_number\":\"2\"}", "nonsense"] {
        let refused = shop.gate.make_call(&caller, &AgentCall { arguments: arguments.into(), ..call(1) }).await;
        assert!(matches!(refused, Err(GateError::Schema(_) | GateError::NotStrict(_))), "{refused:?}");
    }
    assert_eq!(shop.log.size(), size);
    made(&shop, &caller, &call(HELD)).await;
    let full = shop.gate.make_call(&caller, &call(HELD + 1)).await;
    assert!(matches!(full, Err(GateError::TooManyOpenCalls(1))), "{full:?}");
    assert!(shop.gate.make_call(&caller, &call(HELD)).await.unwrap().attached, "the one that is open is found");
}

#[tokio::test]
async fn the_same_call_for_another_customer_is_another_call() {
    let (shop, caller) = granted(|_| {}).await;
    let (first, _) = made(&shop, &caller, &call(HELD)).await;
    let theirs = CallCustomer { id: Some("C-2002".into()), name: Some("Ana Ruiz".into()) };
    let (other, _) = made(&shop, &caller, &AgentCall { customer: Some(theirs), ..call(HELD) }).await;
    assert!(!other.attached && other.conversation != first.conversation);
}

#[tokio::test]
async fn a_call_that_was_taken_back_before_it_was_proposed_never_is_and_may_be_made_again() {
    let (shop, caller) = granted(|_| {}).await;
    let place = shop.gate.make_call(&caller, &call(LET_THROUGH)).await.unwrap();
    assert_eq!(shop.gate.call_stands(&caller, &place.conversation).await.unwrap(), CallStands::TakenDown);
    assert!(shop.gate.cancel_call(&caller, &place.conversation).await.unwrap());
    assert_eq!(shop.gate.call_stands(&caller, &place.conversation).await.unwrap(), CallStands::NotTaken);
    assert!(shop.gate.carry_call(&caller, &call(LET_THROUGH), &place).await.is_err());
    assert!(shop.refunds().is_empty());
    let (again, report) = made(&shop, &caller, &call(LET_THROUGH)).await;
    assert!(!again.attached && report.phase == Phase::Succeeded);
}

#[tokio::test]
async fn no_more_calls_are_taken_down_at_once_than_may_be_open() {
    let (shop, caller) = granted(|grant| grant.open_calls = 2).await;
    let mut places = Vec::new();
    for n in 0..2 {
        places.push(shop.gate.make_call(&caller, &call(LET_THROUGH + n)).await.unwrap());
    }
    let third = shop.gate.make_call(&caller, &call(LET_THROUGH + 2)).await;
    assert!(matches!(third, Err(GateError::TooManyOpenCalls(2))), "{third:?}");
    places.pop();
    assert!(shop.gate.make_call(&caller, &call(LET_THROUGH + 2)).await.is_ok());
}

#[tokio::test]
async fn a_ticket_is_its_agents_alone() {
    let (shop, caller) = granted(|_| {}).await;
    let (place, _) = made(&shop, &caller, &call(HELD)).await;
    let other = Change::GrantAgent {
        agent: "other-bot".into(),
        from: None,
        to: Box::new(grant(&shop)),
        token: token_digest(&token_of("other-bot", [9; 32])),
    };
    shop.change(other).await.unwrap();
    let stranger = shop.gate.caller(&token_of("other-bot", [9; 32])).await.unwrap();
    let chat = shop.conversation(countersign_domain::conversation::Assurance::Verified).await;
    for ticket in [&place.conversation, &chat, &ConversationId::random(shop.entropy.as_ref())] {
        let told = shop.gate.call_stands(&stranger, ticket).await;
        assert!(matches!(told, Err(GateError::NotFound("ticket"))), "{told:?}");
        assert!(shop.gate.cancel_call(&stranger, ticket).await.is_err());
    }
    let stands = shop.gate.call_stands(&caller, &place.conversation).await.unwrap();
    assert!(matches!(stands, CallStands::Proposed(_)));
    // The same call of another agent is another call.
    let (theirs, _) = made(&shop, &stranger, &call(HELD)).await;
    assert_ne!(theirs.conversation, place.conversation);
}

#[tokio::test]
async fn its_agent_takes_a_call_back_until_it_starts_and_a_revocation_takes_back_all_of_them() {
    let (shop, caller) = granted(|_| {}).await;
    let (first, held) = made(&shop, &caller, &call(HELD)).await;
    assert!(shop.gate.cancel_call(&caller, &first.conversation).await.unwrap());
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Withdrawn);
    let (again, held) = made(&shop, &caller, &call(HELD)).await;
    assert!(!again.attached && held.phase == Phase::Held, "nobody has decided it, so it may be asked for anew");
    assert!(shop.gate.cancel_call(&caller, &again.conversation).await.unwrap());
    let (done, _) = made(&shop, &caller, &call(LET_THROUGH)).await;
    assert!(!shop.gate.cancel_call(&caller, &done.conversation).await.unwrap(), "what has happened stays");
    let (_, waits) = made(&shop, &caller, &call(HELD + 100)).await;
    let fresh = shop.gate.make_call(&caller, &call(HELD + 200)).await.unwrap();
    let signed = shop.sign(&waits.action, Choice::Approve, None).await;
    shop.change(Change::RevokeAgent { agent: BOT.into() }).await.unwrap();
    assert_eq!(shop.gate.report(&waits.action).await.unwrap().phase, Phase::Withdrawn);
    assert!(shop.gate.decide(signed).await.is_err(), "nothing of it can be approved any more");
    assert!(shop.gate.caller(&token(1)).await.is_err());
    // One that had its place and was not proposed yet is proposed no more.
    let late = shop.gate.carry_call(&caller, &call(HELD + 200), &fresh).await;
    assert!(matches!(late, Err(GateError::UnknownToken)), "{late:?}");
    let (ended, _) = shop.gate.records().conversation(&fresh.conversation).await.unwrap();
    assert!(ended.closed, "nobody waits for it");
    assert_eq!(shop.refunds(), [LET_THROUGH]);
    // The token that was revoked is never good again.
    let again = shop.change(granting(None, &grant(&shop), &token(1))).await;
    assert!(matches!(again, Err(GateError::Change(ChangeError::Impossible(_)))), "{again:?}");
    shop.change(granting(None, &grant(&shop), &token(3))).await.unwrap();
    assert!(shop.gate.caller(&token(3)).await.is_ok());
}

#[tokio::test]
async fn a_call_whose_agent_is_revoked_while_its_facts_are_read_is_judged_by_nobody() {
    let (shop, caller) = granted(|_| {}).await;
    shop.server.books.lock().unwrap().looks_slowly = true;
    let asked = call(LET_THROUGH);
    let place = shop.gate.make_call(&caller, &asked).await.unwrap();
    let (carried, ()) = tokio::join!(shop.gate.carry_call(&caller, &asked, &place), async {
        shop.server.looking.notified().await;
        shop.change(Change::RevokeAgent { agent: BOT.into() }).await.unwrap();
        shop.server.look_on.notify_one();
    });
    assert!(carried.map_or(true, |report| report.phase == Phase::Withdrawn));
    let CallStands::Proposed(report) = shop.gate.call_stands(&caller, &place.conversation).await.unwrap() else {
        panic!("it was proposed")
    };
    assert_eq!((report.phase, shop.refunds()), (Phase::Withdrawn, vec![]));
}

#[tokio::test]
async fn what_a_revoked_agent_had_asked_for_ends_with_the_next_start_at_the_latest() {
    let (shop, caller) = granted(|_| {}).await;
    let (_, waits) = made(&shop, &caller, &call(HELD)).await;
    // Revoked by a gate that knows of no open action: as if the station had ended in between.
    let before: Arc<_> = shop.gate_of_before();
    let record = before.propose_change(&shop.person, Change::RevokeAgent { agent: BOT.into() }, Default::default());
    let record = record.await.unwrap();
    let statement = shop.change_statement(&record.change, &shop.person, &shop.key);
    let signature = hex::encode(shop.key.sign(&statement.to_bytes()));
    before.sign_change(statement, signature).await.unwrap();
    assert_eq!(shop.gate.report(&waits.action).await.unwrap().phase, Phase::Held);
    let shop = shop.restart().await;
    assert_eq!(shop.gate.report(&waits.action).await.unwrap().phase, Phase::Withdrawn);
}

#[tokio::test]
async fn an_agents_word_on_its_customer_counts_as_far_as_it_was_granted() {
    for (word, phase) in
        [(AgentWord::Nothing, Phase::Held), (AgentWord::Claimed, Phase::Held), (AgentWord::Verified, Phase::Succeeded)]
    {
        let (shop, caller) = granted(|grant| grant.word = word).await;
        let (_, report) = made(&shop, &caller, &call(LET_THROUGH)).await;
        assert_eq!(report.phase, phase, "{word:?}");
        // Somebody else's order waits for a person, whoever vouches.
        let customer = CallCustomer { id: Some("C-2002".into()), name: None };
        let (_, theirs) = made(&shop, &caller, &AgentCall { customer: Some(customer), ..call(LET_THROUGH + 1) }).await;
        assert_eq!(theirs.phase, Phase::Held, "{word:?}");
    }
}
