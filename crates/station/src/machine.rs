//! The machine that the station runs on: its disk, and its clock. What happens to either is written into the trail and told
//! at the desks.

use crate::ambient::SystemClock;
use countersign_domain::ambient::{Clock, Disk};
use countersign_domain::station::Room;
use countersign_domain::time::Timestamp;
use countersign_gate::Gate;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

/// How often the machine is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// A clock that is this much off what has passed was set, in milliseconds. One that is merely slewed is never that far off.
const JUMP_MS: i64 = 2_000;
/// How long a jump is told at the desks.
const TELL_JUMP: Duration = Duration::from_secs(30 * 60);

/// The disk that a folder lies on.
pub(crate) struct DataDisk(pub(crate) PathBuf);

impl Disk for DataDisk {
    #[cfg(unix)]
    fn free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.0).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    // Not asked on other systems yet: there the log itself says that the disk is full.
    #[cfg(not(unix))]
    fn free_bytes(&self) -> Option<u64> {
        Some(u64::MAX)
    }
}

/// What is known of the machine from one look to the next.
struct Machine {
    room: Room,
    wall: Timestamp,
    looked: Instant,
    /// The last jump of the clock, and when it was seen.
    jumped: Option<(i64, Instant)>,
}

/// What one look has found.
#[derive(Debug, PartialEq)]
struct News {
    /// There is other room than before.
    room: Option<Room>,
    /// The clock jumped by so many milliseconds.
    jumped: Option<i64>,
}

impl Machine {
    fn begin(wall: Timestamp, looked: Instant) -> Self {
        Self { room: Room::Enough, wall, looked, jumped: None }
    }

    fn look(&mut self, free: Option<u64>, wall: Timestamp, now: Instant) -> News {
        let room = Room::with(free);
        let changed = (room != self.room).then_some(room);
        let passed = i64::try_from(now.duration_since(self.looked).as_millis()).unwrap_or(i64::MAX);
        let by = wall.millis_since(self.wall).saturating_sub(passed);
        let jumped = (by.abs() >= JUMP_MS).then_some(by);
        (self.room, self.wall, self.looked) = (room, wall, now);
        if let Some(by) = jumped {
            self.jumped = Some((by, now));
        }
        News { room: changed, jumped }
    }

    /// What desks show: the disk before the clock.
    fn problem(&self, now: Instant) -> Option<String> {
        match self.room {
            Room::NoEffects => {
                return Some(
                    "Less than 200 MB are free on the station's disk: no approved action starts and no conversation begins, so \
                     that what is running can still be recorded. Free some room; it goes on by itself."
                        .to_owned(),
                );
            }
            Room::NoConversations => {
                return Some(
                    "Less than 1 GB is free on the station's disk: new conversations are refused, those that have begun go on. \
                     Free some room; it goes on by itself."
                        .to_owned(),
                );
            }
            Room::Enough => {}
        }
        let (by, seen) = self.jumped?;
        let told = now.duration_since(seen) < TELL_JUMP;
        told.then(|| {
            let (how, what) = match by < 0 {
                true => ("back", "held actions wait that much longer"),
                false => ("forward", "what was due by then has expired"),
            };
            format!(
                "The station's clock went {how} by {}. Deadlines are points in time and were not moved, so {what}. If nobody set \
                 it on purpose, check the machine's time.",
                in_words(by.unsigned_abs())
            )
        })
    }
}

fn in_words(ms: u64) -> String {
    match ms / 1_000 {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// Looks at the machine until the station ends.
pub(crate) async fn watched(
    gate: Arc<Gate>,
    disk: Arc<dyn Disk>,
    problem: watch::Sender<Option<String>>,
    end: impl Future<Output = ()>,
) {
    tokio::pin!(end);
    let mut machine = Machine::begin(SystemClock.now(), Instant::now());
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut end => return,
            _ = looks.tick() => {}
        }
        let now = Instant::now();
        let free = disk.free_bytes();
        let news = machine.look(free, SystemClock.now(), now);
        let told = machine.problem(now);
        problem.send_if_modified(|known| std::mem::replace(known, told.clone()) != told);
        if let Some(room) = news.room {
            tracing::warn!(?room, ?free, "the room on the disk is another");
            note(gate.record_room(room, free).await);
        }
        if let Some(by_ms) = news.jumped {
            tracing::warn!(by_ms, "the machine's clock jumped");
            note(gate.record_clock_jump(by_ms).await);
        }
    }
}

fn note(recorded: Result<(), countersign_gate::error::GateError>) {
    if let Err(error) = recorded {
        tracing::error!(%error, "what happened to the machine could not be written into the trail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    const PLENTY: Option<u64> = Some(50_000_000_000);

    #[test]
    fn a_clock_that_was_set_is_told_by_how_much_and_one_that_only_runs_is_not() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut machine = Machine::begin(at(0), start);
        assert_eq!(machine.look(PLENTY, at(5), later(5)), News { room: None, jumped: None });
        assert_eq!(machine.problem(later(5)), None);
        assert_eq!(machine.look(PLENTY, at(3_610), later(10)).jumped, Some(3_600_000));
        let told = machine.problem(later(10)).unwrap();
        assert!(told.contains("forward by 60 min") && told.contains("has expired"), "{told}");
        assert_eq!(machine.look(PLENTY, at(3_615), later(15)).jumped, None, "it is told once");
        assert_eq!(machine.look(PLENTY, at(20), later(20)).jumped, Some(-3_600_000));
        assert!(machine.problem(later(20)).unwrap().contains("back by 60 min"));
        assert_eq!(machine.problem(later(20) + TELL_JUMP), None);
    }

    #[test]
    fn a_disk_that_fills_up_is_told_before_anything_else_and_so_is_its_end() {
        let start = Instant::now();
        let mut machine = Machine::begin(at(0), start);
        let mut look = |free| machine.look(free, at(0), start).room;
        assert_eq!(look(Some(900_000_000)), Some(Room::NoConversations));
        assert_eq!(look(Some(900_000_001)), None);
        assert_eq!(look(Some(1)), Some(Room::NoEffects));
        assert!(machine.problem(start).unwrap().contains("200 MB"));
        assert_eq!(machine.look(PLENTY, at(0), start).room, Some(Room::Enough));
        assert_eq!(machine.problem(start), None);
    }

    #[test]
    fn the_data_folder_s_disk_tells_its_room() {
        let free = DataDisk(std::env::temp_dir()).free_bytes().unwrap();
        assert!(free > 0);
        assert_eq!(DataDisk("/no/such/folder".into()).free_bytes(), None);
    }
}
