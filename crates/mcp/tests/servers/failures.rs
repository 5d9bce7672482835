//! Servers that fail: what was not sent is told apart from what may have happened, nothing is retried, and nothing of
//! a lost call is alive when the failure is told.

use crate::shop::{Fixture, Over, PATIENCE, is_alive, over_both, until, within};
use countersign_gate::tools::{ToolFailure, ToolServers};
use countersign_mcp::Limits;
use serde_json::json;
use std::time::Duration;

over_both!(
    a_crash_may_have_happened_is_not_retried_and_the_next_call_starts_it_anew,
    garbage_and_floods_end_the_connection_at_once,
);

async fn a_crash_may_have_happened_is_not_retried_and_the_next_call_starts_it_anew(over: Over) {
    let mut fixture = Fixture::over(over, "well").await;
    let failure = fixture.call("crash", json!({})).await.unwrap_err();
    assert!(matches!(failure, ToolFailure::ConnectionLost(_)), "{failure}");
    let first = fixture.pid("pid");
    until(|| !is_alive(first)).await;
    fixture.comes_again().await;
    fixture.call("echo", json!({})).await.unwrap();
    assert_ne!(fixture.pid("pid"), first);
    assert_eq!(fixture.calls(), ["crash", "echo"]);
}

#[tokio::test]
async fn a_timeout_leaves_no_process_of_the_server_alive() {
    let fixture = Fixture::new("well");
    let pinned = fixture.pinned("hang").await;
    let pid = fixture.pid("pid");
    let short = Duration::from_millis(300);
    let failure = fixture.call_pinned("hang", &pinned, json!({}), None, short).await.unwrap_err();
    assert_eq!(failure, ToolFailure::TimedOut(1));
    assert!(!is_alive(pid), "gone when the timeout is told");

    let pinned = fixture.pinned("leave_child").await;
    let pid = fixture.pid("pid");
    let long = Duration::from_secs(2);
    let failure = fixture.call_pinned("leave_child", &pinned, json!({}), None, long).await.unwrap_err();
    assert_eq!(failure, ToolFailure::TimedOut(2));
    let grandchild = fixture.pid("grandchild");
    assert!(!is_alive(pid));
    until(|| !is_alive(grandchild)).await;
    assert_eq!(fixture.calls(), ["hang", "leave_child"]);
}

async fn garbage_and_floods_end_the_connection_at_once(over: Over) {
    for tool in ["garbage", "flood"] {
        let fixture = Fixture::over(over, "well").await;
        let failure = fixture.call(tool, json!({})).await.unwrap_err();
        assert!(matches!(failure, ToolFailure::ConnectionLost(_)), "{tool}: {failure}");
        assert_eq!(is_alive(fixture.pid("pid")), over == Over::Http, "a process of ours is gone: {tool}");
        fixture.call("text", json!({})).await.unwrap();
        assert_eq!(fixture.calls(), [tool, "text"]);
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_started_was_sent_nothing() {
    let limits = Limits { start: Duration::from_millis(500), ..Limits::default() };
    for behaviour in ["exits", "silent", "banner"] {
        let fixture = Fixture::with_limits(limits, |config| config.args = vec![behaviour.to_owned()]);
        let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
        assert_eq!(failure.code(), "unavailable", "{behaviour}: {failure}");
        if fixture.path("pid").exists() {
            assert!(!is_alive(fixture.pid("pid")), "{behaviour}");
        }
        assert!(fixture.calls().is_empty());
    }
    let missing = Fixture::with(|config| config.command = "/no/such/program".into());
    let failure = within(missing.servers.definitions()).await.unwrap_err();
    assert_eq!(failure.code(), "unavailable");
    let missing = Fixture::with(|config| config.folder = "/no/such/folder".into());
    let failure = within(missing.servers.definitions()).await.unwrap_err();
    assert_eq!(failure.code(), "unavailable");
}

#[tokio::test]
async fn a_flood_of_diagnostics_blocks_nothing() {
    Fixture::new("noisy").call("text", json!({})).await.unwrap();
}
