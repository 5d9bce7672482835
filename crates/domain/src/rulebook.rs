//! The rules that are in force, as the log keeps them: enough for anyone to hold a verdict against them without the rule
//! files. What a rule asks in its own words stands in those files, whose digests are kept beside this.

use crate::action::Standing;
use crate::ledger::Sums;
use crate::money::{Currency, Money};
use crate::verdict::Disposition;
use serde::{Deserialize, Serialize};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleInForce {
    /// Its name.
    pub id: String,
    /// What it does where it matches.
    pub disposition: Disposition,
    /// How many people a hold asks for.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub approvers: u8,
    /// The roles that a hold asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How many of them sign with a device of theirs.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub devices: u8,
    /// Whether whoever approves what it holds types their password again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub step_up: bool,
    /// For how many seconds what it holds waits for people; 0 where it gives no time of its own.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub deadline_seconds: u32,
    /// The tools that it is about, by full name.
    pub tools: Vec<String>,
    /// The limit that it is, where it is nothing but a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<RuleLimit>,
}

/// A limit: the rule matches where the amount, or the amount and what its ledger holds, is more than `most`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLimit {
    /// The currency that it is about; every one, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What the amount is added to.
    pub beside: Beside,
    /// The most, in minor units, that the rule lets pass.
    pub most: i64,
    /// Whether it counts only where the ledger holds an action of the same tool within 30 days already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
}

/// What an amount is added to before a limit is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Nothing: the amount alone.
    Nothing,
    /// What the customer was given today.
    CustomerToday,
    /// What the customer was given in 30 days.
    #[serde(rename = "customer_30d")]
    Customer30d,
    /// What the agent gave today.
    AgentToday,
    /// What the agent gave in 30 days.
    #[serde(rename = "agent_30d")]
    Agent30d,
    /// What went out for the object today.
    ObjectToday,
    /// What went out for the object in 30 days.
    #[serde(rename = "object_30d")]
    Object30d,
}

fn is_nothing<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl Beside {
    /// The name of the ledger whose sum it is, as rules write it.
    pub fn ledger(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::CustomerToday | Self::Customer30d => Some("customer"),
            Self::AgentToday | Self::Agent30d => Some("agent"),
            Self::ObjectToday | Self::Object30d => Some("object"),
        }
    }
}

impl RuleLimit {
    /// Whether an amount passes the limit, beside what ledgers hold; nothing where a sum that it needs is not known.
    pub fn is_passed(&self, money: &Money, standing: &Standing) -> Option<bool> {
        if self.currency.as_ref().is_some_and(|currency| *currency != money.currency) {
            return Some(false);
        }
        let sums = match self.beside {
            Beside::Nothing => Sums::default(),
            Beside::CustomerToday | Beside::Customer30d => standing.customer?,
            Beside::AgentToday | Beside::Agent30d => standing.agent?,
            Beside::ObjectToday | Beside::Object30d => standing.object?,
        };
        if self.repeated && sums.count_30d == 0 {
            return Some(false);
        }
        let held = match self.beside {
            Beside::Nothing => 0,
            Beside::CustomerToday | Beside::AgentToday | Beside::ObjectToday => sums.minor_today,
            Beside::Customer30d | Beside::Agent30d | Beside::Object30d => sums.minor_30d,
        };
        Some(held.saturating_add(money.minor) > self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_passed_by_more_than_the_most_and_only_in_its_currency() {
        let eur = |minor| Money { minor, currency: "EUR".to_owned().try_into().unwrap() };
        let sums = Sums { minor_today: 10, minor_30d: 150, count_today: 1, count_30d: 2 };
        let limit = |beside| RuleLimit { currency: Some(eur(0).currency), beside, most: 200, repeated: false };
        let customer = Standing { customer: Some(sums), ..Standing::default() };
        let object = Standing { object: Some(sums), ..Standing::default() };
        for (beside, known, unknown) in
            [(Beside::Customer30d, &customer, &object), (Beside::Object30d, &object, &customer)]
        {
            assert_eq!(limit(beside).is_passed(&eur(50), known), Some(false));
            assert_eq!(limit(beside).is_passed(&eur(51), known), Some(true));
            assert_eq!(limit(beside).is_passed(&eur(51), unknown), None, "the sum is not known");
        }
        assert_eq!(limit(Beside::ObjectToday).is_passed(&eur(190), &object), Some(false));
        assert_eq!(limit(Beside::ObjectToday).is_passed(&eur(191), &object), Some(true));
        let repeated = RuleLimit { repeated: true, ..limit(Beside::Object30d) };
        assert_eq!(repeated.is_passed(&eur(51), &object), Some(true));
        let first = Standing { object: Some(Sums::default()), ..Standing::default() };
        assert_eq!(repeated.is_passed(&eur(9_999), &first), Some(false), "the first is no part of anything");
        let krona = Money { minor: 9_999, currency: "SEK".to_owned().try_into().unwrap() };
        assert_eq!(limit(Beside::Customer30d).is_passed(&krona, &customer), Some(false));
        let alone = RuleLimit { currency: None, beside: Beside::Nothing, most: 200, repeated: false };
        assert_eq!(alone.is_passed(&krona, &Standing::default()), Some(true));
    }
}
