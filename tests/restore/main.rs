//! Backup and restore: nothing is lost that was in the backup, nothing happens twice, nobody who was erased comes back,
//! and whatever cuts a backup or a restore short leaves nothing that could be taken for whole.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod commands;
mod cut_short;
mod damaged;
mod erased;
mod reconciled;
mod under_load;
