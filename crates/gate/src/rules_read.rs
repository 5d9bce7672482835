//! The rules as the trail tells of them: which version was put in force when, and since when a file is as it is.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_event_log::stream::StreamName;
use std::collections::BTreeMap;

/// A version of the rules that was put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutInForce {
    /// Its version, hexadecimal.
    pub version: String,
    /// Where the trail says so.
    pub position: u64,
    /// Since when.
    pub at: Timestamp,
    /// Digest of each file, by name.
    pub files: BTreeMap<String, String>,
}

impl Gate {
    /// Every version of the rules that was put in force, oldest first.
    pub async fn put_in_force(&self) -> Result<Vec<PutInForce>, GateError> {
        let mut versions = Vec::new();
        for stored in self.records.stored(&StreamName::station(), 0).await? {
            if let StationEvent::PolicyInForce { version, files, .. } = read(&stored)? {
                let (position, at) = (stored.envelope.position, stored.envelope.recorded_at);
                versions.push(PutInForce { version, position, at, files });
            }
        }
        Ok(versions)
    }

    /// The files of the rules in force, by name, each with its digest.
    pub(crate) async fn files_in_force(&self) -> Result<BTreeMap<String, String>, GateError> {
        Ok(self.put_in_force().await?.pop().map(|put| put.files).unwrap_or_default())
    }
}

/// Since when a file has been as it is in the newest version.
pub fn unchanged_since(versions: &[PutInForce], file: &str) -> Option<Timestamp> {
    let digest = versions.last()?.files.get(file)?;
    let same = versions.iter().rev().take_while(|put| put.files.get(file) == Some(digest));
    same.last().map(|put| put.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_it_is_since_it_was_last_changed_or_came_back() {
        let put = |at: i64, digest: Option<&str>| PutInForce {
            version: at.to_string(),
            position: 0,
            at: Timestamp::from_micros(at).unwrap(),
            files: digest.map(|digest| ("a.cedar".to_owned(), digest.to_owned())).into_iter().collect(),
        };
        let versions = [put(1, Some("x")), put(2, Some("y")), put(3, Some("x")), put(4, Some("x"))];
        assert_eq!(unchanged_since(&versions, "a.cedar").map(Timestamp::micros), Some(3));
        assert_eq!(unchanged_since(&versions, "b.cedar"), None);
        assert_eq!(unchanged_since(&[put(1, Some("x")), put(2, None)], "a.cedar"), None);
    }
}
