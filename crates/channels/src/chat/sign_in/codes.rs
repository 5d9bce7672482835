//! The codes that are waited for, one a conversation. They are in memory only: a restart forgets them, and whoever waits
//! for one asks for another. So none is ever in a file, and a restart gives nobody more tries.

use countersign_agents::port::AddressOwner;
use countersign_domain::ambient::{Entropy, random_32};
use countersign_domain::ids::ConversationId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a code is good.
pub(in crate::chat) const GOOD_FOR: Duration = Duration::from_secs(10 * 60);
/// How often a code may be typed wrongly, the last time included.
pub(in crate::chat) const MOST_TRIES: u32 = 5;
/// Codes that are waited for at once.
const MOST_WAITING: usize = 10_000;
const DIGITS: usize = 6;
/// Every code below is as likely as every other: of the numbers that four bytes can hold, those beyond are drawn again.
const EVEN: u32 = u32::MAX - u32::MAX % 1_000_000;

/// Six digits. It goes into one letter and is shown nowhere else.
pub(in crate::chat) struct Code(String);

impl Code {
    pub(in crate::chat) fn random(entropy: &dyn Entropy) -> Self {
        loop {
            let mut bytes = [0; 4];
            entropy.fill(&mut bytes);
            let drawn = u32::from_le_bytes(bytes);
            if drawn < EVEN {
                return Self(format!("{:06}", drawn % 1_000_000));
            }
        }
    }

    /// What was typed, where that are six digits, however they are grouped.
    pub(in crate::chat) fn typed(text: &str) -> Option<Self> {
        if text.len() > 32 {
            return None;
        }
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        let digits = plain.len() == DIGITS && plain.bytes().all(|b| b.is_ascii_digit());
        digits.then_some(Self(plain))
    }

    pub(in crate::chat) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a typed code came to.
pub(in crate::chat) enum Entered {
    /// It was the code; it is spent.
    Right { number: u32, owner: AddressOwner, waiting: Waiting },
    /// It was not.
    Wrong { left: u32 },
    /// It was not, and this was the last time.
    Spent { number: u32 },
    /// It was good once.
    Expired,
    /// None is waited for here.
    Nothing,
}

/// A code that is waited for.
pub(in crate::chat) struct Waiting {
    number: u32,
    until: Instant,
    left: u32,
    /// Of the code and its conversation, under a key that ends with the process.
    tag: [u8; 32],
    /// Whom the right code proves. Nobody, where the address is no customer's: it is then waited for all the same, so that
    /// whoever asked sees no difference.
    owner: Option<AddressOwner>,
}

/// All of them.
pub(in crate::chat) struct Codes {
    key: [u8; 32],
    table: Mutex<HashMap<ConversationId, Waiting>>,
}

impl Codes {
    pub(in crate::chat) fn new(entropy: &dyn Entropy) -> Self {
        Self { key: random_32(entropy), table: Mutex::default() }
    }

    /// Waits for a code in a conversation, in place of any that was asked for before. False where too many are waited for already.
    pub(in crate::chat) fn wait(&self, conversation: &ConversationId, number: u32, code: &Code, now: Instant) -> bool {
        let Some(mac) = self.mac(conversation, code) else { return false };
        let tag = mac.finalize().into_bytes().into();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST_WAITING {
            table.retain(|_, waiting| waiting.until > now);
        }
        if table.len() >= MOST_WAITING && !table.contains_key(conversation) {
            return false;
        }
        // Two may ask at once: the later asking counts, whichever comes here first.
        if table.get(conversation).is_some_and(|other| other.number > number && other.until > now) {
            return true;
        }
        let (until, left) = (now + GOOD_FOR, MOST_TRIES);
        table.insert(conversation.clone(), Waiting { number, until, left, tag, owner: None });
        true
    }

    /// Waits again for a code that was right and could not be made use of; not in place of a later one.
    pub(in crate::chat) fn put_back(&self, conversation: &ConversationId, waiting: Waiting) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.entry(conversation.clone()).or_insert(waiting);
    }

