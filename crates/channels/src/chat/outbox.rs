//! What a customer's page is sent: everything the log shows of its conversation behind a position, in order, once.

use super::frame::{Speaker, Told};
use super::line::{HangUp, Line};
use countersign_agents::port::{Conversations, IntakeError, Seen, SeenWhat};
use countersign_domain::ids::ConversationId;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Client ids remembered between `accepted` and the message's coming back; beyond it they are left out.
const MOST_OWN: usize = 64;

/// The cursor of one connection.
pub(super) struct Outbox {
    conversation: ConversationId,
    cursor: Option<u64>,
    news: watch::Receiver<u64>,
    own: BTreeMap<u64, String>,
}

/// Why sending stopped.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The line.
    Line(HangUp),
    /// The conversation cannot be read now.
    Intake(IntakeError),
}

impl From<HangUp> for Stopped {
    fn from(why: HangUp) -> Self {
        Self::Line(why)
    }
}

impl Outbox {
    /// Begins behind `after`. The ticket is taken before the first reading, so that nothing falls between.
    pub(super) fn behind(conversations: &dyn Conversations, conversation: ConversationId, after: Option<u64>) -> Self {
        let news = conversations.watch(&conversation);
        Self { conversation, cursor: after, news, own: BTreeMap::new() }
    }

    pub(super) fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    /// Waits until there may be something new; for ever while there is no conversation. May be dropped while waiting.
    pub(super) async fn news(outbox: &mut Option<Self>) -> Result<(), HangUp> {
        match outbox {
            // Who tells the news is gone: the page resumes with whoever comes next.
            Some(outbox) => outbox.news.changed().await.map_err(|_| HangUp::TryAgain),
            None => std::future::pending().await,
        }
    }

    /// Remembers the page's own id of a message until it comes back from the log.
    pub(super) fn accepted(&mut self, position: u64, client_id: &str) {
        if self.own.len() < MOST_OWN && self.cursor.is_none_or(|cursor| position > cursor) {
            self.own.insert(position, client_id.to_owned());
        }
    }

    /// Sends all that is stored and not sent. Ends the line where the conversation ends for good.
    pub(super) async fn send_on(&mut self, conversations: &dyn Conversations, line: &mut Line) -> Result<(), Stopped> {
        self.news.mark_unchanged();
        let seen = conversations.seen_after(&self.conversation, self.cursor).await.map_err(Stopped::Intake)?;
        let mut ended = false;
        for seen in seen {
            if self.cursor.is_some_and(|cursor| seen.position <= cursor) {
                continue;
            }
            let position = seen.position;
            ended |= matches!(seen.what, SeenWhat::Closed { for_good: true, .. });
            let client_id = self.own.remove(&position);
            line.tell(&told(seen, client_id)).await?;
            self.cursor = Some(position);
        }
        if ended { Err(HangUp::Ended.into()) } else { Ok(()) }
    }
}

fn told(seen: Seen, client_id: Option<String>) -> Told {
    let Seen { position, at, what } = seen;
    match what {
        SeenWhat::Own { text } => Told::Said { position, at, from: Speaker::Customer, text, client_id },
        SeenWhat::Agent { text } => Told::Said { position, at, from: Speaker::Agent, text, client_id: None },
        SeenWhat::Person { text } => Told::Said { position, at, from: Speaker::Person, text, client_id: None },
        SeenWhat::PersonAnswers => Told::Answers { position, who: Speaker::Person },
        SeenWhat::AgentAnswers => Told::Answers { position, who: Speaker::Agent },
        SeenWhat::Checking { until } => Told::Checking { position, until: Some(until) },
        SeenWhat::CheckingOver => Told::Checking { position, until: None },
        SeenWhat::Noted => Told::Noted { position },
        SeenWhat::Closed { for_good, rates } => Told::Closed { position, for_good, rates },
        SeenWhat::Reopened => Told::Reopened { position },
        SeenWhat::Rated => Told::Rated { position },
        SeenWhat::SignedIn { name } => Told::SignedIn { position, name },
    }
}
