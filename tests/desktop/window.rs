//! One real window, as a person has it: look, click, type, press keys; and what befalls its process.

use std::path::{Path, PathBuf};
use std::time::Instant;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use crate::display::Display;
use crate::driver::Driver;
use crate::frame::Frame;
use crate::slots::Slot;
use countersign_tests::process::{DEADLINE, Group, LOOK, has_ended, program, programs, running, send, until};

/// Dropping it ends the application, the driver, the bus and the display, in this order.
pub(crate) struct Window {
    client: Client,
    driver: Driver,
    program: PathBuf,
    args: Vec<String>,
    display: Display,
    home: tempfile::TempDir,
    _slot: Slot,
}

impl Window {
    /// Starts the application with the sample shop on a data folder, with the tree's assets and the customers' listener
    /// on a free port. `more` are further arguments.
    pub(crate) async fn open(data: &Path, more: &[&str]) -> Window {
        Window::open_with(data, more, &[]).await
    }

    /// The same, with these variables in the application's environment.
    pub(crate) async fn open_with(data: &Path, more: &[&str], variables: &[(&str, PathBuf)]) -> Window {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("assets");
        let mut args = vec!["--sample-shop".to_owned(), "--data".to_owned(), data.display().to_string()];
        args.extend([
            "--assets".to_owned(),
            assets.display().to_string(),
            "--chat".to_owned(),
            "127.0.0.1:0".to_owned(),
            "--no-customers".to_owned(),
            "--looks".to_owned(),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("scene/looks.toml").display().to_string(),
        ]);
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        Window::launch(program("countersign"), &args, variables).await
    }

    /// Starts any program that shows a page.
    pub(crate) async fn launch(program: PathBuf, args: &[String], variables: &[(&str, PathBuf)]) -> Window {
        let slot = Slot::take().await;
        let home = tempfile::tempdir().expect("a folder for the window's home");
        let display = Display::start();
        let driver = Driver::start(&display, home.path(), variables).await;
        let client = driver.launch(&program, args).await;
        Window { client, driver, program, args: args.to_vec(), display, home, _slot: slot }
    }

    /// Waits until the CSS selector finds something that is shown.
    pub(crate) async fn wait_for(&self, css: &str) -> Element {
        self.wait_for_shown(Locator::Css(css)).await
    }

    async fn wait_for_xpath(&self, path: &str) -> Element {
        self.wait_for_shown(Locator::XPath(path)).await
    }

