//! Servers over HTTP that fail as only those can: what was refused is told apart from what may have happened, nothing is
//! sent twice, nobody is followed elsewhere, and one call's end is not that of another.

use crate::shop::{Fixture, Over, PATIENCE, TOKEN, until};
use countersign_gate::tools::ToolFailure;
use countersign_mcp::Limits;
use serde_json::json;
use std::time::Duration;

impl Fixture {
    /// The methods of all requests that reached it, with their first lines.
    fn requests(&self, method: &str) -> usize {
        let requests = std::fs::read_to_string(self.path("requests")).unwrap_or_default();
        requests.lines().filter(|line| line.starts_with(&format!("{method} post /mcp "))).count()
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_sent_and_a_new_one_needs_no_restart() {
    let fixture = Fixture::over(Over::Http, "well").await;
    std::fs::write(fixture.path("token"), "another token than it asks for").unwrap();
    let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::NotSent(why) if why.contains("refuses the token")), "{failure}");
    assert!(!failure.to_string().contains("Ana Ruiz") && !failure.to_string().contains("another token"));
    std::fs::remove_file(fixture.path("token")).unwrap();
    let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::NotSent(why) if why.contains("token file")), "{failure}");
    assert!(fixture.calls().is_empty());
    std::fs::write(fixture.path("token"), TOKEN).unwrap();
    fixture.call("echo", json!({})).await.unwrap();
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let fixture = Fixture::at(&url, tempfile::tempdir().unwrap(), Limits::default());
    let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::NotSent(why) if why.contains("nothing listens")), "{failure}");
}

#[tokio::test]
async fn nobody_is_followed_elsewhere_and_an_error_of_its_own_may_have_happened() {
    let fixture = Fixture::over(Over::Http, "redirects").await;
    let failure = fixture.call("echo", json!({})).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::NotSent(why) if why.contains("points elsewhere")), "{failure}");
    assert_eq!(fixture.requests("tools/call"), 1);
    for behaviour in ["failing", "cuts"] {
        let fixture = Fixture::over(Over::Http, behaviour).await;
        let failure = fixture.call("echo", json!({})).await.unwrap_err();
        assert!(matches!(failure, ToolFailure::ConnectionLost(_)), "{behaviour}: {failure}");
        assert!(!failure.to_string().contains("Ana Ruiz"), "a server's words are not traced");
        assert_eq!(fixture.requests("tools/call"), 1, "it is not tried again");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let fixture = Fixture::over(Over::Http, "hundred").await;
    let failure = fixture.call("echo", json!({})).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::ConnectionLost(why) if why.contains("4 MiB")), "{failure}");
    until(|| fixture.path("cut").exists()).await;
}

#[tokio::test]
async fn one_that_asks_instead_of_answering_is_cut_off() {
    let fixture = Fixture::over(Over::Http, "asks").await;
    let failure = fixture.call("echo", json!({})).await.unwrap_err();
    assert!(matches!(&failure, ToolFailure::ConnectionLost(why) if why.contains("asked again and again")), "{failure}");
    until(|| fixture.path("cut").exists()).await;
    let told = std::fs::read_to_string(fixture.path("requests")).unwrap();
    let answers = told.lines().filter(|line| !line.contains("tools/") && !line.contains("initialize")).count();
    assert!(answers <= 20, "each of its questions costs a connection: {answers}");
}

#[tokio::test]
async fn a_call_that_never_ends_is_unknown_in_its_time_and_holds_up_nobody() {
    let fixture = Fixture::over(Over::Http, "well").await;
    let (hang, echo) = (fixture.pinned("hang").await, fixture.pinned("echo").await);
    let short = Duration::from_millis(1_500);
    let slow = fixture.call_pinned("hang", &hang, json!({}), None, short);
    let quick = async {
        for n in 0..20 {
            let answer = fixture.call_pinned("echo", &echo, json!({ "n": n }), None, PATIENCE).await.unwrap();
            assert_eq!(answer.result["arguments"]["n"], n);
        }
    };
    let (slow, ()) = futures::future::join(slow, quick).await;
    assert_eq!(slow.unwrap_err(), ToolFailure::TimedOut(2));
    fixture.call("echo", json!({})).await.unwrap();
}

#[tokio::test]
async fn killed_in_the_middle_of_a_call_it_may_have_happened_and_started_anew_it_goes_on() {
    let mut fixture = Fixture::over(Over::Http, "forgets").await;
    let pinned = fixture.pinned("hang").await;
    let calls = fixture.path("calls");
    let hanging = fixture.call_pinned("hang", &pinned, json!({}), None, PATIENCE);
    let killing = async {
        until(|| calls.exists()).await;
        fixture.kill();
    };
    let (failure, ()) = futures::future::join(hanging, killing).await;
    let failure = failure.unwrap_err();
    assert!(matches!(failure, ToolFailure::ConnectionLost(_)), "{failure}");
    let failure = fixture.call_pinned("echo", "any", json!({}), None, PATIENCE).await.unwrap_err();
    assert_eq!(failure.code(), "unavailable", "while it is gone nothing is sent");
    fixture.comes_again().await;
    fixture.call("echo", json!({})).await.unwrap();

    // It is started anew behind our back and has forgotten the session: hands are shaken again, nothing is sent twice.
    let echo = fixture.pinned("echo").await;
    fixture.kill();
    fixture.comes_again().await;
    fixture.call_pinned("echo", &echo, json!({}), None, PATIENCE).await.unwrap();
    assert_eq!(fixture.calls(), ["hang", "echo", "echo"]);
}
