//! External agents: agents of others that come through the gate with a token of their own. What a token may do is granted
//! by people, like everything else that is policy.

use crate::conversation::Assurance;
use crate::event::Event;
use crate::hexadecimal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The longest name of an agent, in characters.
pub const LONGEST_AGENT_NAME: usize = 40;
/// The most tools that one agent is granted.
pub const MOST_GRANTED_TOOLS: usize = 200;
/// The most external agents of one station, those that were revoked among them.
pub const MOST_AGENTS: usize = 200;
/// The longest that a token is good for, in days.
pub const LONGEST_TOKEN_DAYS: i64 = 366;
/// The most calls a minute.
const MOST_CALLS_PER_MINUTE: u32 = 60_000;
/// The most calls that have not come to their end, at once.
pub const MOST_OPEN_CALLS: u32 = 4_000;
/// The longest that a call stays open for a person's decision, in seconds.
const LONGEST_WAIT: u32 = 3_600;

/// How far an agent's word on who the customer is counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentWord {
    /// Not at all: its customers are anonymous.
    Nothing,
    /// As what somebody claims.
    Claimed,
    /// As if we had checked it ourselves.
    Verified,
}

impl AgentWord {
    /// The most that we are sure of on this word.
    pub fn assurance(self) -> Assurance {
        match self {
            Self::Nothing => Assurance::Anonymous,
            Self::Claimed => Assurance::Claimed,
            Self::Verified => Assurance::Verified,
        }
    }
}

/// What an external agent may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentGrant {
    /// The tools that it sees and may ask for, by full name. What comes of a call the rules say.
    pub tools: Vec<String>,
    /// How far its word on who the customer is counts.
    pub word: AgentWord,
    /// Its token is good until then.
    pub expires: Timestamp,
    /// The most calls a minute.
    pub calls_per_minute: u32,
    /// The most calls at once that have not come to their end, those that wait for people among them.
    pub open_calls: u32,
    /// A call that waits for people stays open for so many seconds; then its caller gets a ticket. Shorter than what the
    /// caller waits for an answer.
    pub wait_seconds: u32,
}

/// Why a grant is refused, in words for whoever wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitGrant(String);

impl AgentGrant {
    /// Refuses what could not be kept, or would be none.
    pub fn check(&self, now: Timestamp) -> Result<(), UnfitGrant> {
        let unfit = |why: String| Err(UnfitGrant(why));
        if self.tools.is_empty() {
            return unfit("an agent is granted at least one tool".to_owned());
        }
        if self.tools.len() > MOST_GRANTED_TOOLS {
            return unfit(format!("an agent is granted at most {MOST_GRANTED_TOOLS} tools"));
        }
        if self.tools.iter().collect::<BTreeSet<_>>().len() < self.tools.len() {
            return unfit("a tool is named twice".to_owned());
        }
        if self.expires <= now || self.expires > now.plus_seconds(LONGEST_TOKEN_DAYS * 24 * 60 * 60) {
            return unfit(format!("a token is good for some time, and for {LONGEST_TOKEN_DAYS} days at most"));
        }
        let within = |what: &str, value: u32, most: u32| match (1..=most).contains(&value) {
            true => Ok(()),
            false => Err(UnfitGrant(format!("{what} must be a number from 1 to {most}, and is {value}"))),
        };
        within("the calls a minute", self.calls_per_minute, MOST_CALLS_PER_MINUTE)?;
        within("the calls open at once", self.open_calls, MOST_OPEN_CALLS)?;
        within("the seconds that a call stays open", self.wait_seconds, LONGEST_WAIT)
    }
}

/// What a name that is none should be, for whoever chose it.
pub const AGENT_NAME_RULE: &str = "an agent's name has 2 to 40 small letters, digits and dashes, such as billing-bot";

/// Whether this may be an agent's name: short, small letters, digits and dashes, so that it reads the same everywhere and
/// can stand in a token.
pub fn is_agent_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (2..=LONGEST_AGENT_NAME).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What an agent's token begins with; its name follows, and what nobody can guess.
const TOKEN: &str = "csa";

/// A token for an agent: shown once, kept only as its digest.
pub fn token_of(agent: &str, secret: [u8; 32]) -> String {
    format!("{TOKEN}_{agent}_{}", hex::encode(secret))
}

/// The agent whose token this could be.
pub fn agent_of_token(token: &str) -> Option<&str> {
    let (name, secret) = token.strip_prefix(TOKEN)?.strip_prefix('_')?.split_once('_')?;
    (is_agent_name(name) && hexadecimal::bytes::<32>(secret).is_some()).then_some(name)
}

