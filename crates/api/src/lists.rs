//! Queues and transcripts, from the read models.

use crate::away;
use crate::card_view::money;
use crate::desk::Desk;
use crate::held::{Held, is_anothers};
use crate::office::Office;
use crate::people::SignedIn;
use crate::takeover;
use crate::wire::conversation::{
    ConversationFacts, ConversationRow, ConversationState, ConversationsView, Entry, EscalationView, EscalationsView,
    FloorSearch, FoundOnFloor, OpenPromise, PromiseRow, TakenBy, TranscriptEntry, TranscriptView, WhisperHeard,
    WhisperScope,
};
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::queue::{ActionRow, ActionState, ApprovalsView, AskedBy, Delegated, Snoozed, StandIn};
use countersign_domain::authority::{Command, is_own};
use countersign_domain::conversation::{self, ModelCallEnd, REPORTING_CURRENCY};
use countersign_domain::hidden::boxed;
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::person::Person;
use countersign_gate::error::GateError;
use countersign_projections as views;
use countersign_projections::ViewsError;

const MOST_DECIDED: u32 = 50;
/// The first page of the floor.
const FIRST_CONVERSATIONS: u32 = 200;

impl From<ViewsError> for Problem {
    fn from(error: ViewsError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::new(ProblemCode::Unavailable, "The lists cannot be read now. What is stored is not touched; try again.")
    }
}

pub(crate) async fn approvals(desk: &Desk) -> Result<ApprovalsView, Problem> {
    let lists = desk.office.views.approvals(MOST_DECIDED).await?;
    let records = desk.office.gate.records();
    let me = match desk.signer() {
        Ok(signer) => Some((records.person(&signer.person).await?.0, signer)),
        Err(_) => None,
    };
    let own_return = me.as_ref().and_then(|(me, _)| me.away_at(records.now())).map(|away| away.until);
    let Held { held, snoozed, next_in_ms } = Held::now(&desk.office, lists.value.held, own_return).await?;
    let for_you = match &me {
        Some((me, signer)) => for_you(desk, me, signer, &held).await?,
        None => Vec::new(),
    };
    let queued = |rows: Vec<views::ActionRow>| rows.into_iter().map(queue_row).collect();
    let rows = |rows: Vec<views::ActionRow>| rows.into_iter().map(action_row).collect();
    Ok(ApprovalsView {
        as_of: lists.as_of,
        held: queued(held),
        snoozed: queued(snoozed),
        next_in_ms,
        for_you,
        waiting: rows(lists.value.waiting),
        unknown: rows(lists.value.unknown),
        decided: rows(lists.value.decided),
    })
}

/// Which of the held actions wait for whoever sits at this desk.
async fn for_you(
    desk: &Desk,
    person: &Person,
    signer: &SignedIn,
    held: &[views::ActionRow],
) -> Result<Vec<String>, Problem> {
    let gate = &desk.office.gate;
    let Some(key) = person.signing_key(signer.signs.key()) else { return Ok(Vec::new()) };
    // A rule over people that fails hides nothing: the card says what is wrong with it.
    if let Err(GateError::NotAllowed(_)) = gate.may_decide(person, key).await {
        return Ok(Vec::new());
    }
    let staff = gate.records().staff().await?;
    let now = gate.records().now();
    let others = away::told_instead(&desk.office, person).await?;
    let could = |row: &views::ActionRow, person: &PersonId| {
        let signed = row.signers.iter().any(|one| one.person == *person);
        let own = |by: &Option<PersonId>| is_own(by.as_ref(), person, &staff);
        !signed && !own(&row.asker) && !own(&row.whisperer)
    };
    // Whoever is away is told of what nobody else could decide.
    let waits = |row: &&views::ActionRow| {
        could(row, &signer.person)
            && !is_anothers(row, &signer.person, now)
            && !others.iter().any(|other| could(row, other))
    };
    Ok(held.iter().filter(waits).map(|row| row.action.to_string()).collect())
}

