//! How many may be inside at once, in all and from one address. A [`Seat`] is given back when it is dropped.

use super::address::Neighbour;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts who is inside. Holds at most as many addresses as there are seats.
#[derive(Debug)]
pub struct Admission(Mutex<Inside>);

#[derive(Debug)]
struct Inside {
    in_all: usize,
    per_neighbour: usize,
    by_neighbour: HashMap<Neighbour, usize>,
}

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too many from this address.
    #[error("too many connections from this address; close one and try again")]
    Here,
    /// Too many in all.
    #[error("the service is busy; try again in a minute")]
    Everywhere,
}

/// One place, until dropped.
#[derive(Debug)]
pub struct Seat {
    of: Arc<Admission>,
    neighbour: Neighbour,
}

impl Admission {
    /// So many in all, and so many from one address.
    pub fn new(in_all: usize, per_neighbour: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inside { in_all, per_neighbour, by_neighbour: HashMap::new() })))
    }

    /// So many from now on. Whoever is inside stays.
    pub fn set(&self, in_all: usize, per_neighbour: usize) {
        let mut inside = self.inside();
        (inside.in_all, inside.per_neighbour) = (in_all, per_neighbour);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for this address, if there is one.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let neighbour = Neighbour::from(address);
        let mut inside = self.inside();
        let here = inside.by_neighbour.get(&neighbour).copied().unwrap_or_default();
        if inside.by_neighbour.values().sum::<usize>() >= inside.in_all {
            return Err(Full::Everywhere);
        }
        if here >= inside.per_neighbour {
            return Err(Full::Here);
        }
        inside.by_neighbour.insert(neighbour, here + 1);
        Ok(Seat { of: Arc::clone(self), neighbour })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.of.inside();
        if let Some(here) = inside.by_neighbour.get_mut(&self.neighbour) {
            *here -= 1;
            if *here == 0 {
                inside.by_neighbour.remove(&self.neighbour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_bounded_per_address_and_in_all_and_come_back() {
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let admission = Admission::new(3, 2);
        let first = admission.admit(address(1)).unwrap();
        let _second = admission.admit(address(1)).unwrap();
        assert_eq!(admission.admit(address(1)).unwrap_err(), Full::Here);
        let _third = admission.admit(address(2)).unwrap();
        assert_eq!(admission.admit(address(3)).unwrap_err(), Full::Everywhere);
        assert_eq!(admission.inside().by_neighbour.len(), 2, "a refused address is not remembered");
        drop(first);
        drop(admission.admit(address(3)).unwrap());
        assert_eq!(admission.inside().by_neighbour.len(), 2, "an address that left is forgotten");
        admission.set(1, 1);
        assert_eq!(
            admission.admit(address(3)).unwrap_err(),
            Full::Everywhere,
            "who is inside stays, and nobody follows"
        );
        admission.set(3, 1);
        assert_eq!(admission.admit(address(1)).unwrap_err(), Full::Here);
        drop(admission.admit(address(3)).unwrap());
    }
}
