//! The arguments of each tool: one type gives both the published schema and the check.
//!
//! The doc comments and titles here are what a client shows on its forms.

mod changes;

pub(crate) use changes::{AddNote, Asks, CancelOrder, ChangeAddress, OfSlot};

use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{CrmError, Currency, Reason, money::MAX_AMOUNT_MINOR, order::plain_number, refund::RefundRequest};

const MAX_NUMBER: usize = 20;
const MAX_POSTCODE: usize = 16;
const MAX_REFUND_NOTE: usize = 500;
const MAX_EMAIL: usize = 254;
const MAX_NOTE: usize = 1000;
const MAX_KEY: usize = 200;

/// Arguments that can say what is wrong with them beyond their types.
pub(crate) trait Arguments: DeserializeOwned + JsonSchema {
    fn check(&self) -> Result<(), CrmError>;
}

/// Reads and checks the arguments of a call.
pub(crate) fn read<A: Arguments>(arguments: Option<Map<String, Value>>) -> Result<A, CrmError> {
    let value = Value::Object(arguments.unwrap_or_default());
    let read: A =
        serde_json::from_value(value).map_err(|error| CrmError::InvalidArguments { why: format!("{error}.") })?;
    read.check()?;
    Ok(read)
}

/// For `find_order` and `list_delivery_slots`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindOrder {
    /// The number on the customer's order confirmation, for example 1042.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    pub(crate) order_number: String,
    /// The postcode that the order was delivered to, as the customer tells it.
    #[schemars(title = "Postcode", length(min = 1, max = MAX_POSTCODE))]
    pub(crate) postcode: String,
}

impl Arguments for FindOrder {
    fn check(&self) -> Result<(), CrmError> {
        length("order_number", plain_number(&self.order_number), 1, MAX_NUMBER)?;
        length("postcode", &self.postcode, 1, MAX_POSTCODE)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetOrder {
    /// The number on the customer's order confirmation, for example 1042.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    pub(crate) order_number: String,
}

impl Arguments for GetOrder {
    fn check(&self) -> Result<(), CrmError> {
        length("order_number", plain_number(&self.order_number), 1, MAX_NUMBER)
    }
}

/// For `list_orders` and `get_customer`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfCustomer {
    /// The customer's id in the CRM, as an order shows it, for example C-2001.
    #[schemars(title = "Customer id", length(min = 1, max = MAX_NUMBER))]
    pub(crate) customer_id: String,
}

impl Arguments for OfCustomer {
    fn check(&self) -> Result<(), CrmError> {
        length("customer_id", &self.customer_id, 1, MAX_NUMBER)
    }
}

/// For `find_customer`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfEmail {
    /// The whole email address.
    #[schemars(title = "Email", length(min = 3, max = MAX_EMAIL))]
    pub(crate) email: String,
}

impl Arguments for OfEmail {
    fn check(&self) -> Result<(), CrmError> {
        length("email", &self.email, 3, MAX_EMAIL)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueRefund {
    /// The order to pay back on, for example 1042.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    order_number: String,
    /// How much to pay back, in minor units of the currency: 12900 is 129.00. At most what is left of the order.
    #[schemars(title = "Amount", range(min = 1, max = MAX_AMOUNT_MINOR))]
    amount_minor: i64,
    /// The currency that the order was paid in.
    #[schemars(title = "Currency")]
    currency: Currency,
    /// Why the money is paid back.
    #[schemars(title = "Reason")]
    reason: Reason,
    /// A note for staff. The customer does not see it.
    #[serde(default)]
    #[schemars(with = "String", title = "Note", length(max = MAX_REFUND_NOTE))]
    note: Option<String>,
    /// A key chosen by the caller: one refund per key. Required here or in _meta as countersign/idempotency-key.
    #[serde(default)]
    #[schemars(with = "String", title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    idempotency_key: Option<String>,
}

impl Arguments for IssueRefund {
    fn check(&self) -> Result<(), CrmError> {
        length("order_number", plain_number(&self.order_number), 1, MAX_NUMBER)?;
        if !(1..=MAX_AMOUNT_MINOR).contains(&self.amount_minor) {
            return Err(CrmError::argument("amount_minor", format_args!("must be from 1 to {MAX_AMOUNT_MINOR}")));
        }
        length("note", self.note.as_deref().unwrap_or_default(), 0, MAX_REFUND_NOTE)?;
        self.idempotency_key.as_deref().map_or(Ok(()), key_form)
    }
}

impl IssueRefund {
    /// Joins the arguments with the key that may have come in `_meta`.
    pub(crate) fn request(self, meta_key: Option<&Value>) -> Result<RefundRequest, CrmError> {
        let idempotency_key = key_of(self.idempotency_key, meta_key)?;
        Ok(RefundRequest {
            order_number: plain_number(&self.order_number).to_owned(),
            amount_minor: self.amount_minor,
            currency: self.currency,
            reason: self.reason,
            note: self.note.unwrap_or_default(),
            idempotency_key,
        })
    }
}

/// For `probe_refund` and `probe_change`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfKey {
    /// The key of the call whose outcome is not known.
    #[schemars(title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    pub(crate) idempotency_key: String,
}

impl Arguments for OfKey {
    fn check(&self) -> Result<(), CrmError> {
        key_form(&self.idempotency_key)
    }
}

/// The one key that a call carries, as an argument or in `_meta`.
fn key_of(argument: Option<String>, meta_key: Option<&Value>) -> Result<String, CrmError> {
    let meta_key = match meta_key {
        None => None,
        Some(Value::String(key)) => Some(key.clone()),
        Some(_) => return Err(CrmError::argument("countersign/idempotency-key", "in _meta must be a string")),
    };
    let key = match (argument, meta_key) {
        (Some(argument), Some(meta)) if argument != meta => return Err(CrmError::KeysDiffer),
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => return Err(CrmError::KeyMissing),
    };
    key_form(&key)?;
    Ok(key)
}

fn key_form(key: &str) -> Result<(), CrmError> {
    length("idempotency_key", key, 1, MAX_KEY)
}

/// Lengths count characters, as JSON Schema does.
fn length(name: &str, text: &str, min: usize, max: usize) -> Result<(), CrmError> {
    let count = text.chars().count();
    if count < min {
        return Err(CrmError::argument(name, "is empty"));
    }
    if count > max {
        return Err(CrmError::argument(name, format_args!("is longer than {max} characters")));
    }
    Ok(())
}
