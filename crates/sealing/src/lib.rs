//! Keys per conversation and per person: seal, open, destroy; passwords; the keys that people sign with.
//!
//! Sealing serves erasure, backups and copies. It does not stop somebody who owns the running machine.

mod cipher;
mod copying;
mod erased_list;
mod error;
mod files;
mod master;
mod passwords;
mod recovery;
mod sealing;
mod secrets;
mod signing_keys;
mod station_key;
mod stock;
mod store;

pub use copying::{copy_key_file, copy_keys, station_public_key};
pub use erased_list::ERASED_KEYS;
pub use error::SealingError;
pub use passwords::{LONGEST_PASSWORD, PasswordError, SHORTEST_PASSWORD};
pub use recovery::RecoveryKey;
pub use sealing::{Opened, SealContext, SealedBytes, Sealing};
pub use secrets::LONGEST_SECRET;
pub use signing_keys::{DeviceKeys, SigningKeyError, UnlockedKey, signature_holds};
pub use station_key::StationKey;
