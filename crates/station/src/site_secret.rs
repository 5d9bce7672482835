//! The secret with which the shop's own site signs its customers in: made once, in a mode-600 file.

use crate::ambient::SystemClock;
use crate::error::StartError;
use crate::private;
use countersign_channels::chat::{SiteSecret, customer_token};
use countersign_domain::ambient::{Clock, Entropy, random_32};
use std::io::Write;
use std::path::Path;

/// The secret's file in the data folder.
pub(crate) const FILE: &str = "site.secret";

/// Reads the secret, or makes it on the first run. The file holds 64 hexadecimal digits; their text is the secret.
pub(crate) fn open(path: &Path, entropy: &dyn Entropy) -> Result<SiteSecret, StartError> {
    if !path.exists() {
        let mut file = private::new_file(path).map_err(|e| StartError::file(path, &e))?;
        file.write_all(hex::encode(random_32(entropy)).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| StartError::file(path, &e))?;
    }
    read(path)
}

/// A token that signs a customer in for half an hour, as the shop's own site would.
///
/// `data_folder` is that of a station that was started once.
pub fn sign_customer_in(data_folder: &Path, subject: &str, name: Option<&str>) -> Result<String, StartError> {
    let secret = read(&data_folder.join(FILE))?;
    Ok(customer_token(&secret, subject, name, SystemClock.now()))
}

fn read(path: &Path) -> Result<SiteSecret, StartError> {
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    SiteSecret::new(text.trim().as_bytes()).map_err(|e| StartError::content(path, e))
}
