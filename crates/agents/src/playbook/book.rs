//! A playbook that was read and checked: every name in it leads somewhere, every pattern is one.

use super::file::{Argument, Does, File, Flow, From, Sentences, Step, Tell};
use super::matching::Matcher;
use countersign_domain::wording::placeholders;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;
/// The most sentences of one reply: two replies and a question still fit into one turn.
const MOST_SENTENCES: usize = 4;

/// Why a playbook is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaybookError {
    /// It is no TOML, or not in the form of a playbook.
    #[error("the playbook cannot be read: {0}")]
    NotAPlaybook(String),
    /// Something in it leads nowhere.
    #[error("the playbook is wrong at {place}: {why}")]
    Wrong {
        /// Where.
        place: String,
        /// What is wrong.
        why: String,
    },
}

/// A checked playbook.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) file: File,
    pub(super) matcher: Matcher,
    patterns: BTreeMap<String, Regex>,
}

fn wrong(place: impl Into<String>, why: impl Into<String>) -> PlaybookError {
    PlaybookError::Wrong { place: place.into(), why: why.into() }
}

impl Book {
    pub(super) fn read(text: &str) -> Result<Self, PlaybookError> {
        let file: File = toml::from_str(text).map_err(|e| PlaybookError::NotAPlaybook(e.to_string()))?;
        let mut patterns = BTreeMap::new();
        check_intents(&file)?;
        check_replies(&file)?;
        for (name, flow) in &file.flow {
            check_flow(name, flow)?;
            for pattern in patterns_of(flow) {
                let compiled = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
                patterns
                    .insert(pattern.to_owned(), compiled.map_err(|e| wrong(format!("flow.{name}"), e.to_string()))?);
            }
        }
        let examples: Vec<_> = file
            .intent
            .iter()
            .enumerate()
            .flat_map(|(i, intent)| intent.examples.iter().map(move |e| (i, e.as_str())))
            .collect();
        let matcher = Matcher::new(&examples);
        Ok(Self { matcher, patterns, file })
    }

    /// A compiled pattern; every pattern of the file is there.
    pub(super) fn pattern(&self, text: &str) -> Option<&Regex> {
        self.patterns.get(text)
    }

    pub(super) fn flow(&self, name: &str) -> Option<&Flow> {
        self.file.flow.get(name)
    }
}

fn patterns_of(flow: &Flow) -> Vec<&str> {
    let mut all = Vec::new();
    for slot in &flow.slot {
        if let From::Pattern { anywhere, when_asked } = &slot.from {
            all.extend(anywhere.iter().chain(when_asked).map(String::as_str));
        }
    }
    all.extend(flow.step.iter().filter_map(|s| if let Step::Call(call) = s { Some(call.miss.as_str()) } else { None }));
    all
}

fn check_intents(file: &File) -> Result<(), PlaybookError> {
    let mut ids = BTreeSet::new();
    if file.threshold_permille > 1000 {
        return Err(wrong("threshold_permille", "it is at most 1000"));
    }
    for intent in &file.intent {
        let place = format!("intent {:?}", intent.id);
        if !ids.insert(&intent.id) {
            return Err(wrong(place, "there are two of that name"));
        }
        if intent.examples.is_empty() {
            return Err(wrong(place, "it needs at least one example"));
        }
        match &intent.does {
            Does::Flow(flow) if !file.flow.contains_key(flow) => {
                return Err(wrong(place, format!("there is no flow {flow:?}")));
            }
            Does::Says(said) | Does::Cancels(said) => check_sentences(&place, said, &[])?,
            Does::Flow(_) | Does::Person | Does::Status => {}
        }
    }
    Ok(())
}

fn check_replies(file: &File) -> Result<(), PlaybookError> {
    let r = &file.replies;
    let all = [
        &r.unclear,
        &r.unclear_noted,
        &r.person_noted,
        &r.already_noted,
        &r.question_noted,
        &r.still_checking,
        &r.nothing_open,
        &r.trouble_noted,
        &r.too_many_held,
    ];
    all.iter().try_for_each(|said| check_sentences("replies", said, &[]))
}

