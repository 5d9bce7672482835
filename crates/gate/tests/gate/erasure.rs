//! Erasing one customer: what is theirs, what waits, what an end of the process at any step leaves to be done.

use crate::broken_log::{BrokenLog, Disk};
use crate::changes::{proposed, second};
use crate::server::Fault;
use crate::shop::Shop;
use async_trait::async_trait;
use countersign_domain::action::{Choice, Phase, SettledHow};
use countersign_domain::change::{Change, ChangePhase};
use countersign_domain::conversation::{Assurance, CloseReason, ConversationError, ConversationEvent};
use countersign_domain::customer::{Customer, CustomerError, CustomerEvent, Done};
use countersign_domain::ids::ConversationId;
use countersign_domain::person::Role;
use countersign_event_log::stream::StreamName;
use countersign_gate::erasure::{Forget, Forgotten};
use countersign_gate::error::GateError;
use countersign_gate::records::read;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Something that keeps words: what it was told to forget, and whether it can.
#[derive(Default)]
struct Keeper {
    forgotten: Mutex<Vec<Forgotten>>,
    broken: Mutex<bool>,
}

#[async_trait]
impl Forget for Keeper {
    async fn forget(&self, forgotten: &Forgotten) -> Result<(), String> {
        if *self.broken.lock().unwrap() {
            return Err("the disk is full".into());
        }
        self.forgotten.lock().unwrap().push(forgotten.clone());
        Ok(())
    }
}

impl Shop {
    fn named(&self, customer: &str) -> String {
        self.gate.records().sealing().pseudonym(customer)
    }

    async fn customer(&self, customer: &str) -> Customer {
        self.gate.records().customer(&self.named(customer)).await.unwrap()
    }

    /// Signs a change about a customer: as long as one person decides everything, it takes effect with that.
    async fn about(&self, what: impl FnOnce(String) -> Change) -> Result<ChangePhase, GateError> {
        self.change(what(self.named("C-2001"))).await.map(|stored| stored.phase)
    }

    /// Orders Ana's erasure, and carries it out as far as it goes.
    async fn order_erasure(&self) {
        let ordered = self.about(|customer| Change::EraseCustomer { customer }).await.unwrap();
        assert_eq!(ordered, ChangePhase::InEffect);
        self.gate.carry_out_erasures().await;
    }

    async fn is_readable(&self, conversation: &ConversationId) -> bool {
        let (_, events) = self.gate.records().conversation(conversation).await.unwrap();
        let readable: Vec<bool> = events.iter().map(|e| e.stored.sealed.is_none() || e.fields.is_some()).collect();
        let sealed: Vec<bool> =
            events.iter().filter(|e| e.stored.sealed.is_some()).map(|e| e.fields.is_some()).collect();
        assert!(sealed.iter().all(|readable| *readable == sealed[0]), "all of it or nothing: {readable:?}");
        sealed[0]
    }

    async fn done(&self, customer: &str) -> Option<Done> {
        let stored = self.gate.records().stored(&StreamName::customer(&self.named(customer)), 0).await.unwrap();
        stored.iter().find_map(|event| match read(event).unwrap() {
            CustomerEvent::ErasureDone(done) => Some(done),
            _ => None,
        })
    }
}

async fn with_keeper(shop: &Shop) -> Arc<Keeper> {
    let keeper = Arc::new(Keeper::default());
    shop.gate.forget_through(vec![keeper.clone()]).await;
    keeper
}

