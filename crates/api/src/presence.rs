//! Who looks at which held action now. It is kept in memory and told to every desk, and stands in no log: nobody decides
//! anything by it, and a station that starts anew knows of nobody.

use crate::wire::command::{Looking, Notice};
use countersign_domain::ids::{ActionId, PersonId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// What everybody looks at, by desk.
type Everybody = BTreeMap<u64, Looking>;

/// Who looks at what, at all desks of a station.
#[derive(Debug, Clone, Default)]
pub struct Presence {
    everybody: watch::Sender<Everybody>,
    desks: Arc<AtomicU64>,
}

impl Presence {
    /// Tells when anybody looks at something else.
    pub(crate) fn told(&self) -> LookingTold {
        let mut told = self.everybody.subscribe();
        told.mark_changed();
        LookingTold(told)
    }

    /// Tells everybody again how it is: whoever has just come has heard nothing yet.
    pub(crate) fn tell_again(&self) {
        self.everybody.send_modify(|_| {});
    }

    /// The place of one desk among all.
    pub(crate) fn desk(&self) -> DeskPresence {
        let everybody = self.everybody.clone();
        DeskPresence { desk: self.desks.fetch_add(1, Ordering::Relaxed), everybody }
    }
}

/// Tells who looks at what: at first how it is, then whenever it changes.
#[derive(Debug)]
pub struct LookingTold(watch::Receiver<Everybody>);

impl LookingTold {
    /// The next that there is to tell; `None` once the station has ended.
    pub async fn next(&mut self) -> Option<Notice> {
        self.0.changed().await.ok()?;
        Some(Notice::Looking { looking: self.0.borrow_and_update().values().cloned().collect() })
    }
}

/// What one desk looks at. With the desk it ends.
#[derive(Debug)]
pub(crate) struct DeskPresence {
    desk: u64,
    everybody: watch::Sender<Everybody>,
}

impl DeskPresence {
    /// Somebody looks at this action here.
    pub(crate) fn at(&self, person: &PersonId, action: &ActionId) {
        let looking = Looking { action: action.to_string(), person: person.to_string() };
        self.everybody.send_if_modified(|all| all.insert(self.desk, looking.clone()).as_ref() != Some(&looking));
    }

    /// Nobody looks at any action here.
    pub(crate) fn away(&self) {
        self.everybody.send_if_modified(|all| all.remove(&self.desk).is_some());
    }
}

impl Drop for DeskPresence {
    fn drop(&mut self) {
        self.away();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(LookingTold(told): &LookingTold) -> Vec<(String, String)> {
        told.borrow().values().map(|one| (one.action.clone(), one.person.clone())).collect()
    }

    #[test]
    fn a_desk_looks_at_one_action_and_at_none_once_it_is_gone() {
        let presence = Presence::default();
        let told = presence.told();
        let person = |n: u8| format!("per_{n:032x}").parse::<PersonId>().unwrap();
        let action = |n: u8| format!("act_{n:032x}").parse::<ActionId>().unwrap();
        let (one, other) = (presence.desk(), presence.desk());
        one.at(&person(1), &action(1));
        other.at(&person(2), &action(1));
        one.at(&person(1), &action(2));
        let at = |a: u8, p: u8| (action(a).to_string(), person(p).to_string());
        assert_eq!(seen(&told), [at(2, 1), at(1, 2)]);
        one.away();
        assert_eq!(seen(&told), [at(1, 2)]);
        drop(other);
        assert_eq!(seen(&told), []);
    }

    #[test]
    fn what_changes_nothing_tells_nobody() {
        let presence = Presence::default();
        let LookingTold(mut told) = presence.told();
        let looks = presence.desk();
        let (person, action) = (format!("per_{:032x}", 1), format!("act_{:032x}", 1));
        let (person, action) = (person.parse().unwrap(), action.parse().unwrap());
        looks.at(&person, &action);
        assert!(told.has_changed().unwrap());
        told.mark_unchanged();
        looks.at(&person, &action);
        assert!(!told.has_changed().unwrap());
    }
}
