//! The actions that something may still happen to. Derived from the log at the start and from every append since; it
//! decides nothing, it only says where to look.

use countersign_domain::action::{Action, Phase};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is known of an open action without reading the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenAction {
    pub(crate) conversation: ConversationId,
    pub(crate) phase: Phase,
    pub(crate) deadline: Option<Timestamp>,
    /// Before when it does not start, while it can be taken back.
    #[serde(default)]
    pub(crate) waits_until: Option<Timestamp>,
    pub(crate) version: u64,
    /// Which agent asked for it, or the id of the person who did.
    #[serde(default)]
    pub(crate) agent: String,
    /// The tool that it calls; empty in what was noted before this was.
    #[serde(default)]
    pub(crate) tool: String,
    /// Who has signed it.
    pub(crate) signers: Vec<PersonId>,
    /// The position of its proposal.
    pub(crate) proposal: u64,
}

impl OpenAction {
    pub(crate) fn of(action: &Action) -> Self {
        Self {
            conversation: action.proposed.conversation.clone(),
            phase: action.phase,
            deadline: action.deadline,
            waits_until: action.waits_until,
            version: action.version,
            agent: action.proposed.agent.clone(),
            tool: action.proposed.tool.clone(),
            signers: action.approvals.iter().map(|approval| approval.person.clone()).collect(),
            proposal: action.proposal,
        }
    }
}

#[derive(Default)]
pub(crate) struct OpenActions {
    open: Mutex<Open>,
    /// How many tasks are at work on an action.
    at_work: Arc<Mutex<HashMap<ActionId, usize>>>,
}

/// The open actions, and found by what they are asked for: with a hundred thousand held, a decision costs what it costs
/// with one.
#[derive(Default)]
struct Open {
    actions: HashMap<ActionId, OpenAction>,
    /// In the order of their ids: what is taken up in what order does not hang on chance.
    in_phase: HashMap<Phase, BTreeSet<ActionId>>,
    in_conversation: HashMap<ConversationId, BTreeSet<ActionId>>,
    of_agent: HashMap<String, BTreeSet<ActionId>>,
    /// Held ones by deadline.
    due: BTreeSet<(Timestamp, ActionId)>,
    /// Those that can still be taken back, by when they start.
    waiting: BTreeSet<(Timestamp, ActionId)>,
}

impl Open {
    fn insert(&mut self, id: ActionId, action: OpenAction) {
        self.remove(&id);
        self.in_phase.entry(action.phase).or_default().insert(id.clone());
        self.in_conversation.entry(action.conversation.clone()).or_default().insert(id.clone());
        self.of_agent.entry(action.agent.clone()).or_default().insert(id.clone());
        if action.phase == Phase::Held {
            self.due.extend(action.deadline.map(|deadline| (deadline, id.clone())));
        }
        if action.phase == Phase::Waiting {
            self.waiting.extend(action.waits_until.map(|until| (until, id.clone())));
        }
        self.actions.insert(id, action);
    }

    fn remove(&mut self, id: &ActionId) {
        let Some(action) = self.actions.remove(id) else { return };
        if let Some(ids) = self.in_phase.get_mut(&action.phase) {
            ids.remove(id);
        }
        take_out(&mut self.in_conversation, &action.conversation, id);
        take_out(&mut self.of_agent, &action.agent, id);
        if let Some(deadline) = action.deadline {
            self.due.remove(&(deadline, id.clone()));
        }
        if let Some(until) = action.waits_until {
            self.waiting.remove(&(until, id.clone()));
        }
    }

    /// How many actions of a conversation are in a phase that is asked for.
    fn count_in(&self, conversation: &ConversationId, wanted: impl Fn(Phase) -> bool) -> usize {
        let ids = self.in_conversation.get(conversation).into_iter().flatten();
        ids.filter(|id| self.actions.get(*id).is_some_and(|action| wanted(action.phase))).count()
    }
}

