//! How a flow goes on: from what it knows to its next step.

use super::book::{Book, OTHER};
use super::file::{Argument, Ask, Call, Facts, From, Line, Pick, Propose, Sentences, Slot, Step};
use super::line::{Amount, Meant, meant};
use super::pick::{Choice, Picked, picked};
use super::running::Running;
use super::tell::{self, Part};
use super::wording::{self, Names};
use crate::dialogue::ActionView;
use crate::reasoner::Wish;
use countersign_domain::action::Phase;
use countersign_domain::conversation::EscalationReason;
use countersign_domain::ids::ActionId;
use countersign_gate::proposal::Provenance;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How often a question is asked before a person is asked instead.
const MOST_ASKED: u32 = 2;
/// How often a read is tried with the same arguments, and an effect in one conversation, before a person is asked.
pub(super) const MOST_FAILURES: usize = 2;

/// Why a flow cannot go on with what a tool answered.
const UNEXPECTED: &str = "A tool's answer is not in the form that the playbook expects.";

/// The account of what a colleague whispered for: what a playbook says of a customer's wish would not be true.
const WHISPERED: &str = "A colleague whispered to do this. The customer may not have asked for it.";

/// What a flow does next.
#[derive(Debug)]
pub(super) enum Next<'a> {
    /// Asks for slots.
    Ask(Vec<String>, Vec<&'a str>),
    /// Says that what the customer told fits nothing, and asks for these again.
    Missed(Vec<String>, Vec<&'a str>),
    /// Proposes.
    Propose(Wish),
    /// Waits for a read that people check.
    Waits(Part),
    /// Has nothing more to do.
    Ends(Part),
}

/// What a flow sees of its surroundings.
pub(super) struct Around<'s> {
    pub(super) book: &'s Book,
    pub(super) actions: &'s BTreeMap<ActionId, ActionView>,
    /// Reads whose end may be used.
    pub(super) used: &'s dyn Fn(&ActionId) -> bool,
    /// Every effect proposed in this conversation.
    pub(super) effects: &'s [ActionId],
}

struct Known<'s> {
    records: BTreeMap<&'s str, (&'s ActionId, &'s Value)>,
    amounts: BTreeMap<&'s str, (Amount, &'s Line)>,
    picks: BTreeMap<&'s str, (Choice, &'s Pick)>,
}

/// The next step of a flow.
pub(super) fn advance<'a>(running: &Running<'a>, around: &Around<'_>) -> Next<'a> {
    let mut known = Known { records: BTreeMap::new(), amounts: BTreeMap::new(), picks: BTreeMap::new() };
    for step in &running.flow.step {
        let next = match step {
            Step::Ask(ask) => asks(running, ask, around, &mut known),
            Step::Call(call) => calls(running, call, around, &mut known),
            Step::Propose(propose) => Some(proposes(running, propose, around, &known)),
            Step::Tell(facts) => Some(tells(running, facts, around, &known)),
            Step::Same(_) => None,
        };
        if let Some(next) = next {
            return next;
        }
    }
    trouble(around, "The playbook's steps lead to nothing.")
}

fn trouble<'a>(around: &Around<'_>, note: &str) -> Next<'a> {
    let said = around.book.file.replies.trouble_noted.clone();
    Next::Ends(Part::noting(said, EscalationReason::ToolFailedTwice, note))
}

