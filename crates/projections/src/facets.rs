//! Facets: what a record of the trail can be narrowed down by. Each value has a number, and a number has a mark: a word of
//! the text index, so that words and filters are one question to one index.

use crate::error::ViewsError;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};

/// What a value is a value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    /// An event's kind.
    Kind,
    /// A person of the staff, by id.
    Person,
    /// An agent, by name.
    Agent,
    /// `server.tool`.
    Tool,
    /// A rule, by its name in the policy files.
    Rule,
    /// `approve`, `override` or `reject`.
    Decision,
    /// How many digits the amount has before its point: narrows a range down before amounts are compared.
    Digits,
}

impl Facet {
    /// Its name in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Person => "person",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Rule => "rule",
            Self::Decision => "decision",
            Self::Digits => "digits",
        }
    }
}

/// The numbers of values that one batch met.
#[derive(Default)]
pub(crate) struct Facets(BTreeMap<Facet, HashMap<String, i64>>);

impl Facets {
    /// The number of a value; a new one gets the next.
    pub(crate) fn of(&mut self, tables: &Connection, facet: Facet, value: &str) -> Result<i64, ViewsError> {
        let known = self.0.entry(facet).or_default();
        if let Some(id) = known.get(value) {
            return Ok(*id);
        }
        let stored = tables
            .prepare_cached("SELECT id FROM facets WHERE facet = ?1 AND value = ?2")?
            .query_row(params![facet.name(), value], |row| row.get(0))
            .optional()?;
        let id = match stored {
            Some(id) => id,
            None => tables
                .prepare_cached("INSERT INTO facets (facet, value) VALUES (?1, ?2)")?
                .insert(params![facet.name(), value])?,
        };
        known.insert(value.to_owned(), id);
        Ok(id)
    }
}

/// A mark is written in these letters, of which the tokenizer makes one word.
const FIRST_LETTER: u32 = 0x4E00;
const LETTERS: u32 = 20_000;

/// The mark of a number: mostly one letter, so that no prefix is kept of it and it costs little.
pub(crate) fn mark(id: i64) -> String {
    let mut rest = u64::try_from(id).unwrap_or(0);
    let mut letters = Vec::new();
    loop {
        let letter = u32::try_from(rest % u64::from(LETTERS)).unwrap_or(0);
        letters.extend(char::from_u32(FIRST_LETTER + letter));
        rest /= u64::from(LETTERS);
        if rest == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}

/// Every value of a facet with its number, in the order of their first appearance.
pub(crate) fn values(tables: &Connection, facet: Facet) -> Result<Vec<(i64, String)>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT id, value FROM facets WHERE facet = ?1 ORDER BY id")?;
    let rows = statement.query_map(params![facet.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_one_word_and_no_two_numbers_share_one() {
        let marks: Vec<String> = (1..50_000).map(mark).collect();
        let different: std::collections::HashSet<&String> = marks.iter().collect();
        assert_eq!(different.len(), marks.len());
        assert!(marks.iter().all(|mark| mark.chars().all(char::is_alphabetic)));
        assert_eq!(mark(19_999).chars().count(), 1);
        assert_eq!(mark(20_000).chars().count(), 2);
    }
}
