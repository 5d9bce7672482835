//! An escalation, recorded: taken over by keyboard alone, something promised, handed back with the promise pinned, and the
//! promise kept; the customer hears one voice at a time.

use countersign_tests::trail::Trail;

use crate::at_the_desk::{customer, set_up};
use crate::recording::Recording;
use crate::window::Window;

const PROMISE: &str = "A new buckle by post";

#[tokio::test(flavor = "multi_thread")]
async fn an_escalation_is_taken_over_something_is_promised_and_kept_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let window = Window::open(&data, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    let mut ana = customer(&window, "Ana Ruiz").await;
    ana.say("I would like to talk to a person please").await;
    ana.hear("I have noted").await;

    let desk = Recording::begin(&window, "an-escalation-and-a-promise").await;
    desk.go("e", "Escalations").await;
    window.wait_for_text("Asked for a person").await;
    desk.press("t").await;
    window.wait_for("textarea").await;
    ana.say("The hip buckle of my rucksack snapped.").await;
    window.wait_for_text("The hip buckle of my rucksack snapped.").await;
    desk.tab_until("document.activeElement.labels?.[0]?.innerText.includes('Reply to the customer')").await;
    desk.type_text("Marta here. A new buckle leaves tonight.").await;
    desk.press("Control+Enter").await;
    ana.wait_for("a person answers", |frame| {
        frame["from"] == "person" && frame["text"].as_str().is_some_and(|text| text.starts_with("Marta here."))
    })
    .await;
    desk.tab_until("document.activeElement.labels?.[0]?.innerText.includes('What did you promise?')").await;
    desk.type_text(PROMISE).await;
    desk.press("Control+Enter").await;
    window.wait_for_text("no time said").await;
    desk.press("Shift+Tab").await;
    desk.press("h").await;
    // Back with the agent; the promise stays with the team until it is kept.
    window.wait_until("the word is handed back", "return document.querySelector('textarea') === null").await;
    ana.say("thanks").await;
    ana.hear("You are welcome.").await;
    window.wait_for_text("Promised, not kept yet").await;
    desk.tab_until(&format!("document.activeElement.innerText === 'Kept: {PROMISE}'")).await;

    desk.press("Enter").await;
    window.wait_for_text("Nobody waits for a person").await;
    desk.end().await;
    assert!(!window.quit().await.contains("panicked"));

    let trail = Trail::read(&data).await;
    let kinds: Vec<&str> = trail
        .all()
        .iter()
        .map(|event| event.stored.envelope.kind.as_str())
        .filter(|kind| {
            [
                "conversation.escalated",
                "conversation.taken_over",
                "conversation.promised",
                "conversation.handed_back",
                "conversation.promise_kept",
            ]
            .contains(kind)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "conversation.escalated",
            "conversation.taken_over",
            "conversation.promised",
            "conversation.handed_back",
            "conversation.promise_kept"
        ]
    );
}
