//! A playbook in another language: the same flows, with those sentences that have a translation in its place.

use super::book::{PlaybookError, wrong};
use super::file::{Does, File, From, Sentences, Step};
use super::parts::Translation;
use countersign_domain::wording::placeholders;
use std::collections::BTreeSet;

/// The language that playbooks are written in.
pub(super) const WRITTEN_IN: &str = "en";

/// The same playbook with the sentences of a translation. Each must stand for a sentence that is said, and fill in the
/// same names.
pub(super) fn translated(file: &File, language: &str, said: &Translation) -> Result<File, PlaybookError> {
    let mut file = file.clone();
    let mut left: BTreeSet<&str> = said.keys().map(String::as_str).collect();
    each(&mut file, &mut |sentences| {
        for sentence in sentences {
            if let Some((written, other)) = said.get_key_value(sentence.as_str()) {
                left.remove(written.as_str());
                sentence.clone_from(other);
            }
        }
    });
    let place = || format!("said.{language}");
    if let Some(sentence) = left.first() {
        return Err(wrong(place(), format!("nobody says {sentence:?}")));
    }
    let names =
        |text: &str| placeholders(text).map(|names| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
    match said.iter().find(|(written, other)| names(written) != names(other)) {
        Some((_, other)) => Err(wrong(place(), format!("{other:?} does not fill in what its sentence does"))),
        None => Ok(file),
    }
}

/// Everything that is said.
fn each(file: &mut File, visit: &mut impl FnMut(&mut Sentences)) {
    file.replies.each(visit);
    for intent in &mut file.intent {
        if let Does::Says(said) | Does::Cancels(said) = &mut intent.does {
            visit(said);
        }
    }
    for flow in file.flow.values_mut() {
        for slot in &mut flow.slot {
            visit(&mut slot.question);
            visit(&mut slot.again);
            match &mut slot.from {
                From::Line(line) => visit(&mut line.nothing_left),
                From::Pick(pick) => visit(&mut pick.nothing_left),
                From::Pattern { .. } | From::Choice(_) | From::Words {} => {}
            }
        }
        for step in &mut flow.step {
            match step {
                Step::Ask(ask) => ask.together.iter_mut().for_each(&mut *visit),
                Step::Call(call) => {
                    [&mut call.missed, &mut call.missed_noted, &mut call.held, &mut call.refused_noted]
                        .into_iter()
                        .for_each(&mut *visit);
                }
                Step::Tell(facts) => facts.says.values_mut().for_each(&mut *visit),
                Step::Propose(propose) => propose.tell.each(visit),
                Step::Same(_) => {}
            }
        }
    }
}
