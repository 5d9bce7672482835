//! Customers come, one after another, as many as the pace says.

use super::cards::{FIRST, Pack};
use super::line::ChatAddress;
use super::pace::{Pace, Told};
use super::talk::Talk;
use super::visit::{Hands, Visited, visit};
use super::visitor::Town;
use super::words::Tongues;
use crate::CrmError;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How soon the first ones follow each other, so that a new desk sees something.
const FIRST_GAP: Duration = Duration::from_millis(2_500);
/// So many come first where nobody watches: one less than the chat takes at once.
const FIRST_IN_A_HURRY: usize = 9;
/// How long nobody new comes after somebody was not let in; doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// Simulated customers of one chat.
pub struct Crowd {
    to: ChatAddress,
    hands: Hands,
    chance: StdRng,
    pack: Pack,
    town: Town,
    tongues: Arc<Tongues>,
}

/// The sample that customers come from cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CrowdError {
    /// The words or the cards.
    #[error("what customers say cannot be read: {0}")]
    Words(#[from] toml::de::Error),
    /// Customers or orders.
    #[error(transparent)]
    Sample(#[from] CrmError),
}

impl Crowd {
    /// The customers that follow from a seed. `hurried`: without pauses for reading and typing.
    pub fn of(to: ChatAddress, seed: u64, hurried: bool) -> Result<Self, CrowdError> {
        let mut chance = StdRng::seed_from_u64(seed);
        let pack = Pack::open(&mut chance)?;
        let (town, tongues) = (Town::read()?, Arc::new(Tongues::read()?));
        Ok(Self { to, hands: Hands { hurried }, chance, pack, town, tongues })
    }

    /// Lets customers come until nobody is left who could say anything about it.
    pub async fn come(mut self, mut told: watch::Receiver<Told>) {
        let mut inside: JoinSet<Visited> = JoinSet::new();
        let mut next = Instant::now();
        let mut first = if self.hands.hurried { FIRST_IN_A_HURRY } else { FIRST };
        let mut backoff = FIRST_BACKOFF;
        loop {
            let pace = told.borrow_and_update().pace();
            let may_come = pace.per_minute > 0 && inside.len() < pace.at_once;
            tokio::select! {
                changed = told.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    // Whoever asks for more does not wait for what was less.
                    next = next.min(Instant::now() + self.gap(told.borrow().pace(), first));
                }
                Some(visited) = inside.join_next() => match visited {
                    Ok(Visited::Talked) => backoff = FIRST_BACKOFF,
                    Ok(Visited::NotLetIn) => {
                        next = next.max(Instant::now() + backoff);
                        backoff = (backoff * 2).min(LONGEST_BACKOFF);
                    }
                    Err(error) => tracing::warn!(%error, "a visit broke off"),
                },
                () = sleep_until(next), if may_come => {
                    let secret = told.borrow().site_secret.clone();
                    self.lets_one_come(&mut inside, secret.as_deref());
                    first = first.saturating_sub(1);
                    next = Instant::now() + self.gap(pace, first);
                }
            }
        }
    }

    fn gap(&mut self, pace: Pace, first: usize) -> Duration {
        if first > 0 {
            return if self.hands.hurried { FIRST_GAP / 10 } else { FIRST_GAP };
        }
        let even = 60_000 / u64::from(pace.per_minute.max(1));
        Duration::from_millis(self.chance.random_range(even / 2..=even + even / 2))
    }

    fn lets_one_come(&mut self, inside: &mut JoinSet<Visited>, site_secret: Option<&str>) {
        let Some(card) = self.pack.deal(&mut self.chance) else { return };
        let Some(visitor) = self.town.send(card, &mut self.chance) else { return };
        let token = visitor.token(site_secret);
        let (of_talk, of_hands) = (StdRng::from_rng(&mut self.chance), StdRng::from_rng(&mut self.chance));
        let (to, hands, tongues) = (self.to.clone(), self.hands, Arc::clone(&self.tongues));
        tracing::debug!(card = ?visitor.card, "somebody comes");
        inside.spawn(async move {
            let Some(words) = tongues.of(&visitor.card.language) else { return Visited::Talked };
            visit(Talk::new(visitor, words, of_talk), token, &to, hands, of_hands).await
        });
    }
}
