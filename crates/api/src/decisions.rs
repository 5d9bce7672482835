//! The signing side: it recomputes every digest from the very data that it handed to the window, and signs nothing
//! else. Whatever the window says of a card but its digest is not listened to.

use crate::card_view;
use crate::desk::Desk;
use crate::office::Office;
use crate::people::{self, SignedIn};
use crate::signing::Signs;
use crate::wire::device::ToSign;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::queue::{Choice, DecisionReceipt, DecisionRequest, Password};
use countersign_domain::action::{
    ActionBytes, ActionError, Choice as Decision, DecisionStatement, STATEMENT_TYPE, StepUp, action_digest,
};
use countersign_domain::ids::ActionId;
use countersign_domain::person::KeyKind;
use countersign_domain::time::Timestamp;
use countersign_gate::card::Card;
use countersign_gate::error::GateError;
use countersign_gate::{SignedDecision, SigningMaterial};
use serde_json::Value;
use std::sync::Arc;

/// A card as it was handed to the window, with what the signing side alone knows.
pub(crate) struct Handed {
    pub(crate) card: Card,
    pub(crate) material: SigningMaterial,
    /// Since when this very card is at this desk.
    pub(crate) since: Timestamp,
}

impl Handed {
    /// How long it was looked at: as long as the desk says, and never longer than it had it.
    fn looked_ms(&self, claimed: u64, now: Timestamp) -> u64 {
        claimed.min(u64::try_from(now.millis_since(self.since)).unwrap_or(0))
    }

    fn digest_of(&self, arguments: &Value) -> String {
        let proposed = &self.material.action.proposed;
        action_digest(&ActionBytes {
            tool: proposed.tool.clone(),
            server: proposed.server.clone(),
            definition: proposed.definition.clone(),
            arguments: arguments.clone(),
            salt: self.material.salt.clone(),
        })
    }
}

fn look_again() -> Problem {
    Problem::new(
        ProblemCode::CardChanged,
        "This card was not what this desk was shown last. Nothing was decided; look again.",
    )
}

/// What comes too late is told who was first, where a person was.
pub(crate) async fn by_whom(office: &Office, id: &ActionId, why: GateError, nothing: &str) -> Problem {
    let late = matches!(why, GateError::Moved | GateError::Action(ActionError::WrongPhase { .. }));
    if late
        && let Ok(record) = office.gate.records().action(id).await
        && record.action.phase.is_behind_a_decision()
        && let Ok(Some(decision)) = card_view::decision(office, &record).await
    {
        let did = match decision.decision.as_str() {
            "approve" => "approved",
            "override" => "overridden",
            _ => "rejected",
        };
        let message = format!("This was already {did} by {}. {nothing}", decision.person);
        return Problem::new(ProblemCode::NoLongerHeld, message);
    }
    Problem::from(why)
}

/// The key of whoever sits here, opened by their password for this one signature. A station's own key is nobody's to open so.
async fn opened_again(desk: &Desk, signer: &Arc<SignedIn>, password: Option<Password>) -> Result<Signs, Problem> {
    let password = password.filter(|_| desk.held == KeyKind::Device).ok_or_else(Problem::step_up_needed)?;
    let key = people::opened_again(&desk.office, desk.held, signer, password.0).await?;
    // Nothing is signed for whoever has left meanwhile.
    if !Arc::ptr_eq(&desk.signer()?, signer) {
        return Err(Problem::sign_in_needed());
    }
    Ok(Signs::Here(Box::new(key)))
}

pub(crate) async fn decide(desk: &Desk, request: DecisionRequest) -> Result<DecisionReceipt, Problem> {
    let signer = desk.signer()?;
    let id: ActionId = request.action.parse().map_err(|_| look_again())?;
    let handed = desk.handed(&id).ok_or_else(look_again)?;
    let card_digest = handed.card.digest();
    let shown = handed.digest_of(&handed.material.arguments);
    if card_digest != request.card_digest || shown != handed.card.digest {
        return Err(look_again());
    }
    let gate = &desk.office.gate;
    let action = &handed.material.action;
    let next = u8::try_from(action.approvals.len()).unwrap_or(u8::MAX).saturating_add(1);
    let mut signed_arguments = None;
    let of_all = action.signatures_needed();
    let (decision, digest_decided, which, of, words, step_up) = match request.choice {
        Choice::Approve => (Decision::Approve, shown, next, of_all, None, action.asks_step_up()),
        Choice::Reject { guidance } => (Decision::Reject, shown, next, of_all, Some(guidance), false),
        Choice::Override { arguments, why } => {
            let judged = gate.judge_override(&id, &arguments).await?;
            let (of, step_up) =
                judged.verdict.map_or((1, false), |verdict| (verdict.approvers.max(1), verdict.step_up));
            let digest = handed.digest_of(&arguments);
            signed_arguments = Some(arguments);
            (Decision::Override, digest, 1, of, Some(why), step_up)
        }
    };
    let again = match &signer.signs {
        Signs::Here(_) if step_up => Some(opened_again(desk, &signer, request.password).await?),
        // A device signs that its person has typed it only where they have, there.
        _ => None,
    };
    let statement = DecisionStatement {
        r#type: STATEMENT_TYPE.to_owned(),
        log: gate.records().log().id(),
        action: id.clone(),
        proposal: action.proposal,
        digest_proposed: action.proposed.digest.clone(),
        digest_decided,
        decision,
        which,
        of,
        policy_version: handed.card.policy_version.clone(),
        definition: action.proposed.definition.clone(),
        card: card_digest,
        person: signer.person.clone(),
        key: signer.signs.key().clone(),
        at: gate.records().now(),
        step_up: step_up.then_some(StepUp::Password),
    };
    let looked_ms = handed.looked_ms(request.looked_ms, gate.records().now());
    let to_sign = ToSign::Decision {
        statement: Box::new(statement.clone()),
        server: action.proposed.server.clone(),
        salt: handed.material.salt.clone(),
    };
    let signature = again.as_ref().unwrap_or(&signer.signs).sign(to_sign).await?;
    let signed = SignedDecision { statement, signature, arguments: signed_arguments, words, looked_ms };
    let stored = match gate.decide(signed).await {
        Ok(stored) => stored,
        Err(why) => return Err(by_whom(&desk.office, &id, why, "Your decision was not recorded.").await),
    };
    Ok(DecisionReceipt { position: stored.position, state: card_view::state(stored.phase) })
}
