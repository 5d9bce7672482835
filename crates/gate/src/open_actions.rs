//! The actions that something may still happen to. Derived from the log at the start and from every append since; it
//! decides nothing, it only says where to look.

use countersign_domain::action::{Action, Phase};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// How many tasks are at work on an action.
    at_work: Arc<Mutex<HashMap<ActionId, usize>>>,
}

/// Somebody is at work on an action, until this is dropped.
pub(crate) struct AtWork {
    id: ActionId,
    at_work: Arc<Mutex<HashMap<ActionId, usize>>>,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = at_work.get_mut(&self.id) {
            *tasks = tasks.saturating_sub(1);
            if *tasks == 0 {
                at_work.remove(&self.id);
            }
        }
    }
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

    /// Says that somebody is at work on an action. It excludes nobody (the versions of the action's stream do that); it
    /// only keeps an action from being taken for left behind.
    pub(crate) fn work_on(&self, id: &ActionId) -> AtWork {
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()).or_default() += 1;
        AtWork { id: id.clone(), at_work: self.at_work.clone() }
    }

    /// Those in one of these phases that nobody is at work on.
    pub(crate) fn left_behind(&self, phases: &[Phase]) -> Vec<ActionId> {
        // Phases first: whoever starts an action is at work on it before it stands as started here.
        let mut open = self.in_phase(phases);
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|id| !at_work.contains_key(id));
        open
    }

    /// Those in one of these phases.
    pub(crate) fn in_phase(&self, phases: &[Phase]) -> Vec<ActionId> {
        self.lock().iter().filter(|(_, a)| phases.contains(&a.phase)).map(|(id, _)| id.clone()).collect()
    }

    /// How many of a conversation are held.
    pub(crate) fn held_in(&self, conversation: &ConversationId) -> usize {
        self.lock().values().filter(|a| a.phase == Phase::Held && a.conversation == *conversation).count()
    }

    /// How many of a conversation have not started.
    pub(crate) fn waiting_in(&self, conversation: &ConversationId) -> usize {
        let waits = |phase| matches!(phase, Phase::Proposed | Phase::Allowed | Phase::Held | Phase::Approved);
        self.lock().values().filter(|a| waits(a.phase) && a.conversation == *conversation).count()
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
