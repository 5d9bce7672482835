//! Personal data by its form, and whether it is of this conversation: it stands in what was said or read in it.

use super::fold::folded;
use super::secrets;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Digits of a telephone number.
const SHORTEST_PHONE: usize = 7;
const LONGEST_PHONE: usize = 15;
/// From this length on digits without + or ( are one, where they are written as one is.
const SHORTEST_BARE_PHONE: usize = 9;
/// Characters of an IBAN, with its country and check digits.
const SHORTEST_IBAN: usize = 15;
/// How many bytes from a street a postcode may stand.
const POSTCODE_WITHIN: usize = 48;
/// The fewest words of a street that are enough to know it again.
const FEWEST_STREET_WORDS: usize = 3;

/// What is somebody's, so that a person can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OthersData {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A bank account.
    Iban,
    /// The number of an order.
    OrderNumber,
    /// A street, or the postcode beside it.
    Address,
}

impl std::fmt::Display for OthersData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
            Self::Iban => "a bank account",
            Self::OrderNumber => "an order number",
            Self::Address => "a postal address",
        })
    }
}

/// Compiled once. All of them read folded text.
pub(super) struct Patterns {
    email: Regex,
    phone: Regex,
    date: Regex,
    iban: Regex,
    streets: Vec<Regex>,
    postcode: Regex,
}

static PATTERNS: LazyLock<Result<Patterns, regex::Error>> = LazyLock::new(|| {
    // Street names with their number, as German and the North, English, Spanish and French write them.
    let streets = [
        r"\b[^\W\d_][\w.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|gatan|veien|vägen|straat) ?[0-9]{1,3}[a-z]?\b",
        r"\b[0-9]{1,4}[a-z]?,? (?:[^\W\d_][\w'’.-]* ){1,3}(?:street|st|road|rd|avenue|ave|lane|square|terrace)\b",
        r"\b(?:calle|c/|avenida|avda\.?|plaza|paseo|camino|carrera|ronda) (?:[^\W\d_][\w'’.-]* ?){1,5},? ?(?:no?\.? ?)?[0-9]{1,4}\b",
        r"\b[0-9]{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|quai|allée|cours) (?:[^\W\d_][\w'’.-]* ?){1,5}",
    ];
    Ok(Patterns {
        email: Regex::new(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")?,
        phone: Regex::new(r"(?:\+|\b00|\(\+?|\b)[0-9][0-9 .()/\x{2010}-\x{2013}-]{5,22}[0-9]\b")?,
        date: Regex::new(r"^(?:[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{2,4})\b")?,
        iban: Regex::new(r"\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b")?,
        streets: streets.into_iter().map(Regex::new).collect::<Result<_, _>>()?,
        postcode: Regex::new(r"\b(?:[0-9]{4,5}|[0-9]{3} [0-9]{2}|[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2})\b")?,
    })
});

/// The patterns, or why there are none.
pub(super) fn patterns() -> Result<&'static Patterns, &'static regex::Error> {
    PATTERNS.as_ref()
}

/// How the operator's orders are numbered: the words before a number, with numbers behind them; and one number.
#[derive(Debug, Clone)]
pub(super) struct OrderNumber {
    pub(super) named: Regex,
    pub(super) one: Regex,
}

/// What was said and read in a conversation, and the operator's own contact data.
pub(super) struct Known {
    emails: BTreeSet<String>,
    phones: BTreeSet<String>,
    words: BTreeSet<String>,
    digits: BTreeSet<String>,
    /// Without spaces and hyphens.
    squeezed: String,
    /// Words with single spaces between and around them.
    spaced: String,
}

impl Known {
    pub(super) fn of(patterns: &Patterns, mut said: String, contacts: &[String]) -> Self {
        contacts.iter().for_each(|contact| said.extend(["\n", contact]));
        let text = folded(&said);
        let phones = patterns.phone.find_iter(&text).map(|found| national(&digits(found.as_str())).to_owned());
        let squeezed: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let words = text.split(|c: char| !c.is_alphanumeric()).chain(secrets::words(&text));
        Self {
            emails: patterns.email.find_iter(&text).map(|found| bare(found.as_str()).to_owned()).collect(),
            phones: phones.filter(|phone| phone.len() >= SHORTEST_PHONE).collect(),
            words: words.map(str::to_owned).collect(),
            digits: squeezed.split(|c: char| !c.is_ascii_digit()).map(str::to_owned).collect(),
            spaced: spaced(&text),
            squeezed,
        }
    }

    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    pub(super) fn has_digits(&self, digits: &str) -> bool {
        self.digits.contains(digits)
    }

    /// Whether words stand there one behind the other.
    fn has_row(&self, row: &str) -> bool {
        self.spaced.contains(&spaced(row))
    }

    /// Whether a street stands there; of a long one its beginning is enough, for what follows may be no part of it.
    fn has_street(&self, street: &str) -> bool {
        let row = spaced(street);
        let words: Vec<&str> = row.split_whitespace().collect();
        let least = FEWEST_STREET_WORDS.min(words.len());
        (least..=words.len()).filter_map(|many| words.get(..many)).any(|words| self.has_row(&words.join(" ")))
    }

    fn has_phone(&self, number: &str) -> bool {
        let national = national(number);
        self.phones.iter().any(|known| known.ends_with(national) || national.ends_with(known.as_str()))
    }
}

impl Patterns {
    /// The first personal data in a folded text that is not of this conversation.
    pub(super) fn others_in(&self, text: &str, known: &Known, orders: Option<&OrderNumber>) -> Option<OthersData> {
        if self.email.find_iter(text).any(|found| !known.emails.contains(bare(found.as_str()))) {
            return Some(OthersData::Email);
        }
        let ibans: Vec<_> =
            self.iban.find_iter(text).filter_map(|found| Some((found, iban(found.as_str())?))).collect();
        if ibans.iter().any(|(_, iban)| !known.squeezed.contains(iban)) {
            return Some(OthersData::Iban);
        }
        let mut places = ibans.iter().map(|(found, _)| found.range()).peekable();
        for found in self.phone.find_iter(text) {
            while places.next_if(|iban| iban.end <= found.start()).is_some() {}
            let in_an_iban = places.peek().is_some_and(|iban| iban.start < found.end());
            if !in_an_iban && self.is_phone(found.as_str()) && !known.has_phone(&digits(found.as_str())) {
                return Some(OthersData::Phone);
            }
        }
        let unknown = |orders: &OrderNumber| {
            let named = orders.named.captures_iter(text).filter_map(|named| Some(named.get(1)?.as_str()));
            named.into_iter().any(|numbers| orders.one.find_iter(numbers).any(|one| !known.has_word(one.as_str())))
        };
        if orders.is_some_and(unknown) {
            return Some(OthersData::OrderNumber);
        }
        let streets = self.streets.iter().flat_map(|pattern| pattern.find_iter(text));
        let is_somebody_else_s = |street: regex::Match<'_>| {
            !known.has_street(street.as_str()) || self.postcodes_near(text, &street).any(|code| !known.has_row(code))
        };
        streets.into_iter().any(is_somebody_else_s).then_some(OthersData::Address)
    }

    /// Whether digits are written as a telephone number is: no date, no amount, no count.
    fn is_phone(&self, found: &str) -> bool {
        let number = digits(found);
        let many = number.len();
        if !(SHORTEST_PHONE..=LONGEST_PHONE).contains(&many) || self.date.is_match(found) {
            return false;
        }
        let groups: Vec<&str> = found.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        let grouped = groups.len() >= 3 && groups.iter().all(|group| group.len() <= 4);
        let an_amount = found.rsplit_once('.').is_some_and(|(_, part)| part.len() == 2);
        found.starts_with(['+', '('])
            || many >= SHORTEST_BARE_PHONE && (number.starts_with('0') || grouped && !an_amount)
    }

    /// The postcodes that stand beside a street.
    fn postcodes_near<'t>(&self, text: &'t str, street: &regex::Match<'_>) -> impl Iterator<Item = &'t str> {
        let before = boundary(text, street.start().saturating_sub(POSTCODE_WITHIN));
        let behind = boundary(text, (street.end() + POSTCODE_WITHIN).min(text.len()));
        let sides = [text.get(before..street.start()), text.get(street.end()..behind)];
        sides.into_iter().flatten().flat_map(|side| self.postcode.find_iter(side)).map(|found| found.as_str())
    }
}

