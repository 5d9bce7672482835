//! The tools as this server publishes them: names, words, schemas and annotations.
//!
//! Schemas are written out flat, without `$ref`, so that any client can make a form of them.

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use crate::{
    AddressOwner, ChangeProbe, ChangeReceipt, CustomerCard, Note, Order, OrderList, Probe, Receipt, SlotList,
    arguments::{
        AddNote, CancelOrder, ChangeAddress, FindOrder, GetOrder, IssueRefund, OfCustomer, OfEmail, OfKey, OfSlot,
    },
};

/// All tools, in the order in which they are listed.
pub(crate) fn all() -> Vec<Tool> {
    vec![
        tool::<FindOrder, Order>(
            "find_order",
            "Find an order",
            "Finds an order by its number and the delivery postcode. Both must match; a miss does not tell which \
             was wrong. Use it to make sure that the customer is the one who ordered.",
            reads(),
        ),
        tool::<GetOrder, Order>(
            "get_order",
            "Get an order",
            "Reads an order by its number alone, with its customer, lines, refunds so far, address, delivery and payment.",
            reads(),
        ),
        tool::<OfCustomer, OrderList>(
            "list_orders",
            "List a customer's orders",
            "Lists the orders of one customer, newest first, at most 100.",
            reads(),
        ),
        tool::<OfCustomer, CustomerCard>(
            "get_customer",
            "Get a customer",
            "Reads one customer: name, email, country, and how many orders and refunds there were.",
            reads(),
        ),
        tool::<OfEmail, AddressOwner>(
            "find_customer",
            "Find a customer by email",
            "Tells whose an email address is. For signing customers in by what is sent to that address: whoever calls it \
             must tell nobody whether the address is known.",
            reads(),
        ),
        tool::<IssueRefund, Receipt>(
            "issue_refund",
            "Issue a refund",
            "Pays money back to the card or account that an order was paid with. It cannot be undone. It happens at \
             most once per idempotency key: the same key with the same arguments answers with the recorded refund, \
             with other arguments it is refused. Never pays more than is left of the order.",
            for_good(),
        ),
        tool::<OfKey, Probe>(
            "probe_refund",
            "Settle an unknown refund",
            "Tells whether the refund with this key happened. If it did not, the key is claimed for ever and a late \
             refund with it is refused, so the answer is final. Use it when a refund's outcome is not known.",
            claims(),
        ),
        tool::<CancelOrder, ChangeReceipt>(
            "cancel_order",
            "Cancel an order",
            "Cancels an order that is not sent yet, and pays back what is left of it. It cannot be undone. It happens \
             at most once per idempotency key.",
            for_good(),
        ),
        tool::<ChangeAddress, ChangeReceipt>(
            "change_address",
            "Change the address",
            "Sends an order that is not sent yet to another address in the same country. It happens at most once per \
             idempotency key.",
            // What stood there before is overwritten and not kept.
            for_good(),
        ),
        tool::<FindOrder, SlotList>(
            "list_delivery_slots",
            "List delivery slots",
            "Lists the hours of the next seven days in which an order can be brought and in which there is room. The \
             order's number and delivery postcode must both match; a miss does not tell which was wrong.",
            reads(),
        ),
        tool::<OfSlot, ChangeReceipt>(
            "book_delivery",
            "Book a delivery slot",
            "Books a slot for an order that has none and is not delivered. A full slot is refused. It happens at most \
             once per idempotency key.",
            adds(),
        ),
        tool::<OfSlot, ChangeReceipt>(
            "reschedule_delivery",
            "Reschedule a delivery",
            "Moves an order that has a slot to another one, and gives the first one back to others. A full slot is \
             refused. It happens at most once per idempotency key.",
            // The slot that is given back may be taken by others at once.
            for_good(),
        ),
        tool::<OfKey, ChangeProbe>(
            "probe_change",
            "Settle an unknown change",
            "Tells whether the cancellation, change of address, booking or note with this key happened. If it did not, \
             the key is claimed for ever and a late call with it is refused, so the answer is final.",
            claims(),
        ),
        tool::<AddNote, Note>(
            "add_note",
            "Add a note",
            "Adds a note for staff to an order. It happens at most once per idempotency key.",
            adds(),
        ),
    ]
}

/// Repeating a call under another key does it again, and a key in `_meta` is no argument: not idempotent.
fn for_good() -> ToolAnnotations {
    ToolAnnotations::new().read_only(false).destructive(true).idempotent(false).open_world(false)
}

fn adds() -> ToolAnnotations {
    ToolAnnotations::new().read_only(false).destructive(false).idempotent(false).open_world(false)
}

fn claims() -> ToolAnnotations {
    ToolAnnotations::new().read_only(false).destructive(false).idempotent(true).open_world(false)
}

pub(crate) fn reads() -> ToolAnnotations {
    ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false)
}

pub(crate) fn tool<Input: JsonSchema, Output: JsonSchema>(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    annotations: ToolAnnotations,
) -> Tool {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    Tool::new(name, description, schema::<Input>(settings.clone().for_deserialize()))
        .with_title(title)
        .with_raw_output_schema(schema::<Output>(settings.for_serialize()).into())
        .with_annotations(annotations)
}

/// The root's title and description are the Rust type's; the tool has its own words, so they go. So do defaults: an
/// argument left out is simply absent, and `null` is not of its type.
fn schema<T: JsonSchema>(settings: SchemaSettings) -> JsonObject {
    match settings.into_generator().into_root_schema_for::<T>().to_value() {
        Value::Object(mut schema) => {
            schema.remove("title");
            schema.remove("description");
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                for property in properties.values_mut().filter_map(Value::as_object_mut) {
                    property.remove("default");
                }
            }
            schema
        }
        _ => JsonObject::new(),
    }
}
