//! Amounts of any currency on one scale, for ranges: thousandths of the currency's unit. They are compared, never added.

use countersign_domain::money::Money;

/// No currency of ISO 4217 has more digits behind its point.
const SCALE: u32 = 3;
/// A range is told by this many digits; larger amounts share the last.
const MOST_DIGITS: usize = 16;
const DIGITS: [&str; MOST_DIGITS + 1] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"];

/// The amount in thousandths of its currency's unit.
pub(crate) fn thousandths(money: &Money) -> i128 {
    i128::from(money.minor) * 10_i128.pow(SCALE.saturating_sub(money.currency.exponent()))
}

/// How many digits it has before its point, without a sign; none below one unit.
pub(crate) fn digits(money: &Money) -> &'static str {
    DIGITS.get(count(thousandths(money))).copied().unwrap_or("16")
}

/// The numbers of digits that amounts between these have. Below zero, every number of them.
pub(crate) fn digits_between(least: Option<i64>, most: Option<i64>) -> Vec<&'static str> {
    let from = least.filter(|least| *least >= 0).map_or(0, |least| count(least.into()));
    let to = if least.is_some_and(|least| least >= 0) {
        most.map_or(MOST_DIGITS, |most| count(most.into()))
    } else {
        MOST_DIGITS
    };
    DIGITS.iter().skip(from).take((to + 1).saturating_sub(from)).copied().collect()
}

fn count(thousandths: i128) -> usize {
    let units = thousandths.unsigned_abs() / 1_000;
    let digits = if units == 0 { 0 } else { units.ilog10() as usize + 1 };
    digits.min(MOST_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money { minor, currency: code.to_owned().try_into().unwrap() }
    }

    #[test]
    fn amounts_of_currencies_with_other_digits_stand_on_one_scale() {
        assert_eq!(thousandths(&money(12_900, "EUR")), 129_000);
        assert_eq!(thousandths(&money(129, "JPY")), 129_000);
        assert_eq!(thousandths(&money(129_000, "KWD")), 129_000);
    }

    #[test]
    fn the_digits_of_a_range_are_those_of_every_amount_in_it() {
        for minor in [-5_000, -1, 0, 1, 99, 100, 999, 1_000, 12_900, 99_999, 100_000, i64::MAX] {
            let amount = money(minor, "EUR");
            let thousandths = thousandths(&amount);
            for least in [None, Some(-10_000), Some(0), Some(1_000), Some(100_000), Some(129_001)] {
                for most in [None, Some(0), Some(129_000), Some(1_000_000)] {
                    let within = least.is_none_or(|l| thousandths >= i128::from(l))
                        && most.is_none_or(|m| thousandths <= i128::from(m));
                    let listed = digits_between(least, most).contains(&digits(&amount));
                    assert!(!within || listed, "{minor} in {least:?}..{most:?}");
                }
            }
        }
        assert_eq!(digits_between(Some(100_000), Some(999_000)), ["3"]);
    }
}
