//! The system's lock screen at a real window: whoever locks the machine, or sends it to sleep, is signed out, their key is
//! wiped, and the window shows nothing of what they saw. A logind of the test's own tells it, on a bus of its own.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use gio::glib::variant::{ObjectPath, ToVariant};
use gio::glib::{MainContext, MainLoop, Variant};
use gio::{Cancellable, DBusCallFlags, DBusConnection, DBusConnectionFlags, DBusNodeInfo};
use serde_json::json;

use crate::at_the_desk::{customer, go, held, session, set_up, sign_in};
use crate::window::Window;
use countersign_tests::held::WISH;
use countersign_tests::process::Group;

const MANAGER: &str = "org.freedesktop.login1.Manager";
const MANAGER_AT: &str = "/org/freedesktop/login1";
const LOGIN: &str = "org.freedesktop.login1.Session";
const OURS: &str = "/org/freedesktop/login1/session/_31";
const SOMEBODY_ELSES: &str = "/org/freedesktop/login1/session/_32";
const DESCRIBED: &str = "<node><interface name='org.freedesktop.login1.Manager'>\
    <method name='GetSessionByPID'><arg type='u' direction='in'/><arg type='o' direction='out'/></method>\
    </interface></node>";

/// Says to whom a login belongs, and tells what a test wants it to.
struct Logind {
    address: PathBuf,
    bus: DBusConnection,
    answers: Option<(MainLoop, JoinHandle<()>)>,
    _daemon: Group,
}

impl Logind {
    fn start() -> Logind {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        let mut daemon = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut address = String::new();
        BufReader::new(daemon.child.stdout.take().expect("piped"))
            .read_line(&mut address)
            .expect("it says its address");
        let address = address.trim().to_owned();
        let flags = DBusConnectionFlags::AUTHENTICATION_CLIENT | DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
        let bus = DBusConnection::for_address_sync(&address, flags, None, Cancellable::NONE).expect("the bus is there");
        let asked = ("org.freedesktop.login1", 0_u32).to_variant();
        bus.call_sync(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "RequestName",
            Some(&asked),
            None,
            DBusCallFlags::NONE,
            -1,
            Cancellable::NONE,
        )
        .expect("the name is free on a bus of its own");
        let answers = Some(answering(bus.clone()));
        Logind { address: PathBuf::from(address), bus, answers, _daemon: daemon }
    }

    fn tells(&self, path: &str, interface: &str, signal: &str, with: Option<Variant>) {
        self.bus.emit_signal(None, path, interface, signal, with.as_ref()).expect("the bus takes it");
        self.bus.flush_sync(Cancellable::NONE).expect("the bus takes it");
    }
}

impl Drop for Logind {
    fn drop(&mut self) {
        if let Some((answers, thread)) = self.answers.take() {
            answers.quit();
            let _ended = thread.join();
        }
    }
}

/// Answers on a thread of its own, for calls come to the context in which the object was registered.
fn answering(bus: DBusConnection) -> (MainLoop, JoinHandle<()>) {
    let context = MainContext::new();
    let answers = MainLoop::new(Some(&context), false);
    let (running, ready) = (answers.clone(), std::sync::mpsc::channel());
    let thread = std::thread::spawn(move || {
        context
            .with_thread_default(|| {
                let node = DBusNodeInfo::for_xml(DESCRIBED).expect("it is well formed");
                let manager = node.lookup_interface(MANAGER).expect("it is described");
                let answer = |_: DBusConnection,
                              _: &str,
                              _: &str,
                              _: &str,
                              _: &str,
                              _: Variant,
                              call: gio::DBusMethodInvocation| {
                    let ours = ObjectPath::try_from(OURS.to_owned()).expect("a path");
                    call.return_value(Some(&(ours,).to_variant()));
                };
                bus.register_object(
                    MANAGER_AT,
                    &manager,
                    answer,
                    |_, _, _, _, _| ().to_variant(),
                    |_, _, _, _, _, _| false,
                )
                .expect("nothing else stands there");
                ready.0.send(()).expect("somebody waits for it");
                running.run();
            })
            .expect("the thread has no other context");
    });
    ready.1.recv().expect("it answers");
    (answers, thread)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_or_a_sleeping_machine_signs_out_and_clears_the_window() {
    let logind = Logind::start();
    let data = tempfile::tempdir().unwrap();
    let bus = [("DBUS_SYSTEM_BUS_ADDRESS", logind.address.clone())];
    let window = Window::open_with(data.path(), &[], &bus).await;
    set_up(&window, "Marta Lindqvist").await;
    assert_eq!(session(&window).await["locks_with_screen"], true, "the desk says that it hears the lock screen");
    go(&window, "a", "Approvals").await;
    let mut customer = customer(&window, "Ana Ruiz").await;
    customer.say(WISH).await;
    customer.hear("A colleague is checking").await;
    window.wait_for("[id^=queue-]").await;
    let action = held(&window).await;

    let lock: &[(&str, &str, &str, Option<Variant>)] =
        &[(OURS, LOGIN, "Lock", None), (MANAGER_AT, MANAGER, "PrepareForSleep", Some((true,).to_variant()))];
    for (path, interface, signal, with) in lock {
        window.press("j").await;
        window.wait_for_text("Refund €129.00 to Ana Ruiz for order 1042").await;
        let card = window.invoke("query", json!({ "query": { "query": "card", "action": action } })).await.unwrap();
        // Somebody else's lock, and a machine that wakes up, are nothing to this desk.
        logind.tells(SOMEBODY_ELSES, LOGIN, "Lock", None);
        logind.tells(MANAGER_AT, MANAGER, "PrepareForSleep", Some((false,).to_variant()));
        assert_eq!(session(&window).await["stage"], "desk");
        logind.tells(path, interface, signal, with.clone());

        window.wait_for("form input[type=password]").await;
        let shown = window.text_of("body").await;
        assert!(shown.contains("Who is signing?"), "{shown}");
        for word in ["Ana Ruiz", "€129.00", "1042"] {
            assert!(!shown.contains(word), "{word} is still on the screen after {signal}: {shown}");
        }
        let decision = json!({
            "action": action, "card_digest": card["card_digest"], "choice": { "choice": "approve" }, "looked_ms": 900
        });
        let refused = window.invoke("decide", json!({ "decision": decision })).await.unwrap_err();
        assert_eq!(refused["code"], "sign_in_needed", "{signal} left a key that signs: {refused}");
        // It is nobody's no: whoever signs in again finds the action held.
        sign_in(&window).await;
        window.wait_for("[id^=queue-]").await;
        assert_eq!(held(&window).await, action);
    }
}
