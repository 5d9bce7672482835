//! What the whole-system tests share: a station as its own process, a customer, a desk, the CRM's books, the trail.
//!
//! Everything is reached as people and programs reach it: addresses, files and exit codes, never a function inside.

// Everything here runs under test, where a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod agent;
pub mod crm;
pub mod customer;
pub mod desk;
pub mod held;
pub mod process;
pub mod site;
pub mod station;
pub mod trail;
pub mod words;