    /// Says whom the code of this asking proves.
    pub(in crate::chat) fn proves(&self, conversation: &ConversationId, number: u32, owner: AddressOwner) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = table.get_mut(conversation).filter(|waiting| waiting.number == number) {
            waiting.owner = Some(owner);
        }
    }

    /// Waits no more for the code of this asking.
    pub(in crate::chat) fn forget(&self, conversation: &ConversationId, number: u32) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.get(conversation).is_some_and(|waiting| waiting.number == number) {
            table.remove(conversation);
        }
    }

    /// Tries a code in a conversation: counted before it is compared, compared in constant time, good once.
    pub(in crate::chat) fn enter(&self, conversation: &ConversationId, code: &Code, now: Instant) -> Entered {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = table.get_mut(conversation) else { return Entered::Nothing };
        if waiting.until <= now {
            table.remove(conversation);
            return Entered::Expired;
        }
        waiting.left = waiting.left.saturating_sub(1);
        let (number, left) = (waiting.number, waiting.left);
        let right = self.mac(conversation, code).is_some_and(|mac| mac.verify_slice(&waiting.tag).is_ok());
        match waiting.owner.clone().filter(|_| right) {
            Some(owner) => match table.remove(conversation) {
                Some(waiting) => Entered::Right { number, owner, waiting },
                None => Entered::Nothing,
            },
            None if left == 0 => {
                table.remove(conversation);
                Entered::Spent { number }
            }
            None => Entered::Wrong { left },
        }
    }

    fn mac(&self, conversation: &ConversationId, code: &Code) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(conversation.as_str().as_bytes());
        mac.update(code.as_str().as_bytes());
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_testkit::SeededEntropy;

    fn owner(subject: &str) -> AddressOwner {
        AddressOwner { subject: subject.to_owned(), address: "ana@example.com".to_owned(), name: None }
    }

    fn waiting(codes: &Codes, entropy: &SeededEntropy, now: Instant) -> (ConversationId, Code) {
        let (conversation, code) = (ConversationId::random(entropy), Code::random(entropy));
        assert!(codes.wait(&conversation, 1, &code, now));
        codes.proves(&conversation, 1, owner("C-2001"));
        (conversation, code)
    }

    #[test]
    fn a_code_is_good_for_ten_minutes_and_not_a_moment_longer() {
        let (entropy, start) = (SeededEntropy::new(3), Instant::now());
        let codes = Codes::new(&entropy);
        let (early, code) = waiting(&codes, &entropy, start);
        let last = start + GOOD_FOR - Duration::from_millis(1);
        assert!(matches!(codes.enter(&early, &code, last), Entered::Right { number: 1, .. }));
        assert!(matches!(codes.enter(&early, &code, last), Entered::Nothing));
        let (late, code) = waiting(&codes, &entropy, start);
        assert!(matches!(codes.enter(&late, &code, start + GOOD_FOR), Entered::Expired));
        assert!(matches!(codes.enter(&late, &code, start), Entered::Nothing));
    }

    #[test]
    fn whom_a_code_proves_is_said_of_the_asking_that_it_belongs_to() {
        let (entropy, start) = (SeededEntropy::new(4), Instant::now());
        let codes = Codes::new(&entropy);
        let (conversation, first) = (ConversationId::random(&entropy), Code::random(&entropy));
        codes.wait(&conversation, 1, &first, start);
        let second = Code::random(&entropy);
        codes.wait(&conversation, 2, &second, start);
        // The answer to the first asking comes late.
        codes.proves(&conversation, 1, owner("C-2001"));
        codes.forget(&conversation, 1);
        assert!(matches!(codes.enter(&conversation, &first, start), Entered::Wrong { left: 4 }));
        assert!(
            matches!(codes.enter(&conversation, &second, start), Entered::Wrong { left: 3 }),
            "it proves nobody yet"
        );
        codes.proves(&conversation, 2, owner("C-2002"));
        let entered = codes.enter(&conversation, &second, start);
        assert!(matches!(entered, Entered::Right { number: 2, owner, .. } if owner.subject == "C-2002"));
    }

    #[test]
    fn the_table_is_bounded_and_makes_room_by_what_has_expired() {
        let (entropy, start) = (SeededEntropy::new(5), Instant::now());
        let codes = Codes::new(&entropy);
        let code = Code::random(&entropy);
        let kept = ConversationId::random(&entropy);
        codes.wait(&kept, 1, &code, start);
        for _ in 1..MOST_WAITING {
            assert!(codes.wait(&ConversationId::random(&entropy), 1, &code, start));
        }
        assert!(!codes.wait(&ConversationId::random(&entropy), 1, &code, start));
        assert!(codes.wait(&kept, 2, &code, start), "whoever waits may ask anew");
        assert!(codes.wait(&ConversationId::random(&entropy), 1, &code, start + GOOD_FOR));
    }

    #[test]
    fn every_code_has_six_digits_and_none_is_likelier() {
        let entropy = SeededEntropy::new(6);
        let drawn: Vec<u32> = (0..20_000).map(|_| Code::random(&entropy).as_str().parse().unwrap()).collect();
        assert!(drawn.iter().all(|code| *code < 1_000_000));
        // Ten classes of 2,000: six standard deviations are 255.
        for tenth in 0..10 {
            let count = drawn.iter().filter(|code| **code / 100_000 == tenth).count();
            assert!((1_745..=2_255).contains(&count), "{tenth}: {count}");
        }
        assert_eq!(EVEN % 1_000_000, 0);
    }
}
