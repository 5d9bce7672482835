//! One person's desk: who is signed in, and which cards were handed out. What it is asked, and what it is told to do, stands in
//! files of their own.

mod commands;
mod queries;

use crate::attempts::Place;
use crate::beside::Beside;
use crate::decisions::Handed;
use crate::devices;
use crate::office::Office;
use crate::people::SignedIn;
use crate::presence::DeskPresence;
use crate::problems::sentence;
use crate::signing::Device;
use crate::wire::command::Notice;
use crate::wire::device::DeviceSignIn;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::queue::{DecisionReceipt, DecisionRequest};
use crate::wire::session::{SessionView, Stage};
use crate::wire::waits::Waits;
use countersign_domain::authority::Command as Authority;
use countersign_domain::ids::{ActionId, ChangeId, ConversationId, PersonId};
use countersign_domain::person::KeyKind;
use countersign_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// How many handed-out cards a desk remembers. A card that fell out must be opened again before it is signed.
const MOST_HANDED: usize = 128;

/// One person's desk.
pub struct Desk {
    pub(crate) office: Arc<Office>,
    pub(crate) held: KeyKind,
    /// The desktop on another machine that this desk is on; it is asked for signatures.
    device: Option<Arc<dyn Device>>,
    state: Mutex<State>,
    /// Counts who came and went, so that a stream that belongs to one of them ends with them.
    turns: watch::Sender<u64>,
    presence: DeskPresence,
    /// In which conversation a model is listened to here.
    listens: watch::Sender<Option<ConversationId>>,
    /// How many streams of notices this desk hears.
    heard_by: AtomicUsize,
    /// Whether the system's lock screen signs out here.
    hears_lock_screen: AtomicBool,
}

#[derive(Default)]
struct State {
    signed_in: Option<Arc<SignedIn>>,
    handed: HashMap<ActionId, Arc<Handed>>,
    /// How often something was erased before these were handed out.
    times_erased: u64,
    changes: HashMap<ChangeId, String>,
}

impl Desk {
    /// A desk at which nobody is signed in. `held` says which keys sign here: the device's in the window, the
    /// station's in a browser.
    pub fn new(office: Arc<Office>, held: KeyKind) -> Self {
        Self {
            presence: office.presence.desk(),
            listens: watch::channel(None).0,
            heard_by: AtomicUsize::new(0),
            office,
            held,
            device: None,
            state: Mutex::default(),
            turns: watch::channel(0).0,
            hears_lock_screen: AtomicBool::new(false),
        }
    }

    /// A desk on a desktop at another machine, at which nobody is signed in. Its person's key lies there and signs there.
    pub fn of_device(office: Arc<Office>, device: Arc<dyn Device>) -> Self {
        Self { device: Some(device), ..Self::new(office, KeyKind::Device) }
    }

    /// Where the keys lie that are made at this desk for others: those of a person at another machine, at the station.
    pub(crate) fn makes_keys(&self) -> KeyKind {
        if self.device.is_some() { KeyKind::Station } else { self.held }
    }

