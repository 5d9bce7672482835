//! What models cost today, and what open calls may still cost: no call is made that could take the sum over what a day, or a
//! class of intent in a day, may cost. It is counted from the log at the start, and call by call from there. A day is one of
//! UTC.

use super::routes::Budget;
use countersign_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The length of a day, in microseconds.
const DAY_MICROS: i64 = 86_400_000_000;
/// So long a day has run before anything is said of how it will end, in microseconds.
const FORESEEABLE: i64 = 1_800_000_000;

/// What is spent, by class of intent.
#[derive(Debug, Default)]
pub struct Spending(Mutex<Day>);

#[derive(Debug, Default)]
struct Day {
    /// Days since 1970.
    day: i64,
    spent: BTreeMap<String, u64>,
    /// The most that open calls can cost, by class of intent.
    open: BTreeMap<String, u64>,
}

impl Day {
    fn at(&mut self, now: Timestamp) -> &mut Self {
        if self.day != now.day() {
            // What is open may be paid for tomorrow: it counts there.
            (self.day, self.spent) = (now.day(), BTreeMap::new());
        }
        self
    }

    fn of(&self, intent: &str) -> u64 {
        let of = |sums: &BTreeMap<String, u64>| sums.get(intent).copied().unwrap_or_default();
        of(&self.spent).saturating_add(of(&self.open))
    }

    fn in_all(&self) -> u64 {
        self.spent.values().chain(self.open.values()).fold(0, |sum, micros| sum.saturating_add(*micros))
    }
}

/// How a day stands, in millionths of the reporting currency's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpent {
    /// What calls that ended have cost.
    pub spent_micros: u64,
    /// What the whole day costs if it goes on so; absent while it has hardly begun.
    pub forecast_micros: Option<u64>,
    /// What a day may cost.
    pub most_micros: u64,
}

impl Spending {
    /// As it stands at a start: what today's calls have cost, by class of intent.
    pub fn from(now: Timestamp, spent: BTreeMap<String, u64>) -> Self {
        Self(Mutex::new(Day { day: now.day(), spent, open: BTreeMap::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, Day> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets aside what a call can cost; or why it is not made.
    pub(super) fn reserve(
        self: &Arc<Self>,
        now: Timestamp,
        intent: &str,
        could: u64,
        budget: &Budget,
    ) -> Result<Reserved, String> {
        let mut day = self.lock();
        let day = day.at(now);
        let over = |spent: u64, most: u64| spent.saturating_add(could) > most;
        if over(day.in_all(), budget.day_micros) {
            return Err("With the calls that are open, it could take the day over what one may cost.".to_owned());
        }
        if budget.intent_micros.get(intent).is_some_and(|most| over(day.of(intent), *most)) {
            return Err(format!(
                "With the calls that are open, it could take {intent} over what it may cost in a day."
            ));
        }
        *day.open.entry(intent.to_owned()).or_default() += could;
        Ok(Reserved { spending: self.clone(), intent: intent.to_owned(), could, cost: could })
    }

    /// How today stands.
    pub fn today(&self, now: Timestamp, budget: &Budget) -> DaySpent {
        let mut day = self.lock();
        let spent_micros = day.at(now).spent.values().fold(0_u64, |sum, micros| sum.saturating_add(*micros));
        let ran = now.micros().rem_euclid(DAY_MICROS);
        let whole = || u128::from(spent_micros) * DAY_MICROS.unsigned_abs() as u128 / ran.unsigned_abs() as u128;
        let forecast_micros = (ran >= FORESEEABLE).then(|| u64::try_from(whole()).unwrap_or(u64::MAX));
        DaySpent { spent_micros, forecast_micros, most_micros: budget.day_micros }
    }
}

/// What is set aside for a call. If nobody says what it cost, it cost the most.
#[derive(Debug)]
pub(super) struct Reserved {
    spending: Arc<Spending>,
    intent: String,
    could: u64,
    cost: u64,
}

impl Reserved {
    /// The call has ended, and cost this.
    pub(super) fn settle(mut self, cost: u64) {
        self.cost = cost;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut day = self.spending.lock();
        if let Some(open) = day.open.get_mut(&self.intent) {
            *open = open.saturating_sub(self.could);
        }
        let spent = day.spent.entry(self.intent.clone()).or_default();
        *spent = spent.saturating_add(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn budget(day_micros: u64, refund: u64) -> Budget {
        Budget {
            call_micros: 1_000,
            hardest_micros: 1_000,
            conversation_micros: 10_000,
            day_micros,
            intent_micros: BTreeMap::from([("refund".to_owned(), refund)]),
        }
    }

    #[test]
    fn no_interleaving_of_calls_passes_what_a_day_or_a_class_of_intent_may_cost() {
        let (now, budget) = (at("2026-11-28T12:00:00.000000Z"), budget(1_000, 500));
        let spending = Arc::new(Spending::from(now, BTreeMap::from([("refund".to_owned(), 100)])));
        let first = spending.reserve(now, "refund", 400, &budget).unwrap();
        assert!(spending.reserve(now, "refund", 1, &budget).unwrap_err().contains("refund"));
        let other = spending.reserve(now, "cancel", 500, &budget).unwrap();
        assert!(spending.reserve(now, "cancel", 1, &budget).unwrap_err().contains("the day"));
        first.settle(50);
        let again = spending.reserve(now, "refund", 350, &budget).unwrap();
        // Nobody says what became of it.
        drop(again);
        assert!(spending.reserve(now, "refund", 1, &budget).is_err());
        other.settle(0);
        assert_eq!(spending.today(now, &budget).spent_micros, 500);
    }

    #[test]
    fn a_day_begins_with_nothing_spent_and_is_foreseen_once_it_has_run_a_while() {
        let (late, early) = (at("2026-11-28T18:00:00.000000Z"), at("2026-11-29T00:10:00.000000Z"));
        let spending = Arc::new(Spending::from(late, BTreeMap::from([("refund".to_owned(), 600)])));
        let today = spending.today(late, &budget(1_000, 1_000));
        assert_eq!((today.spent_micros, today.forecast_micros, today.most_micros), (600, Some(800), 1_000));
        let tomorrow = spending.today(early, &budget(1_000, 1_000));
        assert_eq!((tomorrow.spent_micros, tomorrow.forecast_micros), (0, None));
    }
}
