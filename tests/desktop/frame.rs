//! The window's frame as the desktop has it: whether it is on the screen, and its closing button.

use countersign_tests::process::{DEADLINE, until};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, MapState, Window};
use x11rb::rust_connection::RustConnection;

pub(crate) struct Frame {
    display: RustConnection,
    window: Window,
}

impl Frame {
    /// The window with this title, among those of a display without a window manager.
    pub(crate) async fn find(display: &str, title: &str) -> Frame {
        let (display, screen) = x11rb::connect(Some(display)).expect("the display is there");
        let root = display.setup().roots[screen].root;
        let window = until("the desktop has the window", DEADLINE, || {
            let children = display.query_tree(root).ok()?.reply().ok()?.children;
            children.into_iter().find(|window| name(&display, *window).as_deref() == Some(title))
        });
        let window = window.await;
        Frame { display, window }
    }

    /// Presses the closing button: the application is asked to close, and may do something else.
    pub(crate) fn close(&self) {
        let atom = |name: &str| {
            let asked = self.display.intern_atom(false, name.as_bytes()).expect("it is asked");
            asked.reply().expect("it is answered").atom
        };
        let data = [atom("WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let event = ClientMessageEvent::new(32, self.window, atom("WM_PROTOCOLS"), data);
        self.display.send_event(false, self.window, EventMask::NO_EVENT, event).expect("it is sent");
        self.display.flush().expect("it is sent");
    }

    /// Waits until the window is on the screen, or is not.
    pub(crate) async fn shown(&self, wanted: bool) {
        until(if wanted { "the window is shown" } else { "the window is hidden" }, DEADLINE, || {
            let attributes = self.display.get_window_attributes(self.window).ok()?.reply().ok()?;
            ((attributes.map_state == MapState::VIEWABLE) == wanted).then_some(())
        })
        .await;
    }
}

fn name(display: &RustConnection, window: Window) -> Option<String> {
    let asked = display.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?;
    String::from_utf8(asked.reply().ok()?.value).ok()
}
