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
use countersign_domain::action::StepUp;
use countersign_domain::ambient::Entropy;
use countersign_domain::ids::{LogId, PersonId};
use countersign_sealing::{PasswordError, SigningKeyError, UnlockedKey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// How many cards a desk remembers that it handed to its window, as its station does. One that fell out is opened again.
const MOST_HANDED: usize = 128;
/// How many wrong passwords in a row sign out whoever types them: at the sign-in the station counts them.
const MOST_WRONG: u32 = 5;

/// One person's desk at a station on another machine.
pub struct DeviceDesk {
    pub(crate) line: Line,
    keys: Arc<PeoplesKeys>,
    state: Mutex<State>,
    /// Who types a password for a decision has this meanwhile.
    typing: tokio::sync::Mutex<()>,
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
    /// How many wrong passwords were typed for decisions, one after the other.
    wrong: u32,
}

/// Somebody at this desk. What is asked for them carries their token and no other, however late it is answered.
pub(crate) struct SignedIn {
    person: PersonId,
    key: UnlockedKey,
    pub(crate) token: String,
}

impl DeviceDesk {
    /// A desk at the station with this code, at which nobody is signed in.
    pub fn new(code: &ConnectionCode, connection: &Connection, entropy: Arc<dyn Entropy>) -> Result<Self, Failed> {
        Ok(Self {
            line: Line::to(code)?,
            keys: Arc::new(PeoplesKeys::new(connection.keys(), entropy)),
            state: Mutex::default(),
            typing: tokio::sync::Mutex::default(),
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

    pub(crate) fn signed_in(&self) -> Option<Arc<SignedIn>> {
        self.lock().signed_in.clone()
    }

    fn take_turn(&self, signed_in: Option<Arc<SignedIn>>) -> Option<Arc<SignedIn>> {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.signed_in, signed_in);
        state.handed.clear();
        state.wrong = 0;
        drop(state);
        self.turns.send_modify(|turn| *turn = turn.wrapping_add(1));
        before
    }

    /// Forgets somebody of whom the station knows nothing any more, unless somebody else sits here by now.
    pub(crate) fn forget(&self, whom: &Arc<SignedIn>) {
        let here = self.signed_in().is_some_and(|here| Arc::ptr_eq(&here, whom));
        if here {
            self.take_turn(None);
        }
    }

    /// Signs out, also whoever is just signing in: nothing is signed for them any more. What this gives back tells the
    /// station, once, as far as it can be reached.
    pub fn leave(self: &Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        let (before, desk) = (self.take_turn(None), self.clone());
        async move {
            if let Some(before) = before {
                let _told = desk.line.ask("command", &sign_out(), Some(&before.token)).await;
            }
        }
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
        let signed_in = self.signed_in();
        let token = signed_in.as_ref().map(|here| here.token.as_str());
        let answer = self.line.ask("query", &json!({"query": query}), token).await;
        let value = self.noted(signed_in.as_ref(), answer)?;
        if let Some(action) = card {
            self.hand_out(action, read(&value)?);
        }
        Ok(value)
    }

    /// What waits for whoever is signed in; nothing where nobody is.
    pub async fn waits(&self) -> Result<Waits, Failed> {
        if !self.is_signed_in() {
            return Ok(Waits::default());
        }
        read(&self.query(Query::Waits).await?)
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
                // Forgotten before the station hears of it, however long that takes.
                let before = self.take_turn(None);
                let token = before.as_ref().map(|before| before.token.as_str());
                read(&self.line.ask("command", &sign_out(), token).await?)
            }
            command => {
                let body = json!({"command": command});
                read(&self.signing(self.signed_in(), "command", &body, &Asked::Command(&command)).await?)
            }
        }
    }

    /// Signs a decision on a card that this side handed to its window, and sends it to the station.
    /// Where its person typed their password for it, that is tried here and goes no further.
    pub async fn decide(self: &Arc<Self>, mut decision: DecisionRequest) -> Result<DecisionReceipt, Failed> {
        let here = self.signed_in();
        let step_up = match (decision.password.take(), &here) {
            (Some(password), Some(here)) => Some(self.typed_again(here, password.0).await?),
            _ => None,
        };
        let handed = self.lock().handed.get(&decision.action).cloned();
        let asked = Asked::Decision(&decision, handed.as_deref(), step_up);
        read(&self.signing(here, "decide", &json!({"decision": decision}), &asked).await?)
    }

    /// Asks for what may need one signature of whoever was signed in when it began.
    async fn signing(
        &self,
        signed_in: Option<Arc<SignedIn>>,
        path: &str,
        body: &Value,
        asked: &Asked<'_>,
    ) -> Result<Value, Failed> {
        // A station that judges it by rules of now may want the password where the card asked for none.
        let wants_password = AtomicBool::new(false);
        let token = signed_in.as_ref().map(|here| here.token.as_str());
        let sign = |what: &ToSign| {
            let here = signed_in.as_ref()?;
            // Whoever has left signs nothing any more, whatever is still under way.
            let still = self.signed_in().is_some_and(|still| Arc::ptr_eq(&still, here));
            if let (ToSign::Decision { statement, .. }, Asked::Decision(_, _, None)) = (what, asked) {
                wants_password.store(statement.step_up.is_some(), Ordering::Relaxed);
            }
            still.then(|| self.signature(&here.person, &here.key, asked, what)).flatten()
        };
        let answer = self.line.call(path, body, token, 1, sign).await;
        if answer.is_err() && wants_password.load(Ordering::Relaxed) {
            return Err(Problem::step_up_needed().into());
        }
        self.noted(signed_in.as_ref(), answer.map(|answer| answer.value))
    }

    /// Tries the password of whoever sits here on the key that signs for them; one at a time, or many at once would all be
    /// tried before the first of them has failed.
    async fn typed_again(self: &Arc<Self>, here: &Arc<SignedIn>, password: String) -> Result<StepUp, Failed> {
        let _line = self.typing.lock().await;
        let is_here = || self.signed_in().is_some_and(|still| Arc::ptr_eq(&still, here));
        if !is_here() {
            return Err(signed_out().into());
        }
        let (keys, whose, key) = (self.keys.clone(), here.person.clone(), here.key.id().clone());
        let opening = tokio::task::spawn_blocking(move || keys.opens(&whose, &key, &password));
        let opened = opening.await.map_err(|_| Failed::Lost("This desktop is ending.".to_owned()))?;
        let mut state = self.lock();
        let Err(why) = opened else {
            state.wrong = 0;
            return Ok(StepUp::Password);
        };
        // A key that cannot be read is nobody's guess.
        state.wrong = state.wrong.saturating_add(u32::from(is_wrong_password(&why)));
        let guesses = state.wrong >= MOST_WRONG;
        drop(state);
        if guesses && is_here() {
            // As if they had signed out: the station hears of it too.
            tokio::spawn(self.leave());
            return Err(signed_out().into());
        }
        Err(of_key(why))
    }

    async fn sign_in(&self, person: &str, password: String) -> Result<SessionView, Failed> {
        let id: PersonId = person.parse().map_err(|_| wrong_password())?;
        let turn = *self.turns.borrow();
        let (keys, whose, typed) = (self.keys.clone(), id.clone(), password.clone());
        let unlocking = tokio::task::spawn_blocking(move || keys.unlock(&whose, &typed));
        let unlocked = unlocking.await.map_err(|_| Failed::Lost("This desktop is ending.".to_owned()))?;
        let Unlocked { key, new } = unlocked.map_err(of_key)?;
        let asked = DeviceSignIn {
            person: person.to_owned(),
            password,
            key: key.id().to_string(),
            public: hex::encode(key.public_key()),
        };
        let here = || *self.turns.borrow() == turn;
        // That it holds the key, and the proposal of a new one.
        let sign = |what: &ToSign| here().then(|| self.signature(&id, &key, &Asked::SignIn, what)).flatten();
        let answer = match self.line.call("sign-in", &asked, None, 2, sign).await {
            Ok(answer) => answer,
            Err(why) => {
                // Where nobody knows what became of it, the station may have heard of the key.
                if new && matches!(why, Failed::Problem(_)) {
                    self.keys.remove(&id, key.id());
                }
                return Err(why);
            }
        };
        let session: SessionView = read(&answer.value)?;
        let Some(token) = answer.session else { return Err(other_version()) };
        self.keys.keep_only(&id, key.id());
        if !here() {
            // The desk was left, or locked, meanwhile: nobody comes in behind that.
            let _told = self.line.ask("command", &sign_out(), Some(&token)).await;
            return Err(
                Problem::new(ProblemCode::SignInNeeded, "This desk was locked meanwhile. Sign in again.").into()
            );
        }
        if matches!(session.stage, Stage::Desk | Stage::DeviceWaits) {
            self.take_turn(Some(Arc::new(SignedIn { person: id, key, token })));
        }
        Ok(session)
    }

    /// Signs what fits what was asked and shown; tells why it does not sign anything else.
    fn signature(&self, person: &PersonId, key: &UnlockedKey, asked: &Asked<'_>, what: &ToSign) -> Option<String> {
        let mut state = self.lock();
        let public = hex::encode(key.public_key());
        let signer = Signer { person, key: key.id(), public: &public, log: state.log.as_ref() };
        if let Err(why) = fits(&signer, asked, what) {
            tracing::error!(why, "the station asked for a signature that this device does not give");
            return None;
        }
        if let ToSign::SignIn { statement } = what {
            state.log = Some(statement.log.clone());
        }
        Some(hex::encode(key.sign(&what.to_bytes())))
    }

    fn hand_out(&self, action: String, card: CardView) {
        let mut state = self.lock();
        if state.handed.len() >= MOST_HANDED {
            state.handed.clear();
        }
        state.handed.insert(action, Arc::new(card));
    }

    /// Notes that the station knows nothing any more of whoever asked.
    fn noted<T>(&self, asked: Option<&Arc<SignedIn>>, answer: Result<T, Failed>) -> Result<T, Failed> {
        if let (Err(Failed::Problem(problem)), Some(whom)) = (&answer, asked)
            && problem.code == ProblemCode::SignInNeeded
        {
            self.forget(whom);
        }
        answer
    }
}

fn sign_out() -> Value {
    json!({"command": Command::SignOut})
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Failed> {
    serde_json::from_value(value.clone()).map_err(|error| {
        tracing::warn!(%error, "the station's answer has another form than this desktop knows");
        other_version()
    })
}

fn other_version() -> Failed {
    let why = "The station is of another version than this desktop. Look again whether it was done, and bring both up to date.";
    Problem::new(ProblemCode::Unavailable, why).into()
}

fn signed_out() -> Problem {
    Problem::new(ProblemCode::SignInNeeded, "Nobody is signed in at this desk. Nothing was decided; sign in again.")
}

fn wrong_password() -> Failed {
    Problem::new(ProblemCode::WrongPassword, "This is not the password. Nothing was unlocked.").into()
}

/// Whether it is not the password, or too short or too long to be anybody's.
fn is_wrong_password(error: &SigningKeyError) -> bool {
    use PasswordError::{TooLong, TooShort};
    matches!(error, SigningKeyError::WrongPassword(_) | SigningKeyError::Password(TooShort(_) | TooLong))
}

fn of_key(error: SigningKeyError) -> Failed {
    if is_wrong_password(&error) {
        return wrong_password();
    }
    let why = format!("Your key on this device could not be used: {error}.");
    Problem::new(ProblemCode::Unavailable, why).into()
}