fn asks<'a: 's, 's>(
    running: &Running<'a>,
    ask: &'a Ask,
    around: &Around<'s>,
    known: &mut Known<'s>,
) -> Option<Next<'a>> {
    let mut missing: Vec<&'a Slot> = Vec::new();
    let mut names = Names::new();
    for slot in running.flow.slot.iter().filter(|s| ask.slots.contains(&s.name)) {
        let texts = running.texts.iter().map(|(_, text)| text.as_str());
        let line = match &slot.from {
            From::Line(line) => line,
            From::Pick(pick) => {
                let record = known.records.get(pick.record.as_str()).map_or(&Value::Null, |r| r.1);
                match picked(pick, record, texts, running.asked.contains_key(slot.name.as_str())) {
                    Picked::This(choice) => {
                        known.picks.insert(&slot.name, (choice, pick.as_ref()));
                    }
                    Picked::NothingToPick => {
                        return Some(Next::Ends(Part::plain(wording::all(&pick.nothing_left, &slot_names(running)))));
                    }
                    Picked::NotReadable => return Some(trouble(around, UNEXPECTED)),
                    Picked::NotSaid(offered) => {
                        names.insert("items".to_owned(), offered.join("; "));
                        missing.push(slot);
                    }
                }
                continue;
            }
            From::Pattern { .. } | From::Choice(_) | From::Words {} => {
                if !running.slots.contains_key(slot.name.as_str()) {
                    missing.push(slot);
                }
                continue;
            }
        };
        let record = known.records.get(line.record.as_str()).map_or(&Value::Null, |r| r.1);
        match meant(line, record, texts) {
            Meant::This(amount) => {
                known.amounts.insert(&slot.name, (amount, line.as_ref()));
            }
            Meant::NothingLeft => {
                return Some(Next::Ends(Part::plain(wording::all(&line.nothing_left, &slot_names(running)))));
            }
            Meant::NotReadable => {
                return Some(trouble(around, UNEXPECTED));
            }
            Meant::NotSaid(titles) => {
                names.insert("items".to_owned(), titles.join("; "));
                missing.push(slot);
            }
        }
    }
    let first = *missing.first()?;
    let times = |slot: &Slot| running.asked.get(slot.name.as_str()).copied().unwrap_or(0);
    if times(first) >= MOST_ASKED {
        let said = around.book.file.replies.question_noted.clone();
        let note = format!("The agent asked twice for: {}.", first.name);
        return Some(Next::Ends(Part::noting(said, EscalationReason::SameQuestionTwice, note)));
    }
    let together = ask.together.as_ref().filter(|_| missing.len() == ask.slots.len() && missing.len() > 1);
    let (said, slots): (&Sentences, Vec<&'a Slot>) = match together {
        Some(said) if times(first) == 0 => (said, missing),
        _ if times(first) == 0 => (&first.question, vec![first]),
        _ => (&first.again, vec![first]),
    };
    Some(Next::Ask(wording::all(said, &names), slots.into_iter().map(|s| s.name.as_str()).collect()))
}

fn calls<'a: 's, 's>(
    running: &Running<'a>,
    call: &'a Call,
    around: &Around<'s>,
    known: &mut Known<'s>,
) -> Option<Next<'a>> {
    let Some((arguments, provenance)) = arguments(running, &call.arguments, known) else {
        return Some(trouble(around, "The playbook's read lacks an argument."));
    };
    let mut failures = 0;
    let mine = running.lookups.iter().filter_map(|id| around.actions.get_key_value(id));
    for (id, view) in mine.filter(|(_, v)| v.report.tool == call.tool && v.asked.as_ref() == Some(&arguments)) {
        let phase = view.report.phase;
        if !(around.used)(id) {
            return Some(Next::Waits(Part::plain(call.held.clone())));
        }
        let refused = |reason, note: &str| {
            let said = wording::all(&call.refused_noted, &slot_names(running));
            Some(Next::Ends(Part::noting(said, reason, note)))
        };
        match (phase, &view.report.result) {
            (Phase::Succeeded, Some(record)) => {
                known.records.insert(&call.record, (id, record));
                return None;
            }
            (Phase::Denied, _) => return refused(EscalationReason::Denied, "A rule forbids reading the record."),
            (Phase::Expired, _) => {
                return refused(EscalationReason::ApprovalExpired, "Nobody allowed reading the record in time.");
            }
            (Phase::Rejected | Phase::Withdrawn | Phase::Superseded, _) => {
                return refused(EscalationReason::Denied, "A person refused to have the record read.");
            }
            _ if is_miss(around.book, call, view) => {
                if running.missed == 0 {
                    return Some(Next::Missed(call.missed.clone(), call.forget.iter().map(String::as_str).collect()));
                }
                let said = wording::all(&call.missed_noted, &slot_names(running));
                let note = "What the customer told fits no record, twice.";
                return Some(Next::Ends(Part::noting(said, EscalationReason::SameQuestionTwice, note)));
            }
            _ => failures += 1,
        }
    }
    if failures >= MOST_FAILURES {
        return Some(trouble(around, &format!("{} failed twice.", call.tool)));
    }
    let (tool, whisper) = (call.tool.clone(), running.whisper);
    Some(Next::Propose(Wish {
        tool,
        arguments,
        claim: None,
        provenance,
        whisper,
        receipts: Vec::new(),
        asked_in: None,
        by: None,
    }))
}

fn is_miss(book: &Book, call: &Call, view: &ActionView) -> bool {
    let pattern = book.pattern(&call.miss);
    view.report.phase == Phase::Failed
        && view.report.message.as_ref().zip(pattern).is_some_and(|(message, pattern)| pattern.is_match(message))
}

