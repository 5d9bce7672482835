//! What can be changed of an order before it is sent: it is cancelled, or goes elsewhere.

use rusqlite::{Connection, params};

use crate::{
    ChangeReceipt, CrmError, Faults, Order, Status,
    change::{self, Asked},
    database,
    order::plain_postcode,
};

/// Cancels an order that is not sent yet, and pays back what is left of it.
pub(crate) fn cancel(connection: &mut Connection, asked: &Asked, faults: &Faults) -> Result<ChangeReceipt, CrmError> {
    change::of_order(connection, asked, faults, |write, order| {
        must_be_processing(&order, "it cannot be cancelled any more")?;
        write.execute(
            &format!(
                "UPDATE orders SET status = 'cancelled', cancelled_at = {}, cancelled_minor = ?2 WHERE number = ?1",
                database::NOW
            ),
            params![order.order_number, order.total_minor - order.refunded_minor],
        )?;
        Ok(())
    })
}

/// A new address in the order's own country.
#[derive(Debug)]
pub(crate) struct NewAddress {
    pub(crate) street: String,
    pub(crate) postcode: String,
    pub(crate) city: String,
}

/// Sends an order that is not sent yet to another address. From then on the new postcode proves it.
pub(crate) fn redirect(
    connection: &mut Connection,
    asked: &Asked,
    to: &NewAddress,
    faults: &Faults,
) -> Result<ChangeReceipt, CrmError> {
    change::of_order(connection, asked, faults, |write, order| {
        must_be_processing(&order, "its address cannot be changed any more")?;
        write.execute(
            "UPDATE orders SET street = ?2, city = ?3, postcode_plain = ?4 WHERE number = ?1",
            params![order.order_number, to.street.trim(), to.city.trim(), plain_postcode(&to.postcode)],
        )?;
        Ok(())
    })
}

fn must_be_processing(order: &Order, what: &'static str) -> Result<(), CrmError> {
    match order.status {
        Status::Processing => Ok(()),
        status => Err(CrmError::TooFar { status, what }),
    }
}
