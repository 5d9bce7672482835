//! The recovery key: it opens the master key after a machine is lost, and never signs. It is written down on paper; here
//! stands only the master key wrapped under it, in keys.db, so that it is in every backup that has the keys.

use crate::cipher::{self, Key};
use crate::error::SealingError;
use crate::files;
use crate::master::{Master, purpose};
use crate::sealing::Sealing;
use crate::store::Store;
use sha2::{Digest, Sha256};
use std::path::Path;
use zeroize::Zeroizing;

const NAME: &str = "recovery";
const WRAPPED_FOR: &str = "countersign/recovery/v1";
const DERIVED: &[u8] = b"countersign/recovery-key/v1\0";
/// 160 random bits: 32 characters of Crockford's alphabet, in groups of four.
const BYTES: usize = 20;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A recovery key as it is written down. Wiped when dropped.
pub struct RecoveryKey(Zeroizing<String>);

impl RecoveryKey {
    /// Eight groups of four characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey(hidden)")
    }
}

impl Sealing {
    /// Makes a recovery key in the place of the one before, which opens nothing any more.
    pub fn new_recovery_key(&self) -> Result<RecoveryKey, SealingError> {
        let entropy = self.source.entropy.as_ref();
        let mut bytes = Zeroizing::new([0; BYTES]);
        entropy.fill(bytes.as_mut());
        let wrapped = self.source.master.wrapped_under(&derive(&bytes), WRAPPED_FOR, entropy)?;
        self.source.store.put_station_key(NAME, &wrapped)?;
        Ok(RecoveryKey(Zeroizing::new(written(&bytes))))
    }

    /// Puts `master.key` back into a folder with the keys.db that belongs to it. Refuses where there is one.
    pub fn recover(folder: &Path, written: &str) -> Result<(), SealingError> {
        let path = folder.join("master.key");
        if files::read(&path)?.is_some() {
            return Err(SealingError::MasterThere(path));
        }
        if !Store::file(folder).is_file() {
            return Err(SealingError::NoKeyStore(Store::file(folder)));
        }
        let bytes = read(written).ok_or(SealingError::NoRecoveryKey)?;
        let store = Store::open(folder)?;
        let wrapped = store.station_key(NAME)?.ok_or(SealingError::NeverRecoverable)?;
        let master = cipher::decrypt_key(&derive(&bytes), &wrapped, &cipher::bound(WRAPPED_FOR, &[]))
            .ok_or(SealingError::WrongRecoveryKey)?;
        if let Some(index) = store.station_key("index")? {
            Master::of(master.clone()).unwrap(&index, purpose::INDEX, "index")?;
        }
        files::write_new(&path, master.as_slice())
    }
}

fn derive(bytes: &[u8; BYTES]) -> Key {
    Zeroizing::new(Sha256::new().chain_update(DERIVED).chain_update(bytes).finalize().into())
}

fn written(bytes: &[u8; BYTES]) -> String {
    let mut text = String::with_capacity(40);
    let (mut held, mut bits, mut count) = (0_u32, 0, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if count > 0 && count % 4 == 0 {
                text.push('-');
            }
            let place = (held >> bits) as usize % 32;
            text.push(ALPHABET.get(place).copied().map_or('0', char::from));
            count += 1;
        }
        held &= (1 << bits) - 1;
    }
    text
}

/// Reads what somebody typed: case, spaces and hyphens do not matter, and O, I, L are read as 0 and 1.
fn read(text: &str) -> Option<Zeroizing<[u8; BYTES]>> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    let (mut held, mut bits, mut at) = (0_u32, 0, 0);
    for typed in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let typed = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|known| char::from(*known) == typed)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *bytes.get_mut(at)? = u8::try_from(held >> bits).ok()?;
            at += 1;
            held &= (1 << bits) - 1;
        }
    }
    (at == BYTES && bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_back_however_it_is_typed() {
        let bytes: [u8; BYTES] = std::array::from_fn(|n| u8::try_from(n * 13 % 256).unwrap_or(0));
        let text = written(&bytes);
        assert_eq!((text.len(), text.split('-').count()), (39, 8));
        assert_eq!(*read(&text).unwrap(), bytes);
        assert_eq!(*read(&text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l")).unwrap(), bytes);
        for wrong in ["", "ABCD", &text[1..], &format!("{text}0"), &text.replace('-', "_")] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
