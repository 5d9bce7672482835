//! Ledgers: what was let through, summed by day, so that many small actions do not pass a limit that one could not.
//!
//! An amount is reserved in the same append as the verdict or decision that lets it run. It stays while the outcome is
//! unknown and once it happened, and is released when it is known that it did not.

use crate::event::Event;
use crate::ids::{ActionId, PersonId};
use crate::money::{Currency, Money};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many days a ledger remembers: today and the 29 days before it, in UTC.
const DAYS: i64 = 30;
/// The largest sum that is told: the largest integer that every reader of the log reads alike.
const LARGEST: i64 = (1 << 53) - 1;

/// What a ledger is kept of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LedgerName(String);

impl LedgerName {
    /// Of a customer, by their pseudonym under the station's index key: the same in every conversation and channel.
    pub fn customer(pseudonym: &str) -> Self {
        Self(format!("customer/{pseudonym}"))
    }

    /// Of an agent, by its registered name.
    pub fn agent(name: &str) -> Self {
        Self(format!("agent/{name}"))
    }

    /// Of an object, such as one order, by its pseudonym: what is split into many small actions on it is one sum.
    pub fn object(pseudonym: &str) -> Self {
        Self(format!("object/{pseudonym}"))
    }

    /// Of a person who approves.
    pub fn approver(person: &PersonId) -> Self {
        Self(format!("approver/{person}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One action in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The action.
    pub action: ActionId,
    /// `server.tool`.
    pub tool: String,
    /// The amount, where the tool moves money.
    pub money: Option<Money>,
    /// When it was reserved; a release names the same moment.
    pub at: Timestamp,
}

/// An event of a ledger's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum LedgerEvent {
    /// It counts from here on.
    #[serde(rename = "ledger.reserved")]
    Reserved(Entry),
    /// It did not happen and counts no more.
    #[serde(rename = "ledger.released")]
    Released(Entry),
}

impl Event for LedgerEvent {}

/// What an action has reserved in one ledger, as its own events say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The ledger.
    pub ledger: LedgerName,
    /// The amount, where the tool moves money.
    pub money: Option<Money>,
    /// When.
    pub at: Timestamp,
}

/// What a ledger holds beside one action: amounts of every tool in that action's currency, counts of its own tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Minor units since midnight, UTC.
    pub minor_today: i64,
    /// Minor units today and on the 29 days before.
    pub minor_30d: i64,
    /// Actions since midnight, UTC.
    pub count_today: u32,
    /// Actions today and on the 29 days before.
    pub count_30d: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Day {
    minor: BTreeMap<Currency, i64>,
    counts: BTreeMap<String, u32>,
}

/// One ledger, folded from its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    days: BTreeMap<i64, Day>,
    latest: Option<Timestamp>,
}

impl Ledger {
    /// Takes an event in.
    pub fn apply(&mut self, event: &LedgerEvent) {
        match event {
            LedgerEvent::Reserved(entry) => {
                self.latest = Some(self.moment(entry.at));
                let day = self.days.entry(entry.at.day()).or_default();
                *day.counts.entry(entry.tool.clone()).or_default() += 1;
                if let Some(money) = &entry.money {
                    let sum = day.minor.entry(money.currency.clone()).or_default();
                    *sum = sum.saturating_add(counted(money));
                }
                let oldest = self.moment(entry.at).day() - DAYS;
                self.days.retain(|day, _| *day > oldest);
            }
            LedgerEvent::Released(entry) => {
                let Some(day) = self.days.get_mut(&entry.at.day()) else { return };
                if let Some(count) = day.counts.get_mut(&entry.tool) {
                    *count = count.saturating_sub(1);
                }
                if let Some((sum, money)) =
                    entry.money.as_ref().and_then(|m| Some((day.minor.get_mut(&m.currency)?, m)))
                {
                    *sum = sum.saturating_sub(counted(money));
                }
            }
        }
    }

