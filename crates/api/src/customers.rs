//! Customers beyond one conversation: who is meant, how holds and erasures stand, the certificate.

use crate::desk::Desk;
use crate::wire::customer::CustomerView;
use crate::wire::error::Problem;
use crate::wire::people::CustomerOf;
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;

/// The longest id of a customer that is looked up, in characters.
const LONGEST_ID_CHARS: usize = 200;

/// The pseudonym of whoever is meant.
pub(crate) async fn named(desk: &Desk, of: &CustomerOf) -> Result<String, Problem> {
    let gate = &desk.office.gate;
    match of {
        CustomerOf::Id { customer } => {
            let id = customer.trim();
            if id.is_empty() || id.chars().count() > LONGEST_ID_CHARS {
                let why = format!("A customer's id has 1 to {LONGEST_ID_CHARS} characters.");
                return Err(Problem::of_field("customer", why));
            }
            Ok(gate.records().sealing().pseudonym(id))
        }
        CustomerOf::Conversation { conversation } => {
            let id = conversation.parse().map_err(|_| Problem::of_field("id", "There is no such conversation."))?;
            let why = "Nobody knows who this customer is: nobody was signed in, and nothing that was asked for was about \
                       anybody. Name the customer by their id.";
            gate.customer_of(&id).await?.ok_or_else(|| Problem::of_field("customer", why))
        }
    }
}

pub(crate) async fn customer(desk: &Desk, of: &CustomerOf) -> Result<CustomerView, Problem> {
    let gate = &desk.office.gate;
    let named = named(desk, of).await?;
    let state = gate.records().customer(&named).await?;
    let certificate = gate.certificate(&named).await?;
    let (person, _) = gate.records().person(&desk.signer()?.person).await?;
    let may = gate.may(&person, Command::Propose(ChangeKind::EraseCustomer)).await;
    Ok(CustomerView {
        held_since: state.held.map(|at| at.to_string()),
        being_erased: state.order.is_some(),
        certificate_words: certificate.as_ref().map(|certificate| certificate.in_words()),
        certificate,
        may_not_propose: may.err().map(|_| "Compliance proposes holds and erasures.".to_owned()),
    })
}
