//! What is told of an effect: exactly where it stands, and never a word that a colleague wrote for the agent.

use super::file::Propose;
use super::wording;
use crate::dialogue::ActionView;
use countersign_domain::action::{Phase, SettledHow};
use countersign_domain::conversation::EscalationReason;
use countersign_domain::ids::ActionId;

/// Something to say, with what hangs on it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Part {
    pub(super) sentences: Vec<String>,
    pub(super) claims: Vec<ActionId>,
    pub(super) escalate: Option<(EscalationReason, String)>,
}

impl Part {
    pub(super) fn plain(sentences: Vec<String>) -> Self {
        Self { sentences, ..Self::default() }
    }

    pub(super) fn noting(sentences: Vec<String>, reason: EscalationReason, note: impl Into<String>) -> Self {
        Self { sentences, claims: Vec::new(), escalate: Some((reason, note.into())) }
    }
}

/// Where an effect stands now.
pub(super) fn of(propose: &Propose, view: &ActionView) -> Part {
    let tell = &propose.tell;
    let report = &view.report;
    let escalates = |reason, note: &str| Some((reason, format!("{note} Action {}.", report.action)));
    if let Some(done) = report.done_already() {
        let sentences = wording::all(&tell.done_before, &wording::of_action(propose, view));
        return Part { sentences, claims: vec![done.clone()], escalate: None };
    }
    let (sentences, happened, escalate) = match report.phase {
        Phase::Proposed | Phase::Allowed | Phase::Held | Phase::Approved | Phase::Waiting | Phase::Started => {
            (&tell.held, false, None)
        }
        Phase::Succeeded | Phase::Settled(SettledHow::Happened) if view.is_changed() => (&tell.overridden, true, None),
        Phase::Succeeded | Phase::Settled(SettledHow::Happened) => (&tell.succeeded, true, None),
        Phase::Rejected => (&tell.rejected, false, None),
        Phase::Denied => {
            (&tell.denied, false, escalates(EscalationReason::Denied, "A rule forbids what was asked for."))
        }
        Phase::Expired => {
            let note = "Nobody decided in time; nothing was done.";
            (&tell.expired, false, escalates(EscalationReason::ApprovalExpired, note))
        }
        Phase::Withdrawn | Phase::Superseded => (&tell.withdrawn, false, None),
        Phase::Failed => (&tell.failed, false, None),
        Phase::Unknown => {
            let note = "It may have happened; the customer waits for certainty.";
            (&tell.unknown, false, escalates(EscalationReason::OutcomeUnknown, note))
        }
        Phase::Settled(SettledHow::DidNotHappen) => (&tell.did_not_happen, false, None),
        Phase::Settled(SettledHow::Compensated) => (&tell.compensated, false, None),
    };
    let claims = if happened { vec![report.action.clone()] } else { Vec::new() };
    Part { sentences: wording::all(sentences, &wording::of_action(propose, view)), claims, escalate }
}

/// The answer to the same wish again: `None` if it may be asked for again, for it certainly did not happen and nobody
/// refused it.
pub(super) fn before(propose: &Propose, view: &ActionView) -> Option<Part> {
    let tell = &propose.tell;
    let say = |sentences: &Vec<String>| wording::all(sentences, &wording::of_action(propose, view));
    if let Some(done) = view.report.done_already() {
        return Some(Part { sentences: say(&tell.done_before), claims: vec![done.clone()], escalate: None });
    }
    match view.report.phase {
        Phase::Succeeded | Phase::Settled(SettledHow::Happened | SettledHow::Compensated) => {
            let claims = match view.report.phase {
                Phase::Settled(SettledHow::Compensated) => Vec::new(),
                _ => vec![view.report.action.clone()],
            };
            Some(Part { sentences: say(&tell.done_before), claims, escalate: None })
        }
        Phase::Rejected | Phase::Denied | Phase::Expired => Some(Part::plain(say(&tell.refused_before))),
        Phase::Unknown => Some(Part::plain(say(&tell.unknown))),
        Phase::Failed | Phase::Settled(SettledHow::DidNotHappen) | Phase::Withdrawn | Phase::Superseded => None,
        Phase::Proposed | Phase::Allowed | Phase::Held | Phase::Approved | Phase::Waiting | Phase::Started => {
            Some(Part::plain(say(&tell.held)))
        }
    }
}
