//! One visit: a line, a customer's side of the conversation on it, and time for reading and typing.

use super::line::{ChatAddress, Heard, Line, Lost};
use super::talk::{Next, Talk};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long somebody goes on trying to come back to their conversation.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(120);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(20);
/// How long a message waits that came too fast.
const TOO_FAST: Duration = Duration::from_secs(5);

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visited {
    /// They were there.
    Talked,
    /// They could not come in.
    NotLetIn,
}

/// How fast people read and type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hands {
    /// Without pauses, for whoever watches a clock and no people.
    pub(super) hurried: bool,
}

impl Hands {
    fn reads(self, chance: &mut StdRng) -> Duration {
        if self.hurried { Duration::from_millis(150) } else { Duration::from_millis(chance.random_range(900..2_400)) }
    }

    fn types(self, words: &str, chance: &mut StdRng) -> Duration {
        let letters = u64::try_from(words.chars().count()).unwrap_or(u64::MAX).min(80);
        let pause = if self.hurried { 0 } else { chance.random_range(300..900) + letters * 35 };
        Duration::from_millis(pause)
    }
}

/// What a visit keeps over its lines.
struct Visit<'w> {
    talk: Talk<'w>,
    chance: StdRng,
    hands: Hands,
    token: Option<String>,
    /// The conversation, its secret, its log.
    mine: Option<(String, String, String)>,
    last: Option<u64>,
    sent: u32,
    /// A message that is not accepted yet.
    unsent: Option<(String, String)>,
}

/// Whether there is more to do, and on which line.
enum After {
    Gone(Visited),
    /// The line is lost; it is tried again after this time.
    Back(Duration),
}

/// Visits until the customer goes.
pub(super) async fn visit(
    talk: Talk<'_>,
    token: Option<String>,
    to: &ChatAddress,
    hands: Hands,
    chance: StdRng,
) -> Visited {
    let mut visit = Visit { talk, chance, hands, token, mine: None, last: None, sent: 0, unsent: None };
    let mut retry = FIRST_RETRY;
    let mut alone_since: Option<Instant> = None;
    loop {
        let after = match Line::connect(to).await {
            Ok(line) => visit.on(line).await,
            Err(Lost::Unreachable | Lost::Ended) if visit.mine.is_none() => return Visited::NotLetIn,
            Err(_) => {
                let since = *alone_since.get_or_insert_with(Instant::now);
                if since.elapsed() > COMES_BACK_WITHIN {
                    return Visited::Talked;
                }
                retry = (retry * 2).min(LONGEST_RETRY);
                After::Back(retry)
            }
        };
        match after {
            After::Gone(visited) => return visited,
            After::Back(after) => sleep_until(Instant::now() + after).await,
        }
    }
}

