//! Orders: found by the proof pair, read by number, listed by customer.

use rusqlite::{Connection, OptionalExtension, Row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CrmError, Currency, Customer, delivery};

/// The most orders that one list answers with, newest first.
const MAX_LISTED: i64 = 100;

/// How far an order is. It can be cancelled, and its address changed, while it is `processing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Status {
    Processing,
    Shipped,
    Delivered,
    Cancelled,
}

impl Status {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    fn from_code(code: &str) -> Result<Self, CrmError> {
        match code {
            "processing" => Ok(Self::Processing),
            "shipped" => Ok(Self::Shipped),
            "delivered" => Ok(Self::Delivered),
            "cancelled" => Ok(Self::Cancelled),
            _ => Err(CrmError::Damaged { what: "an order's status" }),
        }
    }
}

/// One line of an order; shipping is a line too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Article.
    pub title: String,
    /// How many.
    pub quantity: i64,
    /// Price of the whole line in minor units of the order's currency.
    pub amount_minor: i64,
}

/// A whole order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Order number as the customer knows it.
    pub order_number: String,
    /// Who ordered.
    pub customer: Customer,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// Sum of all lines in minor units.
    pub total_minor: i64,
    /// What was paid back so far, in minor units.
    pub refunded_minor: i64,
    /// Currency of all amounts of the order.
    pub currency: Currency,
    /// How far the order is.
    pub status: Status,
    /// When it was ordered, RFC 3339 in UTC.
    pub ordered_at: String,
    /// When it was delivered, RFC 3339 in UTC; null while it is on its way.
    pub delivered_at: Option<String>,
    /// How it was paid, without the card's number.
    pub payment: String,
    /// Where it goes. The postcode is not shown: it is half of the proof pair.
    pub deliver_to: Address,
    /// The delivery slot that is booked, such as "Fri 27 Nov, 12:00 to 16:00"; null if none is.
    pub delivery_slot: Option<String>,
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// Street and house number.
    pub street: String,
    /// City.
    pub city: String,
    /// Country as ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSummary {
    /// Order number as the customer knows it.
    pub order_number: String,
    /// Sum of all lines in minor units.
    pub total_minor: i64,
    /// What was paid back so far, in minor units.
    pub refunded_minor: i64,
    /// Currency of all amounts of the order.
    pub currency: Currency,
    /// How far the order is.
    pub status: Status,
    /// When it was ordered, RFC 3339 in UTC.
    pub ordered_at: String,
    /// When it was delivered, RFC 3339 in UTC; null while it is on its way.
    pub delivered_at: Option<String>,
}

/// What `list_orders` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderList {
    /// Whose orders.
    pub customer_id: String,
    /// The orders, newest first, at most 100.
    pub orders: Vec<OrderSummary>,
}

/// A number as customers write it: `#1042`, ` 1042 `.
pub(crate) fn plain_number(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('#').unwrap_or(text).trim()
}

/// A postcode as it is compared: upper case without spaces and hyphens.
pub(crate) fn plain_postcode(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// Finds an order whose number and postcode both match. A miss does not tell which half was wrong.
pub(crate) fn find(read: &Connection, number: &str, postcode: &str) -> Result<Order, CrmError> {
    let number: String = read
        .query_row(
            "SELECT number FROM orders WHERE number = ?1 AND postcode_plain = ?2",
            [plain_number(number), &plain_postcode(postcode)],
            |row| row.get(0),
        )
        .optional()?
        .ok_or(CrmError::NoSuchPair)?;
    get(read, &number)
}

/// Reads an order by its number alone.
pub(crate) fn get(read: &Connection, number: &str) -> Result<Order, CrmError> {
    let found = read
        .query_row(
            "SELECT orders.*, cancelled_minor
                 + coalesce((SELECT sum(amount_minor) FROM refunds WHERE order_number = orders.number), 0)
                 AS refunded_minor, name, email, customers.country AS lives_in
             FROM orders JOIN customers ON customers.id = customer_id WHERE number = ?1",
            [plain_number(number)],
            |row| {
                let customer = Customer {
                    id: row.get("customer_id")?,
                    name: row.get("name")?,
                    email: row.get("email")?,
                    country: row.get("lives_in")?,
                };
                let deliver_to =
                    Address { street: row.get("street")?, city: row.get("city")?, country: row.get("country")? };
                let slot: Option<String> = row.get("delivery_slot")?;
                Ok((summary(row)?, customer, row.get("payment")?, deliver_to, slot))
            },
        )
        .optional()?;
    let (summary, customer, payment, deliver_to, slot) = found.ok_or(CrmError::NoSuchOrder)?;
    let delivery_slot = slot.map(|id| delivery::label_of(read, &id)).transpose()?;
    let summary = summary?;
    let mut lines = read
        .prepare("SELECT title, quantity, amount_minor FROM order_lines WHERE order_number = ?1 ORDER BY position")?;
    let lines = lines
        .query_map([&summary.order_number], |row| {
            Ok(Line { title: row.get(0)?, quantity: row.get(1)?, amount_minor: row.get(2)? })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Order {
        order_number: summary.order_number,
        customer,
        lines,
        total_minor: summary.total_minor,
        refunded_minor: summary.refunded_minor,
        currency: summary.currency,
        status: summary.status,
        ordered_at: summary.ordered_at,
        delivered_at: summary.delivered_at,
        payment,
        deliver_to,
        delivery_slot,
    })
}

/// Lists a customer's orders, newest first.
pub(crate) fn list(read: &Connection, customer_id: &str) -> Result<OrderList, CrmError> {
    let customer_id = customer_id.trim();
    let known: bool =
        read.query_row("SELECT EXISTS (SELECT 1 FROM customers WHERE id = ?1)", [customer_id], |row| row.get(0))?;
    if !known {
        return Err(CrmError::NoSuchCustomer);
    }
    let mut query = read.prepare(
        "SELECT orders.*, cancelled_minor
             + coalesce((SELECT sum(amount_minor) FROM refunds WHERE order_number = orders.number), 0) AS refunded_minor
         FROM orders WHERE customer_id = ?1 ORDER BY ordered_at DESC, number DESC LIMIT ?2",
    )?;
    let rows = query.query_map(rusqlite::params![customer_id, MAX_LISTED], summary)?;
    let mut orders = Vec::new();
    for row in rows {
        orders.push(row??);
    }
    Ok(OrderList { customer_id: customer_id.to_owned(), orders })
}

/// Reads the columns of `orders` with `refunded_minor`. The inner result is about the stored words.
fn summary(row: &Row<'_>) -> rusqlite::Result<Result<OrderSummary, CrmError>> {
    let (currency, status): (String, String) = (row.get("currency")?, row.get("status")?);
    let (currency, status) = match (Currency::from_code(&currency), Status::from_code(&status)) {
        (Ok(currency), Ok(status)) => (currency, status),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(Ok(OrderSummary {
        order_number: row.get("number")?,
        total_minor: row.get("total_minor")?,
        refunded_minor: row.get("refunded_minor")?,
        currency,
        status,
        ordered_at: row.get("ordered_at")?,
        delivered_at: row.get("delivered_at")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_postcodes_are_compared_as_customers_write_them() {
        assert_eq!(plain_number(" #1042 "), "1042");
        assert_eq!(plain_postcode("sw1a 1aa"), "SW1A1AA");
        assert_eq!(plain_postcode("4050-014"), plain_postcode("4050 014"));
    }
}
