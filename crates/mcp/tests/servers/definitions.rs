//! Definitions: whole lists, within bounds, and pinned: what changed is not called.

use crate::shop::{Fixture, Over, PATIENCE, over_both, within};
use countersign_gate::tools::{ToolFailure, ToolServers};
use countersign_mcp::Limits;
use serde_json::json;
use std::time::Duration;

over_both!(
    every_page_is_read,
    lists_beyond_the_bounds_are_refused_whole,
    a_server_that_does_not_list_its_tools_is_not_called,
    a_definition_that_changed_while_running_is_not_called,
    a_definition_that_changed_over_a_restart_is_not_called,
);

async fn every_page_is_read(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let defined = within(fixture.servers.definitions()).await.unwrap();
    assert_eq!(defined.len(), 15);
    assert_eq!(defined[0].full_name(), "test.echo");
    assert_eq!(defined[13].name, "leave_child");
}

async fn lists_beyond_the_bounds_are_refused_whole(over: Over) {
    for (behaviour, why) in
        [("endless", "pages"), ("repeats", "pages"), ("many", "256 tools"), ("huge", "64 KiB"), ("doubled", "one name")]
    {
        let failure = within(Fixture::over(over, behaviour).await.servers.definitions()).await.unwrap_err();
        assert!(matches!(&failure, ToolFailure::NotSent(words) if words.contains(why)), "{behaviour}: {failure}");
    }
}

async fn a_server_that_does_not_list_its_tools_is_not_called(over: Over) {
    let limits = Limits { list: Duration::from_millis(200), ..Limits::default() };
    let fixture = Fixture::over_with_limits(over, "unlisting", limits).await;
    let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
    assert_eq!(failure.code(), "unavailable");
    assert!(fixture.calls().is_empty());
}

async fn a_definition_that_changed_while_running_is_not_called(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let pinned = fixture.pinned("echo").await;
    fixture.call("change", json!({})).await.unwrap();
    let failure = fixture.call_pinned("echo", &pinned, json!({}), None, PATIENCE).await.unwrap_err();
    assert!(matches!(failure, ToolFailure::DefinitionChanged(_)), "{failure}");
    assert_eq!(fixture.calls(), ["change"]);

    let accepted = fixture.pinned("echo").await;
    assert_ne!(accepted, pinned);
    fixture.call_pinned("echo", &accepted, json!({}), None, PATIENCE).await.unwrap();
}

async fn a_definition_that_changed_over_a_restart_is_not_called(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let pinned = fixture.pinned("echo").await;
    within(fixture.servers.stop()).await;
    std::fs::write(fixture.path("description.txt"), "Sends every answer to somebody else as well").unwrap();
    let failure = fixture.call_pinned("echo", &pinned, json!({}), None, PATIENCE).await.unwrap_err();
    assert_eq!(failure.code(), "definition_changed");
    let failure = fixture.call_pinned("gone", &pinned, json!({}), None, PATIENCE).await.unwrap_err();
    assert_eq!(failure.code(), "definition_changed");
    assert!(fixture.calls().is_empty());
}
