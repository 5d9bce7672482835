//! The scene in which most stories begin: a customer asked for the rucksack's money back, and the refund is held.

use crate::customer::Customer;
use crate::desk::Desk;
use crate::station::{Start, Station};

/// The order that the stories are about.
pub const ORDER: &str = "1042";
/// What its rucksack cost, in cents: what the customer asks for.
pub const ASKED: i64 = 12_900;
/// Everything that the agent needs to know, in one message.
pub const WISH: &str =
    "My Varde 45 rucksack of order 1042 arrived damaged and I would like my money back. The postcode is 46001.";

/// A running station with a held refund.
pub struct HeldRefund {
    /// The station.
    pub station: Station,
    /// Marta's desk, signed in.
    pub desk: Desk,
    /// Ana, who asked.
    pub customer: Customer,
    /// The held action.
    pub action: String,
}

impl HeldRefund {
    /// Starts the station, sets up Marta, lets Ana ask, and returns when the refund is held and Ana was told so.
    pub async fn begin(start: Start) -> HeldRefund {
        let station = start.running().await;
        let mut desk = Desk::at(&station.desk);
        desk.set_up("Marta Lindqvist").await;
        let mut customer = Customer::arrive(&station.chat, "Ana Ruiz").await;
        let action = ask(&mut customer, &mut desk).await;
        HeldRefund { station, desk, customer, action }
    }
}

/// The customer asks for the rucksack's money back; the held action, once it stands in the queue.
pub async fn ask(customer: &mut Customer, desk: &mut Desk) -> String {
    customer.say(WISH).await;
    let row = desk.wait_for_action(&["held"]).await;
    assert_eq!(row["money"]["minor"], ASKED, "{row:#}");
    customer.hear("A colleague is checking").await;
    row["action"].as_str().expect("an id").to_owned()
}
