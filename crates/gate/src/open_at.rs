//! What is open at a position of the log. Kept beside the log it lets a start read only what came later; it follows from
//! the log alone, decides nothing and may be deleted at any time.

use crate::error::GateError;
use crate::open_actions::OpenAction;
use crate::records::{Records, read};
use countersign_domain::action::{Action, ActionEvent};
use countersign_domain::change::{ChangeEvent, ChangePhase, ChangeState};
use countersign_domain::customer::Customer;
use countersign_domain::event::Event;
use countersign_domain::ids::{ActionId, ChangeId, ConversationId};
use countersign_domain::time::Timestamp;
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::Log;
use countersign_event_log::stream::StreamName;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const PAGE: usize = 1_024;

/// What something may still happen to, by what the log says below a position. Random ids, pseudonyms and times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenAt {
    position: u64,
    pub(crate) actions: BTreeMap<ActionId, OpenAction>,
    pub(crate) changes: BTreeMap<ChangeId, Timestamp>,
    /// Customers whose erasure is ordered and not done.
    pub(crate) erasures: BTreeSet<String>,
}

impl OpenAt {
    /// The position that it stands at: it knows what lies below.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The open actions, with their conversations.
    pub fn actions(&self) -> impl Iterator<Item = (&ActionId, &ConversationId)> {
        self.actions.iter().map(|(id, action)| (id, &action.conversation))
    }
}

/// What a stretch of the log has touched.
#[derive(Default)]
struct Touched {
    /// Actions that began in it, as far as they came.
    begun: HashMap<ActionId, Action>,
    /// Actions that began before it.
    moved: BTreeSet<ActionId>,
    changes: BTreeSet<ChangeId>,
    customers: BTreeSet<String>,
}

/// The actions of a log that something may still happen to, in the order in which they were proposed.
pub async fn open_actions(log: &dyn Log) -> Result<Vec<Action>, GateError> {
    let (touched, _) = Touched::between(log, 0, log.size()).await?;
    let mut open: Vec<Action> = touched.begun.into_values().collect();
    open.sort_by_key(|action| action.proposal);
    Ok(open)
}

impl Touched {
    /// What a stretch has touched, and where it ended: before `until` where the log does.
    async fn between(log: &dyn Log, from: u64, until: u64) -> Result<(Self, u64), GateError> {
        let (mut touched, mut position) = (Self::default(), from);
        while position < until {
            let limit = usize::try_from(until - position).unwrap_or(PAGE).min(PAGE);
            let page = log.read_from(position, limit).await?;
            if page.is_empty() {
                break;
            }
            page.iter().try_for_each(|stored| touched.take(stored))?;
            position += page.len() as u64;
        }
        Ok((touched, position))
    }

    fn take(&mut self, stored: &StoredEvent) -> Result<(), GateError> {
        match stored.envelope.stream.as_str().split_once('/') {
            Some(("action", id)) => self.take_action(id, stored)?,
            Some(("change", id)) => self.changes.extend(id.parse::<ChangeId>().ok()),
            Some(("customer", pseudonym)) => drop(self.customers.insert(pseudonym.to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn take_action(&mut self, id: &str, stored: &StoredEvent) -> Result<(), GateError> {
        let Ok(id) = id.parse::<ActionId>() else { return Ok(()) };
        let happened: ActionEvent = read(stored)?;
        if let Some(action) = Action::begin(&happened, stored.envelope.position) {
            self.begun.insert(id, action);
        } else if let Some(action) = self.begun.get_mut(&id) {
            action.apply(&happened);
            if action.phase.is_final() {
                self.begun.remove(&id);
            }
        } else {
            self.moved.insert(id);
        }
        Ok(())
    }
}

impl Records {
    /// What is open at a position, read on from what was open at an earlier one of the same log.
    pub async fn open_at(&self, earlier: OpenAt, position: u64) -> Result<OpenAt, GateError> {
        let mut open = earlier;
        let (mut touched, below) = Touched::between(self.log().as_ref(), open.position, position).await?;
        open.position = below;
        for id in touched.moved {
            open.actions.remove(&id);
            // An action that ended within the stretch stands among these with its last event.
            let state = self.folded(&StreamName::action(&id), below, Action::begin, Action::apply).await?;
            touched.begun.extend(state.map(|action| (id, action)));
        }
        let unfinished = touched.begun.into_iter().filter(|(_, action)| !action.phase.is_final());
        open.actions.extend(unfinished.map(|(id, action)| (id, OpenAction::of(&action))));
        for id in touched.changes {
            open.changes.remove(&id);
            let begin = |event: &ChangeEvent, position| ChangeState::begin(event, position, None);
            let state = self.folded(&StreamName::change(&id), below, begin, ChangeState::apply).await?;
            let waits = state.filter(|change| change.phase == ChangePhase::Proposed);
            open.changes.extend(waits.map(|change| (id, change.proposed.expires)));
        }
        for pseudonym in touched.customers {
            let mut customer = Customer::default();
            for stored in self.stored_below(&StreamName::customer(&pseudonym), below).await? {
                customer.apply(&read(&stored)?, stored.envelope.position);
            }
            match customer.order {
                Some(_) => open.erasures.insert(pseudonym),
                None => open.erasures.remove(&pseudonym),
            };
        }
        Ok(open)
    }

    /// What a stream's events below a position come to.
    async fn folded<E: Event, S>(
        &self,
        stream: &StreamName,
        below: u64,
        begin: impl Fn(&E, u64) -> Option<S>,
        apply: impl Fn(&mut S, &E),
    ) -> Result<Option<S>, GateError> {
        let mut state = None;
        for stored in self.stored_below(stream, below).await? {
            let happened: E = read(&stored)?;
            match &mut state {
                None => state = begin(&happened, stored.envelope.position),
                Some(state) => apply(state, &happened),
            }
        }
        Ok(state)
    }

    async fn stored_below(&self, stream: &StreamName, below: u64) -> Result<Vec<StoredEvent>, GateError> {
        let mut events = self.stored(stream, 0).await?;
        events.retain(|stored| stored.envelope.position < below);
        Ok(events)
    }
}