#[tokio::test]
async fn an_erasure_ends_what_is_open_destroys_every_key_and_leaves_everybody_else_and_the_limits() {
    let shop = Shop::open().await;
    let keeper = with_keeper(&shop).await;
    let (first, second) = (shop.conversation(Assurance::Verified).await, shop.conversation(Assurance::Verified).await);
    let other = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    for (conversation, order) in [(&first, "C-2001/1"), (&second, "C-2001/2")] {
        assert_eq!(shop.refund_order(conversation, order, 5_000).await.phase, Phase::Succeeded);
    }
    let (held, theirs) = (shop.refund(&second, 12_900).await, shop.refund_of(&other, "C-2002", 12_900).await);
    let ahead = shop.gate.erasure_ahead(&shop.named("C-2001")).await.unwrap();
    shop.order_erasure().await;

    assert!(!shop.is_readable(&first).await && !shop.is_readable(&second).await && shop.is_readable(&other).await);
    let (state, events) = shop.gate.records().conversation(&second).await.unwrap();
    assert!(state.closed);
    let ended = events.iter().filter_map(|e| e.event().ok()).find_map(|event| match event {
        ConversationEvent::Closed { reason } => Some(reason),
        _ => None,
    });
    assert_eq!(ended, Some(CloseReason::Erased));
    assert_eq!(shop.kinds(&held.action).await.last().unwrap(), "withdrawn");
    assert_eq!(shop.gate.report(&theirs.action).await.unwrap().phase, Phase::Held);
    assert!(matches!(shop.gate.card(&held.action).await, Err(GateError::Erased)));
    let forgotten = keeper.forgotten.lock().unwrap().pop().unwrap();
    let mut expected = vec![first.clone(), second.clone()];
    expected.sort();
    assert_eq!(forgotten.conversations, expected);
    let sealed = shop.log.read_from(0, 1_000).await.unwrap();
    let keys = shop.gate.records().sealing().destroyed().unwrap();
    let under = |e: &&countersign_event_log::envelope::StoredEvent| {
        e.sealed.as_ref().is_some_and(|part| keys.contains(&part.reference.key))
    };
    let positions: Vec<u64> = sealed.iter().filter(under).map(|e| e.envelope.position).collect();
    let mut parts = forgotten.parts.clone();
    parts.sort_unstable();
    assert_eq!(parts, positions, "everything that the keys sealed, and nothing else");

    let done = shop.done("C-2001").await.unwrap();
    assert_eq!((done.keys, done.conversations, done.parts), (2, 2, positions.len() as u64));
    assert_eq!((done.elsewhere, done.counts_until), (0, Some("2026-12-23T00:00:00.000000Z".parse().unwrap())));
    assert_eq!(shop.customer("C-2001").await.order, None);
    // What was said beforehand is what was done.
    assert_eq!((&ahead.conversations, ahead.live, ahead.parts), (&expected, 2, done.parts));
    assert_eq!((ahead.taken_back, ahead.waits_for), (vec![(second.clone(), held.action.clone())], Vec::new()));
    let certificate = shop.gate.certificate(&shop.named("C-2001")).await.unwrap().unwrap();
    assert_eq!(ahead.remains, certificate.remains);
    let nothing = shop.gate.erasure_ahead(&shop.named("C-2001")).await.unwrap();
    assert_eq!((nothing.conversations.len(), nothing.parts), (0, 0), "what is erased is not erased again");
    // They return: a key of its own, a limit that still counts, and the old words stay gone.
    let back = shop.conversation(Assurance::Verified).await;
    assert!(shop.is_readable(&back).await && !shop.is_readable(&first).await);
    for order in ["C-2001/3", "C-2001/4"] {
        assert_eq!(shop.refund_order(&back, order, 5_000).await.phase, Phase::Succeeded);
    }
    assert_eq!(shop.refund_order(&back, "C-2001/5", 100).await.phase, Phase::Held, "the limit was not reset");
}

#[tokio::test]
async fn a_conversation_is_linked_by_whom_it_turned_out_to_be_about_unless_somebody_else_was_signed_in() {
    let shop = Shop::open().await;
    with_keeper(&shop).await;
    let pair = json!({"order_number": "1042", "postcode": "46001"}).to_string();
    let claimed = shop.conversation(Assurance::Claimed).await;
    shop.propose_text(&claimed, "crm.find_order", pair.clone()).await.unwrap();
    let asked = shop.conversation(Assurance::Anonymous).await;
    assert_eq!(shop.refund(&asked, 100).await.phase, Phase::Held);
    let silent = shop.conversation(Assurance::Claimed).await;
    let thief = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    shop.propose_text(&thief, "crm.find_order", pair).await.unwrap();
    assert_eq!(shop.refund(&thief, 100).await.phase, Phase::Held);
    shop.order_erasure().await;
    assert!(!shop.is_readable(&claimed).await && !shop.is_readable(&asked).await);
    assert!(shop.is_readable(&silent).await && shop.is_readable(&thief).await);
    let done = shop.done("C-2001").await.unwrap();
    assert_eq!((done.conversations, done.elsewhere), (2, 2), "what stays elsewhere is counted");
}

