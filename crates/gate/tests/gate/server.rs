//! The shop's tool server, in memory: it remembers what it did, and goes wrong when it is told to.

use async_trait::async_trait;
use countersign_domain::tool::{ToolDefinition, ToolSettings};
use countersign_event_log::log::Log;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolAnswer, ToolFailure, ToolServers};
use countersign_testkit::crm_definitions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How long after it was sent a refund may still happen.
pub(crate) const LONGEST_REFUND_SECONDS: u32 = 60;

/// What the shop's server did, and what it shall do next.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) refunds: BTreeMap<String, Value>,
    pub(crate) refunded: i64,
    pub(crate) claimed: Vec<String>,
    pub(crate) calls: Vec<String>,
    /// The status of every order; "delivered" unless set.
    pub(crate) status: Option<String>,
    /// Whose every order is; as its number says unless set.
    pub(crate) owner: Option<String>,
    /// Whether it answers no question about a refund.
    pub(crate) deaf: bool,
    /// Whether the next look at an order waits until it is told to go on.
    pub(crate) looks_slowly: bool,
    /// How the next refund goes wrong.
    pub(crate) fault: Option<Fault>,
    /// Log size when a refund arrived: what was stored before anything was sent.
    pub(crate) log_at_refund: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    Unreachable,
    /// The tool answers that it does not do it.
    Refused,
    LostBefore,
    LostAfter,
    NeverAnswers,
}

pub(crate) struct ShopServer {
    pub(crate) books: Arc<Mutex<Books>>,
    pub(crate) log: Arc<dyn Log>,
    /// Ends every call that never gets an answer.
    pub(crate) give_up: tokio::sync::Notify,
    /// A slow look has begun, and may go on.
    pub(crate) looking: tokio::sync::Notify,
    pub(crate) look_on: tokio::sync::Notify,
}

#[async_trait]
impl ToolServers for ShopServer {
    async fn definitions(&self) -> Result<Vec<ToolDefinition>, ToolFailure> {
        Ok(definitions())
    }

    async fn call(&self, call: PermittedCall) -> Result<ToolAnswer, ToolFailure> {
        let (fault, slow) = {
            let mut books = self.books.lock().unwrap();
            books.calls.push(call.tool().to_owned());
            let slow = call.tool() == "get_order" && std::mem::take(&mut books.looks_slowly);
            (if call.tool() == "issue_refund" { books.fault.take() } else { None }, slow)
        };
        if slow {
            self.looking.notify_one();
            self.look_on.notified().await;
        }
        if fault == Some(Fault::NeverAnswers) {
            self.give_up.notified().await;
            return Err(ToolFailure::TimedOut(15));
        }
        let mut books = self.books.lock().unwrap();
        let arguments = call.arguments();
        let answer = |result: Value| Ok(ToolAnswer { result, is_error: false });
        match call.tool() {
            "list_orders" => answer(json!({"orders": []})),
            "find_customer" => find_customer(arguments["email"].as_str().unwrap()),
            "search_customers" => answer(json!({"customer": {"id": "C-2001", "name": "Ana Ruiz"}})),
            "find_order" | "get_order" => answer(json!({
                "order_number": arguments["order_number"], "total_minor": 18_900, "currency": "EUR",
                "refunded_minor": books.refunded, "customer": {"id": books.owner.as_deref().unwrap_or_else(|| owner(arguments)), "name": "Ana Ruiz"},
                "status": books.status.as_deref().unwrap_or("delivered"),
            })),
            "issue_refund" => {
                books.log_at_refund = Some(self.log.size());
                let key = arguments["idempotency_key"].as_str().unwrap().to_owned();
                match fault {
                    Some(Fault::Unreachable) => return Err(ToolFailure::NotSent("no such program".into())),
                    Some(Fault::Refused) => {
                        return Ok(ToolAnswer { result: json!({"message": "The card has expired."}), is_error: true });
                    }
                    Some(Fault::LostBefore) => return Err(ToolFailure::ConnectionLost("it ended".into())),
                    _ => {}
                }
                if books.claimed.contains(&key) {
                    return Ok(ToolAnswer { result: json!({"message": "key claimed"}), is_error: true });
                }
                assert!(!books.refunds.contains_key(&key), "invariant 4: one key is sent once");
                books.refunded += arguments["amount_minor"].as_i64().unwrap();
                books.refunds.insert(key, arguments.clone());
                if fault == Some(Fault::LostAfter) {
                    return Err(ToolFailure::TimedOut(15));
                }
                answer(json!({"refund_id": "r1", "amount_minor": arguments["amount_minor"]}))
            }
            "probe_refund" if books.deaf => Err(ToolFailure::TimedOut(5)),
            "probe_refund" => {
                let key = arguments["idempotency_key"].as_str().unwrap().to_owned();
                if books.refunds.contains_key(&key) {
                    return answer(json!({"state": "happened"}));
                }
                books.claimed.push(key);
                answer(json!({"state": "claimed"}))
            }
            other => Err(ToolFailure::DefinitionChanged(other.to_owned())),
        }
    }
}

