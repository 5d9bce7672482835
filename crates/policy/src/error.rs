//! Why policy files were refused: what stands where, why it cannot be used, and what to write instead.

use std::fmt;

/// A place in a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// Line from 1, where known.
    pub line: Option<u32>,
    /// Column from 1 in characters, where known.
    pub column: Option<u32>,
}

impl Place {
    /// The place of a byte offset in a text.
    pub(crate) fn at(file: &str, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|b| *b == b'\n').count();
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count());
        let count = |n: usize| u32::try_from(n).ok().and_then(|n| n.checked_add(1));
        Self { file: file.to_owned(), line: count(line), column: count(column) }
    }

    /// A file as a whole.
    pub(crate) fn file(file: &str) -> Self {
        Self { file: file.to_owned(), line: None, column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, ", line {line}, column {column}"),
            (Some(line), None) => write!(f, ", line {line}"),
            _ => Ok(()),
        }
    }
}

/// Why a set of policy files is refused. Nothing of a refused set is used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text does not parse as Cedar.
    #[error("{at}: this cannot be read as a rule: {message}. Correct it there; a rule ends with a semicolon")]
    Syntax {
        /// Where reading stopped.
        at: Place,
        /// What Cedar says.
        message: String,
    },
    /// A rule with `?principal` or `?resource`.
    #[error(
        "{at}: this rule is a template, and nothing would ever fill it in. Name the agent or tool instead of ?principal or ?resource"
    )]
    Template {
        /// The file.
        at: Place,
    },
    /// A rule without an id.
    #[error("{at}: this rule has no name. Write @id(\"a-short-name\") above it")]
    MissingId {
        /// Where the rule begins.
        at: Place,
    },
    /// An id that cannot be used.
    #[error("{at}: the name {id:?} cannot be used: {why}. Write up to 64 lower-case letters, digits and hyphens")]
    BadId {
        /// Where the rule begins.
        at: Place,
        /// The id.
        id: String,
        /// Why.
        why: String,
    },
    /// The same id twice.
    #[error("{at}: the name {id:?} is taken by the rule in {first}. Give each rule its own name")]
    DuplicateId {
        /// Where the second rule begins.
        at: Place,
        /// The id.
        id: String,
        /// Where the first rule begins.
        first: Place,
    },
    /// A rule without a reason.
    #[error(
        "{at}: the rule {id:?} gives no reason. Write @reason(\"…\") above it: one sentence that a supervisor and a customer can be told"
    )]
    MissingReason {
        /// Where the rule begins.
        at: Place,
        /// The rule.
        id: String,
    },
    /// An annotation that cannot be used.
    #[error("{at}: the rule {id:?} says {said}: {why}")]
    BadAnnotation {
        /// Where the rule begins.
        at: Place,
        /// The rule.
        id: String,
        /// The annotation as it stands there: `@approvers("0")`.
        said: String,
        /// What is wrong and what to write.
        why: String,
    },
    /// A rule that does not fit the known tools, or that could never match.
    #[error("{at}: the rule {id:?} does not fit the known tools: {message}. {remedy}")]
    Invalid {
        /// Where, as exactly as Cedar tells.
        at: Place,
        /// The rule.
        id: String,
        /// What the validator says.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// More than one core can hold to.
    #[error("{at}: {what}. Split or shorten the rules")]
    TooLarge {
        /// The file.
        at: Place,
        /// What is too large, and the limit.
        what: String,
    },
    /// The same file name or tool twice.
    #[error("{what} {name:?} is there twice. Keep one of them")]
    Twice {
        /// File or tool.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The known tools do not make a schema.
    #[error(
        "the known tools give no schema to check rules against: {message}. Look at the tool's settings and definition"
    )]
    Schema {
        /// What Cedar says.
        message: String,
    },
}
