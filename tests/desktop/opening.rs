//! The way in and the way out: the window opens on set-up, says why when it cannot, and ends with the session.

use std::process::{Command, Stdio};

use crate::window::Window;
use countersign_tests::process::program;

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_on_set_up_and_shows_no_error() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    window.wait_for("form input[type=password]").await;
    assert_eq!(window.run("return document.querySelectorAll('[role=alert]').length").await, 0);
    assert_eq!(window.run("return document.title").await, "Countersign");
    let session = window.invoke("query", serde_json::json!({ "query": { "query": "session" } })).await.unwrap();
    assert_eq!(session["stage"], "set_up");
    assert_eq!(session["sample_shop"], true, "the sample shop is not marked");
    window.screenshot("set-up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_application_opens_again_where_it_stood() {
    let data = tempfile::tempdir().unwrap();
    let session = serde_json::json!({ "query": { "query": "session" } });
    let password = "four unrelated plain words";

    let window = Window::open(data.path(), &[]).await;
    window.fill("Name", "Mara Lindqvist").await;
    window.fill("Password", password).await;
    window.fill("Password, once more", password).await;
    window.press("Enter").await;
    window.wait_until("the desk is open", "return document.querySelector('input[type=password]') === null").await;
    assert_eq!(window.invoke("query", session.clone()).await.unwrap()["stage"], "desk");
    window.kill9().await;

    let window = Window::open(data.path(), &[]).await;
    window.wait_for_text("Mara Lindqvist").await;
    assert_eq!(window.invoke("query", session.clone()).await.unwrap()["stage"], "sign_in");
    window.fill("Password", "another password entirely").await;
    window.push("Sign in").await;
    window.wait_for_text("not the password").await;
    window.fill("Password", password).await;
    window.press("Enter").await;
    window.wait_until("the desk is open", "return document.querySelector('input[type=password]') === null").await;
    assert_eq!(window.invoke("query", session).await.unwrap()["stage"], "desk");
    let shown = window.text_of("body").await;
    assert!(shown.contains("Approvals"), "the desk is not shown: {shown}");
    window.screenshot("desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_leaves_a_data_folder_that_opens_again() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let window = Window::open(data.path(), &[]).await;
        window.wait_for("form input[type=password]").await;
        let log = window.quit().await;
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_that_cannot_be_used_is_told_in_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("a <file>");
    std::fs::write(&taken, "not a folder").unwrap();
    let window = Window::open(&taken, &[]).await;
    window.wait_for_text("Countersign could not start").await;
    window.wait_for_text("a <file>").await;
    let refused = window.invoke("query", serde_json::json!({ "query": { "query": "session" } })).await;
    assert!(refused.is_err(), "the failure window may ask nothing: {refused:?}");
    window.screenshot("could-not-start").await;
}

#[test]
fn without_a_display_it_says_so_and_fails() {
    let mut command = Command::new(program("countersign"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").stdin(Stdio::null());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("countersign-station"), "it says what to do: {said}");
    assert!(!said.contains("panicked"), "{said}");
}