fn take_out<K: std::hash::Hash + Eq>(of: &mut HashMap<K, BTreeSet<ActionId>>, key: &K, id: &ActionId) {
    let Some(ids) = of.get_mut(key) else { return };
    ids.remove(id);
    if ids.is_empty() {
        of.remove(key);
    }
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
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in where an action stands; forgets it once nothing can happen to it.
    pub(crate) fn put(&self, action: &Action) {
        self.put_as(&action.proposed.action, OpenAction::of(action));
    }

    /// The same, of what was found in the log.
    pub(crate) fn put_as(&self, id: &ActionId, action: OpenAction) {
        let mut open = self.lock();
        if open.actions.get(id).is_some_and(|known| known.version > action.version) {
            return;
        }
        if action.phase.is_final() {
            open.remove(id);
        } else {
            open.insert(id.clone(), action);
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
        let open = self.lock();
        phases.iter().filter_map(|phase| open.in_phase.get(phase)).flatten().cloned().collect()
    }

    /// Those that somebody has signed and nobody has started.
    pub(crate) fn signed_by(&self, person: &PersonId) -> Vec<ActionId> {
        let open = self.lock();
        let signed = |id: &&ActionId| open.actions.get(*id).is_some_and(|action| action.signers.contains(person));
        let unstarted =
            [Phase::Held, Phase::Approved, Phase::Waiting].into_iter().filter_map(|phase| open.in_phase.get(&phase));
        unstarted.flatten().filter(signed).cloned().collect()
    }

    /// Whether something may still happen to it.
    pub(crate) fn is_under_way(&self, id: &ActionId) -> bool {
        self.lock().actions.contains_key(id)
    }

    /// Those in one of these phases that were proposed before a position.
    pub(crate) fn proposed_before(&self, position: u64, phases: &[Phase]) -> Vec<ActionId> {
        let open = self.lock();
        let before = |id: &&ActionId| open.actions.get(*id).is_some_and(|action| action.proposal < position);
        phases.iter().filter_map(|phase| open.in_phase.get(phase)).flatten().filter(before).cloned().collect()
    }

    /// Those that an agent asked for.
    pub(crate) fn of_agent(&self, agent: &str) -> Vec<ActionId> {
        self.lock().of_agent.get(agent).into_iter().flatten().cloned().collect()
    }

    /// How many there are that an agent asked for.
    pub(crate) fn count_of_agent(&self, agent: &str) -> usize {
        self.lock().of_agent.get(agent).map_or(0, BTreeSet::len)
    }

    /// How many of a conversation are held, or may be soon.
    pub(crate) fn held_in(&self, conversation: &ConversationId) -> usize {
        self.lock().count_in(conversation, |phase| matches!(phase, Phase::Proposed | Phase::Held))
    }

    /// Forgets one of which nothing is stored.
    pub(crate) fn forget(&self, id: &ActionId) {
        self.lock().remove(id);
    }

    /// How many of a conversation have not started.
    pub(crate) fn waiting_in(&self, conversation: &ConversationId) -> usize {
        self.lock().count_in(conversation, Phase::has_not_started)
    }

    /// Held ones whose deadline is not after `now`, the earliest first.
    pub(crate) fn due(&self, now: Timestamp, runs: impl Fn(&OpenAction) -> bool) -> Vec<ActionId> {
        let open = self.lock();
        let due = open.due.iter().take_while(|(deadline, _)| *deadline <= now).map(|(_, id)| id);
        due.filter(|id| open.actions.get(*id).is_none_or(&runs)).cloned().collect()
    }

    /// Those whose time to be taken back is over at `now`, each once.
    pub(crate) fn waited_out(&self, now: Timestamp) -> Vec<ActionId> {
        let mut open = self.lock();
        let mut out = Vec::new();
        while let Some((_, id)) = open.waiting.first().filter(|(until, _)| *until <= now).cloned() {
            open.waiting.pop_first();
            out.push(id);
        }
        out
    }

    /// When the next one of those starts that can still be taken back.
    pub(crate) fn next_start(&self) -> Option<Timestamp> {
        self.lock().waiting.first().map(|(until, _)| *until)
    }

    /// The nearest deadline of a held one that is not over at `now`.
    pub(crate) fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.lock().due.iter().map(|(deadline, _)| *deadline).find(|deadline| *deadline > now)
    }
}
