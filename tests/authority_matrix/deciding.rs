//! Decisions on held actions.

use crate::house::{House, Somebody, refusal};
use crate::{Row, SIGNATURES, signature};
use countersign_domain::action::{ActionBytes, Choice, DecisionStatement, Phase, STATEMENT_TYPE, action_digest};
use countersign_domain::conversation::{Assurance, Reasoner};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::person::{KeyKind, Role};
use countersign_gate::SignedDecision;
use countersign_gate::error::GateError;
use countersign_gate::proposal::Proposal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ASSURANCES: [Assurance; 3] = [Assurance::Anonymous, Assurance::Claimed, Assurance::Verified];
/// Waits for one; for two; for two, of whom one has signed in a browser; for two, and they have signed; decided already.
const STATES: [&str; 5] =
    ["held", "held for two", "held for two, one signed in a browser", "held for two, they signed", "decided"];
const CHOICES: [(Choice, &str); 3] =
    [(Choice::Approve, "approve"), (Choice::Override, "override"), (Choice::Reject, "reject")];

pub(crate) async fn rows(house: &House, role: Role) -> Vec<Row> {
    let mut rows = Vec::new();
    for assurance in ASSURANCES {
        for state in STATES {
            for (choice, command) in CHOICES {
                for kind in SIGNATURES {
                    let id = action(house, house.of(role), assurance, state).await;
                    let verdict = match decide(house, house.of(role), kind, &id, choice).await {
                        Ok(Phase::Held) => "yes, and another must sign".to_owned(),
                        Ok(_) => "yes".to_owned(),
                        Err(error) => refusal(&error),
                    };
                    let (command, assurance) = (command.to_owned(), assurance.name());
                    let signature = signature(kind);
                    rows.push(Row { role: role.name(), command, state, assurance, signature, verdict });
                }
            }
        }
    }
    rows
}

/// A refund whose outcome nobody knows.
pub(crate) async fn unknown(house: &House) -> ActionId {
    let id = refund(house, &conversation(house, Assurance::Claimed).await, 12_900, "lost").await;
    decide(house, &house.first, KeyKind::Device, &id, Choice::Approve).await.unwrap();
    loop {
        let size = house.log.size();
        if house.gate.report(&id).await.unwrap().phase == Phase::Unknown {
            return id;
        }
        house.log.grown_beyond(size).await;
    }
}

/// A refund that stands in this state.
async fn action(house: &House, who: &Somebody, assurance: Assurance, state: &str) -> ActionId {
    let conversation = conversation(house, assurance).await;
    let id = refund(house, &conversation, if state.contains("two") { 60_000 } else { 12_900 }, "damaged").await;
    match state {
        "held for two, one signed in a browser" => {
            decide(house, &house.joins(Role::Supervisor).await, KeyKind::Station, &id, Choice::Approve).await.unwrap();
        }
        // Whose role decides nothing has not.
        "held for two, they signed" => drop(decide(house, who, KeyKind::Device, &id, Choice::Approve).await),
        "decided" => {
            decide(house, &house.first, KeyKind::Device, &id, Choice::Reject).await.unwrap();
        }
        _ => {}
    }
    id
}

pub(crate) async fn conversation(house: &House, assurance: Assurance) -> ConversationId {
    let subject = (assurance == Assurance::Verified).then_some("C-2001");
    let records = house.gate.records();
    records.open_conversation("chat", assurance, Some("Ana Ruiz"), subject, String::new()).await.unwrap().0
}

/// Everybody has an order of their own, so that no refund stands beside another one.
fn arguments(order: &str, minor: i64, reason: &str) -> Value {
    json!({"order_number": order, "amount_minor": minor, "currency": "EUR", "reason": reason})
}

pub(crate) async fn refund(house: &House, conversation: &ConversationId, minor: i64, reason: &str) -> ActionId {
    let seen = house.gate.records().conversation(conversation).await.unwrap().0.version;
    let proposal = Proposal {
        conversation: conversation.clone(),
        seen,
        agent: "refunds".into(),
        reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
        tool: "crm.issue_refund".into(),
        arguments: arguments(conversation.as_str(), minor, reason).to_string(),
        claim: None,
        provenance: BTreeMap::new(),
        whisper: None,
        asked_in: None,
        receipts: Vec::new(),
    };
    house.gate.propose(proposal).await.unwrap().action
}

pub(crate) async fn decide(
    house: &House,
    who: &Somebody,
    kind: KeyKind,
    id: &ActionId,
    choice: Choice,
) -> Result<Phase, GateError> {
    let (card, material) = house.gate.card_to_sign(id).await?;
    let action = &material.action;
    let key = who.key(kind);
    let next = u8::try_from(action.approvals.len()).unwrap() + 1;
    let mut signed = SignedDecision {
        statement: DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: house.log.id(),
            action: id.clone(),
            proposal: action.proposal,
            digest_proposed: action.proposed.digest.clone(),
            digest_decided: card.digest.clone(),
            decision: choice,
            which: next,
            of: action.signatures_needed(),
            policy_version: card.policy_version.clone(),
            definition: action.proposed.definition.clone(),
            card: card.digest(),
            person: who.id.clone(),
            key: key.id().clone(),
            at: house.gate.records().now(),
            step_up: None,
        },
        signature: String::new(),
        arguments: None,
        words: Some("Because.".into()),
        looked_ms: 2_000,
    };
    if choice == Choice::Override {
        // Less, and still above what needs as many people as the proposal.
        let minor = action.money.as_ref().unwrap().minor - 1_000;
        let values = arguments(action.proposed.conversation.as_str(), minor, "damaged");
        let judged = house.gate.judge_override(id, &values).await?;
        signed.statement.digest_decided = action_digest(&ActionBytes {
            tool: action.proposed.tool.clone(),
            server: action.proposed.server.clone(),
            definition: action.proposed.definition.clone(),
            arguments: values.clone(),
            salt: material.salt.clone(),
        });
        signed.statement.which = 1;
        signed.statement.of = judged.verdict.map_or(1, |verdict| verdict.approvers.max(1));
        signed.arguments = Some(values);
    }
    signed.signature = key.sign(&signed.statement.to_bytes());
    Ok(house.gate.decide(signed).await?.phase)
}
