//! An unknown outcome that no probe settles: people say what became of it, two of them, and not while the tool may still
//! be carrying it out.

use crate::changes::{both, second};
use crate::server::{Fault, LONGEST_REFUND_SECONDS};
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase, SettledHow};
use countersign_domain::change::{Change, ChangeError, ChangePhase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use countersign_domain::person::Role;
use countersign_gate::error::GateError;

/// A refund that may have happened, and a shop that answers no question about it.
pub(crate) async fn unknown(shop: &Shop, fault: Fault) -> ActionId {
    let held = shop.held().await;
    {
        let mut books = shop.server.books.lock().unwrap();
        (books.deaf, books.fault) = (true, Some(fault));
    }
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Unknown).await;
    held.action
}

fn settle(action: &ActionId, how: SettledHow) -> Change {
    Change::Settle { action: action.clone(), how }
}

#[tokio::test]
async fn what_became_of_it_takes_two_people_and_is_said_once_and_only_after_the_tools_longest_time() {
    for (how, fault) in [
        (SettledHow::Happened, Fault::LostAfter),
        (SettledHow::DidNotHappen, Fault::LostBefore),
        (SettledHow::Compensated, Fault::LostAfter),
    ] {
        let shop = Shop::open().await;
        let jonas = second(&shop, &[Role::Supervisor]).await;
        let action = unknown(&shop, fault).await;
        let early = both(&shop, &jonas, settle(&action, how)).await;
        assert!(matches!(early, Err(GateError::Change(ChangeError::Impossible(_)))), "{early:?}");
        shop.clock.advance(i64::from(LONGEST_REFUND_SECONDS));

        let record = shop.gate.propose_change(&shop.person, settle(&action, how), Default::default()).await.unwrap();
        shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
        assert_eq!(shop.gate.report(&action).await.unwrap().phase, Phase::Unknown, "one signature settles nothing");
        let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
        let signed = shop.sign_change(&record.change, &jonas.0, &jonas.1).await.unwrap();
        assert_eq!(signed.phase, ChangePhase::InEffect);
        let report = shop.gate.report(&action).await.unwrap();
        assert_eq!(report.phase, Phase::Settled(how));
        assert_eq!(report.in_words().contains("Do not try again"), how != SettledHow::DidNotHappen, "{how:?}");
        let stored = shop.gate.records().action(&action).await.unwrap();
        let cause = stored.events.last().unwrap().stored.envelope.cause;
        assert_eq!(shop.gate.signers_of(cause).await.unwrap(), [shop.person.clone(), jonas.0.clone()]);
        let sent = shop.server.books.lock().unwrap().calls.iter().filter(|call| *call == "issue_refund").count();
        assert_eq!(sent, 1, "invariant 4: whatever they say, it is not tried again");
        assert!(both(&shop, &jonas, settle(&action, SettledHow::Happened)).await.is_err(), "and it is said once");
        // What did not happen is free again in the limits, and nothing else.
        let back = shop.conversation(Assurance::Verified).await;
        assert_eq!(shop.refund_order(&back, "C-2001/1", 4_900).await.phase, Phase::Succeeded);
        let free = if how == SettledHow::DidNotHappen { Phase::Succeeded } else { Phase::Held };
        assert_eq!(shop.refund_order(&back, "C-2001/2", 3_000).await.phase, free, "the customer's limit after {how:?}");
    }
}

#[tokio::test]
async fn a_probe_that_answers_first_is_not_contradicted_by_people() {
    let shop = Shop::open().await;
    let jonas = second(&shop, &[Role::Supervisor]).await;
    let action = unknown(&shop, Fault::LostAfter).await;
    shop.clock.advance(i64::from(LONGEST_REFUND_SECONDS));
    let what = settle(&action, SettledHow::DidNotHappen);
    let record = shop.gate.propose_change(&shop.person, what, Default::default()).await.unwrap();
    shop.sign_change(&record.change, &shop.person, &shop.key).await.unwrap();
    shop.server.books.lock().unwrap().deaf = false;
    assert!(shop.gate.settle(&action).await.unwrap());
    let record = shop.gate.change(&record.change.proposed.id).await.unwrap();
    assert!(shop.sign_change(&record.change, &jonas.0, &jonas.1).await.is_err());
    assert_eq!(shop.gate.report(&action).await.unwrap().phase, Phase::Settled(SettledHow::Happened));
}
