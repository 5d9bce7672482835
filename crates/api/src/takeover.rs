//! Taking conversations over, as a desk sees it.

use crate::desk::{Desk, parse};
use crate::office::Office;
use crate::wire::error::Problem;
use countersign_domain::authority::Command;
use countersign_domain::ids::PersonId;
use countersign_gate::Answer;

/// The longest id of its own that a desk gives a reply.
const LONGEST_CLIENT_BYTES: usize = 64;

pub(crate) async fn reply(
    office: &Office,
    conversation: &str,
    by: PersonId,
    text: String,
    seen: u64,
    client: String,
) -> Result<(), Problem> {
    if client.is_empty() || client.len() > LONGEST_CLIENT_BYTES {
        let why = format!("The desk's id of a reply has 1 to {LONGEST_CLIENT_BYTES} bytes.");
        return Err(Problem::of_field("client", why));
    }
    let answer = Answer { conversation: parse(conversation)?, by, text, seen, client };
    office.gate.answer(answer).await?;
    Ok(())
}

/// Why the person at a desk cannot take conversations over.
pub(crate) async fn may_not(desk: &Desk) -> Result<Option<String>, Problem> {
    let signer = desk.signer()?;
    let (person, _) = desk.office.gate.records().person(&signer.person).await?;
    Ok(desk.office.gate.may(&person, Command::TakeOver).await.err().map(|error| Problem::from(error).message))
}
