//! An agent or a tool that is stopped alone: nothing of it starts, all else goes on, and its deadlines keep their time.

use crate::replies::reply;
use crate::shop::{Shop, wish};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::fleet::{FleetError, Part};
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use serde_json::json;

const WHY: &str = "Its owner has mended it.";

fn agent() -> Part {
    Part::Agent("refunds".into())
}

fn refunds() -> Part {
    Part::Tool("crm.issue_refund".into())
}

async fn stop(shop: &Shop, part: Part) {
    shop.gate.stop_part(part, shop.person.clone()).await.unwrap();
}

async fn resume(shop: &Shop, part: Part) {
    shop.gate.resume_part(part, shop.person.clone(), WHY).await.unwrap();
}

#[tokio::test]
async fn after_the_stop_of_an_agent_or_a_tool_nothing_of_it_starts_until_somebody_says_why_it_goes_on() {
    for part in [agent(), refunds()] {
        let shop = Shop::open().await;
        let held = shop.held().await;
        stop(&shop, part.clone()).await;
        let allowed = shop.refund_of(&shop.conversation(Assurance::Verified).await, "C-2001", 4_900).await;
        assert_eq!(allowed.phase, Phase::Allowed, "{part:?}");
        shop.decide(&held.action, Choice::Approve).await.unwrap();
        assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Approved, "{part:?}");
        // A stop of everything that ends lets nothing of it go.
        shop.gate.stop(shop.person.clone()).await.unwrap();
        shop.gate.resume(shop.person.clone()).await.unwrap();
        shop.gate.start_what_waited_out();
        let again = shop.gate.stop_part(part.clone(), shop.person.clone()).await;
        assert!(matches!(again, Err(GateError::Fleet(FleetError::PartAlreadyStopped(_)))), "{again:?}");
        let unsaid = shop.gate.resume_part(part.clone(), shop.person.clone(), " ").await;
        assert!(matches!(unsaid, Err(GateError::Fleet(FleetError::NoReason))), "{unsaid:?}");
        assert!(shop.refunds().is_empty(), "invariant 11: after Stop nothing starts, {part:?}");
        // It is still so for whoever reads the log.
        let shop = shop.restart().await;
        shop.gate.expire_due().await.unwrap();
        assert!(shop.refunds().is_empty(), "{part:?}");
        resume(&shop, part.clone()).await;
        shop.reaches(&held.action, Phase::Succeeded).await;
        shop.reaches(&allowed.action, Phase::Succeeded).await;
        assert_eq!(shop.refunds().iter().sum::<i64>(), 17_800, "{part:?}");
    }
}

#[tokio::test]
async fn what_is_stopped_alone_reads_nothing_either_and_keeps_no_other_from_anything() {
    let shop = Shop::open().await;
    let look = |seen, conversation| {
        let mut look = wish(conversation, seen, 0);
        (look.tool, look.arguments) = ("crm.get_order".into(), json!({ "order_number": "1042" }).to_string());
        look
    };
    for (part, runs) in [
        (agent(), false),
        (Part::Tool("crm.get_order".into()), false),
        (Part::Agent("others".into()), true),
        (refunds(), true),
    ] {
        stop(&shop, part.clone()).await;
        let conversation = shop.conversation(Assurance::Verified).await;
        let seen = shop.seen(&conversation).await;
        let read = shop.gate.propose(look(seen, conversation)).await.unwrap();
        assert_eq!(read.phase == Phase::Succeeded, runs, "{part:?}: {:?}", read.phase);
        resume(&shop, part).await;
        shop.reaches(&read.action, Phase::Succeeded).await;
    }
}

