//! Notices of the desktop at a real window: what waits is told, names nobody, opens its card, and goes when they leave.

use countersign_tests::held::WISH;
use gio::glib::variant::ToVariant;
use serde_json::json;

use crate::at_the_desk::{customer, go, held, set_up, sign_in};
use crate::bus::{Described, Service};
use crate::window::Window;

const NOTIFICATIONS: Described = Described {
    name: "org.freedesktop.Notifications",
    path: "/org/freedesktop/Notifications",
    interface: "org.freedesktop.Notifications",
    xml: "<node><interface name='org.freedesktop.Notifications'>\
        <method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>\
        <arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>\
        <arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>\
        <arg type='u' direction='out'/></method>\
        <method name='CloseNotification'><arg type='u' direction='in'/></method>\
        </interface></node>",
    answer: |method| (method == "Notify").then(|| (7_u32,).to_variant()),
};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_told_to_the_desktop_names_nobody_opens_its_card_and_goes_with_whoever_leaves() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let desktop = Service::start(&window.session_bus(), NOTIFICATIONS);
    set_up(&window, "Marta Lindqvist").await;
    go(&window, "m", "Metrics").await;

    let mut ana = customer(&window, "Ana Ruiz").await;
    ana.say(WISH).await;
    ana.hear("A colleague is checking").await;
    let told = tokio::task::block_in_place(|| desktop.asked("Notify"));
    let first = held(&window).await;
    assert_eq!(told.child_value(3).str(), Some("Refund waits for you"), "{told}");
    let body = told.child_value(4).str().unwrap_or_default().to_owned();
    assert!(body.starts_with("€129.00, until "), "{body}");
    let said = told.to_string();
    assert!(!said.contains("Ana") && !said.contains("1042"), "a desktop shows it to whoever passes by: {said}");

    // Whoever leaves takes it with them, and nobody who is not signed in opens anything by it.
    window.press("Control+Shift+l").await;
    let taken_back = tokio::task::block_in_place(|| desktop.asked("CloseNotification"));
    assert_eq!(taken_back.child_value(0).get::<u32>(), Some(7));
    desktop.tells("ActionInvoked", &(7_u32, "default").to_variant());
    window.wait_for("form input[type=password]").await;

    sign_in(&window).await;
    go(&window, "m", "Metrics").await;
    let mut olena = customer(&window, "Olena Kovalenko").await;
    olena.say(WISH).await;
    let _again = tokio::task::block_in_place(|| desktop.asked("Notify"));
    desktop.tells("ActionInvoked", &(7_u32, "default").to_variant());
    window.wait_until("the queue is shown", "return document.querySelector('h1')?.innerText === 'Approvals'").await;
    let other = format!(
        "const id = document.querySelector('[id^=queue-][aria-selected=true]')?.id; return id !== undefined && !id.includes('{first}')"
    );
    window.wait_until("the card of what was told is open", &other).await;
    let still = window.invoke("query", json!({ "query": { "query": "approvals" } })).await.unwrap();
    assert_eq!(still["held"].as_array().map(Vec::len), Some(2), "a notice decides nothing: {still:#}");
    window.quit().await;
}
