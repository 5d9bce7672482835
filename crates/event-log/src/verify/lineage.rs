//! Which log a record belongs to. A restored log goes on, under an id of its own, behind the records of the log that was
//! backed up: its first record says so, and the log id changes nowhere else.

use super::checked::{Checked, Looked, look};
use super::report::Before;
use super::source::{Depth, EarlierLog, Head, Source, Unreadable};
use crate::checkpoint::TreeHead;
use crate::tree::Hash;
use countersign_domain::hexadecimal;
use countersign_domain::ids::LogId;
use countersign_domain::station::Restored;

/// The logs that one file holds, in order.
#[derive(Clone)]
pub(crate) struct Lineage {
    earlier: Vec<EarlierLog>,
    /// What the first record behind each of them says, as far as it can be read.
    said: Vec<Option<Restored>>,
    now: LogId,
}

/// What a checkpoint is worth here.
pub(crate) enum Signs {
    /// It signs records that are here, under this key where one is known.
    Here(Option<[u8; 32]>),
    /// It signs records of the log before the restore that are known to be lost, under this key.
    Lost(Option<[u8; 32]>),
}

impl Lineage {
    /// As the source tells it. What the restores say is read ahead, for the keys that signed before them.
    pub(crate) fn read(source: &dyn Source, head: &Head) -> Result<Self, Unreadable> {
        let mut lineage = Self::of(head.earlier.clone(), head.log.clone());
        for index in 0..lineage.earlier.len() {
            let Some(until) = lineage.earlier.get(index).map(|earlier| earlier.until) else { break };
            let mut restored = None;
            source.rows(until, 1, &mut |row| {
                if let Looked::Fine(checked) = look(&row, lineage.at(until), Depth::Bytes) {
                    restored = checked.restored;
                }
            })?;
            lineage.said.push(restored.map(|restored| *restored));
        }
        Ok(lineage)
    }

    /// Without what the restores say.
    pub(crate) fn of(earlier: Vec<EarlierLog>, now: LogId) -> Self {
        Self { earlier, said: Vec::new(), now }
    }

    /// The log whose record stands at a position.
    pub(crate) fn at(&self, position: u64) -> &LogId {
        self.earlier.iter().find(|earlier| position < earlier.until).map_or(&self.now, |earlier| &earlier.log)
    }

    /// Holds a record against where logs end: the first record of a further log, and no other, says that it goes on from
    /// a backup, and of which records. Their root is given where all of them are here.
    pub(crate) fn hold(
        &self,
        checked: &Checked,
        root: impl FnOnce() -> Option<Hash>,
        key: Option<&[u8; 32]>,
    ) -> Result<(), String> {
        let position = checked.position;
        let ends = self.earlier.iter().position(|earlier| earlier.until == position);
        let (index, restored) = match (ends, checked.restored.as_deref()) {
            (None, None) => return Ok(()),
            (Some(_), None) => {
                let log = self.at(position);
                return Err(format!("it is a record of another log, {log}, and no restore says that one begins here"));
            }
            (None, Some(_)) => {
                return Err(
                    "it says that its log goes on from a backup, and no other log's records end here".to_owned()
                );
            }
            (Some(index), Some(restored)) => (index, restored),
        };
        let Some(earlier) = self.earlier.get(index) else { return Ok(()) };
        if restored.log != earlier.log {
            let (said, stands) = (&restored.log, &earlier.log);
            return Err(format!(
                "it says that it goes on from the log {said}, and records of {stands} stand before it"
            ));
        }
        if self.earlier.iter().take(index + 1).any(|before| before.log == *self.at(position)) {
            return Err("its log goes on from a backup under an id that was used before".to_owned());
        }
        if restored.size != position {
            let size = restored.size;
            return Err(format!("it says that it goes on from {size} records, and {position} stand before it"));
        }
        let named = hexadecimal::bytes(&restored.root);
        if named.is_none() || root().is_some_and(|root| named != Some(root)) {
            return Err(
                "it names another root of the log that it goes on from than the records before it have".to_owned()
            );
        }
        if earlier.root.is_some_and(|kept| named != Some(kept)) {
            return Err("the log keeps another root of the log that it goes on from than its record names".to_owned());
        }
        if restored
            .last_known
            .as_ref()
            .is_some_and(|last| last.size <= restored.size || hexadecimal::bytes::<32>(&last.root).is_none())
        {
            return Err("what it says to be lost of the log that it goes on from is not behind the backup".to_owned());
        }
        let signs_next = self.said.get(index + 1).and_then(Option::as_ref).map(|next| next.key_before.clone());
        let signs_next = if index + 1 == self.earlier.len() { key.map(hex::encode) } else { signs_next };
        if signs_next.is_some_and(|next| next != restored.key)
            || hexadecimal::bytes::<32>(&restored.key_before).is_none()
        {
            return Err("it names another key for the log that begins here than the one that signs it".to_owned());
        }
        Ok(())
    }

