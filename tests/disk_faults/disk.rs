//! A disk in memory that loses what was not synced: every write waits until its file is synced, and when the power goes,
//! each that waits is kept, lost or torn, in whatever order.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a disk writes at once: a write may be torn between two sectors.
const SECTOR: usize = 512;

/// What goes wrong with an operation that changes the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails, once.
    Io,
    /// The disk is full from here on.
    Full,
    /// The power goes: neither it nor anything behind it happens.
    Power,
}

#[derive(Debug, Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// What programs see.
    now: Vec<u8>,
    waiting: Vec<Change>,
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                if to.len() < at + bytes.len() {
                    to.resize(at + bytes.len(), 0);
                }
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Length(length) => to.resize(*length, 0),
        }
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, File>,
    changes: u64,
    fault: Option<(u64, Fault)>,
    full: bool,
    off: bool,
}

/// The disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// How many operations changed the disk so far.
    pub(crate) fn changes(&self) -> u64 {
        self.state().changes
    }

    /// The change of that number, counted from the first ever, goes wrong.
    pub(crate) fn fails_at(&self, change: u64, fault: Fault) {
        self.state().fault = Some((change, fault));
    }

    /// Whether the fault has struck.
    pub(crate) fn has_failed(&self) -> bool {
        self.state().fault.is_none()
    }

    fn changing(state: &mut State) -> Result<()> {
        let number = state.changes;
        state.changes += 1;
        if let Some((at, fault)) = state.fault.filter(|(at, _)| *at <= number) {
            let _ = at;
            state.fault = None;
            match fault {
                Fault::Io => return Err(Error::other("a bad sector")),
                Fault::Full => state.full = true,
                Fault::Power => state.off = true,
            }
        }
        if state.off {
            return Err(Error::other("the power is gone"));
        }
        Ok(())
    }

    fn change(&self, name: &str, change: Change) -> Result<()> {
        let mut state = self.state();
        Self::changing(&mut state)?;
        if state.full && matches!(change, Change::Write(..)) {
            return Err(ErrorKind::WriteZero.into());
        }
        let file = state.files.entry(name.to_owned()).or_default();
        change.apply(&mut file.now);
        file.waiting.push(change);
        Ok(())
    }

    /// Writes; it lasts once the file is synced.
    pub(crate) fn write(&self, name: &str, at: u64, bytes: &[u8]) -> Result<()> {
        self.change(name, Change::Write(at as usize, bytes.to_vec()))
    }

    /// Cuts or extends; it lasts once the file is synced.
    pub(crate) fn set_length(&self, name: &str, length: u64) -> Result<()> {
        self.change(name, Change::Length(length as usize))
    }

    /// Makes what was written last.
    pub(crate) fn sync(&self, name: &str) -> Result<()> {
        let mut state = self.state();
        Self::changing(&mut state)?;
        if let Some(file) = state.files.get_mut(name) {
            for change in std::mem::take(&mut file.waiting) {
                change.apply(&mut file.synced);
            }
        }
        Ok(())
    }

    /// Fills the buffer, with zeros behind the file's end.
    pub(crate) fn read(&self, name: &str, at: u64, to: &mut [u8]) -> Result<()> {
        let state = self.state();
        let bytes = state.files.get(name).map(|file| file.now.as_slice()).unwrap_or_default();
        let there = bytes.get(at as usize..).unwrap_or_default();
        let length = there.len().min(to.len());
        to[..length].copy_from_slice(&there[..length]);
        to[length..].fill(0);
        if length == to.len() { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// A file's length.
    pub(crate) fn length(&self, name: &str) -> u64 {
        self.state().files.get(name).map_or(0, |file| file.now.len() as u64)
    }

    /// Whether it is there.
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.state().files.contains_key(name)
    }

    /// Makes an empty file, if it is not there.
    pub(crate) fn create(&self, name: &str) {
        self.state().files.entry(name.to_owned()).or_default();
    }

    /// Removes a file.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let mut state = self.state();
        Self::changing(&mut state)?;
        state.files.remove(name);
        Ok(())
    }

    /// The power goes and comes back: of every write that was not synced, `chance` says what is left. It is handed how
    /// many ends there are.
    pub(crate) fn loses_power(&self, mut chance: impl FnMut(u64) -> u64) {
        let mut state = self.state();
        (state.fault, state.off, state.full) = (None, false, false);
        for file in state.files.values_mut() {
            let mut waiting = std::mem::take(&mut file.waiting);
            // A disk orders its writes as it likes.
            for last in (1..waiting.len()).rev() {
                waiting.swap(last, chance(last as u64 + 1) as usize);
            }
            for change in waiting {
                match (change, chance(3)) {
                    (_, 0) => {}
                    (Change::Write(at, bytes), 1) => {
                        let sectors = bytes.len().div_ceil(SECTOR) as u64;
                        let torn = (chance(sectors) as usize * SECTOR).min(bytes.len());
                        Change::Write(at, bytes[..torn].to_vec()).apply(&mut file.synced);
                    }
                    (change, _) => change.apply(&mut file.synced),
                }
            }
            file.now.clone_from(&file.synced);
        }
    }

    /// A bit of a file turns.
    pub(crate) fn rots(&self, name: &str, at: usize) {
        let mut state = self.state();
        if let Some(byte) = state.files.get_mut(name).and_then(|file| file.now.get_mut(at)) {
            *byte ^= 1;
        }
    }
}