#[tokio::test]
async fn who_has_signed_in_since_the_order_says_whose_a_conversation_is() {
    let shop = Shop::open().await;
    let pair = json!({"order_number": "1042", "postcode": "46001"}).to_string();
    let (theirs, anothers) = (shop.conversation(Assurance::Claimed).await, shop.conversation(Assurance::Claimed).await);
    for conversation in [&theirs, &anothers] {
        shop.propose_text(conversation, "crm.find_order", pair.clone()).await.unwrap();
    }
    // Nothing is carried out yet, for nobody has said what keeps words.
    shop.about(|customer| Change::EraseCustomer { customer }).await.unwrap();
    shop.signs_in(&theirs, "ana@example.com").await;
    shop.signs_in(&anothers, "bo@example.com").await;
    with_keeper(&shop).await;
    assert!(!shop.is_readable(&theirs).await && shop.is_readable(&anothers).await);
    let done = shop.done("C-2001").await.unwrap();
    assert_eq!((done.conversations, done.elsewhere), (1, 1));
}

#[tokio::test]
async fn what_may_have_happened_is_waited_for_and_nothing_of_it_is_lost() {
    let shop = Shop::open().await;
    let keeper = with_keeper(&shop).await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let held = shop.refund(&conversation, 12_900).await;
    shop.fault(Fault::NeverAnswers);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Started).await;
    while shop.server.books.lock().unwrap().fault.is_some() {
        tokio::task::yield_now().await;
    }
    let ahead = shop.gate.erasure_ahead(&shop.named("C-2001")).await.unwrap();
    assert_eq!((ahead.waits_for, ahead.taken_back), (vec![(conversation.clone(), held.action.clone())], Vec::new()));
    shop.order_erasure().await;
    assert_eq!(shop.gate.erasure_waits_for(&shop.named("C-2001")), std::slice::from_ref(&held.action));
    assert!(shop.is_readable(&conversation).await && keeper.forgotten.lock().unwrap().is_empty());
    let (state, _) = shop.gate.records().conversation(&conversation).await.unwrap();
    assert_eq!(state.must_be_live(), Err(ConversationError::Closed), "but nothing more is said in it");
    // Everything runs by itself from here: the outcome becomes known, and the erasure goes on.
    let keeper_of_deadlines = tokio::spawn(shop.gate.clone().keep_deadlines(std::future::pending()));
    shop.server.give_up.notify_waiters();
    shop.reaches(&held.action, Phase::Settled(SettledHow::DidNotHappen)).await;
    while shop.done("C-2001").await.is_none() {
        let size = shop.log.size();
        if shop.done("C-2001").await.is_none() {
            shop.log.grown_beyond(size).await;
        }
    }
    keeper_of_deadlines.abort();
    assert!(!shop.is_readable(&conversation).await);
}

#[tokio::test]
async fn a_legal_hold_keeps_everything_until_it_is_lifted_and_takes_back_what_was_ordered() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    // Nothing is carried out yet, for nobody has said what keeps words.
    shop.about(|customer| Change::EraseCustomer { customer }).await.unwrap();
    assert_eq!(shop.about(|customer| Change::PlaceHold { customer }).await.unwrap(), ChangePhase::InEffect);
    let keeper = with_keeper(&shop).await;
    assert!(shop.is_readable(&conversation).await && keeper.forgotten.lock().unwrap().is_empty());
    let refused = shop.about(|customer| Change::EraseCustomer { customer }).await;
    assert!(matches!(refused, Err(GateError::Customer(CustomerError::Held))), "{refused:?}");
    assert_eq!(shop.refund(&conversation, 100).await.phase, Phase::Succeeded, "and they go on talking");
    shop.about(|customer| Change::LiftHold { customer }).await.unwrap();
    shop.gate.carry_out_erasures().await;
    assert!(shop.is_readable(&conversation).await, "what was ordered before the hold must be ordered anew");
    shop.order_erasure().await;
    assert!(!shop.is_readable(&conversation).await);
    let late = shop.about(|customer| Change::LiftHold { customer }).await;
    assert!(matches!(late, Err(GateError::Customer(CustomerError::NotHeld))));
}

