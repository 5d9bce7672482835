//! The station as somebody meets it who has no business there: over the network, in another browser tab, as another user
//! of the machine, with a stolen data folder. Real processes, raw bytes.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod codes;
mod cross_site;
mod local_user;
mod mail_server;
mod oversize;
mod rebinding;
mod stolen_folder;
mod tokens;
mod wire;
