//! After a machine is lost: the recovery key opens the sealing master again.

use crate::error::StartError;
use countersign_sealing::Sealing;
use std::path::Path;

/// Puts `master.key` back into a data folder with the keys.db of the lost machine. Nothing can be signed with it.
pub fn recover(data_folder: &Path, recovery_key: &str) -> Result<(), StartError> {
    Ok(Sealing::recover(data_folder, recovery_key)?)
}
