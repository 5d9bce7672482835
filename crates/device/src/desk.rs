//! The calls of a desk, over the line, with the key of whoever is signed in here.

use crate::checks::{Asked, Signer, fits};
use crate::connection::Connection;
use crate::keys::{PeoplesKeys, Unlocked};
use crate::line::{Failed, Line};
use countersign_api::wire::command::{Command, Query};
use countersign_api::wire::device::{ConnectionCode, DeviceSignIn, ToSign};
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::queue::{CardView, DecisionReceipt, DecisionRequest};
use countersign_api::wire::session::{SessionView, Stage};
use countersign_api::wire::waits::Waits;
use countersign_domain::ambient::Entropy;
use countersign_domain::ids::{LogId, PersonId};
use countersign_sealing::{PasswordError, SigningKeyError, UnlockedKey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// How many cards a desk remembers that it handed to its window, as its station does. One that fell out is opened again.
const MOST_HANDED: usize = 128;

/// One person's desk at a station on another machine.
pub struct DeviceDesk {
    pub(crate) line: Line,
    keys: Arc<PeoplesKeys>,
    state: Mutex<State>,
    /// Counts who came and went.
    turns: watch::Sender<u64>,
    pub(crate) again: Notify,
}

#[derive(Default)]
struct State {
    signed_in: Option<Arc<SignedIn>>,
    handed: HashMap<String, Arc<CardView>>,
    /// The station's log, from the first sign-in on.
    log: Option<LogId>,
}

struct SignedIn {
    person: PersonId,
    key: UnlockedKey,
}

impl DeviceDesk {
    /// A desk at the station with this code, at which nobody is signed in.
    pub fn new(code: &ConnectionCode, connection: &Connection, entropy: Arc<dyn Entropy>) -> Result<Self, Failed> {
        Ok(Self {
            line: Line::to(code)?,
            keys: Arc::new(PeoplesKeys::new(connection.keys(), entropy)),
            state: Mutex::default(),
            turns: watch::channel(0).0,
            again: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody is signed in, as far as this side knows.
    pub fn is_signed_in(&self) -> bool {
        self.lock().signed_in.is_some()
    }

    /// Resolves when whoever is signed in at the time of this call has left, or somebody else took their place.
    pub fn left(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut turns = self.turns.subscribe();
        async move {
            let _ = turns.changed().await;
        }
    }

    fn take_turn(&self, signed_in: Option<Arc<SignedIn>>) {
        let mut state = self.lock();
        state.signed_in = signed_in;
        state.handed.clear();
        drop(state);
        self.turns.send_modify(|turn| *turn = turn.wrapping_add(1));
    }

    /// Forgets whoever is signed in: their key is wiped here. Says whether there was anybody.
    pub(crate) fn forget(&self) -> bool {
        self.line.forget_session();
        let anybody = self.is_signed_in();
        if anybody {
            self.take_turn(None);
        }
        anybody
    }

    /// Signs out: the key is wiped at once, and the station is told as soon as it can be.
    pub fn leave(self: &Arc<Self>) {
        if !self.is_signed_in() {
            return;
        }
        self.take_turn(None);
        let desk = self.clone();
        tokio::spawn(async move {
            let _told = desk.line.call("command", &json!({"command": Command::SignOut}), |_| None).await;
            desk.line.forget_session();
        });
    }

    /// Tries a lost connection again now.
    pub fn retry(&self) {
        self.again.notify_waiters();
    }

    /// Answers a question.
    pub async fn query(&self, query: Query) -> Result<Value, Failed> {
        let card = match &query {
            Query::Card { action } => Some(action.clone()),
            _ => None,
        };
        let value = self.noted(self.line.call("query", &json!({"query": query}), |_| None).await)?;
        if let Some(action) = card {
            self.hand_out(action, read(&value)?);
        }
        Ok(value)
    }

    /// What waits for whoever is signed in; nothing where nobody is, or where the station is lost.
    pub async fn waits(&self) -> Waits {
        if !self.is_signed_in() {
            return Waits::default();
        }
        let asked = self.query(Query::Waits).await;
        asked.ok().and_then(|value| read(&value).ok()).unwrap_or_default()
    }

    /// Carries out a command that needs no card.
    pub async fn command(&self, command: Command) -> Result<SessionView, Failed> {
        match command {
            Command::SignIn { person, password } => self.sign_in(&person, password).await,
            Command::SetUp { .. } => {
                let why = "The first person is set up at the station itself. Do that there, then sign in here.";
                Err(Problem::new(ProblemCode::Forbidden, why).into())
            }
            Command::SignOut => {
                // Wiped before the station hears of it, however long that takes.
                self.take_turn(None);
                let session = self.line.call("command", &json!({"command": Command::SignOut}), |_| None).await;
                self.line.forget_session();
                read(&session?)
            }
            command => {
                let body = json!({"command": command});
                let signed_in = self.lock().signed_in.clone();
                let sign = |what: &ToSign| self.signature(signed_in.as_deref()?, &Asked::Command(&command), what);
                read(&self.noted(self.line.call("command", &body, sign).await)?)
            }
        }
    }

    /// Signs a decision on a card that this side handed to its window, and sends it to the station.
    pub async fn decide(&self, decision: DecisionRequest) -> Result<DecisionReceipt, Failed> {
        let body = json!({"decision": decision});
        let (signed_in, handed) = {
            let state = self.lock();
            (state.signed_in.clone(), state.handed.get(&decision.action).cloned())
        };
        let asked = Asked::Decision(&decision, handed.as_deref());
        let sign = |what: &ToSign| self.signature(signed_in.as_deref()?, &asked, what);
        read(&self.noted(self.line.call("decide", &body, sign).await)?)
    }

    async fn sign_in(&self, person: &str, password: String) -> Result<SessionView, Failed> {
        let id: PersonId = person.parse().map_err(|_| wrong_password())?;
        let (keys, whose, typed) = (self.keys.clone(), id.clone(), password.clone());
        let unlocking = tokio::task::spawn_blocking(move || keys.unlock(&whose, &typed));
        let unlocked = unlocking.await.map_err(|_| Failed::Lost("This desktop is ending.".to_owned()))?;
        let Unlocked { key, new } = unlocked.map_err(of_key)?;
        let signed_in = Arc::new(SignedIn { person: id.clone(), key });
        let asked = DeviceSignIn {
            person: person.to_owned(),
            password,
            key: signed_in.key.id().to_string(),
            public: hex::encode(signed_in.key.public_key()),
        };
        self.line.forget_session();
        let sign = |what: &ToSign| self.signature(&signed_in, &Asked::SignIn, what);
        let session: Result<SessionView, Failed> = match self.line.call("sign-in", &asked, sign).await {
            Ok(value) => read(&value),
            Err(why) => Err(why),
        };
        match session {
            Ok(session) => {
                self.keys.keep_only(&id, signed_in.key.id());
                let here = matches!(session.stage, Stage::Desk | Stage::DeviceWaits);
                self.take_turn(here.then_some(signed_in));
                Ok(session)
            }
            Err(why) => {
                // Where nobody knows what became of it, the station may have heard of the key.
                if new && matches!(why, Failed::Problem(_)) {
                    self.keys.remove(&id, signed_in.key.id());
                }
                Err(why)
            }
        }
    }

    /// Signs what fits what was asked and shown; tells why it does not sign anything else.
    fn signature(&self, signed_in: &SignedIn, asked: &Asked<'_>, what: &ToSign) -> Option<String> {
        let mut state = self.lock();
        let public = hex::encode(signed_in.key.public_key());
        let signer =
            Signer { person: &signed_in.person, key: signed_in.key.id(), public: &public, log: state.log.as_ref() };
        if let Err(why) = fits(&signer, asked, what) {
            tracing::error!(why, "the station asked for a signature that this device does not give");
            return None;
        }
        if let ToSign::SignIn { statement } = what {
            state.log = Some(statement.log.clone());
        }
        Some(hex::encode(signed_in.key.sign(&what.to_bytes())))
    }

    fn hand_out(&self, action: String, card: CardView) {
        let mut state = self.lock();
        if state.handed.len() >= MOST_HANDED {
            state.handed.clear();
        }
        state.handed.insert(action, Arc::new(card));
    }

    /// Notes that the station knows of nobody here any more.
    fn noted<T>(&self, answer: Result<T, Failed>) -> Result<T, Failed> {
        if let Err(Failed::Problem(problem)) = &answer
            && problem.code == ProblemCode::SignInNeeded
        {
            self.forget();
        }
        answer
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Failed> {
    serde_json::from_value(value.clone()).map_err(|error| {
        tracing::warn!(%error, "the station's answer has another form than this desktop knows");
        Failed::Lost("The station speaks another version than this desktop. Bring both up to date.".to_owned())
    })
}

fn wrong_password() -> Failed {
    Problem::new(ProblemCode::WrongPassword, "This is not the password. Nothing was unlocked.").into()
}

fn of_key(error: SigningKeyError) -> Failed {
    match error {
        // Too short or too long to be anybody's.
        SigningKeyError::Password(PasswordError::TooShort(_) | PasswordError::TooLong) => wrong_password(),
        other => {
            let why = format!("Your key on this device could not be used: {other}.");
            Problem::new(ProblemCode::Unavailable, why).into()
        }
    }
}
