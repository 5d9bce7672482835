//! Who comes: a customer of the sample, with the order that their wish is about.

use super::cards::{Card, Wish};
use super::token;
use crate::sample::{self, SampleCustomer, SampleOrder};
use crate::{CrmError, Currency, Line, Status, money};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use std::collections::{BTreeMap, BTreeSet};

/// The largest refund for which nobody is asked, in cents.
const SMALL_MINOR: i64 = 5_000;
const SHIPPING: &str = "Shipping";

/// What can be filled into words.
#[cfg(test)]
pub(super) const NAMES: [&str; 9] =
    ["order", "postcode", "item", "amount", "days", "street", "new_postcode", "city", "slot"];

/// One who comes.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) card: Card,
    customer: String,
    pub(super) name: String,
    facts: BTreeMap<&'static str, String>,
}

impl Visitor {
    /// These words with this visitor's own facts.
    pub(super) fn fill(&self, words: &str) -> String {
        self.facts.iter().fold(words.to_owned(), |words, (name, fact)| words.replace(&format!("{{{name}}}"), fact))
    }

    /// What the shop's site gives this customer's page, if it signed them in.
    pub(super) fn token(&self, site_secret: Option<&str>) -> Option<String> {
        site_secret
            .filter(|_| self.card.signed_in)
            .and_then(|secret| token::sign_in(secret, &self.customer, &self.name))
    }
}

/// All who may come.
pub(super) struct Town {
    customers: BTreeMap<String, SampleCustomer>,
    orders: Vec<SampleOrder>,
    refunded: BTreeSet<String>,
    /// Orders that somebody came about already.
    used: BTreeSet<String>,
}

impl Town {
    pub(super) fn read() -> Result<Self, CrmError> {
        let customers = sample::customers()?.into_iter().map(|customer| (customer.id.clone(), customer)).collect();
        Ok(Self { customers, orders: sample::orders()?, refunded: sample::refunded()?, used: BTreeSet::new() })
    }

    /// Somebody whose order fits the card: of its language if there is one, about an order that nobody came about yet if
    /// there is one.
    pub(super) fn send(&mut self, mut card: Card, chance: &mut StdRng) -> Option<Visitor> {
        let fitting: Vec<&SampleOrder> = self.orders.iter().filter(|order| self.fits(card.wish, order)).collect();
        let speaks = |order: &SampleOrder| self.language(order) == Some(card.language.as_str());
        let tries: [&dyn Fn(&SampleOrder) -> bool; 4] = [
            &|order| speaks(order) && !self.used.contains(&order.number),
            &|order| speaks(order),
            &|order| !self.used.contains(&order.number),
            &|_| true,
        ];
        let order = tries.iter().find_map(|wanted| fitting.iter().filter(|order| wanted(order)).choose(chance))?;
        let customer = self.customers.get(&order.customer_id)?;
        let item = items(order).filter(|line| is_about(card.wish, line)).choose(chance);
        let elsewhere = self.elsewhere(customer, chance)?;
        let amount =
            item.map_or_else(|| order.lines.iter().map(|line| line.amount_minor).sum(), |line| line.amount_minor);
        let slot = ["1", "1", "2"].choose(chance)?;
        let facts = BTreeMap::from([
            ("order", order.number.clone()),
            ("postcode", customer.postcode.clone()),
            ("item", item.map_or_else(String::new, |line| line.title.clone())),
            ("amount", money::in_words(amount, order.currency)),
            ("days", order.ordered_days_ago.to_string()),
            ("street", elsewhere.street.clone()),
            ("new_postcode", elsewhere.postcode.clone()),
            ("city", elsewhere.city.clone()),
            ("slot", (*slot).to_owned()),
        ]);
        if let Some(language) = self.language(order) {
            language.clone_into(&mut card.language);
        }
        let visitor = Visitor { card, customer: customer.id.clone(), name: customer.name.clone(), facts };
        self.used.insert(order.number.clone());
        Some(visitor)
    }

    fn language(&self, order: &SampleOrder) -> Option<&'static str> {
        let country = self.customers.get(&order.customer_id)?.country.as_str();
        Some(match country {
            "DE" | "AT" | "CH" => "de",
            "ES" => "es",
            "FR" | "BE" => "fr",
            _ => "en",
        })
    }

    fn fits(&self, wish: Wish, order: &SampleOrder) -> bool {
        let delivered = order.status == Status::Delivered && !self.refunded.contains(&order.number);
        let euros = order.currency == Currency::EUR;
        let has_item = items(order).any(|line| is_about(wish, line));
        match wish {
            Wish::Refund | Wish::SmallRefund => delivered && euros && has_item,
            Wish::ForeignRefund => delivered && !euros && has_item,
            Wish::Cancel | Wish::Address | Wish::Book | Wish::Move => order.status == Status::Processing,
            Wish::Status | Wish::Question | Wish::Person => true,
        }
    }

    /// Where somebody else of the same country lives, written plainly.
    fn elsewhere(&self, customer: &SampleCustomer, chance: &mut StdRng) -> Option<&SampleCustomer> {
        let plain = |street: &str| !street.contains([',', '/', '.']) && street.contains(|c: char| c.is_ascii_digit());
        let others = self.customers.values().filter(|other| other.country == customer.country && plain(&other.street));
        others
            .filter(|other| other.id != customer.id)
            .choose(chance)
            .or(Some(customer).and_then(|c| self.customers.get(&c.id)))
    }
}

fn items(order: &SampleOrder) -> impl Iterator<Item = &Line> {
    order.lines.iter().filter(|line| line.title != SHIPPING)
}

fn is_about(wish: Wish, line: &Line) -> bool {
    match wish {
        Wish::Refund => line.amount_minor > SMALL_MINOR,
        Wish::SmallRefund => line.amount_minor <= SMALL_MINOR,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crowd::cards::Temper;
    use rand::SeedableRng;

    #[test]
    fn whoever_comes_has_an_order_that_fits_and_no_order_comes_twice_while_another_fits() {
        let mut chance = StdRng::seed_from_u64(3);
        let mut town = Town::read().unwrap();
        let card =
            |wish, language: &str| Card { wish, temper: Temper::Clear, language: language.into(), signed_in: true };
        let mut seen = BTreeSet::new();
        for _ in 0..12 {
            let visitor = town.send(card(Wish::SmallRefund, "es"), &mut chance).unwrap();
            assert_eq!(visitor.card.language, "es");
            assert!(seen.insert(visitor.facts["order"].clone()), "{:?}", visitor.facts);
        }
        let next = town.send(card(Wish::SmallRefund, "es"), &mut chance).unwrap();
        assert!(seen.contains(&next.facts["order"]), "twelve Spanish orders fit; then one of them comes again");
        let visitor = town.send(card(Wish::Address, "de"), &mut chance).unwrap();
        assert_ne!((&visitor.facts["street"], &visitor.facts["city"]), (&String::new(), &String::new()));
        assert_eq!(visitor.fill("#{order} {nothing}"), format!("#{} {{nothing}}", visitor.facts["order"]));
        assert!(visitor.token(Some("secret")).is_some() && visitor.token(None).is_none());
    }
}
