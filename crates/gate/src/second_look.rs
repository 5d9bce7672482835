//! The second look: what on a card does not go together. It holds the customer's words, the arguments and the facts
//! against each other; what the agent says of itself counts for nothing here. It decides nothing: a hurried reader is told.

mod amounts;
mod clauses;
#[cfg(test)]
mod labelled;
mod names;
mod topics;

use self::amounts::Amounts;
use self::clauses::{Clause, clauses, plain};
use self::names::may_be_one_person;
use self::topics::Stated;
pub use self::topics::{Topics, UnfitTopics};
use crate::card::{CardArgument, CardBar, CardContradiction, CardQuote, CardWords, ContradictionKind};
use crate::draw::in_currency;
use crate::evidence::Fact;
use crate::tools::PinnedTool;
use crate::units;
use countersign_domain::conversation::Assurance;
use countersign_domain::hidden;
use countersign_domain::money::Money;
use countersign_domain::tool::EvidenceFact;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest quote of a contradiction, in characters; the words themselves stand on the card.
const LONGEST_QUOTE_CHARS: usize = 160;
/// How many words before a number may say whose it is.
const NAMED_WITHIN: usize = 3;
/// From this length on a number of the same form is taken for another of the same kind.
const FORM_TELLS: usize = 4;

/// What is looked at.
pub(crate) struct Looked<'a> {
    pub(crate) tool: &'a PinnedTool,
    pub(crate) arguments: &'a [CardArgument],
    /// The same as they would be sent.
    pub(crate) values: &'a Value,
    pub(crate) facts: Option<&'a BTreeMap<String, Fact>>,
    pub(crate) bar: Option<&'a CardBar>,
    /// What whoever writes is called, and how sure that is.
    pub(crate) customer: Option<&'a str>,
    pub(crate) assurance: Assurance,
    /// The customer's words, as the card quotes them.
    pub(crate) words: &'a [CardWords],
}