    /// Until when what it holds counts; `None` where nothing does.
    pub fn counts_until(&self) -> Option<Timestamp> {
        let counts = |day: &Day| day.counts.values().any(|n| *n > 0) || day.minor.values().any(|minor| *minor > 0);
        let (last, _) = self.days.iter().rfind(|(_, day)| counts(day))?;
        Timestamp::from_micros((last + DAYS).checked_mul(86_400_000_000)?)
    }

    /// The present moment for this ledger, which never runs backwards: a clock that was set back opens no limit again.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.latest.map_or(now, |latest| latest.max(now))
    }

    /// What it holds beside an action of this tool in this currency. What that action itself has reserved is left out.
    pub fn sums(&self, tool: &str, currency: Option<&Currency>, now: Timestamp, own: Option<&Reservation>) -> Sums {
        let today = self.moment(now).day();
        let mut sums = Sums::default();
        for (day, held) in self.days.range(today - DAYS + 1..=today) {
            let mut minor = currency.and_then(|c| held.minor.get(c)).copied().unwrap_or(0);
            let mut count = held.counts.get(tool).copied().unwrap_or(0);
            if let Some(own) = own.filter(|own| own.at.day() == *day) {
                count = count.saturating_sub(1);
                let same = own.money.as_ref().filter(|m| Some(&m.currency) == currency);
                minor = minor.saturating_sub(same.map_or(0, counted));
            }
            sums.minor_30d = sums.minor_30d.saturating_add(minor).min(LARGEST);
            sums.count_30d = sums.count_30d.saturating_add(count);
            if *day == today {
                sums.minor_today = minor.min(LARGEST);
                sums.count_today = count;
            }
        }
        sums
    }
}