/// The next place from here back at which a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// The ASCII digits of a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A number without what it begins with at home or abroad.
fn national(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// An address without the signs around it.
fn bare(address: &str) -> &str {
    address.trim_matches(['.', '\'', '-'])
}

/// Words with single spaces between and around them.
fn spaced(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(String::from(" "), |mut row, word| {
        row.extend([word, " "]);
        row
    })
}

/// The longest beginning that is an IBAN, without spaces: its check digits are right, so it is somebody's.
fn iban(found: &str) -> Option<String> {
    let all: String = found.chars().filter(char::is_ascii_alphanumeric).collect();
    let lengths = (SHORTEST_IBAN..=all.len()).rev();
    lengths.filter_map(|length| all.get(..length)).find(|iban| has_its_check_digits(iban)).map(str::to_owned)
}

fn has_its_check_digits(iban: &str) -> bool {
    let (head, tail) = iban.split_at_checked(4).unwrap_or_default();
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    rest == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(said: &str, text: &str) -> Option<OthersData> {
        let patterns = patterns().unwrap();
        let known = Known::of(patterns, said.to_owned(), &["help@shop.example".to_owned()]);
        patterns.others_in(&folded(text), &known, None)
    }

    #[test]
    fn what_stands_in_nothing_that_was_said_or_read_is_somebody_else_s() {
        for (text, datum) in [
            ("bo@example.org", OthersData::Email),
            ("+49 (0)30 901820-44", OthersData::Phone),
            ("0171/5550123", OthersData::Phone),
            ("GB82 WEST 1234 5698 7654 32", OthersData::Iban),
            ("Gartenstr. 7", OthersData::Address),
            ("plaza de España 3", OthersData::Address),
            ("14 Mill Lane", OthersData::Address),
        ] {
            assert_eq!(found("", text), Some(datum), "{text}");
            assert_eq!(found(text, text), None, "{text}");
        }
        assert_eq!(found("Gartenstraße 7", "Gartenstraße 7, 79102 Freiburg"), Some(OthersData::Address));
        assert_eq!(found("+49 171 5550123", "0171 5550123"), None);
        assert_eq!(found("", "HELP@shop.example."), None);
    }

    #[test]
    fn dates_amounts_counts_and_seasons_are_nobody_s() {
        for text in [
            "between 30.11.2026 and 2026-12-01, or 01.12.2026",
            "1 299 900.00 in all",
            "from spring 2026, during 24 hours, bring 2 photos",
            "it takes 2 days on the way",
            "DE89 3704 0044 0532 0130 01 has wrong check digits",
            "4006381333931",
        ] {
            assert_eq!(found("", text), None, "{text}");
        }
    }
}
