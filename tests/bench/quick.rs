//! Tool servers within the process, which answer at once: where what is measured is the gate and the log.

use crate::stack::{crm, wish};
use async_trait::async_trait;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::tool::ToolDefinition;
use countersign_gate::permit::PermittedCall;
use countersign_gate::proposal::{Proposal, Provenance};
use countersign_gate::records::Records;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use serde_json::{Value, json};
use std::path::Path;

/// Orders without end. Order `2001-7` is the seventh of customer C-2001.
pub(crate) struct QuickServers(Vec<ToolDefinition>);

impl QuickServers {
    /// Offers what the sample CRM offers, which is asked once.
    pub(crate) async fn like_the_crm(folder: &Path) -> Self {
        let crm = crm(folder);
        let definitions = crm.definitions().await.unwrap();
        crm.stop().await;
        Self(definitions)
    }
}

#[async_trait]
impl ToolServers for QuickServers {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(self.0.clone())
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let order = &call.arguments()["order_number"];
        let result = match call.tool() {
            "get_order" => {
                let customer = order.as_str().and_then(|order| order.split_once('-')).unwrap().0;
                json!({
                    "order_number": order, "total_minor": 18_900, "refunded_minor": 0, "currency": "EUR",
                    "status": "delivered", "delivered_at": "2026-11-16", "payment": "card",
                    "customer": { "id": format!("C-{customer}"), "name": "Ana Ruiz" },
                })
            }
            "issue_refund" => json!({ "refund_id": "r1", "amount_minor": call.arguments()["amount_minor"] }),
            other => panic!("{other} is not called here"),
        };
        Ok(ToolAnswer { result, is_error: false })
    }
}

/// Ten cents of an order.
pub(crate) fn refund(order: &str) -> Value {
    json!({ "order_number": order, "amount_minor": 10, "currency": "EUR", "reason": "damaged" })
}

/// The refund of the whole sample order, which a rule holds because of what it costs, in the words and with the sources of the
/// sample's own playbook.
pub(crate) async fn sample_refund(records: &Records, conversation: &ConversationId, order: &str) -> Proposal {
    let arguments = json!({ "order_number": order, "amount_minor": 18_900, "currency": "EUR", "reason": "damaged" });
    let asked = |message| Provenance::Customer { message };
    let read = |path: &str, what: &str| Provenance::Record {
        action: ActionId::random(records.entropy()),
        path: path.to_owned(),
        what: format!("Order {order}, {what}"),
    };
    let provenance = [
        ("order_number", asked(3)),
        ("amount_minor", read("/total_minor", "total")),
        ("currency", read("/currency", "currency")),
        ("reason", asked(2)),
    ];
    Proposal {
        claim: Some(format!(
            "The customer asks for €189.00 back on order {order}, for: all that is left to pay back. They say that it came \
             damaged."
        )),
        provenance: provenance.map(|(name, from)| (name.to_owned(), from)).into(),
        ..wish(records, conversation, "issue_refund", &arguments).await
    }
}
