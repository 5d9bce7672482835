//! What a verification found.

use crate::tree::Hash;
use countersign_domain::ids::LogId;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The position of the record that is wrong; of a range, the first.
    pub position: u64,
    /// The last position of the range in which it lies, where it cannot be told more closely.
    pub until: Option<u64>,
    /// What is wrong, in plain words.
    pub what: String,
}

impl Finding {
    pub(crate) fn at(position: u64, what: impl Into<String>) -> Self {
        Self { position, until: None, what: what.into() }
    }

    pub(crate) fn within(from: u64, until: u64, what: impl Into<String>) -> Self {
        Self { position: from, until: (until != from).then_some(until), what: what.into() }
    }

    /// Exact ones come before a range that they lie in.
    fn order(&self) -> (u64, bool) {
        (self.until.unwrap_or(self.position), self.until.is_some())
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.until {
            None => write!(f, "position {}: {}", self.position, self.what),
            Some(until) => write!(f, "between positions {} and {until}: {}", self.position, self.what),
        }
    }
}

/// The first of everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// The position at which the first one is known to lie.
    pub(crate) fn first_position(&self) -> Option<u64> {
        self.0.iter().map(|finding| finding.order().0).min()
    }

    pub(crate) fn first(mut self) -> Option<Finding> {
        self.0.sort_by_key(Finding::order);
        self.0.into_iter().next()
    }
}

/// What was held against what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proved {
    /// Checkpoints whose root is that of the records, by where they were found: newest, kept, second file, outside.
    pub newest: u64,
    /// Kept ones.
    pub kept: u64,
    /// The second file.
    pub second_file: u64,
    /// Those that somebody else holds.
    pub outside: u64,
    /// The largest size that an outside checkpoint covers.
    pub outside_size: u64,
    /// Checkpoints over records that a restore says are lost.
    pub lost: u64,
    /// Whether their signatures were checked, with a key.
    pub signed: bool,
    /// Sealed parts whose bytes have the hash that was recorded.
    pub sealed: u64,
    /// Sealed parts whose bytes are gone.
    pub erased: u64,
    /// Tiles of hashes that agree.
    pub tiles: u64,
    /// Countersignatures that hold.
    pub countersignatures: u64,
    /// Actions.
    pub actions: u64,
    /// Actions that started.
    pub started: u64,
    /// Conversations.
    pub conversations: u64,
    /// Whether meaning was looked at.
    pub meaning: bool,
}

/// A log before the one that was verified, which goes on from its backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The log.
    pub log: LogId,
    /// Its records lie before this position.
    pub until: u64,
    /// How many more of its records are known to be lost.
    pub lost: Option<u64>,
}

/// The result of a verification.
#[derive(Debug, Clone)]
pub struct Report {
    /// The log.
    pub log: LogId,
    /// The logs whose backups it goes on from.
    pub before: Vec<Before>,
    /// How many records were read.
    pub records: u64,
    /// The root over them.
    pub root: Hash,
    /// The first thing that is wrong; nothing if all holds.
    pub finding: Option<Finding>,
    /// What was held against what, up to the finding.
    pub proved: Proved,
    /// Of a case: the size of the log that its checkpoint covers.
    pub case_of: Option<u64>,
}

impl Report {
    /// Whether everything that was looked at holds.
    pub fn is_good(&self) -> bool {
        self.finding.is_none()
    }

    /// What was proved and against what, as sentences for a person. It claims no more.
    pub fn in_words(&self) -> Vec<String> {
        let proved = &self.proved;
        let mut lines = vec![format!("Log {}, {} records, root {}.", self.log, self.records, hex::encode(self.root))];
        if let Some(finding) = &self.finding {
            lines.push(format!("WRONG at {finding}."));
            lines.push("Nothing is said of what comes behind it.".to_owned());
            return lines;
        }
        for Before { log, until, lost } in &self.before {
            let lost =
                lost.map(|lost| format!(" It is known to have had {lost} more, which are lost.")).unwrap_or_default();
            lines.push(format!(
                "Restored: up to position {until} these are the records of log {log}, from a backup.{lost}"
            ));
        }
        if proved.lost > 0 {
            let notes = proved.lost;
            lines.push(format!("{notes} checkpoints cover records that are lost: nothing can be held against them."));
        }
        if let Some(size) = self.case_of {
            lines.push(format!(
                "Case: every record is canonical and stands under the checkpoint over {size} records; {} sealed parts are \
                 shown and are what was sealed, {} are erased. That nothing came after them in the log is not shown.",
                proved.sealed, proved.erased
            ));
            lines.push(self.meaning_in_words());
            lines.push(match proved.outside {
                0 => {
                    "No checkpoint from outside over the same records was given: a log that was signed anew as a whole \
                      cannot be excluded."
                        .to_owned()
                }
                _ => "Held against a checkpoint from outside over the same records.".to_owned(),
            });
            return lines;
        }
        lines.push(format!(
            "Bytes: every envelope is canonical, has its hash and follows the one before it; {} sealed parts have their \
             hashes, {} are erased.",
            proved.sealed, proved.erased
        ));
        let signed = if proved.signed {
            "signed by the station's key"
        } else {
            "not checked for their signature: no key was given"
        };
        lines.push(format!(
            "Tree: the records lead to {} checkpoints of the log, {signed}; {} tiles of hashes agree.",
            proved.newest + proved.kept + proved.second_file + proved.outside,
            proved.tiles
        ));
        lines.push(self.meaning_in_words());
        lines.push(match (proved.outside, proved.second_file) {
            (0, 0) => "No checkpoint from outside was given: a log that was signed anew as a whole, or rolled back, cannot \
                       be excluded."
                .to_owned(),
            (0, _) => "Held against the second file beside the log, which whoever changes the log can change too. No \
                       checkpoint from outside was given: a log that was signed anew as a whole, or rolled back together \
                       with that file, cannot be excluded."
                .to_owned(),
            _ => format!(
                "Held against a checkpoint from outside over {} records: nothing among them was changed, removed, added \
                 or reordered since. What came later could still be signed anew or rolled back.",
                proved.outside_size
            ),
        });
        lines
    }

    fn meaning_in_words(&self) -> String {
        let proved = &self.proved;
        if !proved.meaning {
            return "Meaning was not looked at.".to_owned();
        }
        format!(
            "Meaning: {} conversations, {} actions, {} started, each permitted by a verdict or by signatures; {} \
             countersignatures hold.",
            proved.conversations, proved.actions, proved.started, proved.countersignatures
        )
    }
}