/// Everything that does not go together, the gravest first.
pub(crate) fn second_look(topics: &Topics, looked: &Looked<'_>) -> Vec<CardContradiction> {
    let said: Vec<(u32, Clause<'_>)> = looked
        .words
        .iter()
        .flat_map(|words| clauses(&words.text, &topics.grammar).into_iter().map(|clause| (words.message, clause)))
        .collect();
    let stated = topics.stated(&said);
    let mut found = looked.against_facts(topics, &stated);
    found.extend(looked.against_arguments(topics, &stated));
    found.extend(looked.amount(topics, &said));
    found.extend(looked.over());
    found.extend(looked.object(topics, &said));
    found.extend(looked.name());
    found
}

impl Looked<'_> {
    fn fact(&self, name: &str) -> Option<(&EvidenceFact, &Fact)> {
        let named = self.tool.settings.evidence.iter().flat_map(|evidence| &evidence.facts);
        named.into_iter().find(|fact| fact.name == name).zip(self.facts?.get(name))
    }

    /// What is said to have happened, where a fact rules it out.
    fn against_facts(&self, topics: &Topics, stated: &[Stated<'_>]) -> Vec<CardContradiction> {
        let mut found = Vec::new();
        for fact in self.tool.settings.evidence.iter().flat_map(|evidence| &evidence.facts) {
            let Some(read) = self.facts.and_then(|facts| facts.get(&fact.name)) else { continue };
            let Some(ruled_out) = fact.contradicts.get(&as_text(&read.value)) else { continue };
            let against = format!("{}: {}", fact.label, read.shown());
            if let Some(stated) = stated.iter().rev().find(|stated| stated.topic.says_any(ruled_out)) {
                found.push(stated.contradicted(ContradictionKind::Said, against));
                continue;
            }
            let by_an_argument = self.arguments.iter().find_map(|argument| {
                let topic = topics.of_value(argument.value.as_str()?)?;
                topic.says_any(ruled_out).then_some((argument, topic))
            });
            found.extend(by_an_argument.map(|(argument, topic)| CardContradiction {
                kind: ContradictionKind::Said,
                says: format!("{} “{}” says that {}", argument.label, argument.shown, topic.says),
                quote: None,
                against,
            }));
        }
        found
    }

    /// An argument that names another reason than any that the customer gives.
    fn against_arguments(&self, topics: &Topics, stated: &[Stated<'_>]) -> Vec<CardContradiction> {
        let reasons = || stated.iter().filter(|stated| !stated.topic.values.is_empty());
        let contradicted = |argument: &CardArgument| {
            let value = argument.value.as_str()?;
            topics.of_value(value)?;
            let gives_it = reasons().any(|stated| stated.topic.values.iter().any(|one| one == value));
            let last = reasons().next_back().filter(|_| !gives_it)?;
            Some(last.contradicted(ContradictionKind::Argument, format!("{}: {}", argument.label, argument.shown)))
        };
        self.arguments.iter().filter_map(contradicted).collect()
    }

    /// The customer asks for a definite amount, and this is another that they name nowhere.
    fn amount(&self, topics: &Topics, said: &[(u32, Clause<'_>)]) -> Option<CardContradiction> {
        let money = crate::arguments::money(self.tool, self.values)?;
        let mut named = Vec::new();
        let mut asked = None;
        for (message, clause) in said {
            let mut amounts = Amounts::default();
            amounts.take(clause, &money.currency, &topics.money);
            named.extend(amounts.named);
            asked = amounts.asked.last().map(|(minor, text)| (*minor, *message, *text)).or(asked);
        }
        let (minor, message, text) = asked.filter(|_| !named.contains(&money.minor))?;
        let wanted = Money { minor, currency: money.currency.clone() };
        Some(CardContradiction {
            kind: ContradictionKind::Amount,
            says: format!("The customer asks for {wanted}"),
            quote: Some(quote(message, text)),
            against: format!("{}: {money}", self.label_of(&self.tool.settings.money.as_ref()?.amount_minor)),
        })
    }

    /// The amount is more than is left of its whole.
    fn over(&self) -> Option<CardContradiction> {
        let (bar, names) = (self.bar?, self.tool.settings.bar.as_ref()?);
        let left = bar.total.saturating_sub(bar.already);
        (bar.this > left).then_some(())?;
        let shown = |minor| in_currency(minor, &bar.currency);
        let (total, already) = (self.fact(&names.total)?, self.fact(&names.already)?);
        Some(CardContradiction {
            kind: ContradictionKind::Over,
            says: format!("{} is more than the {} that is left", shown(bar.this)?, shown(left.max(0))?),
            quote: None,
            against: format!(
                "{}: {}, {}: {}",
                total.0.label,
                shown(bar.total)?,
                already.0.label.to_lowercase(),
                shown(bar.already)?
            ),
        })
    }

    /// The customer names another object of the same form, and this one nowhere. Numbers of few digits may be anything,
    /// unless a word before them says what they are.
    fn object(&self, topics: &Topics, said: &[(u32, Clause<'_>)]) -> Option<CardContradiction> {
        let name = self.tool.settings.object.as_ref()?;
        let value = plain(self.values.get(name)?.as_str()?);
        let form = form(&value);
        let mut other = None;
        for (message, clause) in said {
            for (at, word) in clause.words.iter().enumerate() {
                if *word == value {
                    return None;
                }
                let before = clause.words.get(at.saturating_sub(NAMED_WITHIN)..at).unwrap_or_default();
                let is_named = before.iter().any(|word| topics.is_object(word));
                let tells = is_named || form.len() >= FORM_TELLS && !is_a_year(word) && !is_an_amount(clause, at);
                if tells && self::form(word) == form {
                    other = Some((word.clone(), *message, clause.text));
                }
            }
        }
        let (other, message, text) = other.filter(|_| form.contains('0'))?;
        Some(CardContradiction {
            kind: ContradictionKind::Object,
            says: format!("The customer names {}", hidden::boxed(&other)),
            quote: Some(quote(message, text)),
            against: format!("{}: {}", self.label_of(name), hidden::boxed(&value)),
        })
    }

    /// Somebody writes under another name than the one on the record.
    fn name(&self) -> Option<CardContradiction> {
        let (fact, read) = self.fact(self.tool.settings.evidence.as_ref()?.customer_name.as_ref()?)?;
        let customer = self.customer?;
        let on_record = read.value.as_str()?;
        let who = match self.assurance {
            Assurance::Verified => "The customer who signed in is",
            _ => "Whoever writes calls themself",
        };
        (!may_be_one_person(customer, on_record)).then(|| CardContradiction {
            kind: ContradictionKind::Name,
            says: format!("{who} {}", hidden::boxed(customer)),
            quote: None,
            against: format!("{}: {}", fact.label, read.shown()),
        })
    }

    fn label_of(&self, name: &str) -> String {
        let argument = self.arguments.iter().find(|argument| argument.name == name);
        argument.map_or_else(|| name.to_owned(), |argument| argument.label.clone())
    }
}

impl Stated<'_> {
    fn contradicted(&self, kind: ContradictionKind, against: String) -> CardContradiction {
        CardContradiction {
            kind,
            says: format!("The customer says that {}", self.topic.says),
            quote: Some(quote(self.message, self.clause)),
            against,
        }
    }
}

fn quote(message: u32, text: &str) -> CardQuote {
    let cut = text.char_indices().nth(LONGEST_QUOTE_CHARS).and_then(|(at, _)| text.get(..at));
    CardQuote { message, text: cut.map_or_else(|| text.to_owned(), |cut| format!("{cut}…")) }
}

/// A scalar as settings name it.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_a_year(word: &str) -> bool {
    word.parse().is_ok_and(|year: u32| (1990..2050).contains(&year))
}

fn is_an_amount(clause: &Clause<'_>, at: usize) -> bool {
    let beside = [at.checked_sub(1), at.checked_add(1)];
    let mut beside = beside.into_iter().flatten().filter_map(|place| clause.words.get(place));
    beside.any(|word| units::is_any(word))
}

/// How a number or code is built: 0 for every digit, a for every letter.
fn form(word: &str) -> String {
    let each = |c: char| {
        if c.is_ascii_digit() {
            '0'
        } else if c.is_alphabetic() {
            'a'
        } else {
            c
        }
    };
    word.chars().map(each).collect()
}

#[cfg(test)]
impl Topics {
    /// Those that ship with the sample shop.
    pub(super) fn of_the_sample_shop() -> Self {
        let text = include_str!("../../../assets/second-look/customers.toml");
        toml::from_str::<Self>(text).unwrap().checked().unwrap()
    }
}