/// A negative amount makes no room.
fn counted(money: &Money) -> i64 {
    money.minor.max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        "2026-11-23T00:30:00.000000Z".parse::<Timestamp>().unwrap().plus_seconds(hours * 3_600)
    }

    fn eur(minor: i64) -> Money {
        Money { minor, currency: "EUR".to_owned().try_into().unwrap() }
    }

    fn entry(n: u32, minor: i64, hours: i64) -> Entry {
        let action = format!("act_{n:032x}").parse().unwrap();
        Entry { action, tool: "crm.refund".into(), money: Some(eur(minor)), at: at(hours) }
    }

    fn given(events: &[LedgerEvent]) -> Ledger {
        let mut ledger = Ledger::default();
        events.iter().for_each(|event| ledger.apply(event));
        ledger
    }

    fn sums(ledger: &Ledger, hours: i64) -> Sums {
        ledger.sums("crm.refund", Some(&eur(0).currency), at(hours), None)
    }

    #[test]
    fn days_are_utc_days_and_thirty_of_them_count() {
        let ledger = given(&[LedgerEvent::Reserved(entry(1, 100, 0)), LedgerEvent::Reserved(entry(2, 20, 24))]);
        assert_eq!(sums(&ledger, 24), Sums { minor_today: 20, minor_30d: 120, count_today: 1, count_30d: 2 });
        assert_eq!(sums(&ledger, 29 * 24).minor_30d, 120);
        assert_eq!(sums(&ledger, 30 * 24).minor_30d, 20);
        assert_eq!(sums(&ledger, 31 * 24), Sums::default());
    }

    #[test]
    fn other_tools_count_in_the_sum_and_other_currencies_do_not() {
        let mut credit = entry(2, 30, 0);
        credit.tool = "crm.credit".into();
        let mut krona = entry(3, 500, 0);
        krona.money = Some(Money { minor: 500, currency: "SEK".to_owned().try_into().unwrap() });
        let events = [entry(1, 100, 0), credit, krona].map(LedgerEvent::Reserved);
        assert_eq!(sums(&given(&events), 0), Sums { minor_today: 130, minor_30d: 130, count_today: 2, count_30d: 2 });
    }

    #[test]
    fn what_counts_counts_until_its_last_day_is_thirty_days_back() {
        let ledger = given(&[LedgerEvent::Reserved(entry(1, 100, 0)), LedgerEvent::Reserved(entry(2, 20, 24))]);
        let until = ledger.counts_until().unwrap();
        let beside = |at| ledger.sums("crm.refund", Some(&eur(0).currency), at, None);
        assert_eq!((beside(until.plus_seconds(-1)).count_30d, beside(until)), (1, Sums::default()));
        let released = [LedgerEvent::Reserved(entry(1, 100, 0)), LedgerEvent::Released(entry(1, 100, 0))];
        assert_eq!(given(&released).counts_until(), None);
        let free = Entry { money: None, ..entry(1, 0, 24) };
        assert_eq!(given(&[LedgerEvent::Reserved(free)]).counts_until(), Some(until), "an action without money counts");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_room() {
        let mut ledger = given(&[LedgerEvent::Reserved(entry(1, 100, 24 * 365))]);
        assert_eq!(sums(&ledger, 0).minor_today, 100);
        let next = Entry { at: ledger.moment(at(0)), ..entry(2, 50, 0) };
        ledger.apply(&LedgerEvent::Reserved(next));
        assert_eq!(sums(&ledger, 0).minor_30d, 150);
    }

    #[test]
    fn a_negative_amount_makes_no_room() {
        let ledger = given(&[LedgerEvent::Reserved(entry(1, -500, 0)), LedgerEvent::Reserved(entry(2, 40, 0))]);
        assert_eq!(sums(&ledger, 0).minor_today, 40);
    }

    #[test]
    fn ledgers_of_different_holders_have_different_names() {
        let person: PersonId = format!("per_{:032x}", 1).parse().unwrap();
        let names = [
            LedgerName::customer("one"),
            LedgerName::customer("two"),
            LedgerName::agent("one"),
            LedgerName::object("one"),
        ];
        let names = names.iter().map(LedgerName::as_str).collect::<Vec<_>>();
        assert_eq!(names, ["customer/one", "customer/two", "agent/one", "object/one"]);
        assert_eq!(LedgerName::approver(&person).as_str(), format!("approver/{person}"));
    }

    #[test]
    fn a_sum_beyond_what_every_reader_reads_is_told_as_the_largest_that_they_do() {
        let ledger = given(&[LedgerEvent::Reserved(entry(1, i64::MAX, 0)), LedgerEvent::Reserved(entry(2, 1, 0))]);
        let told = sums(&ledger, 0);
        assert_eq!((told.minor_today, told.minor_30d), (9_007_199_254_740_991, 9_007_199_254_740_991));
    }

    #[test]
    fn a_day_that_counts_no_more_is_forgotten() {
        let (old, new) = (LedgerEvent::Reserved(entry(1, 100, 0)), LedgerEvent::Reserved(entry(2, 20, 30 * 24)));
        assert_eq!(given(&[old, new.clone()]), given(&[new]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The fold by days tells exactly what a look at every single entry tells.
        #[test]
        fn sums_are_those_of_what_was_reserved_and_not_released(
            steps in proptest::collection::vec((1_i64..400, 0_i64..20, any::<bool>()), 1..40)
        ) {
            let (mut ledger, mut hours, mut kept) = (Ledger::default(), 0, Vec::<Entry>::new());
            for (n, (minor, later, release)) in (0..).zip(steps) {
                hours += later;
                if release && let Some(gone) = kept.pop() {
                    ledger.apply(&LedgerEvent::Released(gone));
                } else {
                    let entry = entry(n, minor, hours);
                    ledger.apply(&LedgerEvent::Reserved(entry.clone()));
                    kept.push(entry);
                }
            }
            let today = at(hours).day();
            let within = |entry: &&Entry| entry.at.day() > today - 30;
            let expected: i64 = kept.iter().filter(within).map(|e| e.money.as_ref().unwrap().minor).sum();
            let found = sums(&ledger, hours);
            prop_assert_eq!(found.minor_30d, expected);
            prop_assert_eq!(found.count_30d as usize, kept.iter().filter(within).count());
            if let Some(own) = kept.last() {
                let own = Reservation { ledger: LedgerName::agent("a"), money: own.money.clone(), at: own.at };
                let beside = ledger.sums("crm.refund", Some(&eur(0).currency), at(hours), Some(&own));
                prop_assert_eq!(found.minor_30d - beside.minor_30d, own.money.unwrap().minor);
            }
        }
    }
}
