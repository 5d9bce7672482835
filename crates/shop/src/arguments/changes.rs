//! The arguments of everything that changes an order, but for refunds.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Arguments, MAX_KEY, MAX_NOTE, MAX_NUMBER, MAX_POSTCODE, key_form, key_of, length};
use crate::{CrmError, amend::NewAddress, change::Asked, order::plain_number};

const MAX_STREET: usize = 120;
const MAX_CITY: usize = 80;
const MAX_SLOT: usize = 32;

/// Arguments of a change: they say what is asked, with the key that may have come in `_meta`.
pub(crate) trait Asks: Arguments {
    /// The order, and all arguments but the key in the form in which they are compared.
    fn wanted(&self) -> (&str, Value);
    /// The key among the arguments.
    fn key(&self) -> Option<&String>;

    /// Joins the arguments with the key that may have come in `_meta`.
    fn asked(&self, tool: &'static str, meta_key: Option<&Value>) -> Result<Asked, CrmError> {
        let (number, arguments) = self.wanted();
        let idempotency_key = key_of(self.key().cloned(), meta_key)?;
        Ok(Asked { tool, idempotency_key, order_number: plain_number(number).to_owned(), arguments })
    }
}

/// Why an order is cancelled.
#[derive(Debug, Clone, Copy, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(title = "Reason")]
pub(crate) enum CancelReason {
    ChangedMind,
    OrderedTwice,
    TooLate,
    FoundElsewhere,
    Other,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelOrder {
    /// The order to cancel, for example 1063.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    order_number: String,
    /// Why the customer does not want it any more.
    #[schemars(title = "Reason")]
    reason: CancelReason,
    /// A key chosen by the caller: one cancellation per key. Required here or in _meta as countersign/idempotency-key.
    #[serde(default)]
    #[schemars(with = "String", title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    idempotency_key: Option<String>,
}

impl Arguments for CancelOrder {
    fn check(&self) -> Result<(), CrmError> {
        form(&self.order_number, self.idempotency_key.as_ref())
    }
}

impl Asks for CancelOrder {
    fn wanted(&self) -> (&str, Value) {
        (&self.order_number, json!({ "reason": self.reason }))
    }

    fn key(&self) -> Option<&String> {
        self.idempotency_key.as_ref()
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeAddress {
    /// The order to send elsewhere, for example 1063.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    order_number: String,
    /// Street and house number of the new address.
    #[schemars(title = "Street and number", length(min = 3, max = MAX_STREET))]
    street: String,
    /// Postcode of the new address.
    #[schemars(title = "Postcode", length(min = 3, max = MAX_POSTCODE))]
    postcode: String,
    /// City of the new address, in the same country as before.
    #[schemars(title = "City", length(min = 1, max = MAX_CITY))]
    city: String,
    /// A key chosen by the caller: one change per key. Required here or in _meta as countersign/idempotency-key.
    #[serde(default)]
    #[schemars(with = "String", title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    idempotency_key: Option<String>,
}

impl ChangeAddress {
    pub(crate) fn address(&self) -> NewAddress {
        NewAddress { street: self.street.clone(), postcode: self.postcode.clone(), city: self.city.clone() }
    }
}

impl Arguments for ChangeAddress {
    fn check(&self) -> Result<(), CrmError> {
        length("street", self.street.trim(), 3, MAX_STREET)?;
        length("postcode", self.postcode.trim(), 3, MAX_POSTCODE)?;
        length("city", self.city.trim(), 1, MAX_CITY)?;
        form(&self.order_number, self.idempotency_key.as_ref())
    }
}

impl Asks for ChangeAddress {
    fn wanted(&self) -> (&str, Value) {
        (&self.order_number, json!({ "street": self.street, "postcode": self.postcode, "city": self.city }))
    }

    fn key(&self) -> Option<&String> {
        self.idempotency_key.as_ref()
    }
}

/// For `book_delivery` and `reschedule_delivery`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSlot {
    /// The order that is to be brought, for example 1063.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    order_number: String,
    /// The slot, as list_delivery_slots names it.
    #[schemars(title = "Delivery slot", length(min = 1, max = MAX_SLOT))]
    pub(crate) slot_id: String,
    /// A key chosen by the caller: one booking per key. Required here or in _meta as countersign/idempotency-key.
    #[serde(default)]
    #[schemars(with = "String", title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    idempotency_key: Option<String>,
}

impl Arguments for OfSlot {
    fn check(&self) -> Result<(), CrmError> {
        length("slot_id", self.slot_id.trim(), 1, MAX_SLOT)?;
        form(&self.order_number, self.idempotency_key.as_ref())
    }
}

impl Asks for OfSlot {
    fn wanted(&self) -> (&str, Value) {
        (&self.order_number, json!({ "slot_id": self.slot_id.trim() }))
    }

    fn key(&self) -> Option<&String> {
        self.idempotency_key.as_ref()
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddNote {
    /// The order to put the note on, for example 1042.
    #[schemars(title = "Order number", length(min = 1, max = MAX_NUMBER))]
    order_number: String,
    /// What the note says. Staff see it, the customer does not.
    #[schemars(title = "Text", length(min = 1, max = MAX_NOTE))]
    pub(crate) text: String,
    /// A key chosen by the caller: one note per key. Required here or in _meta as countersign/idempotency-key.
    #[serde(default)]
    #[schemars(with = "String", title = "Idempotency key", length(min = 1, max = MAX_KEY))]
    idempotency_key: Option<String>,
}

impl Arguments for AddNote {
    fn check(&self) -> Result<(), CrmError> {
        length("text", &self.text, 1, MAX_NOTE)?;
        form(&self.order_number, self.idempotency_key.as_ref())
    }
}

impl Asks for AddNote {
    fn wanted(&self) -> (&str, Value) {
        (&self.order_number, json!({ "text": self.text }))
    }

    fn key(&self) -> Option<&String> {
        self.idempotency_key.as_ref()
    }
}

fn form(number: &str, key: Option<&String>) -> Result<(), CrmError> {
    length("order_number", plain_number(number), 1, MAX_NUMBER)?;
    key.map_or(Ok(()), |key| key_form(key))
}
