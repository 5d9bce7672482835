//! The whole station as a process, without a window: killed at every moment that counts, and given bad input.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod disk_order;
mod ending;
mod erasure;
mod expired;
mod exported;
mod killed;
mod left_off;
mod living;
mod refused;
mod remote;
mod rules;
mod unknown;
