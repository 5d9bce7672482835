//! Which of a record's lines a customer means, and what it comes to.

use super::file::Line;
use super::words;
use countersign_domain::money::{Currency, Money};
use serde_json::Value;

/// The longest title that is repeated, in characters.
const LONGEST_TITLE: usize = 80;

/// What a customer's words came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meant {
    /// One line, or all that is left.
    This(Amount),
    /// Nothing is left to pay back.
    NothingLeft,
    /// Not said yet; the titles to choose from.
    NotSaid(Vec<String>),
    /// The record is not in the form that the playbook expects.
    NotReadable,
}

/// An amount, with its place in the record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    pub(super) money: Money,
    /// JSON pointer into the record.
    pub(super) path: String,
    /// What it is for people, without the record's own name.
    pub(super) label: String,
}

/// Finds the line by the newest message that names one.
pub(super) fn meant<'t>(line: &Line, record: &Value, texts: impl DoubleEndedIterator<Item = &'t str>) -> Meant {
    let Some(read) = read(line, record) else { return Meant::NotReadable };
    if read.left <= 0 {
        return Meant::NothingLeft;
    }
    let money = |minor| Money { minor, currency: read.currency.clone() };
    let whole =
        || Meant::This(Amount { money: money(read.left), path: line.total.clone(), label: line.whole_label.clone() });
    let offered: Vec<&(String, i64)> = read.lines.iter().filter(|(title, _)| !line.leave_out.contains(title)).collect();
    if offered.len() <= 1 {
        return whole();
    }
    for text in texts.rev() {
        if line.whole.iter().any(|phrase| words::has_phrase(text, phrase)) {
            return whole();
        }
        if let Some((index, (title, minor))) = named(text, &read.lines) {
            let path = format!("{}/{index}{}", line.lines, line.amount);
            let label = title.chars().take(LONGEST_TITLE).collect();
            return Meant::This(Amount { money: money((*minor).min(read.left)), path, label });
        }
    }
    Meant::NotSaid(offered.iter().map(|(title, _)| title.chars().take(LONGEST_TITLE).collect()).collect())
}

struct Read {
    lines: Vec<(String, i64)>,
    left: i64,
    currency: Currency,
}

fn read(line: &Line, record: &Value) -> Option<Read> {
    let amount = |path: &str| record.pointer(path)?.as_i64();
    let left = amount(&line.total)?.checked_sub(amount(&line.refunded)?)?;
    let currency = Currency::try_from(record.pointer(&line.currency)?.as_str()?.to_owned()).ok()?;
    let lines = record.pointer(&line.lines)?.as_array()?.iter().map(|l| {
        let minor = l.pointer(&line.amount)?.as_i64().filter(|minor| *minor >= 0)?;
        Some((l.pointer(&line.title)?.as_str()?.to_owned(), minor))
    });
    Some(Read { lines: lines.collect::<Option<Vec<_>>>()?, left, currency })
}

/// The one line whose title shares more words with the text than every other.
fn named<'l>(text: &str, lines: &'l [(String, i64)]) -> Option<(usize, &'l (String, i64))> {
    let said = words::plain(text);
    let said: Vec<&str> = said.split(' ').collect();
    let shared = |title: &str| {
        let title = words::plain(title);
        let telling =
            |w: &&str| if w.chars().all(|c| c.is_ascii_digit()) { w.len() == 2 } else { w.chars().count() >= 3 };
        title.split(' ').filter(telling).filter(|w| said.iter().any(|s| words::same_word(s, w))).count()
    };
    let scores: Vec<usize> = lines.iter().map(|(title, _)| shared(title)).collect();
    let best = scores.iter().copied().max().filter(|best| *best > 0)?;
    let mut at_best = scores.iter().enumerate().filter(|(_, score)| **score == best);
    let index = at_best.next()?.0;
    if at_best.next().is_some() { None } else { lines.get(index).map(|line| (index, line)) }
}
