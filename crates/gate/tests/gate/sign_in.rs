//! A customer who signs in while they write: whose an address is, and to whom a conversation is bound from then on.

use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::change::Change;
use countersign_domain::conversation::{
    Assurance, CloseReason, ConversationError, MOST_SIGN_INS, SignInFailure, SignInProof, SignedIn,
};
use countersign_domain::event::Fields;
use countersign_domain::ids::ConversationId;
use countersign_event_log::envelope::Actor;
use countersign_gate::error::GateError;
use countersign_gate::sign_in::{AddressLookup, AddressOwner, SignInAsked};
use serde_json::json;

fn lookup() -> AddressLookup {
    let told = json!({
        "tool": "crm.find_customer", "argument": "email",
        "subject": "/customer/id", "address": "/customer/email", "name": "/customer/name",
    });
    serde_json::from_value(told).unwrap()
}

fn refused<T>(result: Result<T, GateError>) -> ConversationError {
    match result {
        Err(GateError::Conversation(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

impl Shop {
    async fn asked(&self, id: &ConversationId, address: &str) -> SignInAsked {
        self.gate.ask_sign_in(id, address).await.unwrap()
    }

    async fn owner(&self, id: &ConversationId, address: &str) -> Result<AddressOwner, SignInFailure> {
        let asked = self.asked(id, address).await;
        self.gate.owner_of(asked, &lookup()).await
    }

    /// Signs in whoever has this address, as if they had typed the right code.
    pub(crate) async fn signs_in(&self, id: &ConversationId, address: &str) {
        let asked = self.asked(id, address).await;
        let number = asked.number();
        let Ok(owner) = self.gate.owner_of(asked, &lookup()).await else { panic!("{address} is known") };
        self.gate.sign_in(id, number, &owner).await.unwrap();
    }

    fn calls(&self) -> Vec<String> {
        self.server.books.lock().unwrap().calls.clone()
    }
}

#[tokio::test]
async fn whoever_has_signed_in_is_treated_as_if_the_site_had_signed_them_in() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    let before = shop.refund(&conversation, 4_900).await;
    assert_eq!(before.phase, Phase::Held, "nobody knows who this is");
    shop.signs_in(&conversation, "ana@example.com").await;

    let (state, events) = shop.gate.records().conversation(&conversation).await.unwrap();
    assert_eq!(state.assurance(), Assurance::Verified);
    assert_eq!(state.customer(), Some(shop.gate.records().sealing().pseudonym("C-2001").as_str()));
    let kinds: Vec<&str> = events.iter().map(|e| e.stored.envelope.kind.as_str()).collect();
    assert!(kinds.ends_with(&["conversation.sign_in_asked", "conversation.signed_in"]), "{kinds:?}");
    // Invariant 9: the address and the name are sealed.
    for event in &events {
        let open = event.stored.envelope.open.to_string().to_lowercase();
        assert!(!open.contains("ana") && !open.contains("c-2001"), "{open}");
    }
    assert_eq!(shop.calls().iter().filter(|call| *call == "find_customer").count(), 1);

    let own = shop.refund_of(&conversation, "C-2001", 4_900).await;
    assert_eq!(own.phase, Phase::Succeeded, "a small refund of their own order needs nobody");
    let others = shop.refund_of(&conversation, "C-2002", 4_900).await;
    assert_eq!(others.phase, Phase::Held);
}

#[tokio::test]
async fn a_card_that_somebody_has_open_is_another_one_once_the_customer_is_known() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    let held = shop.refund(&conversation, 12_900).await;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.signs_in(&conversation, "ana@example.com").await;
    assert!(matches!(shop.gate.decide(signed).await, Err(GateError::CardChanged)));
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert_eq!((card.customer.assurance, card.customer.name.as_deref()), (Assurance::Verified, Some("Ana Ruiz")));
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn what_was_held_before_somebody_else_signed_in_is_held_again_and_says_why() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    let held = shop.refund(&conversation, 12_900).await;
    shop.signs_in(&conversation, "bo@example.com").await;
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    let decided = shop.gate.decide(signed).await;
    assert!(shop.server.books.lock().unwrap().refunds.is_empty(), "{decided:?}");
    let record = shop.gate.records().action(&held.action).await.unwrap();
    let last = record.events.last().unwrap();
    assert_eq!(last.stored.envelope.kind, "action.voided", "{decided:?}");
    assert_eq!(last.stored.envelope.open["reason"], "customer_signed_in");
}

#[tokio::test]
async fn what_was_signed_before_somebody_else_signed_in_does_not_start_by_that_signature() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    let held = shop.refund(&conversation, 12_900).await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    let signed = shop.sign(&held.action, Choice::Approve, None).await;
    shop.gate.decide(signed).await.unwrap();
    shop.reaches(&held.action, Phase::Approved).await;
    shop.signs_in(&conversation, "bo@example.com").await;
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Held).await;
    assert!(shop.server.books.lock().unwrap().refunds.is_empty());
}

