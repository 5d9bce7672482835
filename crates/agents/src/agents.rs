//! All agents of a station: started over a gate, ended in order.

use crate::dispatcher::Dispatcher;
use crate::intake::Intake;
use crate::left_off::LeftOff;
use crate::port::{Conversations, SignIns};
use crate::reasoner::Reasoner;
use crate::roster::Roster;
use crate::signing_in::SigningIn;
use crate::watching::Watchers;
use countersign_gate::Gate;
use countersign_gate::error::GateError;
use countersign_gate::sign_in::AddressLookup;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The agents at work over one gate.
pub struct Agents {
    intake: Arc<Intake>,
    roster: Arc<Roster>,
    reached: watch::Receiver<u64>,
    ending: watch::Sender<bool>,
    follower: Mutex<Option<JoinHandle<()>>>,
}

impl Agents {
    /// Reads the log once, takes up every conversation where it stands, and follows the log from there. The gate has
    /// recovered before: what it had started is concluded or unknown.
    pub async fn start(gate: Arc<Gate>, reasoner: Arc<dyn Reasoner>) -> Result<Self, GateError> {
        Self::start_from(gate, reasoner, LeftOff::default()).await
    }

    /// The same, and reads only what lies behind where an earlier run left off.
    pub async fn start_from(gate: Arc<Gate>, reasoner: Arc<dyn Reasoner>, left: LeftOff) -> Result<Self, GateError> {
        let (records, watchers) = (gate.records().clone(), Arc::new(Watchers::default()));
        let roster = Arc::new(Roster::new(gate, reasoner));
        let (dispatcher, live) = Dispatcher::scan(records.clone(), roster.clone(), watchers.clone(), left).await?;
        live.iter().for_each(|conversation| roster.wake(conversation));
        let (ending, ended) = watch::channel(false);
        let reached = dispatcher.reached();
        let follower = tokio::spawn(dispatcher.follow(ended));
        let intake = Arc::new(Intake { records, watchers });
        Ok(Self { intake, roster, reached, ending, follower: Mutex::new(Some(follower)) })
    }

    /// The conversations, for channels.
    pub fn conversations(&self) -> Arc<dyn Conversations> {
        self.intake.clone()
    }

    /// Signing customers in by what goes to an address, for channels.
    pub fn sign_ins(&self, lookup: AddressLookup) -> Arc<dyn SignIns> {
        Arc::new(SigningIn { gate: self.roster.gate().clone(), lookup: Arc::new(lookup) })
    }

    /// Where they are now, read on from where they were.
    pub async fn left_off(&self, earlier: LeftOff) -> Result<LeftOff, GateError> {
        // In this order: what happened below the position has woken its actor before the actors are looked at.
        let position = *self.reached.borrow();
        let unfinished = self.roster.unfinished();
        Ok(LeftOff { open: self.intake.records.open_at(earlier.open, position).await?, unfinished })
    }

    /// Waits until everything that is stored was looked at and every actor rests.
    pub async fn at_rest(&self) {
        let log = self.intake.records.log();
        loop {
            let size = log.size();
            if self.reached.clone().wait_for(|reached| *reached >= size).await.is_err() {
                return;
            }
            self.roster.at_rest().await;
            if log.size() == size {
                return;
            }
        }
    }

    /// Ends: no actor begins another step; returns once all rest. What is not done is taken up at the next start.
    pub async fn shutdown(&self) {
        self.ending.send_replace(true);
        self.roster.end().await;
        let follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(follower) = follower
            && let Err(error) = follower.await
        {
            tracing::error!(%error, "the follower of the log ended by a defect");
        }
    }
}