/// SHA-256 of a token, hexadecimal.
pub fn token_digest(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// What happens to an external agent: its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum AgentEvent {
    /// It may do this from here on, and nothing else. Follows from a change that people signed.
    #[serde(rename = "agent.granted")]
    Granted {
        /// Its name.
        agent: String,
        /// What it may do.
        grant: AgentGrant,
        /// SHA-256 of its token, hexadecimal: no other token is its.
        token: String,
    },
    /// It may do nothing any more. Follows from a change that people signed.
    #[serde(rename = "agent.revoked")]
    Revoked {
        /// Its name.
        agent: String,
    },
}

impl Event for AgentEvent {}

/// An external agent, folded from its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalAgent {
    /// What it may do; absent before the first grant, and once revoked.
    pub grant: Option<AgentGrant>,
    /// SHA-256 of the token that was granted last, hexadecimal.
    pub token: String,
    /// Those of tokens that are good no more, for another took their place or they were revoked.
    pub spent: BTreeSet<String>,
    /// The events taken in: the stream's version.
    pub version: u64,
}

impl ExternalAgent {
    /// Takes an event in.
    pub fn apply(&mut self, event: &AgentEvent) {
        self.version += 1;
        match event {
            AgentEvent::Granted { grant, token, .. } => {
                self.grant = Some(grant.clone());
                let before = std::mem::replace(&mut self.token, token.clone());
                if before != *token && !before.is_empty() {
                    self.spent.insert(before);
                }
            }
            AgentEvent::Revoked { .. } => {
                self.grant = None;
                self.spent.insert(self.token.clone());
            }
        }
    }

    /// What it may do now.
    pub fn granted(&self, now: Timestamp) -> Option<&AgentGrant> {
        self.grant.as_ref().filter(|grant| now < grant.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_micros(1_000_000_000_000_000).unwrap()
    }

    fn grant() -> AgentGrant {
        AgentGrant {
            tools: vec!["crm.find_order".into()],
            word: AgentWord::Claimed,
            expires: now().plus_seconds(60),
            calls_per_minute: 60,
            open_calls: 20,
            wait_seconds: 50,
        }
    }

    #[test]
    fn what_grants_nothing_or_without_end_is_refused() {
        let refused = |edit: fn(&mut AgentGrant)| {
            let mut grant = grant();
            edit(&mut grant);
            grant.check(now()).is_err()
        };
        assert!(!refused(|_| {}));
        assert!(refused(|g| g.tools.clear()));
        assert!(refused(|g| g.tools.push("crm.find_order".into())));
        assert!(refused(|g| g.tools = (0..=MOST_GRANTED_TOOLS).map(|n| n.to_string()).collect()));
        assert!(refused(|g| g.expires = now()));
        assert!(refused(|g| g.expires = now().plus_seconds(367 * 86_400)));
        for zero in [
            |g: &mut AgentGrant| g.calls_per_minute = 0,
            |g: &mut AgentGrant| g.open_calls = 0,
            |g: &mut AgentGrant| g.wait_seconds = 0,
        ] {
            assert!(refused(zero));
        }
        assert!(refused(|g| g.open_calls = MOST_OPEN_CALLS + 1));
        assert!(refused(|g| g.wait_seconds = LONGEST_WAIT + 1));
    }

    #[test]
    fn a_name_reads_the_same_everywhere() {
        assert!(is_agent_name("billing-bot") && is_agent_name("a2"));
        for wrong in ["a", "", "Billing", "bot_1", "bot.1", "-bot", "bot-", "bót", "bot 1", &"a".repeat(41)] {
            assert!(!is_agent_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_token_names_its_agent_and_is_kept_as_its_digest() {
        let token = token_of("billing-bot", [7; 32]);
        assert_eq!(agent_of_token(&token), Some("billing-bot"));
        assert_ne!(token_digest(&token), token_digest(&token_of("billing-bot", [8; 32])));
        for wrong in ["", "csa_bot", "csa_bot_00", &token.to_uppercase(), &token[1..], &format!("{token}0")] {
            assert_eq!(agent_of_token(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_grant_ends_with_its_time_and_with_its_revocation() {
        let mut agent = ExternalAgent::default();
        assert!(agent.granted(now()).is_none());
        let granted = AgentEvent::Granted { agent: "bot".into(), grant: grant(), token: "ab".into() };
        agent.apply(&granted);
        assert!(agent.granted(now()).is_some());
        assert!(agent.granted(now().plus_seconds(60)).is_none());
        agent.apply(&AgentEvent::Revoked { agent: "bot".into() });
        assert!(agent.granted(now()).is_none());
        agent.apply(&granted);
        assert!(agent.granted(now()).is_some() && agent.version == 3);
    }
}