pub(crate) async fn conversations(office: &Office, search: FloorSearch) -> Result<ConversationsView, Problem> {
    let wanted = views::FloorSearch {
        states: search.states.into_iter().map(folded_state).collect(),
        intent: search.intent,
        channel: search.channel,
        agent: search.agent,
        team: search.team,
        first: search.first.unwrap_or(FIRST_CONVERSATIONS),
        // What is no id is nobody's conversation.
        besides: search.besides.iter().filter_map(|id| id.parse().ok()).collect(),
    };
    let floor = office.views.floor(wanted).await?;
    let rows = |rows: Vec<views::ConversationRow>| rows.into_iter().map(|row| conversation_row(office, row)).collect();
    let views::Floor { live, needing, found, intents, channels, agents, teams, .. } = floor.value;
    Ok(ConversationsView {
        as_of: floor.as_of,
        live,
        needing,
        found: found.into_iter().map(|(state, count)| FoundOnFloor { state: told_state(state), count }).collect(),
        intents,
        channels,
        agents,
        teams,
        rows: rows(floor.value.rows),
        besides: rows(floor.value.besides),
    })
}

pub(crate) async fn escalations(office: &Office) -> Result<EscalationsView, Problem> {
    let rows = office.views.escalated().await?;
    let mut all: Vec<_> = rows.value.into_iter().map(|row| conversation_row(office, row)).collect();
    // Absolute times in one form: their order as text is their order in time.
    let due = |row: &ConversationRow| match &row.escalation {
        Some(escalation) => escalation.due.clone(),
        None => row.promise.as_ref().and_then(|promise| promise.due.clone()),
    };
    all.sort_by_key(|row| (row.escalation.is_none(), due(row).is_none(), due(row)));
    Ok(EscalationsView { as_of: rows.as_of, rows: all })
}

pub(crate) async fn transcript(desk: &Desk, id: &ConversationId) -> Result<TranscriptView, Problem> {
    let may_not_take = desk.may_not(Command::TakeOver).await?;
    let may_not_whisper = desk.may_not(Command::Whisper).await?;
    let views = &desk.office.views;
    let mut found = views.transcript(id).await?;
    if found.value.is_none() {
        // It may have begun a moment ago: the views follow the log.
        views.reached(desk.office.gate.records().log().size()).await?;
        found = views.transcript(id).await?;
    }
    let Some(transcript) = found.value else {
        return Err(Problem::new(ProblemCode::NotFound, "There is no such conversation here."));
    };
    let facts = transcript.facts;
    let cost = facts.cost.unwrap_or(views::Cost { micros: 0, currency: REPORTING_CURRENCY.to_owned() });
    Ok(TranscriptView {
        as_of: found.as_of,
        row: conversation_row(&desk.office, transcript.row),
        entries: transcript
            .entries
            .into_iter()
            .map(|e| TranscriptEntry { position: e.position, at: e.at.to_string(), entry: entry(e.entry) })
            .collect(),
        promises: transcript.promises.into_iter().map(promise).collect(),
        resolutions: takeover::resolutions(),
        within: transcript.within.map(|within| within.to_string()),
        facts: ConversationFacts {
            opened_at: facts.opened_at.to_string(),
            first_reply_ms: facts.first_reply_ms,
            turns: facts.turns,
            reasoner: facts.reasoner,
            cost_micros: cost.micros,
            currency: cost.currency,
        },
        may_not_take,
        may_not_whisper,
    })
}

