//! What every story in the window does: a first person, signing in, a customer at the chat, the card of what they asked.

use countersign_tests::customer::Customer;
use countersign_tests::desk::PASSWORD;
use serde_json::{Value, json};

use crate::window::Window;

/// The first person, set up by keyboard in a new data folder.
pub(crate) async fn set_up(window: &Window, name: &str) {
    window.fill("Name", name).await;
    window.fill("Password", PASSWORD).await;
    window.fill("Password, once more", PASSWORD).await;
    window.press("Enter").await;
    window.wait_for_text("Write this down now").await;
    window.wait_for("main input[type=checkbox]").await.click().await.expect("the box can be ticked");
    window.push("Go to the desk").await;
    desk_is_open(window).await;
}

/// The same person, signed in after a restart.
pub(crate) async fn sign_in(window: &Window) {
    window.fill("Password", PASSWORD).await;
    window.press("Enter").await;
    desk_is_open(window).await;
}

async fn desk_is_open(window: &Window) {
    window.wait_until("the desk is open", "return document.querySelector('input[type=password]') === null").await;
    assert_eq!(session(window).await["stage"], "desk");
}

/// The session as the page is told it.
pub(crate) async fn session(window: &Window) -> Value {
    window.invoke("query", json!({ "query": { "query": "session" } })).await.expect("anybody may ask for the session")
}

/// The address where customers reach this station.
pub(crate) async fn chat(window: &Window) -> String {
    session(window).await["chat_address"].as_str().expect("the chat has an address").to_owned()
}

/// A customer arrives at the station's chat.
pub(crate) async fn customer(window: &Window, name: &str) -> Customer {
    Customer::arrive(&chat(window).await, name).await
}

/// Goes to the place behind G and this letter, and waits for its title.
pub(crate) async fn go(window: &Window, letter: &str, title: &str) {
    window.press("g").await;
    window.press(letter).await;
    let shown =
        format!("return [...document.querySelectorAll('h1')].some(h => h.innerText.includes({}))", json!(title));
    window.wait_until(&format!("{title} is shown"), &shown).await;
}

/// The one held action.
pub(crate) async fn held(window: &Window) -> String {
    let queue = window.invoke("query", json!({ "query": { "query": "approvals" } })).await.expect("the queue is told");
    let held = queue["held"].as_array().expect("a list");
    assert_eq!(held.len(), 1, "{queue:#}");
    held[0]["action"].as_str().expect("an id").to_owned()
}
