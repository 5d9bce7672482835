//! An unknown outcome, as people settle it: who may, from when on, and what is proposed already.

use crate::change_view;
use crate::desk::Desk;
use crate::wire::error::Problem;
use crate::wire::queue::{SettlementProposed, SettlingView};
use countersign_domain::action::{Phase, SettledHow};
use countersign_domain::authority::Command;
use countersign_domain::change::{Change, ChangeKind};
use countersign_gate::error::GateError;
use countersign_gate::records::ActionRecord;

/// How it stands with settling this action; `None` unless its outcome is unknown.
pub(crate) async fn view(desk: &Desk, record: &ActionRecord) -> Result<Option<SettlingView>, Problem> {
    let action = &record.action;
    if action.phase != Phase::Unknown {
        return Ok(None);
    }
    let (office, gate) = (&desk.office, &desk.office.gate);
    let (person, _) = gate.records().person(&desk.signer()?.person).await?;
    let may_not_propose = match gate.may(&person, Command::Propose(ChangeKind::Settle)).await {
        Ok(()) => None,
        Err(GateError::NotAllowed(_)) => Some("A supervisor says what became of it.".to_owned()),
        Err(why) => Some(format!("{why}.")),
    };
    let mut proposed = None;
    for waiting in gate.waiting_changes().await? {
        if let Change::Settle { action: about, how } = &waiting.change.proposed.what
            && *about == action.proposed.action
        {
            let by = change_view::name_of(office, &waiting.change.proposed.by).await?;
            proposed = Some(SettlementProposed { how: name(*how).to_owned(), by });
        }
    }
    let from = gate.settles_from(action).filter(|from| gate.records().now() < *from);
    Ok(Some(SettlingView { may_not_propose, from: from.map(|at| at.to_string()), proposed }))
}

fn name(how: SettledHow) -> &'static str {
    match how {
        SettledHow::Happened => "happened",
        SettledHow::DidNotHappen => "did_not_happen",
        SettledHow::Compensated => "compensated",
    }
}