fn entry(entry: views::Entry) -> Entry {
    match entry {
        views::Entry::Customer { text, masked } => Entry::Customer { text: text.map(|t| boxed(&t)), masked },
        views::Entry::Agent { agent, text } => Entry::Agent { agent, text: text.map(|t| boxed(&t)) },
        views::Entry::Person { person, text } => {
            Entry::Person { person: person.map(|name| boxed(&name)), text: text.map(|t| boxed(&t)) }
        }
        views::Entry::Action(row) => Entry::Action {
            tool: row.tool.clone(),
            headline: row.headline.clone().map(|h| boxed(&h)),
            effect: row.effect.name().to_owned(),
            took_ms: row.took_ms,
            row: Box::new(action_row(*row)),
        },
        views::Entry::Escalated { reason, note, pulled_by, pulled_by_name } => Entry::Escalated {
            reason,
            note: note.filter(|note| !note.is_empty()).map(|note| boxed(&note)),
            pulled_by: pulled_by
                .map(|person| TakenBy { person: person.to_string(), name: pulled_by_name.map(|name| boxed(&name)) }),
        },
        views::Entry::TakenOver { person } => Entry::TakenOver { person: person.map(|name| boxed(&name)) },
        views::Entry::HandedBack { person } => Entry::HandedBack { person: person.map(|name| boxed(&name)) },
        views::Entry::Whispered { person, text, whisper } => Entry::Whispered {
            person: person.map(|name| boxed(&name)),
            text: text.map(|text| boxed(&text)),
            scope: match whisper.scope {
                conversation::WhisperScope::NextReply => WhisperScope::NextReply,
                conversation::WhisperScope::Conversation => WhisperScope::Conversation,
            },
            heard: match whisper.heard {
                views::Heard::NotYet => WhisperHeard::NotYet,
                views::Heard::Followed => WhisperHeard::Followed,
                views::Heard::NotFollowed => WhisperHeard::NotFollowed,
                views::Heard::Never => WhisperHeard::Never,
            },
            note: whisper.note.map(|note| boxed(&note)),
        },
        views::Entry::Relayed { agent, text, told } => Entry::Relayed {
            agent,
            speaker: told.speaker,
            text: text.map(|text| boxed(&text)),
            masked: told.masked,
            said_at: told.said_at.map(|at| at.to_string()),
            from_span: told.from_span,
        },
        views::Entry::Step { name, step } => Entry::Step {
            operation: step.operation,
            name: name.map(|name| boxed(&name)),
            tokens_in: step.tokens_in,
            tokens_out: step.tokens_out,
            took_ms: step.took_ms,
            failed: step.failed,
        },
        views::Entry::ModelCall { call } => Entry::ModelCall {
            step: call.step,
            provider: call.provider,
            model: call.model,
            prompt: call.prompt,
            answered: call.end == ModelCallEnd::Answered,
            end: call.end.in_words().to_owned(),
            tokens_in: call.tokens.read,
            tokens_cached: call.tokens.cached,
            tokens_out: call.tokens.written,
            counted: call.counted,
            cost_micros: call.cost_micros,
            currency: call.currency,
            took_ms: call.took_ms,
        },
        views::Entry::Promised { number } => Entry::Promised { number },
        views::Entry::PromiseKept { number } => Entry::PromiseKept { number },
        views::Entry::Resolved { person, code, note } => {
            Entry::Resolved { person: person.map(|name| boxed(&name)), code, note: note.map(|note| boxed(&note)) }
        }
        views::Entry::Closed { reason } => Entry::Closed { reason },
        views::Entry::Reopened => Entry::Reopened,
        views::Entry::Rated { score } => Entry::Rated { score },
        views::Entry::SignInAsked { address } => Entry::SignInAsked { address: address.map(|a| boxed(&a)) },
        views::Entry::SignInFailed { reason } => Entry::SignInFailed { reason },
        views::Entry::SignedIn { name } => Entry::SignedIn { name: name.map(|name| boxed(&name)) },
    }
}

fn promise(row: views::PromiseRow) -> PromiseRow {
    PromiseRow {
        number: row.number,
        person: row.person.map(|name| boxed(&name)),
        text: row.text.map(|text| boxed(&text)),
        due: row.due.map(|at| at.to_string()),
        kept_at: row.kept_at.map(|at| at.to_string()),
        kept_by: row.kept_by.map(|name| boxed(&name)),
    }
}

fn told_state(state: views::ConversationState) -> ConversationState {
    match state {
        views::ConversationState::Unknown => ConversationState::Unknown,
        views::ConversationState::Escalated => ConversationState::Escalated,
        views::ConversationState::Held => ConversationState::Held,
        views::ConversationState::Person => ConversationState::Person,
        views::ConversationState::Agent => ConversationState::Agent,
        views::ConversationState::Customer => ConversationState::Customer,
        views::ConversationState::Closed => ConversationState::Closed,
    }
}

fn folded_state(state: ConversationState) -> views::ConversationState {
    match state {
        ConversationState::Unknown => views::ConversationState::Unknown,
        ConversationState::Escalated => views::ConversationState::Escalated,
        ConversationState::Held => views::ConversationState::Held,
        ConversationState::Person => views::ConversationState::Person,
        ConversationState::Agent => views::ConversationState::Agent,
        ConversationState::Customer => views::ConversationState::Customer,
        ConversationState::Closed => views::ConversationState::Closed,
    }
}

