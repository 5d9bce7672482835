//! SQLite's files on that disk: a virtual file system by the crate sqlite-vfs, which keeps everything unsafe to itself.

use crate::disk::Disk;
use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenAccess, OpenOptions, Vfs};
use std::collections::{BTreeMap, HashMap};
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

const REGION: usize = 32_768;

/// The disks of this process, by the folder that each stands for.
static DISKS: OnceLock<Mutex<BTreeMap<String, Machine>>> = OnceLock::new();

fn disks() -> &'static Mutex<BTreeMap<String, Machine>> {
    DISKS.get_or_init(|| {
        sqlite_vfs::register("faulty", Files, true).expect("SQLite takes another file system");
        Mutex::default()
    })
}

/// From here on SQLite's files in that folder lie on this disk, as a machine that has just booted finds them.
pub(crate) fn mount(folder: &Path, disk: &Disk) {
    let machine = Machine { disk: disk.clone(), memory: Arc::default() };
    disks().lock().unwrap().insert(folder.to_string_lossy().into_owned(), machine);
}

/// A disk, and what processes share in memory about its files.
#[derive(Clone)]
struct Machine {
    disk: Disk,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    next: u64,
    /// Locks of a file, by handle.
    locks: HashMap<String, HashMap<u64, LockKind>>,
    regions: HashMap<(String, u32), Box<[u8; REGION]>>,
    slots: HashMap<String, HashMap<(u8, u64), WalIndexLock>>,
}

struct Files;

/// An open file.
struct Handle {
    machine: Machine,
    name: String,
    id: u64,
}

/// One connection's view of a file's WAL index.
struct Index {
    machine: Machine,
    name: String,
    id: u64,
}

fn machine_of(path: &str) -> Result<(Machine, String)> {
    let (folder, _) = path.rsplit_once('/').ok_or(ErrorKind::NotFound)?;
    let machine = disks().lock().unwrap().get(folder).cloned().ok_or(ErrorKind::NotFound)?;
    Ok((machine, path.to_owned()))
}

impl Vfs for Files {
    type Handle = Handle;

    fn open(&self, path: &str, options: OpenOptions) -> Result<Handle> {
        let (machine, name) = machine_of(path)?;
        // The log makes its file itself, on the real disk, so that nobody else can read it: here it is there already.
        let creates = matches!(options.access, OpenAccess::Create | OpenAccess::CreateNew) || name.ends_with("/log.db");
        match (machine.disk.exists(&name), creates) {
            (false, false) => return Err(ErrorKind::NotFound.into()),
            (false, true) => machine.disk.create(&name),
            (true, _) => {}
        }
        let id = {
            let mut memory = machine.memory.lock().unwrap();
            memory.next += 1;
            memory.next
        };
        Ok(Handle { machine, name, id })
    }

    fn delete(&self, path: &str) -> Result<()> {
        let (machine, name) = machine_of(path)?;
        machine.disk.remove(&name)
    }

    fn exists(&self, path: &str) -> Result<bool> {
        Ok(machine_of(path).is_ok_and(|(machine, name)| machine.disk.exists(&name)))
    }

    fn temporary_name(&self) -> String {
        "temporary".to_owned()
    }

    fn random(&self, buffer: &mut [i8]) {
        buffer.fill(7);
    }

