//! What a supervisor does about held actions by keys, and how each key is seen to have done its work: by what is on screen,
//! never by time that has passed.

use countersign_tests::desk::PASSWORD;
use serde_json::json;

use crate::recording::Recording;
use crate::wishes::{Asked, Step, WISHES, Wish};

const WHY: &str = "Only a part of it is broken.";
const GUIDANCE: &str = "Ask for a photo first.";
pub(crate) const NOTE: &str = "She has written three times.";

/// The queue's list.
const LIST: &str = "document.querySelector('[role=listbox]')";
/// The row that is chosen.
const ROW: &str = "document.querySelector('[id^=queue-][aria-selected=true]')";

/// Moves through the queue until a held row is chosen, and returns when its card is open; its action, and whom it is about.
pub(crate) async fn to_a_held_one(desk: &Recording<'_>) -> (String, &'static Asked) {
    let mut key = "j";
    for _ in 0..200 {
        desk.press(key).await;
        if let Some(held) = held(desk).await {
            let open = format!(
                "document.querySelector('[aria-label=\"Decision card\"] h2')?.innerText.includes('order {}') && {}",
                held.1.order,
                button("Reject")
            );
            wait(desk, "the card of the chosen row is open", &open).await;
            return held;
        }
        // Behind the last of them lie those that were decided.
        key = "k";
    }
    panic!("no held action was come to");
}

/// The row that the keys stand on, if it is held.
async fn held(desk: &Recording<'_>) -> Option<(String, &'static Asked)> {
    let row =
        desk.window.run(&format!("return {ROW}.hasAttribute('aria-checked') ? [{ROW}.id, {ROW}.innerText] : []")).await;
    let action = row[0].as_str()?.strip_prefix("queue-").expect("a row is named after its action").to_owned();
    let words = row[1].as_str().expect("it says something");
    let names = |asked: &&Asked| words.contains(&format!("order {}", asked.order));
    Some((action, WISHES.iter().find(names).unwrap_or_else(|| panic!("nobody asked for {words}"))))
}

/// Does one thing about the open card, and returns when it is done.
pub(crate) async fn does(desk: &Recording<'_>, wish: Wish, step: Step) {
    match step {
        Step::Approve => approve(desk, wish).await,
        Step::TakeBack => {
            approve(desk, wish).await;
            wait(desk, "the approval can be taken back", &button("Undo approval")).await;
            desk.press("u").await;
            wait(desk, "it is held again", &on_card("that was taken back before it started")).await;
            wait(desk, "it can be decided again", &button("Reject")).await;
        }
        Step::Override(field, typed) => {
            desk.press("o").await;
            desk.tab_until(&format!("document.activeElement.id === 'argument-{field}'")).await;
            desk.press("Control+a").await;
            desk.type_text(typed).await;
            desk.tab_until("document.activeElement.labels?.[0]?.innerText.startsWith('Why')").await;
            desk.type_text(WHY).await;
            wait(desk, "the override can be signed", &button("Sign override")).await;
            desk.press("Control+Enter").await;
            if wish == Wish::Address {
                // The order is one above €300.00.
                type_password(desk).await;
            }
            signed(desk).await;
        }
        Step::Reject => {
            desk.press("r").await;
            wait(desk, "the field for guidance has the focus", WRITING).await;
            desk.type_text(GUIDANCE).await;
            desk.press("Control+Enter").await;
            signed(desk).await;
        }
        Step::Escalate => {
            desk.press("e").await;
            let field = format!("document.querySelector('dialog[open]') !== null && {WRITING}");
            wait(desk, "the dialog is open", &field).await;
            desk.type_text(NOTE).await;
            desk.press("Control+Enter").await;
            wait(desk, "a colleague is called for", &on_card("Pulled by a supervisor")).await;
            wait(desk, "the dialog is closed", "document.querySelector('dialog[open]') === null").await;
        }
        Step::MoreTime => {
            desk.press("x").await;
            // Fifteen minutes became thirty, and from twenty on a time is told in whole minutes.
            let later = "/\\d+ min/.test(document.querySelector('[aria-label=\"Decision card\"] .tags')?.innerText)";
            wait(desk, "the deadline was put off", later).await;
        }
        Step::Together => unreachable!("it is chosen, and not decided alone"),
    }
}

