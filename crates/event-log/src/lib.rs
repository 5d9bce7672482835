//! The log: envelope, Merkle tree, signed checkpoints, the ports of a log, and the log in memory.
//!
//! A log is append-only and gap-free. Stored bytes never change; an append that returned is durable.

pub mod check;
pub mod checkpoint;
pub mod envelope;
pub mod erase;
pub mod folds;
pub mod log;
pub mod memory;
pub mod prepared;
pub mod proof;
pub mod receipt;
pub mod stream;
pub mod tiles;
pub mod tree;
pub mod verify;
