//! The desk that the window shows: at the station in this process, or at one on another machine.

use countersign_api::desk::Desk;
use countersign_api::wire::command::{Command, Query};
use countersign_api::wire::error::Problem;
use countersign_api::wire::queue::{DecisionReceipt, DecisionRequest};
use countersign_api::wire::session::SessionView;
use countersign_api::wire::waits::Waits;
use countersign_device::{DeviceDesk, Failed};
use serde::Serialize;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The one desk of this application.
#[derive(Clone)]
pub(crate) struct Seat {
    at: At,
    /// Whether the system's lock screen signs out here.
    hears_lock_screen: Arc<AtomicBool>,
}

/// Where its station is.
#[derive(Clone)]
pub(crate) enum At {
    /// In this process.
    Here(Arc<Desk>),
    /// On another machine.
    Afar(Arc<DeviceDesk>),
}

/// What the window is told of a call that came to nothing: a problem, or, as a plain sentence, that its station is lost.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Refused {
    Problem(Problem),
    Lost(String),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Refused::Problem(problem)
    }
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Problem(problem) => Refused::Problem(problem),
            Failed::Lost(why) => Refused::Lost(why),
        }
    }
}

impl Seat {
    pub(crate) fn new(at: At) -> Self {
        Self { at, hears_lock_screen: Arc::default() }
    }

    pub(crate) fn at(&self) -> &At {
        &self.at
    }

    pub(crate) async fn query(&self, query: Query) -> Result<Value, Refused> {
        let session = query == Query::Session;
        match &self.at {
            At::Here(desk) => Ok(desk.query(query).await?),
            At::Afar(desk) => {
                let mut answer = desk.query(query).await?;
                if session && let Some(locks) = answer.get_mut("locks_with_screen") {
                    *locks = Value::Bool(self.hears_lock_screen.load(Ordering::Relaxed));
                }
                Ok(answer)
            }
        }
    }

    pub(crate) async fn command(&self, command: Command) -> Result<SessionView, Refused> {
        match &self.at {
            At::Here(desk) => Ok(desk.command(command).await?),
            At::Afar(desk) => {
                let mut session = desk.command(command).await?;
                session.locks_with_screen = self.hears_lock_screen.load(Ordering::Relaxed);
                Ok(session)
            }
        }
    }

    pub(crate) async fn decide(&self, decision: DecisionRequest) -> Result<DecisionReceipt, Refused> {
        match &self.at {
            At::Here(desk) => Ok(desk.decide(decision).await?),
            At::Afar(desk) => Ok(desk.decide(decision).await?),
        }
    }

    /// What waits for whoever is signed in, and what goes on at the station in this process.
    pub(crate) async fn waits(&self) -> Result<Waits, Problem> {
        match &self.at {
            At::Here(desk) => desk.waits().await,
            At::Afar(desk) => desk.waits().await.map_err(Failed::problem),
        }
    }

    /// Whether quitting ends a station, with what goes on there.
    pub(crate) fn is_here(&self) -> bool {
        matches!(self.at, At::Here(_))
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        match &self.at {
            At::Here(desk) => desk.signed_in().is_some(),
            At::Afar(desk) => desk.is_signed_in(),
        }
    }

    /// Resolves when whoever is signed in at the time of this call has left, or somebody else took their place.
    pub(crate) fn left(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match &self.at {
            At::Here(desk) => Box::pin(desk.left()),
            At::Afar(desk) => Box::pin(desk.left()),
        }
    }

    /// Signs out whoever is signed in; nothing is signed for them any more. From any thread.
    pub(crate) fn leave(&self) {
        match &self.at {
            At::Here(desk) => desk.leave(),
            At::Afar(desk) => drop(tauri::async_runtime::spawn(desk.leave())),
        }
    }

    /// Says that the system's lock screen signs out at this desk.
    pub(crate) fn hears_lock_screen(&self) {
        self.hears_lock_screen.store(true, Ordering::Relaxed);
        if let At::Here(desk) = &self.at {
            desk.hears_lock_screen();
        }
    }
}
