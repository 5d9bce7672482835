//! What a customer writes is text, in the transcript and on the card, whatever it looks like.

use countersign_tests::held::WISH;
use serde_json::json;

use crate::at_the_desk::{customer, go, held, set_up};
use crate::window::Window;

const MARKUP: &str =
    "<script>window.struck = 1</script><img src=x onerror=\"window.struck = 2\"><b>bold</b> {{1+1}} &lt;i&gt;";

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_script_is_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let window = Window::open(&folder.path().join("data"), &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    let mut customer = customer(&window, "<i>Ana</i> Ruiz").await;
    customer.say(&format!("{WISH} {MARKUP}")).await;
    customer.hear("A colleague is checking").await;

    go(&window, "f", "Floor").await;
    window.wait_for(&format!("#floor-{}", customer.conversation())).await.click().await.unwrap();
    shows_as_text(&window, "transcript").await;
    window.screenshot("markup-transcript").await;

    go(&window, "a", "Approvals").await;
    let action = held(&window).await;
    window.wait_for(&format!("#queue-{action}")).await.click().await.unwrap();
    window.wait_for_text("Refund €129.00 to <i>Ana</i> Ruiz for order 1042").await;
    shows_as_text(&window, "card").await;
    window.screenshot("markup-card").await;
    window.quit().await;
}

async fn shows_as_text(window: &Window, place: &str) {
    window.wait_for_text(MARKUP).await;
    assert_eq!(window.run("return window.struck === undefined").await, true, "the {place} ran what a customer wrote");
    let made = "return [...document.querySelectorAll('main *')].filter(e => ['SCRIPT', 'IMG', 'B', 'I'].includes(e.tagName) \
                && (e.textContent.includes('bold') || e.textContent === 'Ana' || e.tagName === 'SCRIPT' \
                || e.getAttribute('src') === 'x')).length";
    assert_eq!(window.run(made).await, json!(0), "the {place} made elements of what a customer wrote");
}