#[tokio::test]
async fn an_agent_that_is_stopped_says_nothing_and_its_conversation_does_not_end_as_idle() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    reply(&shop, &conversation, vec![]).await.unwrap();
    stop(&shop, agent()).await;
    assert!(matches!(reply(&shop, &conversation, vec![]).await, Err(GateError::Stopped)));
    shop.clock.advance(60 * 60);
    let idle = std::time::Duration::from_secs(60);
    assert!(!shop.gate.close_if_idle(&conversation, idle).await.unwrap());
    resume(&shop, agent()).await;
    stop(&shop, Part::Agent("others".into())).await;
    reply(&shop, &conversation, vec![]).await.unwrap();
    shop.clock.advance(60 * 60);
    assert!(shop.gate.close_if_idle(&conversation, idle).await.unwrap());
}

#[tokio::test]
async fn a_deadline_gets_the_time_of_every_stop_that_covered_it_once_however_they_overlap() {
    let minutes = 60;
    // Who stops and goes on, in this order, a minute between each; fifteen minutes are left at the first stop.
    type Step = fn() -> (&'static str, Option<Part>);
    let orders: [&[Step]; 4] = [
        &[|| ("stop", Some(agent())), || ("stop", None), || ("resume", None), || ("resume", Some(agent()))],
        &[|| ("stop", None), || ("stop", Some(agent())), || ("resume", None), || ("resume", Some(agent()))],
        &[|| ("stop", Some(refunds())), || ("stop", None), || ("resume", Some(refunds())), || ("resume", None)],
        &[
            || ("stop", Some(agent())),
            || ("stop", Some(refunds())),
            || ("resume", Some(agent())),
            || ("resume", Some(refunds())),
        ],
    ];
    for (n, order) in orders.into_iter().enumerate() {
        let shop = Shop::open().await;
        let held = shop.held().await;
        for step in order {
            match step() {
                ("stop", Some(part)) => stop(&shop, part).await,
                ("resume", Some(part)) => resume(&shop, part).await,
                ("stop", _) => drop(shop.gate.stop(shop.person.clone()).await.unwrap()),
                (_, _) => drop(shop.gate.resume(shop.person.clone()).await.unwrap()),
            }
            shop.clock.advance(minutes);
        }
        let deadline = shop.gate.report(&held.action).await.unwrap().deadline.unwrap();
        let left = deadline.millis_since(shop.gate.records().now());
        assert_eq!(left, (15 * 60 - 60) * 1_000, "order {n}: only the minute behind the last resume counts");
    }
}

#[tokio::test]
async fn while_its_agent_is_stopped_a_deadline_that_passes_expires_nothing_and_people_decide() {
    let shop = Shop::open().await;
    let (held, other) = (shop.held().await, shop.held().await);
    stop(&shop, agent()).await;
    shop.clock.advance(60 * 60);
    let wait = shop.gate.expire_due().await.unwrap();
    assert!(wait.as_secs() > 1, "what is frozen is not looked at over and over: {wait:?}");
    assert_eq!(shop.gate.report(&held.action).await.unwrap().phase, Phase::Held);
    let stored = shop.decide(&held.action, Choice::Approve).await.unwrap();
    assert_eq!(stored.phase, Phase::Approved);
    resume(&shop, agent()).await;
    shop.gate.expire_due().await.unwrap();
    assert_eq!(shop.gate.report(&other.action).await.unwrap().phase, Phase::Held, "an hour stopped is an hour more");
    shop.reaches(&held.action, Phase::Succeeded).await;
}

#[tokio::test]
async fn why_something_goes_on_is_sealed_and_stands_in_the_trail() {
    let shop = Shop::open().await;
    stop(&shop, agent()).await;
    resume(&shop, agent()).await;
    let events = shop.log.read_stream(&StreamName::fleet(), 0, 10).await.unwrap();
    let resumed = shop.gate.records().open(events[1].clone()).unwrap();
    assert_eq!(resumed.text("why"), Some(WHY));
    assert!(!resumed.stored.envelope.open.to_string().contains(WHY), "invariant 9");
    let unheard = shop.gate.resume_part(agent(), shop.person.clone(), WHY).await;
    assert!(matches!(unheard, Err(GateError::Fleet(FleetError::PartNotStopped(_)))), "{unheard:?}");
}