    /// Whose key must have signed a checkpoint, and whether it is about records that are here. `key` is that of the newest
    /// log. What is wrong otherwise, and at which position.
    pub(crate) fn signer(&self, signed: &TreeHead, key: Option<&[u8; 32]>) -> Result<Signs, (Option<u64>, String)> {
        let begins = |index: usize| index.checked_sub(1).and_then(|before| self.earlier.get(before));
        let whole = |index: usize| begins(index).is_none_or(|before| signed.size >= before.until);
        let too_small = || (None, "it covers fewer records than its log goes on from".to_owned());
        if signed.log == self.now {
            return if whole(self.earlier.len()) { Ok(Signs::Here(key.copied())) } else { Err(too_small()) };
        }
        let Some(index) = self.earlier.iter().position(|earlier| earlier.log == signed.log) else {
            return Err((None, format!("it is of another log, {}", signed.log)));
        };
        if !whole(index) {
            return Err(too_small());
        }
        let until = self.earlier.get(index).map_or(0, |earlier| earlier.until);
        let said = self.said.get(index).and_then(Option::as_ref);
        let signs = key.and(said).and_then(|said| hexadecimal::bytes(&said.key_before));
        if signed.size <= until {
            return Ok(Signs::Here(signs));
        }
        let last = said.and_then(|said| said.last_known.as_ref());
        let told = last.is_some_and(|last| {
            signed.size < last.size || (signed.size == last.size && hexadecimal::bytes(&last.root) == Some(signed.root))
        });
        match told {
            true => Ok(Signs::Lost(signs)),
            false => Err((
                Some(until),
                format!(
                    "it covers {} records of {}, and the log goes on from a backup of {until}: what lay between is lost, and \
                     the restore does not say so",
                    signed.size, signed.log
                ),
            )),
        }
    }

    /// What came before, for people.
    pub(crate) fn before(&self) -> Vec<Before> {
        let before = |(index, earlier): (usize, &EarlierLog)| {
            let last = self.said.get(index).and_then(Option::as_ref).and_then(|said| said.last_known.as_ref());
            let lost = last.map(|last| last.size.saturating_sub(earlier.until));
            Before { log: earlier.log.clone(), until: earlier.until, lost }
        };
        self.earlier.iter().enumerate().map(before).collect()
    }
}

/// Where the log id changes from one record to the next: what a source says that keeps no list of its own.
pub(crate) fn changes(records: impl IntoIterator<Item = (u64, LogId)>) -> Vec<EarlierLog> {
    let (mut earlier, mut last): (Vec<EarlierLog>, Option<LogId>) = (Vec::new(), None);
    for (position, log) in records {
        if let Some(before) = last.filter(|before| *before != log) {
            earlier.push(EarlierLog { log: before, until: position, root: None });
        }
        last = Some(log);
    }
    earlier
}
