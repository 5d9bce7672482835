//! Programs that a test starts: found beside the test itself, each in a process group of its own that ends with its owner.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How often something is looked at that cannot be waited for otherwise.
pub const LOOK: Duration = Duration::from_millis(20);

/// How long anything may take to happen. A machine under load is slow; nothing waits longer than it must.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The folder of the built programs, for example `target/debug`.
pub fn programs() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows its own file");
    test.ancestors().nth(2).expect("tests lie in deps/ below the programs").to_path_buf()
}

/// A program of the workspace.
pub fn program(name: &str) -> PathBuf {
    let path = programs().join(name);
    assert!(
        path.exists(),
        "{} was not built: run `make test`, or cargo build with the selection in scripts/common.sh",
        path.display()
    );
    path
}

/// A child and everything that it starts.
pub struct Group {
    /// The head of the group.
    pub child: Child,
}

impl Group {
    /// Starts the command as the head of a new group.
    pub fn start(command: &mut Command) -> Group {
        let child = command.process_group(0).spawn();
        Group { child: child.unwrap_or_else(|e| panic!("{command:?} did not start: {e}")) }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        send("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process, or to a group when the id begins with a minus. One that is gone is no fault.
pub fn send(signal: &str, target: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s \"$1\" -- \"$2\" 2>/dev/null", "kill", signal, target]);
    let _ = command.status();
}

/// Processes that run `program` and have `home` as their HOME.
pub fn running(program: &Path, home: &Path) -> Vec<u32> {
    let wanted = format!("HOME={}", home.display());
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    ids.filter(|id| {
        let is_program = std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program);
        let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        is_program && environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    })
    .collect()
}

/// Whether the process has ended with all its threads, so that its files are closed and its locks free (a child that
/// nobody has waited for counts as ended).
pub fn has_ended(id: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { return true };
    let first_ended = stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z') || rest.starts_with('X'));
    // The first thread is a zombie as soon as it has ended, while others still hold what the process had open.
    first_ended && std::fs::read_dir(format!("/proc/{id}/task")).map_or(0, Iterator::count) <= 1
}

/// Looks again and again until `ready` answers, and fails with `what` at the deadline.
pub async fn until<T>(what: &str, deadline: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        if let Some(found) = ready() {
            return found;
        }
        assert!(began.elapsed() < deadline, "not within {} seconds: {what}", deadline.as_secs());
    }
}

/// Processes whose parent is `id`.
pub fn children(id: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|c| c.parse().ok()).collect::<Vec<u32>>()).collect()
}
