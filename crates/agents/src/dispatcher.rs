//! The one follower of the log: it wakes the actor of the conversation that an event belongs to, and whoever watches
//! that conversation.

use crate::left_off::LeftOff;
use crate::roster::Roster;
use crate::watching::Watchers;
use countersign_domain::action::ActionEvent;
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::stream::StreamName;
use countersign_gate::error::GateError;
use countersign_gate::records::{Records, read};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Events read at once.
const PAGE: usize = 512;
/// How long the follower waits before it reads again after the log could not be read.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// Follows the log from a position on.
pub(crate) struct Dispatcher {
    records: Arc<Records>,
    roster: Arc<Roster>,
    watchers: Arc<Watchers>,
    /// The conversations of the actions that something may still happen to.
    actions: HashMap<ActionId, ConversationId>,
    position: u64,
    /// Tells how far everybody was woken.
    reached: watch::Sender<u64>,
}

/// What agents of others tell of conversations of theirs.
const IS_RELAYED: [&str; 2] = ["conversation.relayed", "conversation.spanned"];

/// Where an event belongs.
enum Place {
    Conversation(ConversationId),
    Fleet,
    Elsewhere,
}

impl Dispatcher {
    /// Reads the log from where it was left: the dispatcher, standing behind what it read, and every conversation in
    /// which something may be left to do and that has not ended.
    pub(crate) async fn scan(
        records: Arc<Records>,
        roster: Arc<Roster>,
        watchers: Arc<Watchers>,
        left: LeftOff,
    ) -> Result<(Self, BTreeSet<ConversationId>), GateError> {
        let LeftOff { open, unfinished: mut live } = left;
        let actions = open.actions().map(|(action, conversation)| (action.clone(), conversation.clone())).collect();
        let position = open.position();
        let mut dispatcher =
            Self { records, roster, watchers, actions, position, reached: watch::Sender::new(position) };
        loop {
            let page = dispatcher.records.log().read_from(dispatcher.position, PAGE).await?;
            if page.is_empty() {
                dispatcher.reached.send_replace(dispatcher.position);
                return Ok((dispatcher, live));
            }
            for stored in &page {
                if let Place::Conversation(conversation) = dispatcher.place(stored)? {
                    match stored.envelope.kind.as_str() {
                        "conversation.closed" | "conversation.resolved" => live.remove(&conversation),
                        _ => live.insert(conversation),
                    };
                }
                dispatcher.position = stored.envelope.position + 1;
            }
        }
    }

    /// Follows until told to end.
    pub(crate) async fn follow(mut self, mut ending: watch::Receiver<bool>) {
        let log = self.records.log().clone();
        loop {
            tokio::select! {
                biased;
                // Also ends where the sender is gone.
                _ = ending.wait_for(|end| *end) => return,
                _ = log.grown_beyond(self.position) => {}
            }
            if let Err(error) = self.dispatch().await {
                tracing::error!(%error, position = self.position, "the log could not be followed; reading again");
                if tokio::time::timeout(READ_AGAIN, ending.wait_for(|end| *end)).await.is_ok() {
                    return;
                }
            }
        }
    }

    async fn dispatch(&mut self) -> Result<(), GateError> {
        let page = self.records.log().read_from(self.position, PAGE).await?;
        self.roster.wake_after_log();
        for stored in &page {
            let position = stored.envelope.position;
            match self.place(stored)? {
                Place::Conversation(conversation) => {
                    self.watchers.tell(&conversation, position);
                    // What an agent of others relays gives nobody here anything to do.
                    if !IS_RELAYED.contains(&stored.envelope.kind.as_str()) {
                        self.roster.wake(&conversation);
                    }
                }
                Place::Fleet => self.roster.wake_stopped(),
                Place::Elsewhere => {}
            }
            self.position = position + 1;
            self.reached.send_replace(self.position);
        }
        Ok(())
    }

    /// How far everybody was woken: the position behind the last event.
    pub(crate) fn reached(&self) -> watch::Receiver<u64> {
        self.reached.subscribe()
    }

    fn place(&mut self, stored: &StoredEvent) -> Result<Place, GateError> {
        let stream = &stored.envelope.stream;
        if *stream == StreamName::fleet() {
            return Ok(Place::Fleet);
        }
        Ok(match stream.as_str().split_once('/') {
            Some(("conversation", id)) => id.parse().map_or(Place::Elsewhere, Place::Conversation),
            Some(("action", id)) => match id.parse() {
                Ok(id) => self.place_of_action(id, stored)?,
                Err(_) => Place::Elsewhere,
            },
            _ => Place::Elsewhere,
        })
    }

    fn place_of_action(&mut self, id: ActionId, stored: &StoredEvent) -> Result<Place, GateError> {
        let happened: ActionEvent = read(stored)?;
        if let ActionEvent::Proposed(proposed) = &happened {
            self.actions.insert(id, proposed.conversation.clone());
            return Ok(Place::Conversation(proposed.conversation.clone()));
        }
        let conversation = if is_last(&happened) { self.actions.remove(&id) } else { self.actions.get(&id).cloned() };
        Ok(conversation.map_or(Place::Elsewhere, Place::Conversation))
    }
}

/// Whether nothing can happen to an action behind this event.
fn is_last(event: &ActionEvent) -> bool {
    matches!(
        event,
        ActionEvent::Denied(_)
            | ActionEvent::Rejected(_)
            | ActionEvent::Expired { .. }
            | ActionEvent::Withdrawn { .. }
            | ActionEvent::Superseded { .. }
            | ActionEvent::Succeeded { .. }
            | ActionEvent::Failed { .. }
            | ActionEvent::Settled { .. }
    )
}
