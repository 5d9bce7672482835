//! A display of the test's own: Xvfb on a number that it picks itself.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use countersign_tests::process::Group;

/// Larger than the window's first size, so that nothing is cut off.
const SCREEN: &str = "1600x1000x24";

pub(crate) struct Display {
    /// For DISPLAY, such as `:101`.
    pub(crate) name: String,
    _server: Group,
}

impl Display {
    /// Starts the server and returns when it listens: it writes its number then and not before.
    pub(crate) fn start() -> Display {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        let mut server = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
        let out = server.child.stdout.take().expect("piped");
        let mut number = String::new();
        BufReader::new(out).read_line(&mut number).expect("Xvfb says its number");
        assert!(!number.trim().is_empty(), "Xvfb ended without a display: is the package xvfb whole?");
        Display { name: format!(":{}", number.trim()), _server: server }
    }
}
