//! Wrong passwords. After a few of them whoever tries has to wait, longer each time: counted per person and place, so
//! that nobody elsewhere keeps a person from their own desk; per place, so that nobody tries one password on everybody;
//! and per person, so that many places together guess no faster. The last two do not hold up a person at a place where
//! they have signed in before.

use countersign_domain::ids::PersonId;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a desk stands, as limits count it: the window, or an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place(String);

impl Place {
    /// The application's own window.
    pub fn window() -> Self {
        Self("window".to_owned())
    }

    /// An address from which a browser's desk asks.
    pub fn address(address: impl std::fmt::Display) -> Self {
        Self(format!("address {address}"))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whom {
    Here(PersonId, Place),
    AnybodyHere(Place),
    Anywhere(PersonId),
}

/// Failures that cost nothing, then a wait that doubles up to a longest.
struct Patience {
    free: u32,
    first_ms: i64,
    longest_ms: i64,
}

const MINUTE_MS: i64 = 60_000;
/// Failures are forgotten so long after the last one.
const FORGOTTEN_MS: i64 = 60 * MINUTE_MS;
/// Counters at once, and people with the places where they have signed in. Beyond it nobody new is compared.
const MOST: usize = 10_000;

impl Whom {
    fn patience(&self) -> Patience {
        match self {
            Whom::Here(..) => Patience { free: 5, first_ms: MINUTE_MS, longest_ms: 15 * MINUTE_MS },
            Whom::AnybodyHere(_) => Patience { free: 20, first_ms: MINUTE_MS, longest_ms: 15 * MINUTE_MS },
            // A wait that grew would let strangers lock a person out.
            Whom::Anywhere(_) => Patience { free: 50, first_ms: MINUTE_MS / 2, longest_ms: MINUTE_MS / 2 },
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last_ms: i64,
}

impl Failures {
    fn wait_ms(self, patience: &Patience, now_ms: i64) -> i64 {
        let Some(beyond) = self.count.checked_sub(patience.free) else { return 0 };
        let wait = patience.first_ms.saturating_mul(1 << beyond.min(10)).min(patience.longest_ms);
        // A clock that jumped back makes nobody wait longer.
        self.last_ms.saturating_add(wait).saturating_sub(now_ms).clamp(0, wait)
    }
}

#[derive(Default)]
struct Counted {
    failures: HashMap<Whom, Failures>,
    known: HashSet<(PersonId, Place)>,
}

/// The failed sign-ins of a station since it was started.
#[derive(Default)]
pub struct Attempts(Mutex<Counted>);

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds until this person may try from this place again; 0 if they may now.
    pub(crate) fn seconds_to_wait(&self, person: &PersonId, place: &Place, now_ms: i64) -> i64 {
        let mut counted = self.lock();
        if counted.failures.len() >= MOST {
            counted.failures.retain(|_, failures| now_ms.saturating_sub(failures.last_ms) < FORGOTTEN_MS);
        }
        let full = counted.failures.len() >= MOST;
        let known = counted.known.contains(&(person.clone(), place.clone()));
        let wait =
            whoms(person, place).into_iter().filter(|whom| !known || matches!(whom, Whom::Here(..))).map(|whom| {
                match counted.failures.get(&whom) {
                    Some(failures) if now_ms.saturating_sub(failures.last_ms) >= FORGOTTEN_MS => 0,
                    Some(failures) => failures.wait_ms(&whom.patience(), now_ms),
                    None if full => MINUTE_MS,
                    None => 0,
                }
            });
        wait.max().unwrap_or(0).saturating_add(999) / 1_000
    }

    /// Counts a wrong password.
    pub(crate) fn failed(&self, person: &PersonId, place: &Place, now_ms: i64) {
        let mut counted = self.lock();
        for whom in whoms(person, place) {
            let failures = counted.failures.entry(whom).or_insert(Failures { count: 0, last_ms: now_ms });
            if now_ms.saturating_sub(failures.last_ms) >= FORGOTTEN_MS {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last_ms = now_ms;
        }
    }

    /// Forgets a person's wrong passwords here: they have proved who they are.
    pub(crate) fn succeeded(&self, person: &PersonId, place: &Place) {
        let mut counted = self.lock();
        counted.failures.remove(&Whom::Here(person.clone(), place.clone()));
        if counted.known.len() >= MOST {
            counted.known.clear();
        }
        counted.known.insert((person.clone(), place.clone()));
    }
}

fn whoms(person: &PersonId, place: &Place) -> [Whom; 3] {
    [Whom::Here(person.clone(), place.clone()), Whom::AnybodyHere(place.clone()), Whom::Anywhere(person.clone())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u32) -> PersonId {
        format!("per_{n:032x}").parse().unwrap()
    }

    fn place(n: u32) -> Place {
        Place::address(n)
    }

    #[test]
    fn after_five_wrong_passwords_one_waits_longer_each_time_and_only_there() {
        let attempts = Attempts::default();
        let wait = |now| attempts.seconds_to_wait(&person(1), &place(1), now);
        for n in 0..5 {
            assert_eq!(wait(0), 0, "after {n}");
            attempts.failed(&person(1), &place(1), 0);
        }
        assert_eq!((wait(0), wait(59_001), wait(60_000)), (60, 1, 0));
        attempts.failed(&person(1), &place(1), 60_000);
        assert_eq!(wait(60_000), 120);
        for _ in 0..9 {
            attempts.failed(&person(1), &place(1), 60_000);
        }
        assert_eq!(wait(60_000), 900, "it does not grow without end");
        assert_eq!(wait(0), 900, "a clock that jumped back makes nobody wait longer");
        assert_eq!(wait(60_000 + FORGOTTEN_MS), 0);
        assert_eq!(attempts.seconds_to_wait(&person(1), &place(2), 60_000), 0, "their own desk is open");
        assert_eq!(attempts.seconds_to_wait(&person(2), &place(1), 60_000), 0, "and so is this one to others");
    }

    #[test]
    fn one_place_does_not_try_everybody() {
        let attempts = Attempts::default();
        for n in 0..20 {
            assert_eq!(attempts.seconds_to_wait(&person(n), &place(1), 0), 0);
            attempts.failed(&person(n), &place(1), 0);
        }
        assert_eq!(attempts.seconds_to_wait(&person(99), &place(1), 0), 60);
        assert_eq!(attempts.seconds_to_wait(&person(99), &place(2), 0), 0);
        attempts.succeeded(&person(98), &place(1));
        assert_eq!(attempts.seconds_to_wait(&person(98), &place(1), 0), 0, "who is known there is not held up");
    }

    #[test]
    fn many_places_guess_no_faster_and_lock_nobody_out_of_their_own_desk() {
        let attempts = Attempts::default();
        attempts.succeeded(&person(1), &place(0));
        for n in 1..=50 {
            assert_eq!(attempts.seconds_to_wait(&person(1), &place(n), 0), 0);
            attempts.failed(&person(1), &place(n), 0);
        }
        assert_eq!(attempts.seconds_to_wait(&person(1), &place(99), 0), 30);
        assert_eq!(attempts.seconds_to_wait(&person(1), &place(0), 0), 0);
    }

    #[test]
    fn the_table_is_bounded_and_nobody_is_forgotten_to_make_room() {
        let attempts = Attempts::default();
        for n in 0..MOST as u32 {
            attempts.failed(&person(n), &place(n), 0);
        }
        assert_eq!(attempts.seconds_to_wait(&person(1 << 20), &place(1 << 20), 0), 60);
        assert_eq!(attempts.seconds_to_wait(&person(1 << 20), &place(1 << 20), FORGOTTEN_MS), 0);
        assert!(attempts.lock().failures.is_empty());
    }
}
