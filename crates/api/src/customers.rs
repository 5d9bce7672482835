//! Customers beyond one conversation: who is meant, how holds and erasures stand, the certificate.

use crate::change_view;
use crate::desk::Desk;
use crate::lists;
use crate::office::Office;
use crate::wire::customer::{CustomerView, ErasureAhead, ProposedAbout};
use crate::wire::error::Problem;
use crate::wire::people::CustomerOf;
use crate::wire::queue::ActionRow;
use countersign_domain::authority::Command;
use countersign_domain::change::{Change, ChangeKind};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_gate::changes::ChangeRecord;

/// The longest id of a customer that is looked up, in characters.
const LONGEST_ID_CHARS: usize = 200;
/// Where the proposal of a change about a customer says in which conversation they were found.
const FOUND_IN: &str = "conversation";
const NOBODY: &str = "Nobody knows who this customer is: nobody was signed in, and nothing that was asked for was about \
                      anybody.";

/// The pseudonym of whoever is meant, if anybody knows who it is.
async fn known(desk: &Desk, of: &CustomerOf) -> Result<Option<String>, Problem> {
    let gate = &desk.office.gate;
    match of {
        CustomerOf::Id { customer } => {
            let id = customer.trim();
            if id.is_empty() || id.chars().count() > LONGEST_ID_CHARS {
                let why = format!("A customer's id has 1 to {LONGEST_ID_CHARS} characters.");
                return Err(Problem::of_field("customer", why));
            }
            Ok(Some(gate.records().sealing().pseudonym(id)))
        }
        CustomerOf::Conversation { conversation } => {
            let id = conversation.parse().map_err(|_| Problem::of_field("id", "There is no such conversation."))?;
            Ok(gate.customer_of(&id).await?)
        }
    }
}

/// The pseudonym of whoever is meant.
pub(crate) async fn named(desk: &Desk, of: &CustomerOf) -> Result<String, Problem> {
    known(desk, of).await?.ok_or_else(|| Problem::of_field("customer", NOBODY))
}

/// What the proposal of a change about a customer keeps of where they were found, for whoever signs second.
pub(crate) fn found_in(of: &CustomerOf) -> Option<(&'static str, &str)> {
    match of {
        CustomerOf::Conversation { conversation } => Some((FOUND_IN, conversation)),
        CustomerOf::Id { .. } => None,
    }
}

/// The conversation in which the customer of a change was found, as long as it is theirs.
pub(crate) async fn conversation_of(office: &Office, record: &ChangeRecord) -> Result<Option<ConversationId>, Problem> {
    let Some(customer) = about(&record.change.proposed.what) else { return Ok(None) };
    let said = record.sealed().and_then(|sealed| sealed.get(FOUND_IN)?.as_str());
    let Some(id) = said.and_then(|id| id.parse().ok()) else { return Ok(None) };
    Ok((office.gate.customer_of(&id).await?.as_deref() == Some(customer)).then_some(id))
}

fn about(what: &Change) -> Option<&str> {
    match what {
        Change::EraseCustomer { customer } | Change::PlaceHold { customer } | Change::LiftHold { customer } => {
            Some(customer)
        }
        _ => None,
    }
}

pub(crate) async fn customer(desk: &Desk, of: &CustomerOf) -> Result<CustomerView, Problem> {
    let (office, gate) = (&desk.office, &desk.office.gate);
    let Some(named) = known(desk, of).await? else { return Ok(nobody()) };
    let state = gate.records().customer(&named).await?;
    let certificate = gate.certificate(&named).await?;
    let (person, _) = gate.records().person(&desk.signer()?.person).await?;
    let may = gate.may(&person, Command::Propose(ChangeKind::EraseCustomer)).await;
    let mut proposed = Vec::new();
    for record in gate.waiting_changes().await? {
        let what = &record.change.proposed.what;
        if about(what) == Some(&named) {
            let by = change_view::name_of(office, &record.change.proposed.by).await?;
            proposed.push(ProposedAbout { kind: what.kind().name().to_owned(), by });
        }
    }
    let mut waits_for = Vec::new();
    if state.order.is_some() {
        for action in gate.erasure_waits_for(&named) {
            let conversation = gate.records().action(&action).await?.action.proposed.conversation;
            waits_for.extend(lists::action(office, &conversation, &action).await?.map(lists::action_row));
        }
    }
    Ok(CustomerView {
        nobody: None,
        held_since: state.held.map(|at| at.to_string()),
        being_erased: state.order.is_some(),
        waits_for,
        proposed,
        certificate_words: certificate.as_ref().map(|certificate| certificate.in_words()),
        certificate,
        may_not_propose: may.err().map(|_| "Compliance proposes holds and erasures.".to_owned()),
    })
}

fn nobody() -> CustomerView {
    CustomerView {
        nobody: Some(NOBODY.to_owned()),
        held_since: None,
        being_erased: false,
        waits_for: Vec::new(),
        proposed: Vec::new(),
        certificate: None,
        certificate_words: None,
        may_not_propose: None,
    }
}

pub(crate) async fn ahead(desk: &Desk, of: &CustomerOf) -> Result<ErasureAhead, Problem> {
    let office = &desk.office;
    let ahead = office.gate.erasure_ahead(&named(desk, of).await?).await?;
    Ok(ErasureAhead {
        conversations: u32::try_from(ahead.conversations.len()).unwrap_or(u32::MAX),
        live: ahead.live,
        parts: ahead.parts,
        taken_back: rows(office, &ahead.taken_back).await?,
        waits_for: rows(office, &ahead.waits_for).await?,
        remains: ahead.remains,
    })
}

async fn rows(office: &Office, actions: &[(ConversationId, ActionId)]) -> Result<Vec<ActionRow>, Problem> {
    let mut rows = Vec::new();
    for (conversation, action) in actions {
        rows.extend(lists::action(office, conversation, action).await?.map(lists::action_row));
    }
    Ok(rows)
}
