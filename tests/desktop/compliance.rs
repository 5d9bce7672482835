//! A compliance officer's question, recorded: who approved a given refund, what they saw, and the proof in a file of its own;
//! by keyboard alone, and the proof verifies with nothing of the station at hand.

use std::process::Command;

use countersign_tests::desk::PASSWORD;
use countersign_tests::held::WISH;
use countersign_tests::process::program;
use serde_json::{Value, json};

use crate::at_the_desk::{customer, go, held, set_up};
use crate::recording::Recording;
use crate::window::Window;

const OFFICER: &str = "Noor Haddad";

#[tokio::test(flavor = "multi_thread")]
async fn a_compliance_officer_finds_who_approved_a_refund_what_they_saw_and_exports_the_proof_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let window = Window::open(&data, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    enrol(&window).await;
    let mut ana = customer(&window, "Ana Ruiz").await;
    ana.say(WISH).await;
    ana.hear("A colleague is checking").await;
    go(&window, "a", "Approvals").await;
    let action = held(&window).await;
    window.wait_for(&format!("#queue-{action}")).await;
    window.press("j").await;
    let approvable = "return [...document.querySelectorAll('button')].some(b => b.innerText.includes('Approve') \
                      && b.getAttribute('aria-disabled') === 'false')";
    window.wait_until("the refund can be approved", approvable).await;
    window.press("a").await;
    window.press("Shift+A").await;
    ana.hear("€129.00 for order 1042 is on its way back").await;

    let desk = Recording::begin(&window, "who-approved-this-refund").await;
    desk.press("Control+Shift+L").await;
    window.wait_for_text("Who is signing?").await;
    desk.press("Down").await;
    let chosen = format!("return document.querySelector('fieldset .on')?.innerText.includes('{OFFICER}') === true");
    window.wait_until("the officer is chosen", &chosen).await;
    // Never into the recording.
    window.type_text(PASSWORD).await;
    desk.press("Enter").await;
    window.wait_until("the desk is open", "return document.querySelector('input[type=password]') === null").await;
    desk.go("t", "Audit").await;
    desk.tab_until(
        "document.activeElement.type === 'search' || document.activeElement.getAttribute('role') === 'searchbox'",
    )
    .await;
    desk.type_text("order:1042 decision:approve").await;
    window.wait_for_text("1 found").await;
    desk.press("Enter").await;
    window.wait_for_text("What Marta Lindqvist saw").await;
    window.wait_for_text("same bytes as signed").await;
    window.wait_for_text("Refund €129.00 to Ana Ruiz for order 1042").await;
    desk.tab_until("document.activeElement.innerText.includes('Export case')").await;
    desk.press("Enter").await;
    window.wait_for_text("That it left the house is in the trail.").await;
    desk.end().await;

    let proof = saved(&window).await;
    let verified = Command::new(program("countersign-verify")).arg(&proof).output().expect("the verifier runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let text = std::fs::read_to_string(&proof).expect("the proof is there");
    assert!(text.contains(&action), "the proof is not about this action");
    assert!(!window.quit().await.contains("panicked"));
}

/// The first person, still alone, enrols an officer.
async fn enrol(window: &Window) {
    let request = json!({ "change": "enrol_person", "name": OFFICER, "password": PASSWORD, "roles": ["compliance"], "limits": Value::Null });
    let change = json!({ "command": { "command": "propose_change", "request": request, "why": Value::Null } });
    window.invoke("command", change).await.expect("whoever is alone enrols the next");
}

/// Where the window says that it saved the case.
async fn saved(window: &Window) -> String {
    let words = window.run("return document.body.innerText").await;
    let words = words.as_str().unwrap_or_default();
    let path = words.split_whitespace().find(|word| word.contains("/case-")).expect("it says where");
    path.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_owned()
}
