//! How many may be inside at once, in all and from one address. A [`Seat`] is given back when it is dropped.

use super::address::Neighbour;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts who is inside. Holds at most as many addresses as there are seats.
#[derive(Debug)]
pub struct Admission {
    in_all: usize,
    per_neighbour: usize,
    inside: Mutex<HashMap<Neighbour, usize>>,
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
        Arc::new(Self { in_all, per_neighbour, inside: Mutex::default() })
    }

    /// A place for this address, if there is one.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let neighbour = Neighbour::from(address);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.values().sum::<usize>() >= self.in_all {
            return Err(Full::Everywhere);
        }
        if inside.get(&neighbour).is_some_and(|here| *here >= self.per_neighbour) {
            return Err(Full::Here);
        }
        *inside.entry(neighbour).or_default() += 1;
        Ok(Seat { of: Arc::clone(self), neighbour })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.of.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = inside.get_mut(&self.neighbour) {
            *here -= 1;
            if *here == 0 {
                inside.remove(&self.neighbour);
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
        assert_eq!(admission.inside.lock().unwrap().len(), 2, "a refused address is not remembered");
        drop(first);
        drop(admission.admit(address(3)).unwrap());
        assert_eq!(admission.inside.lock().unwrap().len(), 2, "an address that left is forgotten");
    }
}
