//! Which amounts somebody asks for, in the currency of an action.

use super::clauses::Clause;
use super::topics::Money as MoneyWords;
use crate::units;
use countersign_domain::money::Currency;

/// How many words around an amount may say that it is a price.
const PRICED_WITHIN: usize = 4;

/// What words tell of amounts.
#[derive(Debug, Default)]
pub(super) struct Amounts<'a> {
    /// Asked for, in minor units, with the clause in which it stands; the newest last.
    pub(super) asked: Vec<(i64, &'a str)>,
    /// Every number that may be an amount, in minor units: with its currency or without, a price or not.
    pub(super) named: Vec<i64>,
}

impl<'a> Amounts<'a> {
    /// Takes a clause in.
    pub(super) fn take(&mut self, clause: &Clause<'a>, currency: &Currency, words: &MoneyWords) {
        let asks = clause.words.iter().any(|word| words.is_asking(word));
        for (at, word) in clause.words.iter().enumerate() {
            let (number, unit) = split(word);
            let Some(minor) = minor(number, currency) else { continue };
            self.named.push(minor);
            let beside = |place: Option<usize>| place.and_then(|place| clause.words.get(place)).map(String::as_str);
            let (before, after) = (beside(at.checked_sub(1)), beside(at.checked_add(1)));
            let is_money = if unit.is_empty() {
                is_unit(before, currency) || is_unit(after, currency)
            } else {
                is_unit(Some(unit), currency)
            };
            let from = at.saturating_sub(PRICED_WITHIN);
            let around = clause.words.iter().skip(from).take(at + PRICED_WITHIN + 1 - from);
            let priced = around.into_iter().any(|word| words.is_pricing(word));
            if is_money && asks && !priced {
                self.asked.push((minor, clause.text));
            }
        }
    }
}

/// A number and what is written to it without a space: "20eur".
fn split(word: &str) -> (&str, &str) {
    let at = word.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(word.len());
    word.split_at(at)
}

fn is_unit(word: Option<&str>, currency: &Currency) -> bool {
    let Some(word) = word else { return false };
    units::of(currency).contains(&word) || word.eq_ignore_ascii_case(currency.as_str())
}

/// A number as people write it: 129, 129.00, 129,00, 1.290,00 and 1,290.00.
fn minor(number: &str, currency: &Currency) -> Option<i64> {
    let exponent = currency.exponent() as usize;
    let last = number.rfind(['.', ',']);
    let (whole, part) = match last {
        Some(at) if number.len() - at - 1 == exponent => (number.get(..at)?, number.get(at + 1..)?),
        _ => (number, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let unit = 10_i64.checked_pow(currency.exponent())?;
    let part = if part.is_empty() { 0 } else { part.parse().ok()? };
    digits.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::second_look::Topics;
    use crate::second_look::clauses::clauses;

    fn asked(text: &str, code: &str) -> Vec<i64> {
        let topics = Topics::of_the_sample_shop();
        let currency = Currency::try_from(code.to_owned()).unwrap();
        let mut amounts = Amounts::default();
        clauses(text, &topics.grammar).iter().for_each(|clause| amounts.take(clause, &currency, &topics.money));
        amounts.asked.into_iter().map(|(minor, _)| minor).collect()
    }

    #[test]
    fn an_amount_is_asked_for_where_its_clause_says_so_and_it_is_no_price() {
        assert_eq!(asked("It cost 189 euros, I'd like €40 back", "EUR"), [4_000]);
        assert_eq!(asked("please refund 1.290,50 EUR", "EUR"), [129_050]);
        assert_eq!(asked("I want 20quid back", "GBP"), [2_000]);
        assert_eq!(asked("I want my 189 back from order 1042", "EUR"), Vec::<i64>::new(), "no currency, no amount");
        assert_eq!(asked("the 189 euro tent is torn", "EUR"), Vec::<i64>::new());
        assert_eq!(asked("I want back what I paid, 189 euros", "EUR"), Vec::<i64>::new());
        assert_eq!(asked("refund $20", "EUR"), Vec::<i64>::new(), "another currency");
    }
}
