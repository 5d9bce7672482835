//! The sample shop's data: embedded in the binary, written into a new database.
//!
//! Days are counted back from the day of the first start, so that the sample never grows stale. What an earlier
//! version of the sample had filled in stays as it is, and the rest is added to it.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};
use serde::Deserialize;

use crate::{CrmError, Currency, Line, Reason, Status, order::plain_postcode};

const CUSTOMERS: &str = include_str!("../../../assets/shop/customers.json");
const ORDERS: &str = include_str!("../../../assets/shop/orders.json");
const REFUNDS: &str = include_str!("../../../assets/shop/refunds.json");
const WINDOWS: &str = include_str!("../../../assets/shop/delivery_windows.json");
/// Weekdays as `strftime('%w')` counts them.
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleCustomer {
    pub(crate) id: String,
    pub(crate) name: String,
    email: String,
    pub(crate) country: String,
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) postcode: String,
    customer_since_days: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleOrder {
    pub(crate) number: String,
    pub(crate) customer_id: String,
    pub(crate) currency: Currency,
    pub(crate) ordered_days_ago: u32,
    ordered_at_time: String,
    delivered_days_ago: Option<u32>,
    pub(crate) status: Status,
    payment: String,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleRefund {
    key: String,
    order_number: String,
    amount_minor: i64,
    reason: Reason,
    note: String,
    days_ago: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleDelivery {
    countries: Vec<String>,
    windows: Vec<SampleWindow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleWindow {
    weekday: String,
    from: String,
    to: String,
    capacity: u32,
    taken: u32,
}

/// The customers, as the CRM is filled with them.
pub(crate) fn customers() -> Result<Vec<SampleCustomer>, CrmError> {
    serde_json::from_str(CUSTOMERS).map_err(CrmError::Sample)
}

/// The orders, as the CRM is filled with them.
pub(crate) fn orders() -> Result<Vec<SampleOrder>, CrmError> {
    serde_json::from_str(ORDERS).map_err(CrmError::Sample)
}

/// The numbers of the orders of which something is refunded from the beginning.
pub(crate) fn refunded() -> Result<BTreeSet<String>, CrmError> {
    Ok(refunds()?.into_iter().map(|refund| refund.order_number).collect())
}

fn refunds() -> Result<Vec<SampleRefund>, CrmError> {
    serde_json::from_str(REFUNDS).map_err(CrmError::Sample)
}

/// Writes the sample shop. `day` is the day to count back from (`YYYY-MM-DD`), by default today in UTC.
pub(crate) fn fill(write: &Transaction<'_>, day: Option<&str>) -> Result<(), CrmError> {
    let day: Option<String> = write.query_row("SELECT date(?1)", [day.unwrap_or("now")], |row| row.get(0))?;
    let day = day.ok_or_else(|| CrmError::argument("--sample-day", "is no date of the form YYYY-MM-DD"))?;
    for customer in &customers()? {
        write.execute(
            "INSERT INTO customers (id, name, email, country, postcode, postcode_plain, customer_since, street, city)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, date(?7, ?8), ?9, ?10)
             ON CONFLICT DO UPDATE SET street = excluded.street, city = excluded.city",
            params![
                customer.id,
                customer.name,
                customer.email,
                customer.country,
                customer.postcode,
                plain_postcode(&customer.postcode),
                day,
                back(customer.customer_since_days),
                customer.street,
                customer.city,
            ],
        )?;
    }
    for order in &orders()? {
        fill_order(write, &day, order)?;
    }
    for refund in &refunds()? {
        write.execute(
            "INSERT OR IGNORE INTO refunds (idempotency_key, order_number, amount_minor, currency, reason, note, recorded_at)
             SELECT ?1, number, ?3, currency, ?4, ?5, date(?6, ?7) || 'T09:12:00.000Z' FROM orders WHERE number = ?2",
            params![
                refund.key,
                refund.order_number,
                refund.amount_minor,
                refund.reason.code(),
                refund.note,
                day,
                back(refund.days_ago),
            ],
        )?;
    }
    // Every order goes to its customer's address, until somebody changes it.
    write.execute(
        "UPDATE orders SET (street, city, country, postcode_plain)
             = (SELECT street, city, country, postcode_plain FROM customers WHERE id = customer_id)",
        [],
    )?;
    fill_delivery(write)
}

fn fill_delivery(write: &Transaction<'_>) -> Result<(), CrmError> {
    let delivery: SampleDelivery = serde_json::from_str(WINDOWS).map_err(CrmError::Sample)?;
    for country in &delivery.countries {
        write.execute("INSERT INTO delivery_countries (country) VALUES (?1)", [country])?;
    }
    for window in &delivery.windows {
        let weekday = (0_i64..).zip(WEEKDAYS).find(|(_, name)| *name == window.weekday).map(|(n, _)| n);
        write.execute(
            "INSERT INTO delivery_windows (weekday, from_time, to_time, capacity, taken) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![weekday, window.from, window.to, window.capacity, window.taken],
        )?;
    }
    Ok(())
}

fn fill_order(write: &Transaction<'_>, day: &str, order: &SampleOrder) -> Result<(), CrmError> {
    let total: i64 = order.lines.iter().map(|line| line.amount_minor).sum();
    let cancelled = order.status == Status::Cancelled;
    let new = write.execute(
        "INSERT OR IGNORE INTO orders
             (number, customer_id, currency, total_minor, status, ordered_at, delivered_at, payment, cancelled_at, cancelled_minor)
         VALUES (?1, ?2, ?3, ?4, ?5, date(?6, ?7) || 'T' || ?8 || '.000Z', date(?6, ?9) || 'T13:40:00.000Z', ?10,
             date(?6, ?11) || 'T23:30:00.000Z', ?12)",
        params![
            order.number,
            order.customer_id,
            order.currency.code(),
            total,
            order.status.code(),
            day,
            back(order.ordered_days_ago),
            order.ordered_at_time,
            order.delivered_days_ago.map(back),
            order.payment,
            cancelled.then(|| back(order.ordered_days_ago)),
            if cancelled { total } else { 0 },
        ],
    )?;
    if new == 0 {
        return Ok(());
    }
    for (position, line) in (0_i64..).zip(&order.lines) {
        write.execute(
            "INSERT INTO order_lines (order_number, position, title, quantity, amount_minor)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![order.number, position, line.title, line.quantity, line.amount_minor],
        )?;
    }
    Ok(())
}

/// SQLite's modifier for so many days earlier.
fn back(days: u32) -> String {
    format!("-{days} days")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sample_has_the_orders_that_the_starter_rules_are_shown_with() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crm.db");
        let database = crate::Database::open(&file, Some("2026-03-01")).unwrap();
        let sql = database.connect().unwrap();
        let count = |condition: &str| -> i64 {
            let query = format!(
                "SELECT count(*) FROM (SELECT *, (SELECT coalesce(sum(amount_minor), 0) FROM refunds
                 WHERE order_number = orders.number) AS refunded FROM orders) WHERE {condition}"
            );
            sql.query_row(&query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(count("true"), 383);
        assert!(count("status = 'processing' AND currency = 'EUR' AND total_minor <= 10000") > 0);
        assert!(count("status = 'processing' AND total_minor > 10000") > 0);
        assert!(count("status = 'cancelled' AND cancelled_minor = total_minor") > 0);
        assert_eq!(count("street = '' OR city = '' OR country = '' OR postcode_plain = ''"), 0);
        assert!(count("currency = 'EUR' AND total_minor < 5000") > 0);
        assert!(count("currency = 'EUR' AND total_minor > 50000") > 0);
        assert!(count("currency = 'EUR' AND total_minor > 150000") > 0);
        assert!(count("refunded > 0 AND refunded < total_minor") > 0);
        assert!(count("refunded = total_minor") > 0);
        assert!(count("delivered_at IS NULL AND status <> 'delivered'") > 0);
        assert_eq!(count("refunded > total_minor"), 0);
        assert_eq!(count("ordered_at >= '2026-03-01' OR delivered_at >= '2026-03-01'"), 0);
        assert_eq!(count("(delivered_at IS NULL) = (status = 'delivered')"), 0);
        assert_eq!(count("number = '1042' AND total_minor = 18900 AND ordered_at = '2026-02-13T18:42:00.000Z'"), 1);
        for currency in ["EUR", "GBP", "SEK", "USD"] {
            assert!(count(&format!("currency = '{currency}'")) > 0, "{currency}");
        }
        let refunds: i64 = sql.query_row("SELECT count(*) FROM refunds", [], |row| row.get(0)).unwrap();
        assert_eq!(refunds, 30);
    }

    #[test]
    fn a_sample_day_that_is_no_date_is_refused_and_leaves_no_half_shop() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crm.db");
        assert!(crate::Database::open(&file, Some("yesterday-ish")).is_err());
        crate::Database::open(&file, None).unwrap();
    }

    #[test]
    fn a_file_of_the_first_version_keeps_what_happened_in_it_and_gets_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crm.db");
        let first = rusqlite::Connection::open(&file).unwrap();
        first.execute_batch(include_str!("schema.sql")).unwrap();
        first
            .execute_batch(
                "INSERT INTO customers VALUES ('C-2001', 'Ana Ruiz', 'a@mail.example', 'ES', '46001', '46001', '2020-01-01');
                 INSERT INTO orders VALUES ('1042', 'C-2001', 'EUR', 18900, 'delivered', '2026-01-01T00:00:00.000Z', NULL, 'Visa');
                 INSERT INTO order_lines VALUES ('1042', 0, 'Varde 45 rucksack', 1, 18900);
                 INSERT INTO refunds (idempotency_key, order_number, amount_minor, currency, reason, note, recorded_at)
                     VALUES ('k-1', '1042', 4900, 'EUR', 'damaged', '', '2026-01-02T00:00:00.000Z');
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        let database = crate::Database::open(&file, Some("2026-03-01")).unwrap();
        let read = database.connect().unwrap();
        let order = crate::order::find(&read, "1042", "46001").unwrap();
        assert_eq!(
            (order.refunded_minor, order.lines.len(), order.ordered_at.as_str()),
            (4900, 1, "2026-01-01T00:00:00.000Z")
        );
        assert_eq!(order.deliver_to.city, "València");
        let orders: i64 = read.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
        assert_eq!(orders, 383);
        crate::Database::open(&file, None).unwrap();
    }
}
