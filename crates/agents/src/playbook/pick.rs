//! Which of the things that a record lists a customer picks: by its number in the list, or by words of its label.

use super::file::Pick;
use super::words;
use serde_json::Value;

/// The most that are offered at once; others can be named.
const MOST_OFFERED: usize = 6;
/// The longest label that is repeated, in characters.
const LONGEST_LABEL: usize = 80;

/// What a customer's words came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Picked {
    This(Choice),
    /// The list is empty.
    NothingToPick,
    /// Not said yet, or not clearly; what to choose from, each with its number.
    NotSaid(Vec<String>),
    /// The record is not in the form that the playbook expects.
    NotReadable,
}

/// One of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    /// JSON pointer into the record.
    pub(super) path: String,
}

/// Finds what the newest message that names one means. A bare number counts only as the answer to the question.
pub(super) fn picked<'t>(
    pick: &Pick,
    record: &Value,
    mut texts: impl DoubleEndedIterator<Item = &'t str>,
    asked: bool,
) -> Picked {
    let Some(listed) = read(pick, record) else { return Picked::NotReadable };
    if listed.is_empty() {
        return Picked::NothingToPick;
    }
    let newest = texts.next_back();
    if let Some(choice) = newest.filter(|_| asked).and_then(|text| numbered(text, &listed)) {
        return Picked::This(choice.clone());
    }
    let mut offered: Vec<usize> = (0..listed.len()).collect();
    for text in newest.into_iter().chain(texts.rev()) {
        let best = named(pick, text, &listed);
        if let [only] = best.as_slice()
            && let Some(choice) = listed.get(*only)
        {
            return Picked::This(choice.clone());
        }
        if !best.is_empty() {
            offered = best;
            break;
        }
    }
    let worded = |at: &usize| listed.get(*at).map(|choice| format!("{}: {}", at + 1, choice.label));
    Picked::NotSaid(offered.iter().take(MOST_OFFERED).filter_map(worded).collect())
}

fn read(pick: &Pick, record: &Value) -> Option<Vec<Choice>> {
    let listed = record.pointer(&pick.list)?.as_array()?.iter().enumerate().map(|(at, one)| {
        let text = |path: &str| Some(one.pointer(path)?.as_str()?.to_owned());
        let label = text(&pick.label)?.chars().take(LONGEST_LABEL).collect();
        Some(Choice { value: text(&pick.value)?, label, path: format!("{}/{at}{}", pick.list, pick.value) })
    });
    listed.collect()
}

/// The number in the list, if the text holds exactly one that is.
fn numbered<'l>(text: &str, listed: &'l [Choice]) -> Option<&'l Choice> {
    let plain = words::plain(text);
    let mut numbers = plain.split(' ').filter_map(|word| word.parse::<usize>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => listed.get(number.checked_sub(1)?),
        _ => None,
    }
}

/// Those whose labels share most words with the text: a word may be cut short, such as Fri for Friday.
fn named(pick: &Pick, text: &str, listed: &[Choice]) -> Vec<usize> {
    let mut said = words::plain(text);
    for (meant, ways) in &pick.means {
        if ways.iter().any(|way| words::has_phrase(text, way)) {
            said = format!("{said} {meant}");
        }
    }
    let said: Vec<&str> = said.split(' ').filter(|word| word.len() >= 2).collect();
    let says = |word: &str| {
        let short = |said: &&str| word.chars().count() >= 3 && said.starts_with(word);
        said.iter().any(|said| *said == word || (!word.chars().any(|c| c.is_ascii_digit()) && short(said)))
    };
    let scores: Vec<usize> = listed
        .iter()
        .map(|choice| {
            let label = words::plain(&choice.label);
            label.split(' ').filter(|word| !pick.leave_out.iter().any(|out| out == word) && says(word)).count()
        })
        .collect();
    let Some(best) = scores.iter().copied().max().filter(|best| *best > 0) else { return Vec::new() };
    scores.iter().enumerate().filter(|(_, score)| **score == best).map(|(at, _)| at).collect()
}
