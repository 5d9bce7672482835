//! Customers as the tools show them. The postcode is never shown: it is half of the proof pair.

use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::CrmError;

/// The owner of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// Customer id, for example C-2001.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Email address.
    pub email: String,
    /// Country as ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// What `get_customer` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerCard {
    /// Customer id, for example C-2001.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Email address.
    pub email: String,
    /// Country as ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Day of the first contact, as YYYY-MM-DD.
    pub customer_since: String,
    /// How many orders the customer has placed.
    pub order_count: i64,
    /// How many refunds were made on these orders.
    pub refund_count: i64,
}

/// What `find_customer` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressOwner {
    /// Whose address it is; absent if it is nobody's, or not one customer's alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Customer")]
    pub customer: Option<Customer>,
}

/// Looks for the one customer with an address, letters large or small.
pub(crate) fn find(read: &Connection, email: &str) -> Result<AddressOwner, CrmError> {
    let mut statement =
        read.prepare("SELECT id, name, email, country FROM customers WHERE lower(email) = lower(?1) LIMIT 2")?;
    let rows = statement.query_map([email.trim()], |row| {
        Ok(Customer { id: row.get(0)?, name: row.get(1)?, email: row.get(2)?, country: row.get(3)? })
    })?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(AddressOwner { customer: if found.len() == 1 { found.pop() } else { None } })
}

/// Reads one customer.
pub(crate) fn get(read: &Connection, id: &str) -> Result<CustomerCard, CrmError> {
    read.query_row(
        "SELECT id, name, email, country, customer_since,
                (SELECT count(*) FROM orders WHERE customer_id = customers.id),
                (SELECT count(*) FROM refunds JOIN orders ON orders.number = refunds.order_number
                 WHERE customer_id = customers.id)
         FROM customers WHERE id = ?1",
        [id.trim()],
        |row| {
            Ok(CustomerCard {
                id: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                country: row.get(3)?,
                customer_since: row.get(4)?,
                order_count: row.get(5)?,
                refund_count: row.get(6)?,
            })
        },
    )
    .optional()?
    .ok_or(CrmError::NoSuchCustomer)
}