/// A is pressed once it is open; what cannot be undone asks for the second key.
async fn approve(desk: &Recording<'_>, wish: Wish) {
    wait(desk, "the card was looked at for long enough", &button("Approve")).await;
    desk.press("a").await;
    if wish != Wish::Slot {
        wait(desk, "it asks once more", &on_card("Approve what cannot be undone?")).await;
        desk.press("Shift+A").await;
    }
    signed(desk).await;
}

/// The dialog asks for the password, which a wrong one does not answer.
async fn type_password(desk: &Recording<'_>) {
    let field = "document.querySelector('dialog[open]') !== null && document.activeElement.type === 'password'";
    wait(desk, "the password is asked for", field).await;
    desk.type_text("not her password").await;
    desk.press("Enter").await;
    let wrong = "document.querySelector('dialog[open]')?.innerText.includes('This is not the password.')";
    wait(desk, "it says that it was wrong", &format!("{wrong} && {field}")).await;
    desk.type_text(PASSWORD).await;
    desk.press("Enter").await;
}

/// The signature stands on the card, and the keys are back in the list.
async fn signed(desk: &Recording<'_>) {
    let there = format!("{} && document.activeElement === {LIST}", on_card_there(".signature"));
    wait(desk, "the decision is signed", &there).await;
}

/// Chooses everything of one kind that is to be rejected together, from the row on that the keys stand on.
pub(crate) async fn choose(desk: &Recording<'_>, first: &Asked) -> Vec<(String, &'static Asked)> {
    let belongs = |asked: &Asked| asked.last() == Step::Together && asked.tool() == first.tool();
    let count = WISHES.iter().filter(|asked| belongs(asked)).count();
    let mut chosen: Vec<(String, &Asked)> = Vec::new();
    let mut key = "j";
    for _ in 0..200 {
        match held(desk).await {
            // Behind the last one that is held the others are before the first.
            None => key = if key == "j" { "k" } else { "j" },
            // Others stand between them, by their deadlines.
            Some((_, asked)) if !belongs(asked) => {}
            Some((action, _)) if chosen.iter().any(|(one, _)| *one == action) => {}
            Some(one) => {
                desk.press("Space").await;
                wait(desk, "the row is chosen", &format!("{ROW}.getAttribute('aria-checked') === 'true'")).await;
                chosen.push(one);
            }
        }
        if chosen.len() == count {
            return chosen;
        }
        desk.press(key).await;
    }
    panic!("{} of {count} were chosen", chosen.len());
}

/// Opens what is chosen and says the same no to each.
pub(crate) async fn reject_together(desk: &Recording<'_>, count: usize) {
    desk.press("Shift+Enter").await;
    let review = "[aria-label=\"Review of the chosen\"]";
    let ready = format!(
        "[...document.querySelectorAll('{review} button')]
            .some(b => b.innerText.includes('Reject {count}') && b.getAttribute('aria-disabled') === 'false')"
    );
    wait(desk, "all of them are open", &ready).await;
    desk.press("r").await;
    wait(desk, "the field for guidance has the focus", WRITING).await;
    desk.type_text(GUIDANCE).await;
    desk.press("Control+Enter").await;
    let done = format!(
        "document.querySelector('{review}')?.innerText.includes('{count} rejected.')
            && document.activeElement === {LIST}"
    );
    wait(desk, "all of them are rejected", &done).await;
}

const WRITING: &str = "document.activeElement.tagName === 'TEXTAREA'";

/// A button of the card can be pressed.
fn button(words: &str) -> String {
    format!(
        "[...document.querySelectorAll('[aria-label=\"Decision card\"] button')]
            .some(b => b.innerText.includes({}) && b.getAttribute('aria-disabled') === 'false')",
        json!(words)
    )
}

/// The card says these words.
fn on_card(words: &str) -> String {
    format!("document.querySelector('[aria-label=\"Decision card\"]')?.innerText.includes({}) === true", json!(words))
}

fn on_card_there(css: &str) -> String {
    format!("document.querySelector('[aria-label=\"Decision card\"] {css}') !== null")
}

async fn wait(desk: &Recording<'_>, what: &str, there: &str) {
    desk.window.wait_until(what, &format!("return {there}")).await;
}
