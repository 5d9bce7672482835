//! Delivery slots: hours of the next seven days in which a parcel is brought. Each slot holds so many parcels of a
//! country and no more; what is looked at and what is booked is one transaction.

use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ChangeReceipt, CrmError, Customer, Faults, Status,
    change::{self, Asked},
    order,
};

/// Slots of the country ?1 with the room that is left in each, tomorrow to seven days from now.
const SLOTS: &str = "
    WITH RECURSIVE days (n, day) AS (
        SELECT 1, date('now', '+1 day') UNION ALL SELECT n + 1, date('now', '+' || (n + 1) || ' days') FROM days WHERE n < 7
    ), slots AS (
        SELECT ?1 || '-' || day || '-' || substr(from_time, 1, 2) AS id, day, from_time, to_time, capacity - taken AS room
        FROM days JOIN delivery_windows ON weekday = CAST(strftime('%w', day) AS INTEGER)
        WHERE EXISTS (SELECT 1 FROM delivery_countries WHERE country = ?1)
    )
    SELECT id, day, from_time, to_time, room
        - (SELECT count(*) FROM orders WHERE delivery_slot = id AND status <> 'cancelled') AS free
    FROM slots";

/// Hours in which a parcel can be brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// What to book it by, for example ES-2026-11-27-12.
    pub slot_id: String,
    /// Day and hours for people, such as "Fri 27 Nov, 12:00 to 16:00".
    pub label: String,
    /// The day, as YYYY-MM-DD.
    pub day: String,
    /// From this time, as HH:MM there.
    pub from: String,
    /// To this time.
    pub to: String,
    /// How many parcels still fit in.
    pub free: i64,
}

/// What `list_delivery_slots` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotList {
    /// The order.
    pub order_number: String,
    /// Who ordered.
    pub customer: Customer,
    /// How far the order is.
    pub status: Status,
    /// The slot that is booked for it now; null if none is.
    pub booked: Option<String>,
    /// Slots with room for one parcel more, earliest first, within seven days.
    pub slots: Vec<Slot>,
}

/// The slots that an order can be brought in, for whoever knows its number and postcode.
pub(crate) fn list(read: &Connection, number: &str, postcode: &str) -> Result<SlotList, CrmError> {
    let order = order::find(read, number, postcode)?;
    let country = &order.deliver_to.country;
    let mut query = read.prepare(&format!("{SLOTS} ORDER BY day, from_time"))?;
    let mut slots = query.query_map([country], slot)?.collect::<Result<Vec<_>, _>>()?;
    if slots.is_empty() {
        return Err(CrmError::NoSlotsThere);
    }
    slots.retain(|slot| slot.free > 0);
    Ok(SlotList {
        order_number: order.order_number,
        customer: order.customer,
        status: order.status,
        booked: order.delivery_slot,
        slots,
    })
}

/// Whether a booking is the first of its order or moves one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Booking {
    First,
    Moved,
}

/// Books a slot for an order that is not there yet.
pub(crate) fn book(
    connection: &mut Connection,
    asked: &Asked,
    slot_id: &str,
    booking: Booking,
    faults: &Faults,
) -> Result<ChangeReceipt, CrmError> {
    change::of_order(connection, asked, faults, |write, order| {
        if matches!(order.status, Status::Delivered | Status::Cancelled) {
            return Err(CrmError::TooFar { status: order.status, what: "no delivery can be booked for it" });
        }
        match (order.delivery_slot, booking) {
            (Some(label), Booking::First) => return Err(CrmError::AlreadyBooked { label }),
            (None, Booking::Moved) => return Err(CrmError::NotBooked),
            _ => {}
        }
        let query = format!("SELECT * FROM ({SLOTS}) WHERE id = ?2");
        let found = write.query_row(&query, [order.deliver_to.country.as_str(), slot_id.trim()], slot).optional()?;
        let found = found.ok_or(CrmError::NoSuchSlot)?;
        if found.free <= 0 {
            return Err(CrmError::SlotFull);
        }
        write.execute(
            "UPDATE orders SET delivery_slot = ?2 WHERE number = ?1",
            params![order.order_number, found.slot_id],
        )?;
        Ok(())
    })
}

/// Day and hours of a slot that was booked, whenever that was.
pub(crate) fn label_of(read: &Connection, id: &str) -> Result<String, CrmError> {
    let damaged = || CrmError::Damaged { what: "a booked delivery slot" };
    let (day, hour) = id.get(3..13).zip(id.get(14..)).ok_or_else(damaged)?;
    read.query_row(
        "SELECT from_time, to_time FROM delivery_windows
         WHERE weekday = CAST(strftime('%w', ?1) AS INTEGER) AND substr(from_time, 1, 2) = ?2",
        [day, hour],
        |row| Ok(label(day, &row.get::<_, String>(0)?, &row.get::<_, String>(1)?)),
    )
    .optional()?
    .flatten()
    .ok_or_else(damaged)
}

fn slot(row: &Row<'_>) -> rusqlite::Result<Slot> {
    let (day, from, to): (String, String, String) = (row.get("day")?, row.get("from_time")?, row.get("to_time")?);
    let label = label(&day, &from, &to).unwrap_or_default();
    Ok(Slot { slot_id: row.get("id")?, label, day, from, to, free: row.get("free")? })
}

fn label(day: &str, from: &str, to: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let mut parts = day.split('-').map(|part| part.parse::<usize>().ok());
    let (year, month, date) = (parts.next()??, parts.next()??, parts.next()??);
    let name = MONTHS.get(month.checked_sub(1)?)?;
    // Sakamoto's method: the weekday of a day of the Gregorian calendar.
    let shift = *[0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4].get(month.checked_sub(1)?)?;
    let year = if month < 3 { year.checked_sub(1)? } else { year };
    let weekday = DAYS.get((year + year / 4 - year / 100 + year / 400 + shift + date) % 7)?;
    Some(format!("{weekday} {date} {name}, {from} to {to}"))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_slot_is_worded_with_its_weekday() {
        assert_eq!(label("2026-11-27", "12:00", "16:00").unwrap(), "Fri 27 Nov, 12:00 to 16:00");
        assert_eq!(label("2028-02-29", "08:00", "12:00").unwrap(), "Tue 29 Feb, 08:00 to 12:00");
        assert_eq!(label("2026-13-01", "08:00", "12:00"), None);
    }
}
