//! Seal, open, destroy; and names that say nothing.

use crate::cipher::{self, Key};
use crate::erased_list::ErasedList;
use crate::error::SealingError;
use crate::files;
use crate::master::{Master, purpose};
use crate::station_key::StationKey;
use crate::stock::{BATCH, Source, Stock};
use crate::store::{Found, Store};
use countersign_domain::ambient::Entropy;
use countersign_domain::commitment::{NotSaltedFields, SaltedFields};
use countersign_domain::event::Fields;
use countersign_domain::ids::{KeyId, LogId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Unwrapped keys kept in memory; beyond it the cache begins anew.
const MOST_OPEN: usize = 4096;
const SEALED: &str = "countersign/sealed/v1";
const NAMES_OF_STATION: &str = "countersign/station-name/v1";
const NAMES_OF_CONVERSATION: &str = "countersign/conversation-name/v1";

/// Where a sealed part stands: its ciphertext opens there and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealContext {
    /// The log.
    pub log: LogId,
    /// The stream's name.
    pub stream: String,
    /// The event's kind.
    pub kind: String,
}

/// A part just sealed, with what its envelope says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBytes {
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`, hexadecimal.
    pub ciphertext_sha256: String,
    /// The commitment to the fields, hexadecimal.
    pub commitment: String,
}

/// What opening gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened<T = Fields> {
    /// The content.
    Fields(T),
    /// The key was destroyed; the content is gone for good.
    Erased,
}

/// The keys of one station.
pub struct Sealing {
    pub(crate) source: Arc<Source>,
    stock: Arc<Stock>,
    open: Mutex<HashMap<KeyId, Key>>,
    list: ErasedList,
    index: Key,
    station: Arc<StationKey>,
}

/// What a station has one of each.
struct Keys {
    index: Key,
    station: Arc<StationKey>,
    list: ErasedList,
}

impl Sealing {
    /// Opens `keys.db`, `master.key` and `station.key` in the station's data folder; makes what is not there.
    pub fn open(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, SealingError> {
        files::private_folder(folder)?;
        let store_exists = std::fs::metadata(Store::file(folder)).is_ok_and(|file| file.len() > 0);
        let master = Master::open(folder, store_exists, entropy.as_ref())?;
        let station = Arc::new(StationKey::open(folder, entropy.as_ref())?);
        let store = Store::open(folder)?;
        let list = ErasedList::in_folder(folder);
        list.enforce(&store)?;
        let index = match store.station_key("index")? {
            Some(wrapped) => master.unwrap(&wrapped, purpose::INDEX, "index")?,
            None => {
                let made = cipher::fresh_key(entropy.as_ref());
                store.add_station_key("index", &master.wrap(&made, purpose::INDEX, "index", entropy.as_ref())?)?;
                made
            }
        };
        let keys = Keys { index, station, list };
        Ok(Self::over(Arc::new(Source { store, master, entropy }), BATCH, keys))
    }

    fn over(source: Arc<Source>, batch: usize, keys: Keys) -> Self {
        let stock = Arc::new(Stock::new(Arc::clone(&source), batch));
        let Keys { index, station, list } = keys;
        Self { source, stock, open: Mutex::default(), list, index, station }
    }

    /// Keys without a folder, for simulations: each is made when it is taken, by nobody but the caller, so that what is
    /// drawn from `entropy` comes in one order. Only the list of erased keys lies in `folder`, once one is erased.
    #[cfg(feature = "test-support")]
    pub fn in_memory(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, SealingError> {
        let fresh = || cipher::fresh_key(entropy.as_ref());
        let (master, station, index) = (Master::of(fresh()), Arc::new(StationKey::of(&fresh())), fresh());
        let source = Arc::new(Source { store: Store::in_memory(folder)?, master, entropy: Arc::clone(&entropy) });
        Ok(Self::over(source, 1, Keys { index, station, list: ErasedList::in_folder(folder) }))
    }

    /// The same keys as a restarted station finds them: nothing is in memory any more but what keys.db holds.
    #[cfg(feature = "test-support")]
    pub fn reopened(&self) -> Self {
        let (index, station, list) = (self.index.clone(), Arc::clone(&self.station), self.list.clone());
        Self::over(Arc::clone(&self.source), 1, Keys { index, station, list })
    }

    /// The key that signs this station's checkpoints.
    pub fn station_key(&self) -> Arc<StationKey> {
        Arc::clone(&self.station)
    }

    /// A fresh key, durable already. Costs no write while the stock lasts.
    pub fn take_key(&self) -> Result<KeyId, SealingError> {
        let (id, key) = self.stock.take()?;
        self.remember(id.clone(), key);
        Ok(id)
    }

    /// Seals fields under a key, to be opened in that context only.
    pub fn seal(&self, key: &KeyId, context: &SealContext, fields: &Fields) -> Result<SealedBytes, SealingError> {
        let mut sealed = self.seal_for_one_of(key, std::slice::from_ref(context), fields)?;
        sealed.pop().ok_or(SealingError::Encryption)
    }

    /// Seals fields for each of these contexts, of which one will be stored and no other: they share their salts.
    pub fn seal_for_one_of(
        &self,
        key: &KeyId,
        contexts: &[SealContext],
        fields: &Fields,
    ) -> Result<Vec<SealedBytes>, SealingError> {
        let secret = match self.key(key)? {
            Opened::Fields(secret) => secret,
            Opened::Erased => return Err(SealingError::Destroyed(key.clone())),
        };
        let entropy = self.source.entropy.as_ref();
        let salted = SaltedFields::new(fields, entropy);
        let plain = Zeroizing::new(salted.to_plaintext());
        let commitment = salted.commitment();
        let seal = |context: &SealContext| {
            let bytes =
                cipher::encrypt(&secret, &plain, &context.bound(key), entropy).ok_or(SealingError::Encryption)?;
            let ciphertext_sha256 = hex::encode(Sha256::digest(&bytes));
            Ok(SealedBytes { bytes, ciphertext_sha256, commitment: commitment.clone() })
        };
        contexts.iter().map(seal).collect()
    }

    /// Opens a sealed part.
    pub fn open_part(&self, key: &KeyId, context: &SealContext, bytes: &[u8]) -> Result<Opened, SealingError> {
        self.open_as(key, context, bytes, SaltedFields::fields_from)
    }

    /// Opens a sealed part with its salts, to disclose a field or to compare the commitment.
    pub fn open_salted(
        &self,
        key: &KeyId,
        context: &SealContext,
        bytes: &[u8],
    ) -> Result<Opened<SaltedFields>, SealingError> {
        self.open_as(key, context, bytes, SaltedFields::from_plaintext)
    }

    fn open_as<T>(
        &self,
        key: &KeyId,
        context: &SealContext,
        bytes: &[u8],
        read: fn(&[u8]) -> Result<T, NotSaltedFields>,
    ) -> Result<Opened<T>, SealingError> {
        let secret = match self.key(key)? {
            Opened::Fields(secret) => secret,
            Opened::Erased => return Ok(Opened::Erased),
        };
        let plain = cipher::decrypt(&secret, bytes, &context.bound(key))
            .ok_or_else(|| SealingError::NotAuthentic(key.clone()))?;
        let read = read(&plain).map_err(|e| SealingError::NotFields { key: key.clone(), why: e.to_string() })?;
        Ok(Opened::Fields(read))
    }

    /// Destroys keys: whatever they sealed is gone for good. Durable when it returns; their ids stand in the list of
    /// erased keys before the first of them is touched.
    pub fn erase(&self, keys: &[KeyId]) -> Result<(), SealingError> {
        self.list.add(keys)?;
        // Under the cache's lock, so that nobody who read the row before puts the key back behind us.
        let mut open = self.held();
        self.source.store.destroy_sealing_keys(keys)?;
        for key in keys {
            open.remove(key);
        }
        Ok(())
    }

    /// The ids of all keys destroyed so far.
    pub fn destroyed(&self) -> Result<Vec<KeyId>, SealingError> {
        let ids = self.source.store.destroyed_keys()?;
        Ok(ids.into_iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// A name for a text under the station's index key: equal texts have equal names across conversations, and
    /// nobody without the key can guess back.
    pub fn pseudonym(&self, text: &str) -> String {
        hex::encode(cipher::hmac(&self.index, NAMES_OF_STATION, text.as_bytes()))
    }

    /// A name for a text under a conversation's own key: gone with the key.
    pub fn pseudonym_in(&self, key: &KeyId, text: &str) -> Result<String, SealingError> {
        match self.key(key)? {
            Opened::Fields(secret) => Ok(hex::encode(cipher::hmac(&secret, NAMES_OF_CONVERSATION, text.as_bytes()))),
            Opened::Erased => Err(SealingError::Destroyed(key.clone())),
        }
    }

    fn key(&self, id: &KeyId) -> Result<Opened<Key>, SealingError> {
        let mut open = self.held();
        if let Some(key) = open.get(id) {
            return Ok(Opened::Fields(key.clone()));
        }
        match self.source.store.sealing_key(id)? {
            Found::Destroyed => Ok(Opened::Erased),
            Found::Unknown => Err(SealingError::UnknownKey(id.clone())),
            Found::Wrapped(wrapped) => {
                let key = self.source.master.unwrap(&wrapped, purpose::SEALING, id.as_str())?;
                keep(&mut open, id.clone(), key.clone());
                Ok(Opened::Fields(key))
            }
        }
    }

    fn remember(&self, id: KeyId, key: Key) {
        keep(&mut self.held(), id, key);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<KeyId, Key>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(open: &mut HashMap<KeyId, Key>, id: KeyId, key: Key) {
    if open.len() >= MOST_OPEN {
        open.clear();
    }
    open.insert(id, key);
}

impl SealContext {
    fn bound(&self, key: &KeyId) -> Vec<u8> {
        cipher::bound(SEALED, &[self.log.as_str(), key.as_str(), &self.stream, &self.kind])
    }
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealing").field("station", &self.station).finish_non_exhaustive()
    }
}
