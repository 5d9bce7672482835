//! Invariant 10, the disk: new conversations are refused first, then effects wait; outcomes are stored in any case. And a
//! clock that is set moves no deadline.

use crate::server::Fault;
use crate::shop::Shop;
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::station::{FOR_CONVERSATIONS, FOR_EFFECTS, Room, StationEvent};
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::records::read;

#[tokio::test]
async fn below_one_gigabyte_no_conversation_begins_and_those_that_have_go_on() {
    let shop = Shop::open().await;
    let id = shop.conversation(Assurance::Verified).await;
    shop.disk.set(FOR_CONVERSATIONS - 1);
    let begun = shop.gate.records().open_conversation("chat", Assurance::Anonymous, None, None, String::new()).await;
    let refused = begun.unwrap_err();
    assert!(matches!(refused, GateError::NoRoom(Room::NoConversations)));
    assert!(refused.to_string().contains("free some"), "{refused}");
    assert_eq!(shop.refund(&id, 4_900).await.phase, Phase::Succeeded);
    shop.disk.set(FOR_CONVERSATIONS);
    shop.conversation(Assurance::Verified).await;
}

#[tokio::test]
async fn below_200_megabytes_nothing_with_an_effect_starts_and_it_goes_on_by_itself_once_there_is_room() {
    tokio::time::pause();
    let shop = Shop::open().await;
    let (id, other) = (shop.conversation(Assurance::Verified).await, shop.held().await);
    let keeper = tokio::spawn(shop.gate.clone().keep_deadlines(std::future::pending()));
    shop.disk.set(FOR_EFFECTS - 1);
    let allowed = shop.refund_of(&id, "C-2001", 4_900).await;
    shop.decide(&other.action, Choice::Approve).await.unwrap();
    let read = shop.propose_text(&id, "crm.find_order", r#"{"order_number":"1042","postcode":"46001"}"#.into()).await;
    assert_eq!(read.unwrap().phase, Phase::Succeeded, "reads go on");
    let log = shop.log.size();
    tokio::time::advance(std::time::Duration::from_secs(120)).await;
    assert_eq!((allowed.phase, shop.refunds().len(), shop.log.size()), (Phase::Allowed, 0, log));
    assert_eq!(shop.gate.report(&other.action).await.unwrap().phase, Phase::Approved, "people still decide");
    shop.disk.set(FOR_EFFECTS);
    shop.reaches(&allowed.action, Phase::Succeeded).await;
    shop.reaches(&other.action, Phase::Succeeded).await;
    assert_eq!(shop.refunds().iter().sum::<i64>(), 17_800);
    keeper.abort();
}

#[tokio::test]
async fn what_has_started_is_concluded_however_little_room_is_left() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.fault(Fault::NeverAnswers);
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.reaches(&held.action, Phase::Started).await;
    shop.disk.set(0);
    shop.server.give_up.notify_one();
    // It timed out and is unknown; asking after it is no new effect.
    shop.reaches(&held.action, Phase::Settled(countersign_domain::action::SettledHow::DidNotHappen)).await;
}

#[tokio::test]
async fn what_happens_to_the_machine_stands_in_the_trail() {
    let shop = Shop::open().await;
    shop.gate.record_clock_jump(-3_600_000).await.unwrap();
    shop.gate.record_room(Room::NoEffects, Some(u64::MAX)).await.unwrap();
    let stored = shop.gate.records().stored(&StreamName::station(), 0).await.unwrap();
    let events: Vec<StationEvent> = stored.iter().map(|stored| read(stored).unwrap()).collect();
    assert!(matches!(events[events.len() - 2], StationEvent::ClockJumped { by_ms: -3_600_000, .. }));
    let room = &events[events.len() - 1];
    assert!(matches!(room, StationEvent::RoomChanged { room: Room::NoEffects, free: Some(9_007_199_254_740_991), .. }));
}

#[tokio::test]
async fn a_clock_that_is_set_moves_no_deadline() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    let deadline = held.deadline.unwrap();
    shop.clock.advance(-5 * 60 * 60);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().deadline, Some(deadline), "set back, it waits longer");
    shop.clock.set(deadline.plus_seconds(-1));
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    shop.clock.set(deadline);
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Expired);
    let all = shop.log.read_from(0, usize::MAX).await.unwrap();
    assert!(all.is_sorted_by_key(|event| event.envelope.recorded_at), "recorded_at never runs backwards");
}
