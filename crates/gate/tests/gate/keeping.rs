//! What is open stays in somebody's hands: deadlines that a stop froze, starts and outcomes that a disk refused, and
//! calls that wait in line when somebody presses Stop.

use crate::broken_log::{BrokenLog, Disk};
use crate::server::Fault;
use crate::shop::{Shop, wish};
use countersign_domain::action::{Choice, Phase, SettledHow};
use countersign_domain::conversation::Assurance;
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn over_a_disk() -> (Shop, Arc<Disk>) {
    let disk = Arc::new(Disk::default());
    let given = disk.clone();
    (Shop::open_over(|inner| Arc::new(BrokenLog { inner, disk: given })).await, disk)
}

/// Runs the keeper of deadlines beside a test, on a clock of tokio's that jumps when everybody waits.
fn keep(shop: &Shop) -> impl Drop + use<> {
    struct Ends(tokio::task::JoinHandle<()>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    Ends(tokio::spawn(shop.gate.clone().keep_deadlines(std::future::pending())))
}

#[tokio::test]
async fn while_stopped_a_frozen_deadline_lets_people_decide() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    let stored = shop.decide(&held.action, Choice::Approve).await.unwrap();
    assert_eq!(stored.phase, Phase::Approved, "people may still decide, and deadlines freeze");
    assert!(shop.refunds().is_empty());
}

#[tokio::test]
async fn no_moment_between_resume_and_moved_deadlines_expires_anything() {
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    // The process ends between the two: with the deadlines not moved, the stop must not have ended.
    disk.fails_for("action.deadline_moved");
    assert!(shop.gate.resume(shop.person.clone()).await.is_err());
    disk.mend();
    let shop = shop.restart().await;
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held, "an hour stopped expires nothing");
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
}

#[tokio::test]
async fn a_resume_that_was_cut_short_adds_the_stop_to_a_deadline_once() {
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.clock.advance(60 * 60);
    disk.fails_for("fleet.resumed");
    assert!(shop.gate.resume(shop.person.clone()).await.is_err());
    disk.mend();
    shop.clock.advance(60);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    let report = shop.gate.report(&held.action).await.unwrap();
    let left = report.deadline.unwrap().millis_since(shop.gate.records().now());
    assert_eq!(left, 15 * 60 * 1_000, "fifteen minutes were left at the stop");
}

#[tokio::test]
async fn a_decided_action_whose_start_could_not_be_stored_starts_when_the_disk_has_room_again() {
    tokio::time::pause();
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    let _keeper = keep(&shop);
    disk.fails_for("action.started");
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    disk.refused().await;
    assert!(shop.refunds().is_empty(), "invariant 3: log down, nothing executes");
    disk.mend();
    shop.reaches(&held.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}

#[tokio::test]
async fn a_proposal_whose_verdict_could_not_be_stored_is_judged_when_the_disk_has_room_again() {
    tokio::time::pause();
    let (shop, disk) = over_a_disk().await;
    let _keeper = keep(&shop);
    let conversation = shop.conversation(Assurance::Verified).await;
    disk.fails_for("action.held");
    let text = crate::shop::refund(12_900).to_string();
    assert!(shop.propose_text(&conversation, "crm.issue_refund", text).await.is_err());
    disk.mend();
    let (state, _) = shop.gate.records().conversation(&conversation).await.unwrap();
    let (action, _) = &state.actions[0];
    shop.reaches(action, Phase::Held).await;
}

#[tokio::test]
async fn an_outcome_that_could_not_be_stored_becomes_unknown_and_settles_without_a_restart() {
    tokio::time::pause();
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    let _keeper = keep(&shop);
    disk.fails_for("action.succeeded");
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    disk.refused().await;
    shop.reaches(&held.action, Phase::Settled(SettledHow::Happened)).await;
    assert_eq!(shop.refunds(), [12_900], "invariant 4: it was not sent again");
}

#[tokio::test]
async fn an_unknown_outcome_is_asked_after_on_a_busy_station_too() {
    tokio::time::pause();
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    let _keeper = keep(&shop);
    shop.fault(Fault::LostAfter);
    disk.fails_for("action.settled");
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    disk.refused().await;
    disk.mend();
    // Somebody else's action every few seconds, which wakes the keeper each time.
    let busy = async {
        loop {
            shop.refund(&shop.conversation(Assurance::Verified).await, 1).await;
            let _ = tokio::time::timeout(Duration::from_secs(5), std::future::pending::<()>()).await;
        }
    };
    tokio::select! {
        () = busy => {}
        _ = shop.reaches(&held.action, Phase::Settled(SettledHow::Happened)) => {}
    }
}

#[tokio::test]
async fn a_call_that_waits_in_line_when_somebody_presses_stop_is_not_made() {
    tokio::time::pause();
    let shop = Shop::open().await;
    for order in 0..64 {
        let conversation = shop.conversation(Assurance::Verified).await;
        shop.fault(Fault::NeverAnswers);
        let (gate, seen) = (shop.gate.clone(), shop.seen(&conversation).await);
        let mut wish = crate::shop::wish(conversation, seen, 1);
        wish.arguments = wish.arguments.replace("1042", &format!("C-2001/{order}"));
        tokio::spawn(async move { gate.propose(wish).await });
        while shop.server.books.lock().unwrap().fault.is_some() {
            tokio::task::yield_now().await;
        }
    }
    // Every line to the tools is taken. One more is allowed, and waits.
    let conversation = shop.conversation(Assurance::Verified).await;
    let (gate, seen) = (shop.gate.clone(), shop.seen(&conversation).await);
    let waiting = tokio::spawn(async move { gate.propose(crate::shop::wish(conversation, seen, 2)).await });
    let size = shop.log.size();
    let _waits = tokio::time::timeout(Duration::from_secs(1), shop.log.grown_beyond(size + 9)).await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.server.give_up.notify_waiters();
    let _ = waiting.await;
    assert!(!shop.refunds().contains(&2), "invariant 11: after Stop nothing starts");
}

#[tokio::test]
async fn a_stop_that_comes_between_a_look_and_the_append_expires_nothing() {
    let (shop, disk) = over_a_disk().await;
    let held = shop.held().await;
    shop.clock.advance(16 * 60);
    disk.holds_back_the_next();
    let gate = shop.gate.clone();
    let expiry = tokio::spawn(async move { gate.expire_due().await.map(drop) });
    disk.holds_back().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    disk.goes_on();
    expiry.await.unwrap().unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held, "invariant 5: deadlines freeze");
}

/// A commit that failed behind its last byte: the gate was told that nothing is stored.
#[tokio::test]
async fn a_proposal_that_is_stored_and_not_told_is_judged_by_itself_and_counts_as_waiting() {
    tokio::time::pause();
    let (shop, disk) = over_a_disk().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let wish = wish(conversation.clone(), shop.seen(&conversation).await, 12_900);
    disk.tells_nothing_of_the_next();
    assert!(shop.gate.propose(wish).await.is_err());
    let held = shop.gate.records().conversation(&conversation).await.unwrap().0.actions.pop().unwrap().0;
    let _keeper = keep(&shop);
    shop.reaches(&held, Phase::Held).await;
    shop.decide(&held, Choice::Approve).await.unwrap();
    shop.reaches(&held, Phase::Succeeded).await;
    assert_eq!(shop.refunds(), [12_900]);
}