    /// Says that the system's lock screen signs out at this desk.
    pub fn hears_lock_screen(&self) {
        self.hears_lock_screen.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is signed in.
    pub fn signed_in(&self) -> Option<PersonId> {
        self.lock().signed_in.as_ref().map(|s| s.person.clone())
    }

    pub(crate) fn signer(&self) -> Result<Arc<SignedIn>, Problem> {
        self.lock().signed_in.clone().ok_or_else(Problem::sign_in_needed)
    }

    /// A desk that is told of an erasure asks again, and with that question its station lets go of the cards that it had
    /// handed out.
    fn let_go_of_what_is_erased(&self) {
        let times = self.office.gate.times_erased();
        let mut state = self.lock();
        if state.times_erased != times {
            state.handed.clear();
            state.times_erased = times;
        }
    }

    /// Whoever has the very same card already has it since then.
    pub(crate) fn hand_out(&self, action: ActionId, mut handed: Handed) {
        let mut state = self.lock();
        if let Some(before) = state.handed.get(&action).filter(|before| before.card == handed.card) {
            // The earlier of the two: a clock that was set back would have it seen in the future.
            handed.since = before.since.min(handed.since);
        }
        if state.handed.len() >= MOST_HANDED {
            state.handed.clear();
        }
        state.handed.insert(action, Arc::new(handed));
    }

    pub(crate) fn handed(&self, action: &ActionId) -> Option<Arc<Handed>> {
        self.lock().handed.get(action).cloned()
    }

    pub(crate) fn hand_out_change(&self, change: ChangeId, digest: String) {
        self.lock().changes.insert(change, digest);
    }

    pub(crate) fn handed_change(&self, change: &ChangeId) -> Option<String> {
        self.lock().changes.get(change).cloned()
    }

    /// Whoever is signed in, as long as they are on the staff and the key of this desk was not revoked: else they are
    /// signed out here, by whatever is asked first.
    async fn known(&self) -> Result<Arc<SignedIn>, Problem> {
        let signer = self.signer()?;
        let (person, _) = self.office.gate.records().person(&signer.person).await?;
        if !person.is_here() || person.key(signer.signs.key()).is_some_and(|key| key.revoked) {
            self.leave();
            return Err(Problem::sign_in_needed());
        }
        Ok(signer)
    }

    /// The same, where they are let in: a device whose key nobody has enrolled is shown nothing and does nothing.
    async fn still_here(&self) -> Result<Arc<SignedIn>, Problem> {
        let signer = self.known().await?;
        if self.device.is_some() {
            let (person, _) = self.office.gate.records().person(&signer.person).await?;
            if person.signing_key(signer.signs.key()).is_none() {
                return Err(Problem::new(ProblemCode::Forbidden, devices::DEVICE_WAITS));
            }
        }
        Ok(signer)
    }

    /// Whether this and the other desk are those of one person with one key.
    pub fn is_of_same_key(&self, other: &Self) -> bool {
        let (Ok(one), Ok(other)) = (self.signer(), other.signer()) else { return false };
        one.person == other.person && one.signs.key() == other.signs.key()
    }

    /// Whether whoever is signed in is let in.
    pub async fn lets_in(&self) -> bool {
        self.still_here().await.is_ok()
    }

    /// Tells when views moved; a desk refetches what it shows.
    pub fn notices(&self) -> watch::Receiver<Notice> {
        self.office.notices.clone()
    }

    /// Tells who looks at what, at all desks, and what a model writes in the conversation that is listened to here.
    pub fn beside(&self) -> Beside {
        Beside {
            looking: self.office.presence.told(),
            listens: self.listens.subscribe(),
            listening: None,
            reasoner: self.office.reasoner.clone(),
        }
    }

    /// Hears what a station tells until what this gives back is dropped. A desk that hears nothing any more looks at nothing:
    /// nobody is there.
    pub fn hears(self: &Arc<Self>) -> Hears {
        self.heard_by.fetch_add(1, Ordering::Relaxed);
        Hears(self.clone())
    }

    /// Resolves when whoever is signed in at the time of this call has left, or somebody else took their place.
    pub fn left(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut turns = self.turns.subscribe();
        async move {
            let _ = turns.changed().await;
        }
    }

    /// Signs out whoever is signed in: their key is wiped, and streams of theirs end.
    pub fn leave(&self) {
        self.take_turn(State::default());
    }

    /// Why whoever sits here may not ask for this, as things stand now.
    pub(crate) async fn may_not(&self, command: Authority) -> Result<Option<String>, Problem> {
        let signer = self.signer()?;
        let (person, _) = self.office.gate.records().person(&signer.person).await?;
        Ok(self.office.gate.may(&person, command).await.err().map(|why| sentence(&why)))
    }

    /// Puts another state in the place of this one: whatever was handed out to the one before is void.
    fn take_turn(&self, state: State) {
        *self.lock() = state;
        self.presence.away();
        self.listens.send_replace(None);
        self.office.presence.tell_again();
        self.turns.send_modify(|turn| *turn = turn.wrapping_add(1));
    }

    /// Signs somebody in on their device, for whoever sits at this place.
    pub async fn sign_in_on_device(&self, place: &Place, asked: DeviceSignIn) -> Result<SessionView, Problem> {
        let Some(device) = &self.device else {
            return Err(Problem::new(ProblemCode::Forbidden, "This desk is on no device of its own."));
        };
        let signed_in = devices::sign_in(&self.office, place, device.clone(), asked).await?;
        self.take_turn(State { signed_in: Some(Arc::new(signed_in)), ..State::default() });
        self.session().await
    }

    /// Signs a decision on a card that this desk was shown, and hands it to the gate.
    pub async fn decide(&self, request: DecisionRequest) -> Result<DecisionReceipt, Problem> {
        self.still_here().await?;
        crate::decisions::decide(self, request).await
    }

    /// What waits for whoever is signed in, and what goes on here: numbers only, which anybody at the machine may see.
    pub async fn waits(&self) -> Result<Waits, Problem> {
        crate::waits::waits(self, &self.session().await?).await
    }

    async fn session(&self) -> Result<SessionView, Problem> {
        let signed_in = self.known().await.ok();
        let mut session = crate::answers::session(&self.office, self.held, signed_in.as_deref()).await?;
        if self.device.is_some() {
            // It leads to the station's own machine, and from another one to that one itself.
            session.chat_address = None;
            if session.stage == Stage::Desk && session.may_not_sign.is_some() {
                session.stage = Stage::DeviceWaits;
                session.may_not_sign = Some(devices::DEVICE_WAITS.to_owned());
            }
            if session.stage != Stage::Desk {
                session = devices::from_outside(session);
            }
        }
        session.locks_with_screen = self.hears_lock_screen.load(Ordering::Relaxed);
        Ok(session)
    }
}

/// A stream of notices that a desk hears.
pub struct Hears(Arc<Desk>);

impl Drop for Hears {
    fn drop(&mut self) {
        if self.0.heard_by.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.presence.away();
            self.0.listens.send_replace(None);
        }
    }
}

/// A time that a desk sends.
pub(crate) fn moment(field: &str, text: &str) -> Result<Timestamp, Problem> {
    Timestamp::from_rfc3339(text).map_err(|error| Problem::of_field(field, format!("{error}.")))
}

pub(crate) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Problem::of_field("id", error.to_string()))
}
