//! What waits for whoever is signed in, counted.

use crate::desk::Desk;
use crate::lists;
use crate::wire::conversation::FloorSearch;
use crate::wire::error::Problem;
use crate::wire::session::SessionView;
use crate::wire::waits::Waits;

pub(crate) async fn waits(desk: &Desk, session: &SessionView) -> Result<Waits, Problem> {
    let has = |role: &str| session.person.as_ref().is_some_and(|person| person.roles.iter().any(|one| one == role));
    let signed_in = session.person.is_some();
    let decides = signed_in && (session.one_person_mode || has("supervisor"));
    let answers = decides || has("escalation_handler");
    let approvals = lists::approvals(desk).await?;
    let escalations = lists::escalations(&desk.office).await?.rows;
    let one = FloorSearch { first: Some(1), ..FloorSearch::default() };
    let live = lists::conversations(&desk.office, one).await?.live;
    // As the desk tells of them: nobody has taken it, and its clock runs.
    let unanswered = escalations
        .iter()
        .filter(|row| row.taken_by.is_none() && row.escalation.as_ref().is_some_and(|e| e.due.is_some()));
    let of = |may: bool, n: usize| if may && !session.quiet { count(n) } else { 0 };
    Ok(Waits {
        signed_in,
        held: count(approvals.for_you.len()),
        unknown: of(decides, approvals.unknown.len()),
        escalations: of(answers, unanswered.count()),
        live,
        held_of_all: count(approvals.held.len() + approvals.snoozed.len()),
        next_in_ms: approvals.next_in_ms,
    })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