impl Visit<'_> {
    /// Talks on one line.
    async fn on(&mut self, mut line: Line) -> After {
        match self.talks(&mut line).await {
            Ok(Next::LoseLine(Some(after))) => After::Back(after),
            // Dropped as it is: nobody says goodbye on a line that is lost.
            Ok(Next::LoseLine(None)) => After::Gone(Visited::Talked),
            Ok(_) => {
                line.close().await;
                After::Gone(Visited::Talked)
            }
            Err(_) if self.mine.is_none() => After::Gone(Visited::NotLetIn),
            Err(_) => After::Back(FIRST_RETRY),
        }
    }

    /// Until the customer goes (`Go`) or loses the line.
    async fn talks(&mut self, line: &mut Line) -> Result<Next, Lost> {
        line.tell(&self.hello()).await?;
        let begins = self.mine.is_none();
        self.is_let_in(line).await?;
        if let Some((id, text)) = &self.unsent {
            line.tell(&message(id, text)).await?;
        }
        // What is typed, and when it is ready.
        let mut typing: Option<(Instant, Next)> = None;
        let mut reading: Option<Instant> = self.talk.has_heard().then(Instant::now);
        if begins {
            let next = self.talk.opens();
            typing = Some(self.types(next));
        }
        let mut patience = Instant::now() + self.talk.patience();
        loop {
            let typed = typing.as_ref().map(|(ready, _)| *ready);
            tokio::select! {
                heard = line.hear() => {
                    let heard = heard?;
                    if let Heard::Error { code, client_id } = &heard {
                        if code != "too_fast" || client_id.is_none() {
                            tracing::debug!(code, "the chat refused a frame");
                            return Ok(Next::Go(None));
                        }
                        sleep_until(Instant::now() + TOO_FAST).await;
                        if let Some((id, text)) = &self.unsent {
                            line.tell(&message(id, text)).await?;
                        }
                        continue;
                    }
                    if heard == Heard::Closed {
                        return Ok(Next::Go(None));
                    }
                    if self.takes(heard) {
                        patience = Instant::now() + self.talk.patience();
                    }
                    if self.talk.has_heard() {
                        reading = Some(Instant::now() + self.hands.reads(&mut self.chance));
                    }
                }
                () = until(typed) => match typing.take() {
                    Some((_, Next::Say(words))) => {
                        self.says(line, words).await?;
                        patience = Instant::now() + self.talk.patience();
                    }
                    Some((_, Next::Go(Some(words)))) => {
                        self.says(line, words).await?;
                        return Ok(Next::Go(None));
                    }
                    Some((_, Next::Wait)) | None => {}
                    Some((_, next)) => return Ok(next),
                },
                // Nobody reads while they type.
                () = until(reading), if typing.is_none() => {
                    reading = None;
                    let next = self.talk.answers();
                    patience = Instant::now() + self.talk.patience();
                    typing = Some(self.types(next));
                }
                () = sleep_until(patience), if typing.is_none() => {
                    let next = self.talk.loses_patience();
                    patience = Instant::now() + self.talk.patience();
                    typing = Some(self.types(next));
                }
            }
        }
    }

    fn types(&mut self, next: Next) -> (Instant, Next) {
        let takes = match &next {
            Next::Say(words) | Next::Go(Some(words)) => self.hands.types(words, &mut self.chance),
            _ => Duration::ZERO,
        };
        (Instant::now() + takes, next)
    }

    fn hello(&self) -> Value {
        match (&self.mine, &self.token) {
            (Some((conversation, secret, log)), _) => {
                json!({ "type": "resume", "conversation": conversation, "secret": secret, "after": self.last, "log": log })
            }
            (None, Some(token)) => json!({ "type": "open", "token": token }),
            (None, None) => json!({ "type": "open", "name": self.talk.visitor().name }),
        }
    }

    async fn is_let_in(&mut self, line: &mut Line) -> Result<(), Lost> {
        loop {
            match line.hear().await? {
                Heard::Opened { conversation, secret, log } => {
                    self.mine = Some((conversation, secret, log));
                    return Ok(());
                }
                Heard::Resumed => return Ok(()),
                Heard::Error { code, .. } => {
                    tracing::debug!(code, "the chat lets nobody in");
                    return Err(Lost::Ended);
                }
                _ => {}
            }
        }
    }

    /// Takes a frame in; whether it tells anything new.
    fn takes(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Said { position, from, text } => {
                if self.last.is_some_and(|last| position <= last) {
                    return false;
                }
                self.last = Some(position);
                if from != "customer" {
                    self.talk.hears(from == "person", &text);
                }
            }
            Heard::Accepted { client_id } => {
                self.unsent.take_if(|(id, _)| *id == client_id);
            }
            Heard::Checking { until } => self.talk.is_checked(until.is_some()),
            Heard::Noted => self.talk.is_noted(),
            Heard::Answers { who } => self.talk.is_answered_by(who == "person"),
            Heard::Opened { .. } | Heard::Resumed | Heard::Error { .. } | Heard::Closed | Heard::SomethingElse => {
                return false;
            }
        }
        true
    }

    async fn says(&mut self, line: &mut Line, words: String) -> Result<(), Lost> {
        self.sent += 1;
        let id = format!("m{}", self.sent);
        let frame = message(&id, &words);
        self.unsent = Some((id, words));
        line.tell(&frame).await
    }
}

fn message(id: &str, text: &str) -> Value {
    json!({ "type": "message", "client_id": id, "text": text })
}

/// Resolves then, or never.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => sleep_until(then).await,
        None => std::future::pending().await,
    }
}