fn proposes<'a>(running: &Running<'a>, propose: &'a Propose, around: &Around<'_>, known: &Known<'_>) -> Next<'a> {
    if let Some(view) = running.effect.as_ref().and_then(|id| around.actions.get(id)) {
        return Next::Ends(tell::of(propose, view));
    }
    let Some((arguments, provenance)) = arguments(running, &propose.arguments, known) else {
        return trouble(around, "The playbook's proposal lacks an argument.");
    };
    let effects =
        || around.effects.iter().filter_map(|id| around.actions.get(id)).filter(|v| v.report.tool == propose.tool);
    let same = |view: &&ActionView| {
        let asked = view.asked.as_ref();
        propose.once_per.iter().all(|name| asked.and_then(|a| a.get(name)) == arguments.get(name))
    };
    if let Some(part) = effects().filter(same).filter_map(|view| tell::before(propose, view)).next_back() {
        return Next::Ends(part);
    }
    if effects().filter(|v| v.report.phase == Phase::Failed).count() >= MOST_FAILURES {
        return trouble(around, &format!("{} failed twice.", propose.tool));
    }
    let claim = match running.whisper {
        Some(_) => WHISPERED.to_owned(),
        None => wording::filled(&propose.claim, &claim_names(running, known)),
    };
    let (tool, whisper) = (propose.tool.clone(), running.whisper);
    Next::Propose(Wish {
        tool,
        arguments,
        claim: Some(claim),
        provenance,
        whisper,
        receipts: Vec::new(),
        asked_in: None,
        by: None,
    })
}

/// Tells what a record says.
fn tells<'a>(running: &Running<'a>, facts: &Facts, around: &Around<'_>, known: &Known<'_>) -> Next<'a> {
    let Some((_, record)) = known.records.get(facts.record.as_str()) else { return trouble(around, UNEXPECTED) };
    let word = record.pointer(&facts.by).and_then(Value::as_str).unwrap_or(OTHER);
    let Some(said) = facts.says.get(word).or_else(|| facts.says.get(OTHER)) else {
        return trouble(around, UNEXPECTED);
    };
    let mut names = slot_names(running);
    names.extend(wording::at(&facts.names, record));
    Next::Ends(Part::plain(wording::all(said, &names)))
}

/// The arguments of a call with where each came from; `None` if a slot or record is not there.
fn arguments(
    running: &Running<'_>,
    wanted: &BTreeMap<String, Argument>,
    known: &Known<'_>,
) -> Option<(Value, BTreeMap<String, Provenance>)> {
    let mut object = Map::new();
    let mut provenance = BTreeMap::new();
    let record = |name: &str, path: &str, what: String| {
        let (action, _) = known.records.get(name)?;
        Some(Provenance::Record { action: (*action).clone(), path: path.to_owned(), what })
    };
    for (name, argument) in wanted {
        let (value, from) = match argument {
            Argument::Slot(slot) => match (known.amounts.get(slot.as_str()), known.picks.get(slot.as_str())) {
                (Some((amount, line)), _) => {
                    (json!(amount.money.minor), record(&line.record, &amount.path, amount.label.clone())?)
                }
                (None, Some((choice, pick))) => {
                    (json!(choice.value), record(&pick.record, &choice.path, choice.label.clone())?)
                }
                (None, None) => {
                    let filled = running.slots.get(slot.as_str())?;
                    (json!(filled.value), Provenance::Customer { message: filled.message })
                }
            },
            Argument::Record { name, path, what } => {
                let value = known.records.get(name.as_str())?.1.pointer(path)?.clone();
                (value, record(name, path, wording::filled(what, &slot_names(running)))?)
            }
        };
        object.insert(name.clone(), value);
        provenance.insert(name.clone(), from);
    }
    Some((Value::Object(object), provenance))
}

fn slot_names(running: &Running<'_>) -> Names {
    running.slots.iter().map(|(name, filled)| ((*name).to_owned(), filled.label.clone())).collect()
}

fn claim_names(running: &Running<'_>, known: &Known<'_>) -> Names {
    let mut names = slot_names(running);
    for (name, (amount, _)) in &known.amounts {
        names.insert((*name).to_owned(), amount.label.clone());
        names.insert("money".to_owned(), amount.money.to_string());
    }
    names.extend(known.picks.iter().map(|(name, (choice, _))| ((*name).to_owned(), choice.label.clone())));
    names
}
