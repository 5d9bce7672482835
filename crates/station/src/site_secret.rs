//! The secret with which the shop's own site signs its customers in: made once, in a mode-600 file.

use crate::error::StartError;
use countersign_channels::chat::SiteSecret;
use countersign_domain::ambient::{Entropy, random_32};
use std::io::Write;
use std::path::Path;

/// Reads the secret, or makes it on the first run. The file holds 64 hexadecimal digits; their text is the secret.
pub(crate) fn open(path: &Path, entropy: &dyn Entropy) -> Result<SiteSecret, StartError> {
    if !path.exists() {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|e| StartError::file(path, &e))?;
        file.write_all(hex::encode(random_32(entropy)).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| StartError::file(path, &e))?;
    }
    let text = std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?;
    SiteSecret::new(text.trim().as_bytes()).map_err(|e| StartError::content(path, e))
}
