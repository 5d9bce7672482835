//! A playbook that was read and checked: every name in it leads somewhere, every pattern is one.

use super::file::{Argument, Does, Facts, File, Flow, From, Intent, Propose, Sentences, Step, Tell};
use super::language::{WRITTEN_IN, translated};
use super::matching::{Match, Matcher};
use super::parts;
use countersign_domain::wording::placeholders;
use regex::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The largest compiled pattern, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;
/// What is told where no other word fits.
pub(super) const OTHER: &str = "other";
/// The most sentences of one reply: two replies and a question still fit into one turn.
const MOST_SENTENCES: usize = 4;

/// Why a playbook is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaybookError {
    /// A file is no TOML, or not in the form of a playbook.
    #[error("{file} cannot be read as part of a playbook: {why}")]
    NotAPlaybook {
        /// Which.
        file: String,
        /// What is wrong.
        why: String,
    },
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
    pub(super) matcher: Arc<Matcher>,
    patterns: Arc<BTreeMap<String, Regex>>,
}

pub(super) fn wrong(place: impl Into<String>, why: impl Into<String>) -> PlaybookError {
    PlaybookError::Wrong { place: place.into(), why: why.into() }
}

impl Book {
    /// Reads files, each with its name: the playbook in every language that it speaks, beginning with the one that it
    /// is written in.
    pub(super) fn read<T: AsRef<str>>(files: &[(T, T)]) -> Result<Vec<(String, Self)>, PlaybookError> {
        let (file, said) = parts::read(files)?;
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
            .flat_map(|(i, intent)| {
                let examples = intent.examples.iter();
                examples.flat_map(move |(language, all)| all.iter().map(move |e| (i, language.as_str(), e.as_str())))
            })
            .collect();
        let (matcher, patterns) = (Arc::new(Matcher::new(&examples)), Arc::new(patterns));
        let mut books = Vec::new();
        for (language, sentences) in &said {
            let file = translated(&file, language, sentences)?;
            books.push((language.clone(), Self { matcher: matcher.clone(), patterns: patterns.clone(), file }));
        }
        books.insert(0, (WRITTEN_IN.to_owned(), Self { matcher, patterns, file }));
        Ok(books)
    }

    /// What a text asks for: the likeliest match, and its intent if that is sure enough to act on.
    pub(super) fn meant(&self, text: &str) -> (Option<Match<'_>>, Option<&Intent>) {
        let nearest = self.matcher.nearest(text);
        let sure =
            nearest.filter(|m| m.permille >= self.file.sure_permille && m.known_permille >= self.file.known_permille);
        (nearest, sure.and_then(|m| self.file.intent.get(m.intent)))
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
    if file.sure_permille > 1000 || file.known_permille > 1000 {
        return Err(wrong("[playbook]", "a share in thousandths is at most 1000"));
    }
    for intent in &file.intent {
        let place = format!("intent {:?}", intent.id);
        if !ids.insert(&intent.id) {
            return Err(wrong(place, "there are two of that name"));
        }
        if intent.examples.values().all(Vec::is_empty) {
            return Err(wrong(place, "it needs at least one example"));
        }
        match &intent.does {
            Does::Flow(flow) if !file.flow.contains_key(flow) => {
                return Err(wrong(place, format!("there is no flow {flow:?}")));
            }
            Does::Says(said) | Does::Cancels(said) => check_sentences(&place, said, &[])?,
            Does::Flow(_) | Does::Unclear | Does::Person | Does::Status => {}
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
                check_proposal(&place(&here), propose, &slots)?;
                if at + 1 != flow.step.len() {
                    return Err(wrong(place(&here), "a proposal is the last step"));
                }
                &propose.arguments
            }
            Step::Tell(facts) => {
                check_facts(&place(&here), facts, &slots)?;
                if !records.contains(facts.record.as_str()) || at + 1 != flow.step.len() {
                    return Err(wrong(
                        place(&here),
                        "it tells of a record that an earlier step gives, and is the last",
                    ));
                }
                continue;
            }
            Step::Same(_) => continue,
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
    if !matches!(flow.step.last(), Some(Step::Propose(_) | Step::Tell(_))) {
        return Err(wrong(place("step"), "the last step must propose something, or tell something"));
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
            From::Pick(pick) if !records.contains(pick.record.as_str()) => {
                return Err(wrong(here, format!("no step gives the record {:?}", pick.record)));
            }
            From::Pick(pick) => {
                check_sentences(&here, &pick.nothing_left, &slots)?;
                &["items"]
            }
            From::Pattern { .. } | From::Choice(_) | From::Words {} => &[],
        };
        check_sentences(&here, &slot.question, may)?;
        check_sentences(&here, &slot.again, may)?;
    }
    Ok(())
}

fn check_proposal(place: &str, propose: &Propose, slots: &[&str]) -> Result<(), PlaybookError> {
    let mut names: Vec<&str> = propose.arguments.keys().map(String::as_str).collect();
    if let Some(no) = propose.once_per.iter().find(|n| !names.contains(&n.as_str())) {
        return Err(wrong(place, format!("once_per names {no:?}, which is no argument")));
    }
    names.extend(["money", "asked"]);
    tell_all(&propose.tell).iter().try_for_each(|said| check_sentences(place, said, &names))?;
    // What the tool answered is known only once it happened.
    names.extend(propose.shows.keys().map(String::as_str));
    told_of_success(&propose.tell).iter().try_for_each(|said| check_sentences(place, said, &names))?;
    let claim: Vec<&str> = slots.iter().copied().chain(["money"]).collect();
    check_placeholders(place, &propose.claim, &claim)
}

fn check_facts(place: &str, facts: &Facts, slots: &[&str]) -> Result<(), PlaybookError> {
    if !facts.says.contains_key(OTHER) {
        return Err(wrong(place, format!("says has nothing for {OTHER:?}")));
    }
    let names: Vec<&str> = slots.iter().copied().chain(facts.names.keys().map(String::as_str)).collect();
    facts.says.values().try_for_each(|said| check_sentences(place, said, &names))
}

fn told_of_success(tell: &Tell) -> [&Sentences; 3] {
    [&tell.succeeded, &tell.overridden, &tell.done_before]
}

fn tell_all(tell: &Tell) -> [&Sentences; 10] {
    [
        &tell.held,
        &tell.rejected,
        &tell.denied,
        &tell.expired,
        &tell.withdrawn,
        &tell.failed,
        &tell.unknown,
        &tell.did_not_happen,
        &tell.compensated,
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
