//! A house that asks for a look: what a desk says of it counts for no longer than the card was there.

use countersign_tests::held::HeldRefund;
use countersign_tests::station::Start;
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_says_that_it_looked_for_long_is_believed_for_as_long_as_it_had_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = HeldRefund::begin(Start::looking(&folder.path().join("data"))).await;
    let began = Instant::now();
    let card = scene.desk.card(&scene.action).await;
    assert_eq!(card["shortest_look_ms"], 3_000, "a refund cannot be undone");
    let approve = json!({ "choice": "approve" });
    let mut again = tokio::time::interval(Duration::from_millis(200));
    let mut refused = 0;
    // The desk claims an hour each time, and reads the same card anew each time.
    loop {
        again.tick().await;
        let digest = scene.desk.card(&scene.action).await["card_digest"].clone();
        match scene.desk.decide_after(&scene.action, &digest, approve.clone(), 3_600_000).await {
            Ok(_) => break,
            Err(problem) => {
                let message = problem["message"].as_str().unwrap();
                assert!(message.contains("approving it takes 3.0 s at least. Nothing was decided"), "{message}");
                refused += 1;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the same card never counts");
    }
    assert!(refused > 0 && began.elapsed() >= Duration::from_secs(3), "{refused} in {:?}", began.elapsed());
    scene.desk.wait_for_action(&["succeeded"]).await;
    scene.station.stop().await;
}