/// Whose an address is. One is answered with somebody else's, one not at all.
fn find_customer(email: &str) -> Result<ToolAnswer, ToolFailure> {
    let customer = |id: &str, email: &str, name: &str| json!({"customer": {"id": id, "email": email, "name": name}});
    let result = match email {
        "ana@example.com" => customer("C-2001", "Ana@Example.com", "Ana Ruiz"),
        "bo@example.com" => customer("C-2002", "bo@example.com", "Bo Lind"),
        "like.ana@example.com" => customer("C-2001", "ana@example.com", "Ana Ruiz"),
        "slow@example.com" => return Err(ToolFailure::TimedOut(10)),
        "busy@example.com" => return Ok(ToolAnswer { result: json!({"message": "busy"}), is_error: true }),
        _ => json!({}),
    };
    Ok(ToolAnswer { result, is_error: false })
}

/// Orders are named by their owner, such as C-2002/7; any other is Ana's.
fn owner(arguments: &Value) -> &str {
    let order = arguments["order_number"].as_str().unwrap();
    order.split_once('/').map_or("C-2001", |(owner, _)| owner)
}

/// The CRM's, with a search that tells whom it found, a note on a refund, and fewer reasons for one.
pub(crate) fn definitions() -> Vec<ToolDefinition> {
    let mut all = crm_definitions();
    for refund in all.iter_mut().filter(|tool| tool.name == "issue_refund") {
        refund.input_schema["properties"]["note"] = json!({"type": "string", "maxLength": 1000});
        refund.input_schema["properties"]["reason"]["enum"] = json!(["damaged", "late"]);
    }
    let mut search = all.iter().find(|tool| tool.name == "get_customer").unwrap().clone();
    search.name = "search_customers".into();
    search.input_schema["properties"] = json!({"name": {"type": "string"}});
    search.input_schema["required"] = json!(["name"]);
    all.push(search);
    let mut find = all.iter().find(|tool| tool.name == "get_customer").unwrap().clone();
    find.name = "find_customer".into();
    find.input_schema["properties"] = json!({"email": {"type": "string"}});
    find.input_schema["required"] = json!(["email"]);
    all.push(find);
    all
}

/// The sample shop's own settings file, as an operator wrote it.
pub(crate) fn settings() -> Vec<ToolSettings> {
    let text = include_str!("../../../../assets/tools/crm.toml");
    let parsed: toml::Table = text.parse().unwrap();
    let mut all: Vec<ToolSettings> = parsed["tool"].clone().try_into().unwrap();
    // This server names no payment and no delivery date.
    for tool in &mut all {
        if let Some(evidence) = &mut tool.evidence {
            // And its maker says how long a refund may go on.
            tool.longest_seconds = (tool.tool == "crm.issue_refund").then_some(LONGEST_REFUND_SECONDS);
            evidence.facts.retain(|f| ["total", "refunded", "status", "customer_id"].contains(&f.name.as_str()));
            evidence.customer_name = None;
        }
    }
    let search = json!({
        "tool": "crm.search_customers", "effect": "read", "timeout_seconds": 10, "hold_seconds": 900,
        "subject": {"result": "/customer/id"},
    });
    all.push(serde_json::from_value(search).unwrap());
    all
}