fn check_flow(name: &str, flow: &Flow) -> Result<(), PlaybookError> {
    let place = |what: &str| format!("flow.{name}.{what}");
    let slots: Vec<&str> = flow.slot.iter().map(|s| s.name.as_str()).collect();
    let mut records: BTreeSet<&str> = BTreeSet::new();
    let known = |slot: &String, at: &str| {
        if slots.contains(&slot.as_str()) {
            Ok(())
        } else {
            Err(wrong(place(at), format!("there is no slot {slot:?}")))
        }
    };
    for (at, step) in flow.step.iter().enumerate() {
        let here = format!("step {}", at + 1);
        let arguments = match step {
            Step::Ask(ask) => {
                ask.slots.iter().try_for_each(|slot| known(slot, &here))?;
                ask.together.iter().try_for_each(|said| check_sentences(&place(&here), said, &[]))?;
                continue;
            }
            Step::Call(call) => {
                call.forget.iter().try_for_each(|slot| known(slot, &here))?;
                for said in [&call.missed, &call.missed_noted, &call.held, &call.refused_noted] {
                    check_sentences(&place(&here), said, &slots)?;
                }
                &call.arguments
            }
            Step::Propose(propose) => {
                let mut names: Vec<&str> = propose.arguments.keys().map(String::as_str).collect();
                if let Some(no) = propose.once_per.iter().find(|n| !names.contains(&n.as_str())) {
                    return Err(wrong(place(&here), format!("once_per names {no:?}, which is no argument")));
                }
                names.extend(["money", "asked"]);
                tell_all(&propose.tell).iter().try_for_each(|said| check_sentences(&place(&here), said, &names))?;
                let claim: Vec<&str> = slots.iter().copied().chain(["money"]).collect();
                check_placeholders(&place(&here), &propose.claim, &claim)?;
                if at + 1 != flow.step.len() {
                    return Err(wrong(place(&here), "a proposal is the last step"));
                }
                &propose.arguments
            }
        };
        for argument in arguments.values() {
            match argument {
                Argument::Slot(slot) => known(slot, &here)?,
                Argument::Record { name: record, what, .. } => {
                    check_placeholders(&place(&here), what, &slots)?;
                    if !records.contains(record.as_str()) {
                        return Err(wrong(place(&here), format!("no earlier step gives the record {record:?}")));
                    }
                }
            }
        }
        if let Step::Call(call) = step {
            records.insert(&call.record);
        }
    }
    if !matches!(flow.step.last(), Some(Step::Propose(_))) {
        return Err(wrong(place("step"), "the last step must propose something"));
    }
    for slot in &flow.slot {
        let here = place(&format!("slot {}", slot.name));
        let may: &[&str] = match &slot.from {
            From::Line(line) if !records.contains(line.record.as_str()) => {
                return Err(wrong(here, format!("no step gives the record {:?}", line.record)));
            }
            From::Line(line) => {
                check_sentences(&here, &line.nothing_left, &slots)?;
                &["items"]
            }
            From::Pattern { .. } | From::Choice(_) => &[],
        };
        check_sentences(&here, &slot.question, may)?;
        check_sentences(&here, &slot.again, may)?;
    }
    Ok(())
}

fn tell_all(tell: &Tell) -> [&Sentences; 13] {
    [
        &tell.held,
        &tell.succeeded,
        &tell.overridden,
        &tell.rejected,
        &tell.denied,
        &tell.expired,
        &tell.withdrawn,
        &tell.failed,
        &tell.unknown,
        &tell.did_not_happen,
        &tell.compensated,
        &tell.done_before,
        &tell.refused_before,
    ]
}

fn check_sentences(place: &str, said: &Sentences, may: &[&str]) -> Result<(), PlaybookError> {
    if said.is_empty() || said.len() > MOST_SENTENCES || said.iter().any(|s| s.trim().is_empty()) {
        return Err(wrong(place, format!("what is said has 1 to {MOST_SENTENCES} sentences, none of them empty")));
    }
    said.iter().try_for_each(|sentence| check_placeholders(place, sentence, may))
}

fn check_placeholders(place: &str, text: &str, may: &[&str]) -> Result<(), PlaybookError> {
    let names = placeholders(text).ok_or_else(|| wrong(place, format!("{text:?} has braces that do not pair up")))?;
    match names.iter().find(|name| !may.contains(name)) {
        Some(name) => Err(wrong(place, format!("{{{name}}} means nothing in {text:?}"))),
        None => Ok(()),
    }
}
