//! What policy says of an action, in words that a person can read and codes that the log can keep.

use crate::person::Role;
use serde::{Deserialize, Serialize};

/// Allow, hold or deny. Ordered by strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It may run without a person.
    Allow,
    /// It waits for people.
    Hold,
    /// It does not run, whoever agrees.
    Deny,
}

/// A rule that decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// Its name in the policy files, or `default-hold` or `policy-error`.
    pub id: String,
    /// Why, in plain words.
    pub reason: String,
}

/// A policy verdict. Two verdicts join to the stricter one, with the largest number of approvers and every role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Allow, hold or deny.
    pub disposition: Disposition,
    /// The rules that decided, each once, sorted by id.
    pub rules: Vec<Rule>,
    /// How many different people a hold asks for; 0 for allow and deny.
    pub approvers: u8,
    /// The roles that they need, each at least once among them; empty for allow and deny.
    pub roles: Vec<String>,
    /// How many of them must sign with a key on a device of theirs, not with one that the station holds for them.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub devices: u8,
    /// Whether whoever approves it types their password again for it, at a device of theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub step_up: bool,
    /// For how many seconds it can be taken back once the last of them has signed; 0 where it starts at once.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub undo_seconds: u16,
    /// For how many seconds a hold waits for people, the shortest time that a rule of it gives; 0 where none gives one, and it
    /// waits as long as the settings of its tool say.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub deadline_seconds: u32,
    /// Digest of the policy files that said so, hexadecimal.
    pub policy_version: String,
}

fn is_nothing<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// The shorter of two times to wait, in seconds, of which 0 says nothing.
pub fn shorter(one: u32, other: u32) -> u32 {
    if one == 0 || other == 0 { one.max(other) } else { one.min(other) }
}

/// The rule of the gate's own that denies what people have decided already: it is not asked of them again.
pub const DECIDED_ALREADY: &str = "decided-already";

impl Verdict {
    /// A hold by the gate itself: for the default and for what could not be judged.
    pub fn hold(id: &str, reason: impl Into<String>, policy_version: &str) -> Self {
        Self {
            disposition: Disposition::Hold,
            rules: vec![Rule { id: id.to_owned(), reason: reason.into() }],
            approvers: 1,
            roles: vec![Role::Supervisor.name().to_owned()],
            devices: 0,
            step_up: false,
            undo_seconds: 0,
            deadline_seconds: 0,
            policy_version: policy_version.to_owned(),
        }
    }

    /// A deny by a rule of the gate's own: it asks for nobody.
    pub fn deny(id: &str, reason: impl Into<String>, policy_version: &str) -> Self {
        Self {
            disposition: Disposition::Deny,
            approvers: 0,
            roles: Vec::new(),
            ..Self::hold(id, reason, policy_version)
        }
    }

    /// The stricter of both: nothing that either asks for is lost.
    pub fn join(self, other: Self) -> Self {
        let strictest = self.disposition.max(other.disposition);
        let mut joined = if self.disposition == strictest { self.clone() } else { other.clone() };
        if self.disposition == strictest && other.disposition == strictest {
            joined.rules.extend(other.rules);
            joined.rules.sort();
            joined.rules.dedup();
            joined.roles.extend(other.roles);
            joined.roles.sort();
            joined.roles.dedup();
            joined.approvers = self.approvers.max(other.approvers);
            joined.devices = self.devices.max(other.devices);
            joined.step_up = self.step_up || other.step_up;
            joined.undo_seconds = self.undo_seconds.max(other.undo_seconds);
            joined.deadline_seconds = shorter(self.deadline_seconds, other.deadline_seconds);
        }
        joined
    }

    /// For how many seconds it waits for people, where the house gives so many to what no rule gives a time of its own.
    pub fn waits_seconds(&self, house: u32) -> i64 {
        i64::from(if self.deadline_seconds == 0 { house } else { self.deadline_seconds })
    }

    /// Whether this asks for more than `other`: stricter, more people, more devices, a password typed again, or a role that
    /// the other did not name. For how long it can be taken back asks nobody for anything.
    pub fn asks_more_than(&self, other: &Self) -> bool {
        self.disposition > other.disposition
            || (self.disposition == Disposition::Hold
                && other.disposition == Disposition::Hold
                && (self.approvers > other.approvers
                    || self.devices > other.devices
                    || (self.step_up && !other.step_up)
                    || self.roles.iter().any(|r| !other.roles.contains(r))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_join_to_the_largest_number_and_every_role() {
        let one = Verdict::hold("a", "A.", "v");
        let two = Verdict { approvers: 2, roles: vec!["finance".into()], ..Verdict::hold("b", "B.", "v") };
        let joined = one.clone().join(two.clone());
        assert_eq!((joined.approvers, joined.roles.len(), joined.rules.len()), (2, 2, 2));
        assert!(joined.asks_more_than(&one));
        let by_device = Verdict { devices: 1, ..one.clone() };
        assert!(by_device.asks_more_than(&one) && !one.asks_more_than(&by_device));
        assert_eq!(one.clone().join(by_device).devices, 1);
        let stepped_up = Verdict { step_up: true, ..one.clone() };
        assert!(stepped_up.asks_more_than(&one) && !one.asks_more_than(&stepped_up));
        assert!(one.clone().join(stepped_up.clone()).step_up && stepped_up.join(one.clone()).step_up);
        let waits = Verdict { undo_seconds: 30, ..one.clone() };
        assert!(!waits.asks_more_than(&one));
        assert_eq!((one.clone().join(waits.clone()).undo_seconds, waits.join(one.clone()).undo_seconds), (30, 30));
        let deny = Verdict { disposition: Disposition::Deny, ..one.clone() };
        assert_eq!(joined.join(deny.clone()).disposition, Disposition::Deny);
        assert!(deny.asks_more_than(&two));
    }

    #[test]
    fn holds_join_to_the_shortest_time_that_one_of_them_gives() {
        let waits = |deadline_seconds| Verdict { deadline_seconds, ..Verdict::hold("a", "A.", "v") };
        for (one, other, joined) in [(0, 0, 900), (0, 120, 120), (120, 0, 120), (300, 120, 120), (3_600, 0, 3_600)] {
            assert_eq!(waits(one).join(waits(other)).waits_seconds(900), joined, "{one} and {other}");
        }
        assert!(!waits(120).asks_more_than(&waits(900)), "how long it waits asks nobody for anything");
        let allow = Verdict { disposition: Disposition::Allow, approvers: 0, roles: Vec::new(), ..waits(0) };
        assert_eq!(allow.join(waits(120)).deadline_seconds, 120);
    }
}
