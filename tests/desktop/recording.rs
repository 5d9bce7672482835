//! A recorded sitting at the real window: everything by keyboard, and every press leaves a picture behind, so that whoever
//! was not there can page through what was on screen and which key came next.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::PathBuf;

use countersign_tests::process::programs;

use crate::window::Window;

/// The recording lies in `recordings/NAME` in the target folder: numbered pictures, and a page that shows them in turn.
pub(crate) struct Recording<'a> {
    pub(crate) window: &'a Window,
    name: &'static str,
    folder: PathBuf,
    steps: RefCell<Vec<String>>,
}

impl<'a> Recording<'a> {
    /// Begins anew; from here on a mouse that is used fails the recording.
    pub(crate) async fn begin(window: &'a Window, name: &'static str) -> Recording<'a> {
        let folder = programs().with_file_name("recordings").join(name);
        let _none = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the target folder is writable");
        let counts = "window.pointed = 0; addEventListener('pointerdown', () => { window.pointed += 1; }, true);";
        window.run(counts).await;
        let recording = Recording { window, name, folder, steps: RefCell::default() };
        recording.keep("as it begins").await;
        recording
    }

    /// Presses one chord.
    pub(crate) async fn press(&self, chord: &str) {
        self.window.press(chord).await;
        self.keep(chord).await;
    }

    /// Types into whatever has the focus.
    pub(crate) async fn type_text(&self, text: &str) {
        self.window.type_text(text).await;
        self.keep(text).await;
    }

    /// Goes to the place behind G and this letter.
    pub(crate) async fn go(&self, letter: &str, title: &str) {
        crate::at_the_desk::go(self.window, letter, title).await;
        self.keep(&format!("g {letter}")).await;
    }

    /// Moves the focus on with Tab until the script says that it is there.
    pub(crate) async fn tab_until(&self, there: &str) {
        for _ in 0..40 {
            if self.window.run(&format!("return Boolean({there})")).await == true {
                self.keep("Tab, as often as it takes").await;
                return;
            }
            self.window.press("Tab").await;
        }
        self.window.screenshot("failed").await;
        let at = self.window.run("return document.activeElement.outerHTML.slice(0, 300)").await;
        panic!("the focus never came to {there}; it stands at {at}");
    }

    async fn keep(&self, pressed: &str) {
        let nth = self.steps.borrow().len();
        std::fs::write(self.folder.join(format!("{nth:03}.png")), self.window.picture().await).expect("it is writable");
        self.steps.borrow_mut().push(pressed.to_owned());
    }

    /// Writes the page, and says that no mouse was used.
    pub(crate) async fn end(self) {
        self.keep("as it ends").await;
        assert_eq!(
            self.window.run("return window.pointed").await,
            0,
            "a pointer was used, or the page was loaded anew"
        );
        let mut page = format!("<!doctype html><meta charset=\"utf-8\"><title>{}</title>\n", self.name);
        for (nth, pressed) in self.steps.borrow().iter().enumerate() {
            let pressed = pressed.replace('&', "&amp;").replace('<', "&lt;");
            writeln!(page, "<p><kbd>{pressed}</kbd><br><img src=\"{nth:03}.png\" alt=\"\"></p>").expect("it is text");
        }
        std::fs::write(self.folder.join("index.html"), page).expect("it is writable");
    }
}
