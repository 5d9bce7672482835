//! One window for one data folder: what a second start does, where links lead, and where the window stands.

use std::path::{Path, PathBuf};

use countersign_tests::trail::Trail;
use serde_json::{Value, json};

use crate::at_the_desk::{go, session, set_up, sign_in};
use crate::window::Window;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_raises_the_first_window_and_its_link_goes_somewhere_and_does_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    set_up(&window, "Marta Lindqvist").await;

    assert!(window.start_again(&["countersign://audit?search=person:mira"]).await, "it ends well");
    window
        .wait_until(
            "the trail is searched",
            "return document.querySelector('[role=searchbox]')?.value === 'person:mira'",
        )
        .await;
    assert!(window.start_again(&["countersign://settings"]).await);
    window.wait_until("Settings are shown", "return document.querySelector('h1')?.innerText === 'Settings'").await;

    let forged = "countersign://action/act_0123456789abcdef0123456789abcdef?decide=approve";
    assert!(window.start_again(&[forged]).await);
    window.wait_for_text("This link was not followed").await;
    window.wait_for_text("Nothing was done.").await;
    window.screenshot("link-not-followed").await;
    window.press("Escape").await;

    // Nobody is signed in: the link waits for whoever signs in next.
    window.press("Control+Shift+l").await;
    window.wait_for("form input[type=password]").await;
    assert!(window.start_again(&["countersign://floor"]).await);
    assert_eq!(session(&window).await["stage"], "sign_in");
    sign_in(&window).await;
    window.wait_until("the Floor is shown", "return document.querySelector('h1')?.innerText === 'Floor'").await;
    go(&window, "a", "Approvals").await;
    assert_eq!(window.processes(), 1, "a second start leaves nothing behind");
    window.quit().await;
    let trail = Trail::read(data.path()).await;
    let mut kinds = trail.all().iter().map(|event| event.stored.envelope.kind.as_str());
    assert!(!kinds.any(|kind| kind.starts_with("action.") || kind.starts_with("change.")), "a link decides nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_the_first_start_leads_there_after_the_set_up() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &["countersign://metrics"]).await;
    set_up(&window, "Marta Lindqvist").await;
    window.wait_until("Metrics are shown", "return document.querySelector('h1')?.innerText === 'Metrics'").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_stands_where_it_stood_and_never_off_every_screen() {
    let data = tempfile::tempdir().unwrap();
    let config = tempfile::tempdir().unwrap();
    let kept = config.path().join("app.countersign.desk/window.json");
    let variables = [("XDG_CONFIG_HOME", PathBuf::from(config.path()))];

    keep(&kept, 120, 60);
    let window = Window::open_with(data.path(), &[], &variables).await;
    window.wait_until("it has its size", "return innerWidth === 1200 && innerHeight === 760").await;
    window.wait_until("it has its place", "return screenX === 120 && screenY === 60").await;
    window.quit().await;
    let told: Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    assert_eq!((&told["desk"]["width"], &told["desk"]["x"]), (&json!(1200), &json!(120)), "{told:#}");

    // A screen that is no longer there.
    keep(&kept, 9_000, 4_000);
    let window = Window::open_with(data.path(), &[], &variables).await;
    window.wait_until("it has its size", "return innerWidth === 1200 && innerHeight === 760").await;
    window.wait_until("it can be seen", "return screenX < 1000 && screenY < 700").await;
    window.quit().await;
}

fn keep(file: &Path, x: i32, y: i32) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let state = json!({
        "width": 1200, "height": 760, "x": x, "y": y, "prev_x": x, "prev_y": y,
        "maximized": false, "visible": false, "decorated": true, "fullscreen": false,
    });
    std::fs::write(file, json!({ "desk": state }).to_string()).unwrap();
}
