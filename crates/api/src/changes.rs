//! Changes at a desk: proposed and signed in one go by whoever wants them, countersigned by a second person.

use crate::office::Office;
use crate::people::SignedIn;
use crate::wire::error::Problem;
use countersign_domain::change::{CHANGE_STATEMENT_TYPE, Change, ChangeStatement};
use countersign_domain::event::Fields;
use countersign_gate::changes::{ChangeRecord, ChangeStored};

/// Proposes a change and signs it first.
pub(crate) async fn propose(
    office: &Office,
    signer: &SignedIn,
    what: Change,
    sealed: Fields,
) -> Result<ChangeStored, Problem> {
    let record = office.gate.propose_change(&signer.person, what, sealed).await?;
    sign(office, signer, &record).await
}

/// Signs a change as it was read.
pub(crate) async fn sign(office: &Office, signer: &SignedIn, record: &ChangeRecord) -> Result<ChangeStored, Problem> {
    let change = &record.change;
    let statement = ChangeStatement {
        r#type: CHANGE_STATEMENT_TYPE.to_owned(),
        log: office.gate.records().log().id(),
        change: change.proposed.id.clone(),
        proposal: change.proposal,
        digest: change.digest.clone(),
        which: change.next_signature(),
        of: change.proposed.of,
        person: signer.person.clone(),
        key: signer.key.id().clone(),
        at: office.gate.records().now(),
    };
    let signature = hex::encode(signer.key.sign(&statement.to_bytes()));
    Ok(office.gate.sign_change(statement, signature).await?)
}