#[tokio::test]
async fn compliance_and_a_second_person_order_it_and_the_certificate_names_them_and_what_remains() {
    let shop = Shop::open().await;
    with_keeper(&shop).await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let reader = {
        let (record, reader) = proposed(&shop, &[Role::Compliance]).await;
        shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
        let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
        shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
        reader
    };
    let conversation = shop.conversation(Assurance::Verified).await;
    shop.refund(&conversation, 5_000).await;
    let thief = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    shop.refund(&thief, 100).await;
    let customer = shop.named("C-2001");
    assert_eq!(shop.gate.certificate(&customer).await.unwrap(), None);
    let what = Change::EraseCustomer { customer: customer.clone() };
    let by_supervisor = shop.gate.propose_change(&jonas.0, what.clone(), Default::default()).await;
    assert!(matches!(by_supervisor, Err(GateError::NotAllowed(_))), "only compliance proposes it");
    let record = shop.gate.propose_change(&reader.0, what, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &reader.0, &reader.1).await.unwrap();
    shop.gate.carry_out_erasures().await;
    assert!(shop.is_readable(&conversation).await, "one signature erases nothing");
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    let stored = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
    assert_eq!(stored.phase, ChangePhase::InEffect);
    shop.gate.carry_out_erasures().await;

    let certificate = shop.gate.certificate(&customer).await.unwrap().unwrap();
    assert_eq!(certificate.signed_by, [reader.0, jonas.0]);
    assert_eq!((certificate.keys, certificate.conversations, certificate.named.len()), (1, 1, 1));
    assert!(certificate.ordered < certificate.named[0] && certificate.named[0] < certificate.done);
    let words = certificate.in_words();
    for said in [
        "1 key of 1 conversation",
        "it counts in limits until 2026-12-23",
        "One action about this customer in conversations with others",
        "erased.keys",
    ] {
        assert!(words.contains(said), "{said} is missing in\n{words}");
    }
    for secret in ["Ana", "C-2001", "1042"] {
        assert!(!words.contains(secret), "{words}");
    }
}

#[tokio::test]
async fn an_erasure_that_is_cut_short_at_any_step_is_finished_at_the_next_start() {
    for step in ["conversation.closed", "customer.erased", "customer.erasure_done"] {
        let disk = Arc::new(Disk::default());
        let given = disk.clone();
        let shop = Shop::open_over(|inner| Arc::new(BrokenLog { inner, disk: given })).await;
        with_keeper(&shop).await;
        let conversation = shop.conversation(Assurance::Verified).await;
        shop.refund(&conversation, 5_000).await;
        disk.fails_for(step);
        shop.order_erasure().await;
        assert_eq!(shop.done("C-2001").await, None);
        let named = step == "customer.erasure_done";
        assert_eq!(shop.is_readable(&conversation).await, !named, "no key is destroyed that the log does not name");
        disk.mend();
        let shop = shop.restart().await;
        let keeper = with_keeper(&shop).await;
        assert_eq!(shop.done("C-2001").await.map(|done| (done.keys, done.conversations)), Some((1, 1)), "{step}");
        assert!(!shop.is_readable(&conversation).await);
        assert_eq!(keeper.forgotten.lock().unwrap().len(), 1, "and everybody was asked to forget again");
    }
}

#[tokio::test]
async fn an_erasure_is_not_done_before_everything_that_keeps_words_has_forgotten() {
    let shop = Shop::open().await;
    let keeper = with_keeper(&shop).await;
    let conversation = shop.conversation(Assurance::Verified).await;
    *keeper.broken.lock().unwrap() = true;
    shop.order_erasure().await;
    assert_eq!((shop.done("C-2001").await, shop.is_readable(&conversation).await), (None, false));
    *keeper.broken.lock().unwrap() = false;
    let size = shop.log.size();
    shop.gate.carry_out_erasures().await;
    assert_eq!(shop.log.size(), size, "what failed is left alone until the next round");
    shop.restart().await.finishes().await;
}

impl Shop {
    async fn finishes(self) {
        with_keeper(&self).await;
        assert!(self.done("C-2001").await.is_some());
    }
}
