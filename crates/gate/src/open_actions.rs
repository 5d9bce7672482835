//! The actions that something may still happen to. Derived from the log at the start and from every append since; it
//! decides nothing, it only says where to look.

use countersign_domain::action::{Action, Phase};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of an open action without reading the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OpenAction {
    pub(crate) conversation: ConversationId,
    pub(crate) phase: Phase,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) version: u64,
}

#[derive(Default)]
pub(crate) struct OpenActions {
    actions: Mutex<HashMap<ActionId, OpenAction>>,
}

impl OpenActions {
    fn lock(&self) -> MutexGuard<'_, HashMap<ActionId, OpenAction>> {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in where an action stands; forgets it once nothing can happen to it.
    pub(crate) fn put(&self, action: &Action) {
        let mut actions = self.lock();
        let id = &action.proposed.action;
        if actions.get(id).is_some_and(|known| known.version > action.version) {
            return;
        }
        if action.phase.is_final() {
            actions.remove(id);
        } else {
            let open = OpenAction {
                conversation: action.proposed.conversation.clone(),
                phase: action.phase,
                deadline: action.deadline,
                version: action.version,
            };
            actions.insert(id.clone(), open);
        }
    }

    /// Those in one of these phases.
    pub(crate) fn in_phase(&self, phases: &[Phase]) -> Vec<ActionId> {
        self.lock().iter().filter(|(_, a)| phases.contains(&a.phase)).map(|(id, _)| id.clone()).collect()
    }

    /// How many of a conversation are held.
    pub(crate) fn held_in(&self, conversation: &ConversationId) -> usize {
        self.lock().values().filter(|a| a.phase == Phase::Held && a.conversation == *conversation).count()
    }

    /// Held ones whose deadline is not after `now`.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<ActionId> {
        let due = |a: &OpenAction| a.phase == Phase::Held && a.deadline.is_some_and(|d| d <= now);
        self.lock().iter().filter(|(_, a)| due(a)).map(|(id, _)| id.clone()).collect()
    }

    /// The nearest deadline of a held one.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.lock().values().filter(|a| a.phase == Phase::Held).filter_map(|a| a.deadline).min()
    }
}