#[tokio::test]
async fn what_is_judged_while_the_customer_signs_in_is_judged_by_who_they_are() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    shop.server.books.lock().unwrap().looks_slowly = true;
    let (report, ()) = tokio::join!(shop.refund(&conversation, 4_900), async {
        shop.server.looking.notified().await;
        shop.signs_in(&conversation, "ana@example.com").await;
        shop.server.look_on.notify_one();
    });
    assert_eq!(report.phase, Phase::Succeeded, "a small refund of their own order needs nobody");
}

#[tokio::test]
async fn a_customer_is_bound_once_and_only_by_what_was_asked_for_last() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Anonymous).await;
    let Ok(ana) = shop.owner(&conversation, "ana@example.com").await else { panic!("she is known") };
    let Ok(bo) = shop.owner(&conversation, "bo@example.com").await else { panic!("he is known") };
    // Ana's code came for the first asking, which the second has taken the place of.
    let early = refused(shop.gate.sign_in(&conversation, 1, &ana).await);
    assert_eq!(early, ConversationError::NoSignIn);
    shop.gate.fail_sign_in(&conversation, 2, SignInFailure::WrongCodes).await.unwrap();
    let spent = refused(shop.gate.sign_in(&conversation, 2, &bo).await);
    assert_eq!(spent, ConversationError::NoSignIn, "after as many wrong codes as may be none is right");
    shop.gate.fail_sign_in(&conversation, 2, SignInFailure::NotSent).await.unwrap();

    shop.signs_in(&conversation, "bo@example.com").await;
    let again = refused(shop.gate.sign_in(&conversation, 3, &bo).await);
    assert_eq!(again, ConversationError::SignedIn);
    let more = refused(shop.gate.ask_sign_in(&conversation, "ana@example.com").await);
    assert_eq!(more, ConversationError::SignedIn);
    let verified = shop.conversation(Assurance::Verified).await;
    let known = refused(shop.gate.ask_sign_in(&verified, "bo@example.com").await);
    assert_eq!(known, ConversationError::SignedIn);
    let (_, events) = shop.gate.records().conversation(&conversation).await.unwrap();
    let failed = events.iter().filter(|e| e.stored.envelope.kind == "conversation.sign_in_failed").count();
    assert_eq!(failed, 1, "why it failed is said once");
}

