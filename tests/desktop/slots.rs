//! At most two real windows at a time on one machine, across test processes: two files, one lock each.

use std::fs::{File, OpenOptions};

use countersign_tests::process::programs;

const SLOTS: u32 = 2;

/// Held while a window is open; given back by the system even when the test is killed.
pub(crate) struct Slot {
    _held: File,
}

impl Slot {
    /// Waits for a free slot.
    pub(crate) async fn take() -> Slot {
        tokio::task::spawn_blocking(take).await.expect("the lock was waited for")
    }
}

fn take() -> Slot {
    let open = |number: u32| -> File {
        let path = programs().join(format!("real-window-{number}.lock"));
        OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("the target folder is writable")
    };
    for number in 0..SLOTS {
        let file = open(number);
        if file.try_lock().is_ok() {
            return Slot { _held: file };
        }
    }
    let file = open(std::process::id() % SLOTS);
    file.lock().expect("the lock is waited for");
    Slot { _held: file }
}