pub(crate) fn conversation_row(office: &Office, row: views::ConversationRow) -> ConversationRow {
    ConversationRow {
        conversation: row.conversation.to_string(),
        channel: row.channel,
        agent: row.agent,
        customer: row.customer.map(|name| boxed(&name)),
        erased: row.erased,
        assurance: row.assurance.name().to_owned(),
        intent: row.intent,
        state: told_state(row.state),
        taken_by: row
            .taken_by
            .map(|person| TakenBy { person: person.to_string(), name: row.taken_by_name.map(|name| boxed(&name)) }),
        escalation: row.escalation.map(|escalation| EscalationView {
            reason: escalation.reason.in_words().to_owned(),
            at: escalation.at.to_string(),
            due: (!escalation.answered).then(|| office.reply_times.due(escalation.reason, escalation.at).to_string()),
        }),
        promise: row.promise.map(|promise| OpenPromise {
            text: promise.text.map(|text| boxed(&text)),
            due: promise.due.map(|at| at.to_string()),
            open: promise.open,
        }),
        line: row.line.map(|line| boxed(&line)).unwrap_or_default(),
        deadline: row.deadline.map(|at| at.to_string()),
        since: row.since.to_string(),
    }
}

/// An action as its conversation's transcript has it.
pub(crate) async fn action(
    office: &Office,
    conversation: &ConversationId,
    action: &ActionId,
) -> Result<Option<views::ActionRow>, Problem> {
    let transcript = office.views.transcript(conversation).await?.value;
    let mut entries = transcript.into_iter().flat_map(|transcript| transcript.entries);
    Ok(entries.find_map(|entry| match entry.entry {
        views::Entry::Action(row) if row.action == *action => Some(*row),
        _ => None,
    }))
}

/// One action outside of the queue, where nobody looks up who stands in for whom it was handed to.
pub(crate) fn action_row(mut row: views::ActionRow) -> ActionRow {
    if let Some(delegated) = &mut row.delegated {
        delegated.away = None;
    }
    queue_row(row)
}

fn queue_row(row: views::ActionRow) -> ActionRow {
    let signed = (row.state == views::ActionState::Held && !row.signers.is_empty())
        .then(|| format!("{} of {} signed", row.signers.len(), row.needed));
    ActionRow {
        action: row.action.to_string(),
        conversation: row.conversation.to_string(),
        seen_in: row.seen_in.to_string(),
        channel: row.channel,
        agent: row.agent,
        tool: row.tool,
        effect: row.effect,
        noun: row.noun,
        money: row.money.map(money),
        customer: row.customer.map(|name| boxed(&name)),
        erased: row.erased,
        object: row.object.map(|object| boxed(&object)),
        state: state(row.state),
        proposed_at: row.proposed_at.to_string(),
        deadline: row.deadline.map(|at| at.to_string()),
        snoozed: row.snoozed.map(|it| Snoozed { until: it.until.to_string(), by: it.by.map(|name| boxed(&name)) }),
        delegated: row.delegated.map(|it| Delegated {
            taken: it.by.as_ref() == Some(&it.to),
            to: it.to.to_string(),
            name: it.name.map(|name| boxed(&name)),
            by: it.by_name.map(|name| boxed(&name)),
            away: it.away.map(stand_in),
        }),
        changed_at: row.changed_at.to_string(),
        contradictions: row.contradictions,
        asked_by: row
            .asker
            .map(|person| AskedBy { person: person.to_string(), name: row.asked_by.map(|name| boxed(&name)) }),
        decided_by: row.signers.last().map(|s| s.name.clone().unwrap_or_else(|| "Erased".to_owned())),
        remark: signed.or(row.remark).map(|remark| boxed(&remark)),
    }
}

fn stand_in(away: views::Away) -> StandIn {
    let named = |it: views::Deputy| TakenBy { person: it.person.to_string(), name: it.name.map(|name| boxed(&name)) };
    StandIn { until: away.until.to_string(), deputy: away.deputy.map(named) }
}

fn state(state: views::ActionState) -> ActionState {
    use views::ActionState as From;
    match state {
        From::Proposed => ActionState::Proposed,
        From::Allowed => ActionState::Allowed,
        From::Held => ActionState::Held,
        From::Denied => ActionState::Denied,
        From::Approved => ActionState::Approved,
        From::Waiting => ActionState::Waiting,
        From::Rejected => ActionState::Rejected,
        From::Expired => ActionState::Expired,
        From::Withdrawn | From::Superseded => ActionState::Withdrawn,
        From::Started => ActionState::Started,
        From::Succeeded => ActionState::Succeeded,
        From::Failed => ActionState::Failed,
        From::Unknown => ActionState::Unknown,
        From::SettledHappened => ActionState::SettledHappened,
        From::SettledCompensated => ActionState::SettledCompensated,
        From::SettledDidNotHappen => ActionState::SettledDidNotHappen,
    }
}
