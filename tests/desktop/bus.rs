//! A service of the desktop, played by the test on the application's own session bus: what it is asked is kept.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use countersign_tests::process::DEADLINE;
use gio::glib::variant::ToVariant;
use gio::glib::{MainContext, MainLoop, Variant};
use gio::{Cancellable, DBusCallFlags, DBusConnection, DBusConnectionFlags, DBusMethodInvocation, DBusNodeInfo};

/// What the service is called, where it stands, and what it can be asked, as D-Bus describes it.
pub(crate) struct Described {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) interface: &'static str,
    pub(crate) xml: &'static str,
    /// What it answers, in order of its calls, by the method's name.
    pub(crate) answer: fn(&str) -> Option<Variant>,
}

/// Ends with its owner.
pub(crate) struct Service {
    described: Described,
    bus: DBusConnection,
    asked: Receiver<(String, Variant)>,
    answers: Option<(MainLoop, JoinHandle<()>)>,
}

impl Service {
    pub(crate) fn start(address: &str, described: Described) -> Service {
        let flags = DBusConnectionFlags::AUTHENTICATION_CLIENT | DBusConnectionFlags::MESSAGE_BUS_CONNECTION;
        let bus = DBusConnection::for_address_sync(address, flags, None, Cancellable::NONE).expect("the bus is there");
        let (tell, asked) = channel();
        let answers = Some(answering(bus.clone(), &described, tell));
        let wanted = (described.name, 0_u32).to_variant();
        bus.call_sync(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "RequestName",
            Some(&wanted),
            None,
            DBusCallFlags::NONE,
            -1,
            Cancellable::NONE,
        )
        .expect("the name is free on a bus of its own");
        Service { described, bus, asked, answers }
    }

    /// The next call of this method; others before it are passed over.
    pub(crate) fn asked(&self, method: &str) -> Variant {
        loop {
            match self.asked.recv_timeout(DEADLINE) {
                Ok((name, with)) if name == method => return with,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("{} was never asked to {method}", self.described.name),
                Err(RecvTimeoutError::Disconnected) => panic!("{} has ended", self.described.name),
            }
        }
    }

    pub(crate) fn tells(&self, signal: &str, with: &Variant) {
        let Described { path, interface, .. } = self.described;
        self.bus.emit_signal(None, path, interface, signal, Some(with)).expect("the bus takes it");
        self.bus.flush_sync(Cancellable::NONE).expect("the bus takes it");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some((answers, thread)) = self.answers.take() {
            answers.quit();
            let _ended = thread.join();
        }
    }
}

/// Answers on a thread of its own, for calls come to the context in which the object was registered.
fn answering(
    bus: DBusConnection,
    described: &Described,
    tell: Sender<(String, Variant)>,
) -> (MainLoop, JoinHandle<()>) {
    let context = MainContext::new();
    let answers = MainLoop::new(Some(&context), false);
    let (running, ready) = (answers.clone(), channel());
    let Described { path, interface, xml, answer, .. } = *described;
    let thread = std::thread::spawn(move || {
        context
            .with_thread_default(|| {
                let node = DBusNodeInfo::for_xml(xml).expect("it is well formed");
                let interface = node.lookup_interface(interface).expect("it is described");
                let told = move |_: DBusConnection,
                                 _: &str,
                                 _: &str,
                                 _: &str,
                                 method: &str,
                                 with: Variant,
                                 call: DBusMethodInvocation| {
                    let _whoever_asks_is_gone = tell.send((method.to_owned(), with));
                    call.return_value(answer(method).as_ref());
                };
                bus.register_object(
                    path,
                    &interface,
                    told,
                    |_, _, _, _, _| true.to_variant(),
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
