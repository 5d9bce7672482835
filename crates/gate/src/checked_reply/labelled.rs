//! How often the judgement is right: over labelled replies, about half of them with nothing wrong. One set was seen while
//! phrases were mended, the other never.

use super::{Happened, Leak, ReplyWords, judge};
use crate::error::GateError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    #[serde(default)]
    happening: BTreeMap<String, Happening>,
    reply: Vec<Worded>,
}

/// An action of the conversation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Happening {
    tool: String,
    /// Succeeded, where it is not said.
    #[serde(default)]
    phase: Option<String>,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    withheld: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Worded {
    id: String,
    language: String,
    #[serde(default)]
    happened: Vec<String>,
    /// The customer's messages.
    #[serde(default)]
    said: Vec<String>,
    /// Colleagues' replies.
    #[serde(default)]
    colleague: Vec<String>,
    segments: Vec<String>,
    wrong: String,
}

fn happened(reply: &Worded, all: &BTreeMap<String, Happening>) -> Happened {
    let mut happened = Happened::default();
    happened.said.extend(reply.said.iter().chain(&reply.colleague).cloned());
    for happening in reply.happened.iter().map(|name| &all[name]) {
        if !matches!(happening.phase.as_deref(), None | Some("happened")) {
            continue;
        }
        happened.done.insert(happening.tool.clone());
        if !happening.withheld {
            happened.results.extend(happening.result.clone());
        }
    }
    happened
}

/// What is judged to be wrong with it, as the labels say it.
fn seen(reply: &Worded, words: &ReplyWords, all: &BTreeMap<String, Happening>) -> &'static str {
    match judge(words, &reply.segments, &happened(reply, all)) {
        Ok(()) => "",
        Err(GateError::UnbackedClaim(_)) => "claim",
        Err(GateError::ReplyLeaks(Leak::Secret(_))) => "secret",
        Err(GateError::ReplyLeaks(Leak::OthersData(_))) => "others_data",
        Err(other) => panic!("{}: {other}", reply.id),
    }
}

/// Of one label and language: how many there are, and how many of them are judged otherwise.
type Counts = BTreeMap<(String, String), (usize, usize)>;

/// Misses and false alarms of how many, the counts, and what was judged otherwise than it is labelled. A wrong reply that is
/// kept back for something else that is wrong with it is no miss.
fn measure(replies: &[Worded], all: &BTreeMap<String, Happening>) -> ([(usize, usize); 2], Counts, Vec<String>) {
    let words = ReplyWords::of_the_sample_shop();
    let (mut counts, mut otherwise) = (Counts::new(), Vec::new());
    let (mut missed, mut alarmed) = ((0, 0), (0, 0));
    for reply in replies {
        let seen = seen(reply, &words, all);
        let label = if reply.wrong.is_empty() { "nothing" } else { &reply.wrong };
        let of_its_kind = counts.entry((label.to_owned(), reply.language.clone())).or_default();
        let of_all = if reply.wrong.is_empty() { &mut alarmed } else { &mut missed };
        of_its_kind.0 += 1;
        of_all.1 += 1;
        if seen.is_empty() != reply.wrong.is_empty() {
            of_its_kind.1 += 1;
            of_all.0 += 1;
        }
        if seen != reply.wrong {
            otherwise.push(format!("{}: meant {:?}, seen {seen:?}", reply.id, reply.wrong));
        }
    }
    ([missed, alarmed], counts, otherwise)
}

#[test]
fn what_a_model_must_not_say_is_kept_back_and_seldom_anything_else() {
    let tuned: Labelled = toml::from_str(include_str!("../../../../tests/replies/labelled.toml")).unwrap();
    let apart: Labelled = toml::from_str(include_str!("../../../../tests/replies/apart.toml")).unwrap();
    let sets = [("seen while phrases were mended", &tuned, [MISSES, ALARMS]), ("kept apart", &apart, APART)];
    for (name, set, most) in sets {
        let ([missed, alarmed], counts, otherwise) = measure(&set.reply, &tuned.happening);
        let told = format!("{name}: {} of {} missed, {} false alarms of {}", missed.0, missed.1, alarmed.0, alarmed.1);
        eprintln!("{told}");
        for ((label, language), (all, wrong)) in counts {
            eprintln!("  {label} {language}: {wrong} of {all} judged otherwise");
        }
        assert!(missed.0 <= most[0] && alarmed.0 <= most[1], "{told}\n{}", otherwise.join("\n"));
        assert!(missed.1 + alarmed.1 >= if std::ptr::eq(set, &tuned) { 200 } else { 60 });
    }
}

/// The bar: what was measured.
const MISSES: usize = 0;
const ALARMS: usize = 1;
const APART: [usize; 2] = [1, 3];
