//! kill -9 of the application between `started` and the outcome: the window says afterwards what the CRM says.

use countersign_tests::crm::{Gateway, amounts, fault};
use countersign_tests::held::{ASKED, ORDER, WISH};
use countersign_tests::process::{DEADLINE, until};
use countersign_tests::trail::Trail;

use crate::at_the_desk::{chat, customer, go, held, set_up, sign_in};
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_crm_stores_it_the_window_says_that_it_did_not_happen() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let gateway = Gateway::closed(folder.path());
    let window = Window::open_with(&data, &[], &gateway.variables()).await;
    let (mut customer, action) = approved(&window).await;
    gateway.reached().await;
    window.wait_for_text("The tool is being called.").await;
    window.screenshot("killed-1-running").await;
    window.kill9().await;
    gateway.open();
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0]);

    let absent = customer.leave().await;
    let window = Window::open(&data, &[]).await;
    sign_in(&window).await;
    customer = absent.come_back(&chat(&window).await).await;
    shows_outcome(&window, "It was asked for afterwards: it did not happen, and now never will.").await;
    window.wait_for_text("Settled: it did not happen").await;
    window.screenshot("killed-2-did-not-happen").await;
    customer.hear("did not go through, and nothing was paid back").await;
    assert_eq!(amounts(&data, ORDER), [] as [i64; 0]);
    window.quit().await;
    ended_as(&data, &action).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_crm_stored_it_the_window_says_that_it_happened_and_it_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let window = Window::open_with(&data, &[], &fault(folder.path(), "hang-after-commit")).await;
    let (mut customer, action) = approved(&window).await;
    let stored = || (amounts(&data, ORDER) == [ASKED]).then_some(());
    until("the CRM holds the refund", DEADLINE, stored).await;
    window.kill9().await;

    let absent = customer.leave().await;
    let window = Window::open(&data, &[]).await;
    sign_in(&window).await;
    let chat = chat(&window).await;
    customer = absent.come_back(&chat).await;
    shows_outcome(&window, "It was asked for afterwards: it happened, once.").await;
    window.wait_for_text("Settled: it happened").await;
    window.screenshot("killed-3-happened").await;
    customer.hear("€129.00 for order 1042 is on its way back").await;
    customer.heard_everything_once(&chat).await;
    assert_eq!(amounts(&data, ORDER), [ASKED], "it was repeated");
    window.quit().await;
    ended_as(&data, &action).await;
}

/// A customer asks, and the refund is approved by keyboard; it cannot be undone, so twice.
async fn approved(window: &Window) -> (countersign_tests::customer::Customer, String) {
    set_up(window, "Marta Lindqvist").await;
    go(window, "a", "Approvals").await;
    let mut customer = customer(window, "Ana Ruiz").await;
    customer.say(WISH).await;
    window.wait_for("[id^=queue-]").await;
    let action = held(window).await;
    window.press("j").await;
    let on = "return [...document.querySelectorAll('button')].some(b => b.innerText.includes('Approve €129.00') \
              && b.getAttribute('aria-disabled') === 'false')";
    window.wait_until("the action can be approved", on).await;
    window.press("a").await;
    window.wait_for_text("Approve €129.00 for good").await;
    window.press("Shift+A").await;
    (customer, action)
}

/// Opens the only action in Approvals and waits until these words are shown.
async fn shows_outcome(window: &Window, words: &str) {
    go(window, "a", "Approvals").await;
    window.press("j").await;
    window.wait_for_text(words).await;
}

async fn ended_as(data: &std::path::Path, action: &str) {
    let trail = Trail::read(data).await;
    let kinds = ["proposed", "held", "approved", "started", "unknown", "settled"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(action), kinds);
    trail.verified_decision(action).await;
}