    fn sleep(&self, time: Duration) -> Duration {
        std::thread::yield_now();
        time
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = Index;

    fn size(&self) -> Result<u64> {
        Ok(self.machine.disk.length(&self.name))
    }

    fn read_exact_at(&mut self, to: &mut [u8], at: u64) -> Result<()> {
        self.machine.disk.read(&self.name, at, to)
    }

    fn write_all_at(&mut self, bytes: &[u8], at: u64) -> Result<()> {
        self.machine.disk.write(&self.name, at, bytes)
    }

    fn sync(&mut self, _data_only: bool) -> Result<()> {
        self.machine.disk.sync(&self.name)
    }

    fn set_len(&mut self, length: u64) -> Result<()> {
        self.machine.disk.set_length(&self.name, length)
    }

    fn lock(&mut self, wanted: LockKind) -> Result<bool> {
        let mut memory = self.machine.memory.lock().unwrap();
        let locks = memory.locks.entry(self.name.clone()).or_default();
        let mut others = locks.iter().filter(|(id, _)| **id != self.id).map(|(_, kind)| *kind);
        let free = match wanted {
            LockKind::None => true,
            LockKind::Shared => !others.any(|kind| matches!(kind, LockKind::Pending | LockKind::Exclusive)),
            LockKind::Reserved | LockKind::Pending => {
                !others.any(|kind| !matches!(kind, LockKind::None | LockKind::Shared))
            }
            LockKind::Exclusive => !others.any(|kind| kind != LockKind::None),
        };
        if free {
            locks.insert(self.id, wanted);
        }
        Ok(free)
    }

    fn reserved(&mut self) -> Result<bool> {
        let memory = self.machine.memory.lock().unwrap();
        let locks = memory.locks.get(&self.name);
        let reserves = |kind: &LockKind| !matches!(kind, LockKind::None | LockKind::Shared);
        Ok(locks.is_some_and(|locks| locks.values().any(reserves)))
    }

    fn current_lock(&self) -> Result<LockKind> {
        let memory = self.machine.memory.lock().unwrap();
        let held = memory.locks.get(&self.name).and_then(|locks| locks.get(&self.id)).copied();
        Ok(held.unwrap_or(LockKind::None))
    }

    fn wal_index(&self, _readonly: bool) -> Result<Index> {
        Ok(Index { machine: self.machine.clone(), name: self.name.clone(), id: self.id })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut memory = self.machine.memory.lock().unwrap();
        if let Some(locks) = memory.locks.get_mut(&self.name) {
            locks.remove(&self.id);
        }
        if let Some(slots) = memory.slots.get_mut(&self.name) {
            slots.retain(|(_, id), _| *id != self.id);
        }
    }
}

impl WalIndex for Index {
    fn map(&mut self, region: u32) -> Result<[u8; REGION]> {
        let mut memory = self.machine.memory.lock().unwrap();
        Ok(**memory.regions.entry((self.name.clone(), region)).or_insert_with(|| Box::new([0; REGION])))
    }

    fn lock(&mut self, slots: Range<u8>, wanted: WalIndexLock) -> Result<bool> {
        let mut memory = self.machine.memory.lock().unwrap();
        let held = memory.slots.entry(self.name.clone()).or_default();
        let blocked = held.iter().any(|((slot, id), kind)| {
            let conflicts = match wanted {
                WalIndexLock::None => false,
                WalIndexLock::Shared => *kind == WalIndexLock::Exclusive,
                WalIndexLock::Exclusive => true,
            };
            slots.contains(slot) && *id != self.id && conflicts
        });
        if blocked {
            return Ok(false);
        }
        for slot in slots {
            match wanted {
                WalIndexLock::None => held.remove(&(slot, self.id)),
                kind => held.insert((slot, self.id), kind),
            };
        }
        Ok(true)
    }

    fn delete(self) -> Result<()> {
        let mut memory = self.machine.memory.lock().unwrap();
        memory.regions.retain(|(name, _), _| *name != self.name);
        Ok(())
    }

    fn pull(&mut self, region: u32, data: &mut [u8; REGION]) -> Result<()> {
        let memory = self.machine.memory.lock().unwrap();
        let shared = memory.regions.get(&(self.name.clone(), region)).ok_or_else(|| Error::other("no such region"))?;
        data.copy_from_slice(&**shared);
        Ok(())
    }

    fn push(&mut self, region: u32, data: &[u8; REGION]) -> Result<()> {
        let mut memory = self.machine.memory.lock().unwrap();
        memory.regions.insert((self.name.clone(), region), Box::new(*data));
        Ok(())
    }
}
