//! Which actors are at work. A conversation has at most one; what happens while it works makes it look once more.

use crate::actor::{Actor, Rest};
use crate::reasoner::Reasoner;
use countersign_domain::ids::ConversationId;
use countersign_gate::Gate;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};

/// The most actors at work at once; the others wait their turn.
const MOST_AT_WORK: usize = 64;
/// The same where they wait for language models most of the time.
const MOST_AT_WORK_WITH_MODELS: usize = 1_024;

/// The actors.
pub(crate) struct Roster {
    gate: Arc<Gate>,
    reasoner: Arc<dyn Reasoner>,
    turns: Semaphore,
    at_work: Mutex<AtWork>,
    count: watch::Sender<usize>,
    /// Turns true when the station ends.
    ending: watch::Sender<bool>,
}

#[derive(Default)]
struct AtWork {
    /// Those at work; whether something happened since they last began to look.
    actors: HashMap<ConversationId, bool>,
    /// Those that rest until everything, or their agent, resumes; in the order of their ids, so that a seed replays who is woken first.
    stopped: BTreeSet<ConversationId>,
    /// Those that rest until the log answers.
    log_down: BTreeSet<ConversationId>,
    /// Those in which something may be left to do, and whose actor rests until something happens or until a restart.
    unfinished: BTreeSet<ConversationId>,
    ending: bool,
}

impl AtWork {
    /// Takes out those who rest for one reason; until they are woken they count as unfinished.
    fn rouse(&mut self, resting: impl FnOnce(&mut Self) -> &mut BTreeSet<ConversationId>) -> BTreeSet<ConversationId> {
        let resting = std::mem::take(resting(self));
        self.unfinished.extend(resting.iter().cloned());
        resting
    }
}

impl Roster {
    pub(crate) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    pub(crate) fn new(gate: Arc<Gate>, reasoner: Arc<dyn Reasoner>) -> Self {
        let most = if reasoner.calling().is_some() { MOST_AT_WORK_WITH_MODELS } else { MOST_AT_WORK };
        let (turns, count) = (Semaphore::new(most), watch::Sender::new(0));
        Self { gate, reasoner, turns, at_work: Mutex::default(), count, ending: watch::Sender::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, AtWork> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened in this conversation: its actor looks.
    pub(crate) fn wake(self: &Arc<Self>, conversation: &ConversationId) {
        let mut at_work = self.lock();
        if at_work.ending {
            at_work.unfinished.insert(conversation.clone());
            return;
        }
        at_work.stopped.remove(conversation);
        at_work.log_down.remove(conversation);
        at_work.unfinished.remove(conversation);
        if let Some(again) = at_work.actors.get_mut(conversation) {
            *again = true;
            return;
        }
        at_work.actors.insert(conversation.clone(), false);
        self.count.send_replace(at_work.actors.len());
        drop(at_work);
        tokio::spawn(self.clone().work(conversation.clone()));
    }

    /// Everything, or an agent, may have resumed.
    pub(crate) fn wake_stopped(self: &Arc<Self>) {
        let resting = self.lock().rouse(|at_work| &mut at_work.stopped);
        resting.iter().for_each(|conversation| self.wake(conversation));
    }

    /// The log answers.
    pub(crate) fn wake_after_log(self: &Arc<Self>) {
        let resting = self.lock().rouse(|at_work| &mut at_work.log_down);
        resting.iter().for_each(|conversation| self.wake(conversation));
    }

    async fn work(self: Arc<Self>, conversation: ConversationId) {
        // Whatever happens to this task, the conversation is free for another actor afterwards.
        let leaving = Leaving { roster: self.clone(), conversation: conversation.clone() };
        let (gate, reasoner, ending) = (self.gate.clone(), self.reasoner.clone(), self.ending.subscribe());
        let actor = Actor { gate, reasoner, conversation, ending };
        loop {
            self.look_anew(&actor.conversation);
            let Ok(turn) = self.turns.acquire().await else { return };
            let rest = actor.act(|| self.lock().ending).await;
            drop(turn);
            if self.may_leave(&actor.conversation, rest).await {
                drop(leaving);
                return;
            }
        }
    }

    fn look_anew(&self, conversation: &ConversationId) {
        if let Some(again) = self.lock().actors.get_mut(conversation) {
            *again = false;
        }
    }

    /// Notes why an actor rests; whether it may leave, for nothing happened meanwhile.
    async fn may_leave(&self, conversation: &ConversationId, rest: Rest) -> bool {
        let mut resumed = false;
        if rest == Rest::Stopped {
            self.lock().stopped.insert(conversation.clone());
            // The stop may have ended between the refusal and the line above: then nobody else would wake it.
            let stopped = self.gate.records().fleet().await.map(|(fleet, _)| fleet.silences(self.reasoner.agent()));
            resumed = matches!(stopped, Ok(false)) && self.lock().stopped.remove(conversation);
        }
        let mut at_work = self.lock();
        if rest == Rest::LogDown {
            at_work.log_down.insert(conversation.clone());
        }
        let happened = resumed || at_work.actors.get(conversation).copied().unwrap_or(false);
        let again = happened && !at_work.ending;
        if rest == Rest::CutShort || (happened && at_work.ending) {
            at_work.unfinished.insert(conversation.clone());
        }
        if !again {
            at_work.actors.remove(conversation);
            self.count.send_replace(at_work.actors.len());
        }
        !again
    }

    /// The conversations in which something may be left to do.
    pub(crate) fn unfinished(&self) -> BTreeSet<ConversationId> {
        let at_work = self.lock();
        let resting = at_work.stopped.iter().chain(&at_work.log_down).chain(&at_work.unfinished);
        at_work.actors.keys().chain(resting).cloned().collect()
    }

    /// Lets no actor begin another step, and waits until all rest.
    pub(crate) async fn end(&self) {
        self.lock().ending = true;
        self.ending.send_replace(true);
        self.at_rest().await;
    }

    /// Waits until no actor is at work.
    pub(crate) async fn at_rest(&self) {
        // The sender lives in `self`: waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|at_work| *at_work == 0).await;
    }
}

/// Frees the conversation when its actor's task ends, even by a panic.
struct Leaving {
    roster: Arc<Roster>,
    conversation: ConversationId,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut at_work = self.roster.lock();
            at_work.actors.remove(&self.conversation);
            at_work.unfinished.insert(self.conversation.clone());
            self.roster.count.send_replace(at_work.actors.len());
        }
    }
}
