//! What other machines know this station by: a certificate of its own making, which they pin, and the house's word. Made
//! once, in a mode-600 file; whoever removes the file has every desktop connect anew.

use crate::error::StartError;
use crate::private;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_channels::door::Tls;
use countersign_domain::ambient::{Entropy, random_16};
use countersign_domain::hexadecimal::bytes;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The file in the data folder.
pub(super) const FILE: &str = "devices.json";
/// The one name in the certificate. Nobody looks at it: the certificate itself is pinned.
const NAME: &str = "countersign-station";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// DER, Base64.
    certificate: String,
    /// PKCS #8 DER, Base64.
    key: String,
    /// Sixteen bytes, hexadecimal.
    word: String,
}

pub(super) struct Identity {
    pub(super) tls: Tls,
    /// SHA-256 of the certificate.
    pub(super) pin: [u8; 32],
    pub(super) word: [u8; 16],
}

/// Reads it, or makes it the first time.
pub(super) fn open(folder: &Path, entropy: &dyn Entropy) -> Result<Identity, StartError> {
    let path = folder.join(FILE);
    if !path.exists() {
        let made = make(entropy).map_err(|why| StartError::content(&path, why))?;
        private::replace(&path, made.as_bytes()).map_err(|e| StartError::file(&path, &e))?;
        private::sync_folder_of(&path).map_err(|e| StartError::file(&path, &e))?;
    }
    let text = std::fs::read_to_string(&path).map_err(|e| StartError::file(&path, &e))?;
    read(&text).map_err(|why| {
        let why = format!("{why}. Put it back, or remove it: a new one is made, and every desktop has to connect anew");
        StartError::content(&path, why)
    })
}

fn make(entropy: &dyn Entropy) -> Result<String, String> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec![NAME.to_owned()]).map_err(|error| error.to_string())?;
    let stored = Stored {
        version: 1,
        certificate: STANDARD.encode(cert.der()),
        key: STANDARD.encode(signing_key.serialize_der()),
        word: hex::encode(random_16(entropy)),
    };
    serde_json::to_string_pretty(&stored).map_err(|error| error.to_string())
}

fn read(text: &str) -> Result<Identity, String> {
    let stored: Stored = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if stored.version != 1 {
        return Err("it was written by a newer Countersign".to_owned());
    }
    let binary = |text: &str| STANDARD.decode(text).map_err(|error| error.to_string());
    let (certificate, key) = (binary(&stored.certificate)?, binary(&stored.key)?);
    Ok(Identity {
        tls: Tls::new(&certificate, &key).map_err(|error| error.to_string())?,
        pin: Sha256::digest(&certificate).into(),
        word: bytes(&stored.word).ok_or("the word in it is not 32 hexadecimal digits")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn it_is_made_once_and_a_broken_file_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), &SystemEntropy).unwrap();
        let again = open(folder.path(), &SystemEntropy).unwrap();
        assert_eq!((first.pin, first.word), (again.pin, again.word));
        let path = folder.path().join(FILE);
        for broken in ["", "{}", "[1]"] {
            std::fs::write(&path, broken).unwrap();
            let why = open(folder.path(), &SystemEntropy).err().unwrap().to_string();
            assert!(why.contains("connect anew"), "{why}");
        }
    }
}
