//! The customers' listener as a customer's page meets it: a real server on a port of its own, real WebSockets, and an
//! in-memory store behind the port.

#[cfg(test)]
mod customer;
#[cfg(test)]
mod door;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod life;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod people;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod store;
