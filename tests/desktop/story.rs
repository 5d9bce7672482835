//! The whole story in the real window: a customer asks, the action is held, a person overrides the amount by keyboard,
//! the CRM holds exactly that refund once, the customer is told, and the trail says so.

use countersign_domain::action::Choice;
use countersign_domain::person::KeyKind;
use countersign_tests::crm::refunds;
use countersign_tests::held::{ORDER, WISH};
use countersign_tests::trail::Trail;
use serde_json::json;

use crate::at_the_desk::{customer, go, held, set_up};
use crate::window::Window;

const WHY: &str = "Only the hip buckle is broken; a new one costs less than the rucksack.";

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_asks_a_person_overrides_and_exactly_that_is_refunded() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let window = Window::open(&data, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    go(&window, "a", "Approvals").await;
    window.wait_for_text("Nothing waits").await;
    window.screenshot("story-1-nothing-waits").await;

    // The card appears without a reload: what is written into the page stays there.
    window.run("window.notReloaded = true").await;
    let mut customer = customer(&window, "Ana Ruiz").await;
    customer.say(WISH).await;
    customer.hear("A colleague is checking the refund of €129.00").await;
    window.wait_for("[id^=queue-]").await;
    assert_eq!(window.run("return window.notReloaded").await, true, "the page was loaded again");
    let action = held(&window).await;
    window.wait_for(&format!("#queue-{action}")).await;
    assert_eq!(refunds(&data, ORDER), [] as [serde_json::Value; 0], "it ran before anybody decided");

    window.press("j").await;
    window.wait_for_text("Refund €129.00 to Ana Ruiz for order 1042").await;
    window.wait_for_text("Refunds above €50.00 need a supervisor.").await;
    window.screenshot("story-2-held").await;

    window.press("o").await;
    let amount = "[id=\"argument-amount_minor\"]";
    window.wait_for(amount).await;
    focus_reaches(&window, "return document.activeElement.id === 'argument-amount_minor'").await;
    window.press("Control+a").await;
    window.type_text("89.00").await;
    focus_reaches(&window, "return (document.activeElement.labels?.[0]?.innerText ?? '').startsWith('Why')").await;
    window.type_text(WHY).await;
    let ready = "return [...document.querySelectorAll('button')].some(b => b.innerText.includes('Sign override, €89.00') \
                 && b.getAttribute('aria-disabled') === 'false')";
    window.wait_until("the override can be signed", ready).await;
    window.screenshot("story-3-override").await;
    window.press("Control+Enter").await;

    customer.hear("A colleague looked at your request for €129.00 and decided on €89.00.").await;
    customer.hear("€89.00 for order 1042 is on its way back").await;
    window.wait_for_text("Just decided, and what happened").await;
    window.wait_for_text("Overridden").await;
    window.screenshot("story-4-overridden").await;
    let made = refunds(&data, ORDER);
    assert_eq!(made.len(), 1, "{made:#?}");
    assert_eq!((&made[0]["amount_minor"], &made[0]["currency"]), (&json!(8_900), &json!("EUR")), "{made:#?}");

    go(&window, "f", "Floor").await;
    window.wait_for(&format!("#floor-{}", customer.conversation())).await;
    window.press("j").await;
    window.wait_for_text("decided on €89.00").await;
    window.screenshot("story-5-transcript").await;
    let log = window.quit().await;
    assert!(!log.contains("panicked"), "{log}");

    let trail = Trail::read(&data).await;
    let kinds = ["proposed", "held", "overridden", "started", "succeeded"].map(|kind| format!("action.{kind}"));
    assert_eq!(trail.kinds_of(&action), kinds);
    let (decided, card) = trail.verified_decision(&action).await;
    assert_eq!(decided.statement.decision, Choice::Override);
    assert_eq!(decided.signed_by, KeyKind::Device, "the window signs with the person's own key");
    assert_eq!(decided.money.map(|money| money.minor), Some(8_900));
    assert_ne!(decided.statement.digest_decided, decided.statement.digest_proposed);
    assert_eq!(card["headline"], "Refund €129.00 to Ana Ruiz for order 1042", "what was on screen");
    let overridden = trail.of(&action).find(|event| event.stored.envelope.kind == "action.overridden").unwrap();
    assert_eq!(overridden.text("words"), Some(WHY));
    assert_eq!(overridden.field("arguments").unwrap()["amount_minor"], 8_900);
}

/// Moves the focus on with Tab until it stands where `there` says, through as many fields as a form may have.
async fn focus_reaches(window: &Window, there: &str) {
    for _ in 0..12 {
        if window.run(there).await == true {
            return;
        }
        window.press("Tab").await;
    }
    window.screenshot("failed").await;
    let at = window.run("return document.activeElement.outerHTML.slice(0, 300)").await;
    panic!("the focus never reached {there}; it stands at {at}");
}