    async fn wait_for_shown(&self, locator: Locator<'_>) -> Element {
        let began = Instant::now();
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            if let Ok(element) = self.client.find(locator).await
                && element.is_displayed().await.unwrap_or(false)
            {
                return element;
            }
            self.not_after(began, &format!("{locator:?} is shown")).await;
        }
    }

    /// Waits until the page's visible text contains these words.
    pub(crate) async fn wait_for_text(&self, words: &str) {
        self.wait_until(
            &format!("the text \"{words}\" is shown"),
            &format!("return document.body.innerText.includes({})", json!(words)),
        )
        .await;
    }

    /// Waits until the script's answer is true. `what` says for whom and why, in case it never is.
    pub(crate) async fn wait_until(&self, what: &str, script: &str) {
        let began = Instant::now();
        let mut look = tokio::time::interval(LOOK);
        loop {
            look.tick().await;
            if self.client.execute(script, vec![]).await.is_ok_and(|answer| answer == json!(true)) {
                return;
            }
            self.not_after(began, what).await;
        }
    }

    async fn not_after(&self, began: Instant, what: &str) {
        if began.elapsed() < DEADLINE {
            return;
        }
        self.screenshot("failed").await;
        let text = self.run("return document.body ? document.body.innerText : ''").await;
        panic!(
            "not within {} seconds: {what}\npage: {}\nlog:\n{}",
            DEADLINE.as_secs(),
            text.as_str().unwrap_or_default(),
            self.driver.said()
        );
    }

    /// Runs a script in the page and returns its answer, or null if it failed.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap_or(Value::Null)
    }

    /// Calls the station as the page does. `Err` holds what the page would be given: a problem, or Tauri's refusal.
    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const done = arguments[arguments.length - 1];
            window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
                .then(v => done({ ok: v }), e => done({ error: e instanceof Error ? String(e) : e }));";
        let answer = self.client.execute_async(script, vec![json!(command), arguments]).await;
        let mut answer = answer.unwrap_or_else(|e| panic!("{command} gave no answer: {e}\n{}", self.driver.said()));
        match answer.get_mut("error").map(Value::take) {
            Some(error) => Err(error),
            None => Ok(answer["ok"].take()),
        }
    }

    /// Presses the button that carries these words.
    pub(crate) async fn push(&self, words: &str) {
        let button = self.wait_for_xpath(&format!("//button[contains(normalize-space(.), {})]", json!(words))).await;
        button.click().await.unwrap_or_else(|e| panic!("the button \"{words}\" could not be pressed: {e}"));
    }

    /// Empties the field with this label and types into it.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        let field = format!("//*[@id = //label[normalize-space(.) = {}]/@for]", json!(label));
        let field = self.wait_for_xpath(&field).await;
        field.clear().await.unwrap_or_else(|e| panic!("the field \"{label}\" could not be emptied: {e}"));
        field.send_keys(text).await.unwrap_or_else(|e| panic!("the field \"{label}\" could not be filled: {e}"));
    }

    /// Presses one chord, such as `j`, `Shift+A`, `Control+Enter`, `Escape`, wherever the focus is.
    pub(crate) async fn press(&self, chord: &str) {
        self.pressed(chord).await.unwrap_or_else(|e| panic!("{chord} could not be pressed: {e}"));
    }

    async fn pressed(&self, chord: &str) -> Result<(), fantoccini::error::CmdError> {
        let keys: Vec<char> = chord.split('+').map(key).collect();
        let mut sequence = KeyActions::new("keyboard".to_owned());
        for value in &keys {
            sequence = sequence.then(KeyAction::Down { value: *value });
        }
        for value in keys.iter().rev() {
            sequence = sequence.then(KeyAction::Up { value: *value });
        }
        self.client.perform_actions(sequence).await
    }

    /// Types into whatever has the focus, key by key.
    pub(crate) async fn type_text(&self, text: &str) {
        let mut sequence = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            sequence = sequence.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(sequence).await.unwrap_or_else(|e| panic!("{text:?} could not be typed: {e}"));
    }

    /// The visible text of the first match.
    pub(crate) async fn text_of(&self, css: &str) -> String {
        self.wait_for(css).await.text().await.unwrap_or_default()
    }

    /// The address of the page.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.map(String::from).unwrap_or_default()
    }

    /// The page as it looks now, as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap_or_else(|e| panic!("no picture could be taken: {e}"))
    }

    /// Writes the page as it looks now to `screenshots/NAME.png` in the target folder.
    pub(crate) async fn screenshot(&self, name: &str) {
        let folder = programs().with_file_name("screenshots");
        if let Ok(picture) = self.client.screenshot().await {
            std::fs::create_dir_all(&folder).expect("the target folder is writable");
            std::fs::write(folder.join(format!("{name}.png")), picture).expect("the target folder is writable");
        }
    }

    /// Starts the application once more, as this session does, with these arguments besides its own; whether it ended well.
    pub(crate) async fn start_again(&self, more: &[&str]) -> bool {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.args).args(more).env_clear().envs(self.environment());
        let mut second = Group::start(&mut command);
        until("the second start ends", DEADLINE, || second.child.try_wait().expect("it is ours")).await.success()
    }

    /// The address of the session bus that the application is on.
    pub(crate) fn session_bus(&self) -> String {
        let named = self.environment().into_iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
        named.expect("the session has a bus").1
    }

    fn environment(&self) -> Vec<(String, String)> {
        let whole = std::fs::read(format!("/proc/{}/environ", self.process())).expect("it is ours");
        let whole = String::from_utf8(whole).expect("it is text");
        let variables = whole.split('\0').filter_map(|variable| variable.split_once('='));
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// How many processes of the application run here.
    pub(crate) fn processes(&self) -> usize {
        running(&self.program, self.home.path()).len()
    }

    /// The window as the desktop has it.
    pub(crate) async fn frame(&self) -> Frame {
        Frame::find(&self.display.name, "Countersign").await
    }

    /// Presses the button that ends the application, and returns when its process is gone.
    pub(crate) async fn push_and_end(self, words: &str) {
        let path = format!("//button[normalize-space(.) = {}]", json!(words));
        // Whether the driver still gets an answer is nobody's matter.
        let _pressed = self.wait_for_xpath(&path).await.click().await;
        self.ended().await;
    }

    /// Presses what ends the application; whether the driver still gets an answer is nobody's matter.
    pub(crate) async fn press_last(&self, chord: &str) {
        let _pressed = self.pressed(chord).await;
    }

    /// Returns when the application, which was this process, has started again by itself and has ended then: no driver drives
    /// that start.
    pub(crate) async fn started_again(self, before: u32) {
        let again = until("the application starts again", DEADLINE, || {
            running(&self.program, self.home.path()).into_iter().find(|id| *id != before)
        });
        send("TERM", &again.await.to_string());
        self.ended().await;
    }

    /// Returns when the application's process is gone.
    pub(crate) async fn ended(self) {
        until("the application ends", DEADLINE, || (self.processes() == 0).then_some(())).await;
    }

    /// The id of the application's process.
    pub(crate) fn process(&self) -> u32 {
        let ids = running(&self.program, self.home.path());
        *ids.first().unwrap_or_else(|| panic!("the application is not running\n{}", self.driver.said()))
    }

    /// Kills the application as a power cut would, and returns when its process is gone. The window is dead then.
    pub(crate) async fn kill9(self) {
        self.end("KILL").await;
    }

    /// Asks the application to quit, and returns when its process is gone, with what it wrote.
    pub(crate) async fn quit(self) -> String {
        self.end("TERM").await
    }

    async fn end(self, signal: &str) -> String {
        let id = self.process();
        send(signal, &id.to_string());
        until(&format!("the application ends after {signal}"), DEADLINE, || has_ended(id).then_some(())).await;
        self.driver.said()
    }
}

/// A chord's part as WebDriver's key: a name, or the one character itself.
fn key(name: &str) -> char {
    let named = match name {
        "Control" => Key::Control,
        "Shift" => Key::Shift,
        "Alt" => Key::Alt,
        "Enter" => Key::Enter,
        "Escape" => Key::Escape,
        "Tab" => Key::Tab,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Space" => return ' ',
        other => {
            let mut characters = other.chars();
            let only = characters.next().filter(|_| characters.next().is_none());
            return only.unwrap_or_else(|| panic!("no key is called {other}"));
        }
    };
    char::from(named)
}