#[tokio::test]
async fn a_conversation_asks_five_times_and_one_that_has_ended_never() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    for number in 1..=MOST_SIGN_INS {
        assert_eq!(shop.asked(&conversation, "ana@example.com").await.number(), number);
    }
    let once_more = refused(shop.gate.ask_sign_in(&conversation, "ana@example.com").await);
    assert_eq!(once_more, ConversationError::TooManySignIns);
    let ended = shop.conversation(Assurance::Claimed).await;
    let asked = shop.asked(&ended, "ana@example.com").await;
    let (state, _) = shop.gate.records().conversation(&ended).await.unwrap();
    let draft = state.close(CloseReason::CustomerDone).unwrap();
    let customer = Actor::Customer(ended.to_string());
    shop.gate.records().append_conversation(&ended, state.version, vec![draft], customer).await.unwrap();
    let number = asked.number();
    let Ok(owner) = shop.gate.owner_of(asked, &lookup()).await else { panic!("she is known") };
    assert_eq!(refused(shop.gate.sign_in(&ended, number, &owner).await), ConversationError::Closed);
}

#[tokio::test]
async fn an_address_is_a_customer_s_only_where_a_read_says_that_very_address() {
    let shop = Shop::open().await;
    for (address, found) in [
        ("ana@example.com", Ok("Ana@Example.com")),
        ("nobody@example.com", Err(SignInFailure::UnknownAddress)),
        ("like.ana@example.com", Err(SignInFailure::UnknownAddress)),
        ("slow@example.com", Err(SignInFailure::NotLookedUp)),
        ("busy@example.com", Err(SignInFailure::NotLookedUp)),
    ] {
        let conversation = shop.conversation(Assurance::Claimed).await;
        let owner = shop.owner(&conversation, address).await.map(|owner| owner.address);
        assert_eq!(owner.as_deref().map_err(|reason| *reason), found, "{address}");
    }
    // No tool that does anything is ever asked, and none that nobody configured.
    let calls = shop.calls().len();
    for tool in ["crm.add_note", "crm.issue_refund", "crm.nothing"] {
        let conversation = shop.conversation(Assurance::Claimed).await;
        let asked = shop.asked(&conversation, "ana@example.com").await;
        let reason = shop.gate.owner_of(asked, &AddressLookup { tool: tool.into(), ..lookup() }).await.err();
        assert_eq!(reason, Some(SignInFailure::NotLookedUp), "{tool}");
    }
    assert_eq!(shop.calls().len(), calls);
}

#[tokio::test]
async fn what_a_signed_in_customer_said_is_erased_with_them_and_nobody_else_s() {
    let shop = Shop::open().await;
    shop.gate.forget_through(Vec::new()).await;
    let (theirs, others) = (shop.conversation(Assurance::Claimed).await, shop.conversation(Assurance::Claimed).await);
    shop.signs_in(&theirs, "ana@example.com").await;
    // About Ana's order, in the conversation of somebody who turns out to be Bo.
    shop.refund_of(&others, "C-2001", 4_900).await;
    shop.signs_in(&others, "bo@example.com").await;
    let ana = shop.gate.records().sealing().pseudonym("C-2001");
    let linked = shop.gate.linked(&ana, u64::MAX).await.unwrap();
    assert_eq!(linked.conversations.iter().collect::<Vec<_>>(), [&theirs]);
    assert_eq!(linked.elsewhere.len(), 1);
    let known = shop.gate.customer_of(&others).await.unwrap();
    assert_eq!(known, Some(shop.gate.records().sealing().pseudonym("C-2002")));

    shop.change(Change::EraseCustomer { customer: ana.clone() }).await.unwrap();
    shop.gate.carry_out_erasures().await;
    let readable = async |id: &ConversationId| {
        let (_, events) = shop.gate.records().conversation(id).await.unwrap();
        events.iter().any(|e| e.stored.sealed.is_some() && e.fields.is_some())
    };
    assert!(!readable(&theirs).await && readable(&others).await);
}

#[tokio::test]
async fn nobody_is_signed_in_whom_nobody_asked_for() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Claimed).await;
    let (state, _) = shop.gate.records().conversation(&conversation).await.unwrap();
    let signed_in = SignedIn { number: 0, by: SignInProof::MailedCode, customer: "6".repeat(64) };
    assert_eq!(state.sign_in(signed_in, Fields::new()).err(), Some(ConversationError::NoSignIn));
}
