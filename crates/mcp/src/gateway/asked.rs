//! What a request asks for, beside the tool and its arguments: read from its `_meta`, and nothing in it is believed further
//! than the agent's grant says.

use countersign_domain::alias::trace_of;
use countersign_gate::{AgentCall, CallCustomer};
use rmcp::model::{CallToolRequestParams, RequestMetaObject};
use serde_json::Value;

/// The caller's own key for a call: the same key is the same call.
const KEY: &str = "countersign/idempotency-key";
/// Why the agent asks, in its own words.
const REASON: &str = "countersign/reason";
/// Whom it is for: `{ "id": …, "name": … }`.
const CUSTOMER: &str = "countersign/customer";

/// The agent's own id of the conversation that it calls for.
const CONVERSATION: &str = "countersign/conversation";
/// The trace that the call belongs to, as W3C's trace context writes it.
const TRACE_PARENT: &str = "traceparent";

/// The call of a request. `meta` is the request's own; `tool` the full name of what it names.
pub(super) fn call(tool: String, request: &CallToolRequestParams, meta: &RequestMetaObject) -> AgentCall {
    let found = |name: &str| meta.get(name).or_else(|| request.meta.as_ref()?.get(name));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let arguments = request.arguments.clone().unwrap_or_default();
    let customer =
        found(CUSTOMER).map(|customer| CallCustomer { id: text(customer.get("id")), name: text(customer.get("name")) });
    AgentCall {
        tool,
        arguments: Value::Object(arguments).to_string(),
        key: text(found(KEY)),
        customer,
        claim: text(found(REASON)),
        conversation: text(found(CONVERSATION)),
        trace: text(found(TRACE_PARENT)).as_deref().and_then(trace_of),
    }
}
