//! The file `checkpoint` beside the log: the newest signed checkpoint, written and synced at most once a second, away
//! from the path of an append. Whoever copies it elsewhere becomes a witness.

use crate::folder;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const BETWEEN_WRITES: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Wanted {
    note: Option<String>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

/// The thread that writes the file. Dropping it writes what is left and waits.
pub(crate) struct NoteFile {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl NoteFile {
    pub(crate) fn begin(path: PathBuf) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("log-checkpoint".to_owned()).spawn(move || write(&path, &theirs))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Asks for a note to be written; only the newest is.
    pub(crate) fn put(&self, note: String) {
        self.shared.wanted.lock().unwrap_or_else(PoisonError::into_inner).note = Some(note);
        self.shared.changed.notify_one();
    }
}

impl Drop for NoteFile {
    fn drop(&mut self) {
        self.shared.wanted.lock().unwrap_or_else(PoisonError::into_inner).closing = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to write.
            let _ended = thread.join();
        }
    }
}

fn write(path: &std::path::Path, shared: &Shared) {
    let mut wanted = shared.wanted.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        wanted = shared
            .changed
            .wait_while(wanted, |wanted| wanted.note.is_none() && !wanted.closing)
            .unwrap_or_else(PoisonError::into_inner);
        let Some(note) = wanted.note.take() else { return };
        drop(wanted);
        if let Err(error) = folder::replace(path, note.as_bytes()) {
            // The log itself holds the same note; the next one is tried again.
            tracing::warn!(%error, "the checkpoint file was not written");
        }
        wanted = shared.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted = shared
            .changed
            .wait_timeout_while(wanted, BETWEEN_WRITES, |wanted| !wanted.closing)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}
