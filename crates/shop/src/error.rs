//! What can go wrong in the CRM, worded for the person or agent that called the tool.

use crate::{
    Status,
    calls::Refusal,
    money::{Currency, in_words},
};

/// A refusal or failure of one call. The text says what happened, why, and what to do, and goes to the caller only:
/// it may repeat a value that the caller sent, never one that the caller did not know.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    /// The proof pair did not match; which half was wrong is not told.
    #[error("There is no order with this number and postcode. Check both with the customer.")]
    NoSuchPair,
    /// No order has this number.
    #[error("There is no order with this number. Check the number.")]
    NoSuchOrder,
    /// No customer has this id.
    #[error("There is no customer with this id. Take the id from an order.")]
    NoSuchCustomer,
    /// An argument is missing, unknown, malformed or out of bounds.
    #[error("The arguments were not accepted: {why}")]
    InvalidArguments {
        /// What is wrong with which argument.
        why: String,
    },
    /// Neither the argument nor the request's `_meta` carries an idempotency key.
    #[error(
        "Nothing was changed: an idempotency key is required. Send it as the argument idempotency_key, \
         or in _meta as countersign/idempotency-key."
    )]
    KeyMissing,
    /// The argument and `_meta` carry different keys.
    #[error("Nothing was changed: idempotency_key and _meta carry different keys. Send one key.")]
    KeysDiffer,
    /// The key belongs to another call.
    #[error(
        "Nothing was changed: this idempotency key already belongs to a call with other arguments. \
         Use a new key for a new call."
    )]
    KeyConflict,
    /// A probe claimed the key, so nothing may use it any more.
    #[error(
        "Nothing was changed: this idempotency key was claimed by a probe, which settled that its call did not \
         happen. Use a new key for a new call."
    )]
    KeyClaimed,
    /// More than what is left of the order.
    #[error(
        "Nothing was refunded: {} is more than what is left to refund on this order, which is {}. \
         Ask for at most that.", in_words(*.asked_minor, *.currency), in_words(*.remaining_minor, *.currency)
    )]
    TooMuch {
        /// What the call asked for, in minor units.
        asked_minor: i64,
        /// Order total less earlier refunds, in minor units.
        remaining_minor: i64,
        /// The order's currency.
        currency: Currency,
    },
    /// Another currency than the order's.
    #[error("Nothing was refunded: the order was paid in {}. Refund it in that currency.", .paid_in.code())]
    WrongCurrency {
        /// The order's currency.
        paid_in: Currency,
    },
    /// The order is too far for what was asked.
    #[error("Nothing was changed: the order is {}, so {what}.", .status.code())]
    TooFar {
        /// How far it is.
        status: Status,
        /// What is not possible any more.
        what: &'static str,
    },
    /// No parcels are brought by the hour there.
    #[error("There are no delivery slots in the order's country; the parcel service brings it within its usual days.")]
    NoSlotsThere,
    /// No such slot, or its day has come.
    #[error("There is no such delivery slot. List the slots again.")]
    NoSuchSlot,
    /// The slot is full.
    #[error("Nothing was changed: this delivery slot is full. List the slots again.")]
    SlotFull,
    /// The order has a slot.
    #[error("Nothing was changed: a delivery slot is booked for this order already ({label}). Reschedule it instead.")]
    AlreadyBooked {
        /// The booked slot.
        label: String,
    },
    /// The order has no slot to move.
    #[error("Nothing was changed: no delivery slot is booked for this order yet. Book one instead.")]
    NotBooked,
    /// The order has as many notes as it can hold.
    #[error("The note was not added: this order already has {limit} notes, the most that it can hold.")]
    NotesFull {
        /// Notes per order.
        limit: i64,
    },
    /// A stored value has a form that this version does not know.
    #[error("The CRM's database is damaged: {what} has a form that this version does not know.")]
    Damaged {
        /// Which kind of value.
        what: &'static str,
    },
    /// The embedded sample data could not be read.
    #[error("The sample data could not be read: {0}")]
    Sample(serde_json::Error),
    /// Another process held the database for longer than the busy timeout.
    #[error("The CRM's database was busy and nothing was changed. Try again shortly with the same key.")]
    Busy,
    /// Any other database failure. Inside a change this leaves the outcome open: the commit itself may have failed.
    #[error("The CRM's database failed. Whether the change was stored is not known; probe before trying again.")]
    Database(#[source] rusqlite::Error),
    /// The database file or its lock could not be opened.
    #[error("The CRM's database could not be opened: {0}")]
    Open(#[source] std::io::Error),
}

impl Refusal for CrmError {
    fn busy() -> Self {
        Self::Busy
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPair => "no_such_pair",
            Self::NoSuchOrder => "no_such_order",
            Self::NoSuchCustomer => "no_such_customer",
            Self::InvalidArguments { .. } => "invalid_arguments",
            Self::KeyMissing => "key_missing",
            Self::KeysDiffer => "keys_differ",
            Self::KeyConflict => "key_conflict",
            Self::KeyClaimed => "key_claimed",
            Self::TooMuch { .. } => "too_much",
            Self::WrongCurrency { .. } => "wrong_currency",
            Self::TooFar { .. } => "too_far",
            Self::NoSlotsThere => "no_slots_there",
            Self::NoSuchSlot => "no_such_slot",
            Self::SlotFull => "slot_full",
            Self::AlreadyBooked { .. } => "already_booked",
            Self::NotBooked => "not_booked",
            Self::NotesFull { .. } => "notes_full",
            Self::Damaged { .. } | Self::Sample(_) => "damaged",
            Self::Busy => "busy",
            Self::Database(_) | Self::Open(_) => "database",
        }
    }
}

impl CrmError {
    /// Says in words what is wrong with one argument.
    pub(crate) fn argument(name: &str, why: impl std::fmt::Display) -> Self {
        Self::InvalidArguments { why: format!("{name} {why}.") }
    }
}

impl From<rusqlite::Error> for CrmError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
