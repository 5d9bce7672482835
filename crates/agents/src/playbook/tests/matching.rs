//! How well wishes are told apart: on 150 utterances, half of them by somebody who had not seen the examples, and on 50
//! more that fit no playbook. The table in docs/ is what this test finds; a difference fails, and `UPDATE=1` writes it
//! anew.

use crate::playbook::book::Book;
use crate::playbook::file::{Does, Step};
use countersign_testkit::playbook_files;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

const OWN: &str = include_str!("../../../../../tests/playbooks/utterances-own.tsv");
const FRESH: &str = include_str!("../../../../../tests/playbooks/utterances-fresh.tsv");
const NO_FIT: &str = include_str!("../../../../../tests/playbooks/utterances-nofit.tsv");
const TABLE: &str = "docs/playbook-matrix.md";
/// What does not fit, and what is only polite.
const NONE: &str = "none";

/// Lines of `label`, language, text; the label first, the text last.
fn read(tsv: &'static str) -> Vec<(&'static str, &'static str)> {
    let lines = tsv.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| (line.split('\t').next().unwrap(), line.rsplit('\t').next().unwrap())).collect()
}

fn book() -> Book {
    Book::read(&playbook_files().unwrap()).unwrap().remove(0).1
}

fn told<'b>(book: &'b Book, text: &str) -> &'b str {
    let intent = book.meant(text).1;
    intent.filter(|i| matches!(i.does, Does::Flow(_) | Does::Person)).map_or(NONE, |i| i.id.as_str())
}

/// Whether a first message with this wish starts steps towards an effect.
fn has_effect(book: &Book, intent: &str) -> bool {
    book.flow(intent).is_some_and(|flow| flow.step.iter().any(|step| matches!(step, Step::Propose(_))))
}

#[test]
fn nine_in_ten_wishes_are_understood_and_what_fits_nothing_starts_no_effect() {
    let book = book();
    let (own, fresh, no_fit) = (read(OWN), read(FRESH), read(NO_FIT));
    assert_eq!((own.len(), fresh.len(), no_fit.len()), (75, 75, 50));
    let all: Vec<_> = own.iter().chain(&fresh).collect();
    let right = |of: &[(&str, &str)]| of.iter().filter(|(wanted, text)| told(&book, text) == *wanted).count();
    let (right_own, right_fresh) = (right(&own), right(&fresh));
    let started = no_fit.iter().filter(|(_, text)| has_effect(&book, told(&book, text))).count();

    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (wanted, text) in &all {
        *counts.entry((wanted, told(&book, text))).or_default() += 1;
    }
    for (_, text) in &no_fit {
        *counts.entry(("fits nothing", told(&book, text))).or_default() += 1;
    }
    let columns: BTreeSet<&str> = counts.keys().map(|(_, told)| *told).collect();
    let rows: BTreeSet<&str> = counts.keys().map(|(wanted, _)| *wanted).collect();
    let mut table = String::from(
        "# What the playbook makes of what people write\n\n\
         Written by `crates/agents/src/playbook/tests/matching.rs`, which fails where this page differs from what it finds\n\
         (`UPDATE=1` writes it anew). The utterances stand in `tests/playbooks/` and are no examples of the playbook.\n\n",
    );
    let share = 100 * (right_own + right_fresh) / all.len();
    writeln!(table, "- Right: {} of {} ({share}%)", right_own + right_fresh, all.len()).unwrap();
    writeln!(table, "- Of those by somebody who had not seen the examples: {right_fresh} of {}", fresh.len()).unwrap();
    writeln!(table, "- Of {} that fit nothing, {started} start steps towards an effect\n", no_fit.len()).unwrap();
    writeln!(
        table,
        "Rows: what was wanted. Columns: what the playbook took it for; `none` is nothing, or only polite.\n"
    )
    .unwrap();
    writeln!(table, "| | {} |", columns.iter().copied().collect::<Vec<_>>().join(" | ")).unwrap();
    writeln!(table, "|---|{}", "---:|".repeat(columns.len())).unwrap();
    for row in rows {
        let cells = columns.iter().map(|column| counts.get(&(row, *column)).map_or(String::new(), ToString::to_string));
        writeln!(table, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(TABLE);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let wrong: Vec<_> = all.iter().map(|(wanted, text)| (*wanted, told(&book, text))).filter(|(w, t)| w != t).collect();
    assert!(10 * (right_own + right_fresh) >= 9 * all.len(), "{} of {}: {wrong:?}", right_own + right_fresh, all.len());
    assert!(started <= 2, "{started} of 50 that fit nothing start steps towards an effect");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == table, "{TABLE} is not what this finds:\n{table}");
}

#[test]
fn no_utterance_of_the_test_is_an_example() {
    let book = book();
    let examples: BTreeSet<String> =
        book.file.intent.iter().flat_map(|i| i.examples.values().flatten()).map(|e| e.to_lowercase()).collect();
    let all = [OWN, FRESH, NO_FIT].map(read).concat();
    // A bare hello is a hello: that it starts nothing is what counts.
    let both: Vec<_> =
        all.iter().filter(|(wanted, text)| *wanted != NONE && examples.contains(&text.to_lowercase())).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn a_wish_is_answered_in_its_language() {
    let book = book();
    for (text, language) in [
        ("I would like my money back", "en"),
        ("quiero cancelar mi pedido", "es"),
        ("wo bleibt mein Paket denn", "de"),
        ("je voudrais annuler ma commande", "fr"),
    ] {
        assert_eq!(book.meant(text).0.map(|m| m.language), Some(language), "{text}");
    }
}
