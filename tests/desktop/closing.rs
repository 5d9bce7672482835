//! Closing and quitting at a real window: with a tray it hides and can be found again; without one nothing is lost either;
//! and whoever quits is told what goes on.

use countersign_tests::held::WISH;
use gio::glib::Variant;
use gio::glib::variant::ToVariant;

use crate::at_the_desk::{customer, go, set_up};
use crate::bus::{Described, Service};
use crate::window::Window;

const WATCHER: Described = Described {
    name: "org.kde.StatusNotifierWatcher",
    path: "/StatusNotifierWatcher",
    interface: "org.kde.StatusNotifierWatcher",
    xml: "<node><interface name='org.kde.StatusNotifierWatcher'>\
        <method name='RegisterStatusNotifierItem'><arg type='s' direction='in'/></method>\
        <property name='IsStatusNotifierHostRegistered' type='b' access='read'/>\
        </interface></node>",
    answer: |_| None,
};
const ITEM: (&str, &str) = ("/StatusNotifierItem", "org.kde.StatusNotifierItem");
const MENU: (&str, &str) = ("/MenuBar", "com.canonical.dbusmenu");

#[tokio::test(flavor = "multi_thread")]
async fn with_a_tray_closing_hides_and_the_tray_counts_opens_and_asks_before_it_quits() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let tray = Service::start(&window.session_bus(), WATCHER);
    let registered = tokio::task::block_in_place(|| tray.asked("RegisterStatusNotifierItem"));
    let item = registered.child_value(0).str().expect("it says its name").to_owned();
    let titled = async |wanted: &str| {
        let read = || tray.property(&item, ITEM, "Title").str().map(str::to_owned);
        let title = countersign_tests::process::until(wanted, countersign_tests::process::DEADLINE, || {
            tokio::task::block_in_place(read).filter(|title| title == wanted)
        });
        title.await;
    };
    set_up(&window, "Marta Lindqvist").await;
    let mut ana = customer(&window, "Ana Ruiz").await;
    ana.say(WISH).await;
    ana.hear("A colleague is checking").await;
    titled("Countersign: 1 waits").await;

    let frame = window.frame().await;
    frame.close();
    frame.shown(false).await;
    ana.say("Are you still there?").await;
    tray.call(&item, ITEM, "Activate", &(0_i32, 0_i32).to_variant());
    frame.shown(true).await;

    // Quitting is asked, and named.
    let quit =
        entry(&tray.call(&item, MENU, "GetLayout", &(0_i32, -1_i32, Vec::<String>::new()).to_variant()), "Quit…");
    frame.close();
    frame.shown(false).await;
    let clicked = (quit, "clicked", 0_i32.to_variant().to_variant(), 0_u32).to_variant();
    tray.call(&item, MENU, "Event", &clicked);
    frame.shown(true).await;
    window.wait_for_text("Quit Countersign?").await;
    window.wait_for_text("Ana Ruiz: ").await;
    window.wait_for_text("Refund €129.00").await;
    window.screenshot("quitting").await;
    window.push("Go on").await;

    // Signed out, it tells no count.
    window.press("Control+Shift+l").await;
    window.wait_for("form input[type=password]").await;
    titled("Countersign").await;

    // The tray goes, and with it what a hidden window could be found by.
    frame.close();
    frame.shown(false).await;
    drop(tray);
    frame.shown(true).await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_closing_never_loses_the_window_and_quits_once_the_person_says_so() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    go(&window, "f", "Floor").await;
    let mut ana = customer(&window, "Ana Ruiz").await;
    ana.say(WISH).await;
    ana.hear("A colleague is checking").await;
    let frame = window.frame().await;
    frame.close();
    window.wait_for_text("1 conversation goes on").await;
    frame.shown(true).await;
    window.push("Go on").await;
    frame.close();
    window.wait_for_text("Quit Countersign?").await;
    window.push_and_end("Quit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_closing_quits_at_once_where_nothing_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    let frame = window.frame().await;
    frame.close();
    window.ended().await;
}

/// The number of the entry with this label in a menu's layout.
fn entry(layout: &Variant, label: &str) -> i32 {
    let entries = layout.child_value(1).child_value(2);
    let found = entries
        .iter()
        .map(|entry| entry.as_variant().unwrap_or(entry))
        .find(|entry| entry.child_value(1).iter().any(|property| property.to_string().contains(label)));
    found.and_then(|entry| entry.child_value(0).get::<i32>()).unwrap_or_else(|| panic!("no {label} in {layout}"))
}
