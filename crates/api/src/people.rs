//! First set-up, signing in, signing out.

use crate::attempts::Place;
use crate::changes;
use crate::office::{IsHere, Office};
use crate::signing::Signs;
use crate::wire::command;
use crate::wire::error::{Problem, ProblemCode};
use countersign_domain::change::Change;
use countersign_domain::event::Fields;
use countersign_domain::ids::{PersonId, SigningKeyId};
use countersign_domain::person::{KeyKind, KeyOffer};
use countersign_gate::error::GateError;
use countersign_gate::people::{LONGEST_NAME_CHARS, NewKey, SecondPerson, SetUp};
use countersign_gate::{LONGEST_PASSWORD, PasswordError, SHORTEST_PASSWORD, SigningKeyError, UnlockedKey};
use std::sync::Arc;

/// Somebody at a desk, with what signs for them.
pub(crate) struct SignedIn {
    pub(crate) person: PersonId,
    pub(crate) signs: Signs,
    pub(crate) _here: IsHere,
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        let why = match error {
            PasswordError::TooShort(characters) => {
                format!("The password has {characters} characters; at least {SHORTEST_PASSWORD} are needed.")
            }
            PasswordError::TooLong => {
                format!("The password is longer than {LONGEST_PASSWORD} bytes; choose a shorter one.")
            }
            other => return unusable(&other),
        };
        Self::of_field("password", why)
    }
}

impl From<SigningKeyError> for Problem {
    fn from(error: SigningKeyError) -> Self {
        match error {
            SigningKeyError::Password(why) => why.into(),
            SigningKeyError::WrongPassword(_) => wrong_password(),
            other => unusable(&other),
        }
    }
}

pub(crate) fn unusable(error: &dyn std::error::Error) -> Problem {
    tracing::warn!(%error, "a key could not be used");
    Problem::new(ProblemCode::Unavailable, format!("A key could not be used: {error}."))
}

pub(crate) fn wrong_password() -> Problem {
    Problem::new(ProblemCode::WrongPassword, "This is not the password. Nothing was unlocked.")
}

/// Runs what takes a fraction of a second by design (Argon2id) off the async threads.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Problem::new(ProblemCode::Unavailable, "The station is ending.")))
}

/// A name as it is stored, if it can be.
pub(crate) fn named(name: &str) -> Result<String, Problem> {
    let name = name.trim().to_owned();
    let characters = name.chars().count();
    if characters == 0 || characters > LONGEST_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Problem::of_field("name", format!("A name has 1 to {LONGEST_NAME_CHARS} visible characters.")));
    }
    Ok(name)
}

/// Makes a key for somebody who types their password at this desk. The key first: a password that is refused leaves
/// nothing behind.
pub(crate) async fn make_key(office: &Arc<Office>, held: KeyKind, password: String) -> Result<UnlockedKey, Problem> {
    let shared = office.clone();
    apart(move || Ok(shared.keys(held).create(&SigningKeyId::random(shared.entropy.as_ref()), &password)?)).await
}

/// Makes a key and the password for somebody who joins.
pub(crate) async fn make_password(
    office: &Arc<Office>,
    held: KeyKind,
    person: &PersonId,
    password: String,
) -> Result<UnlockedKey, Problem> {
    let key = make_key(office, held, password.clone()).await?;
    let (shared, id) = (office.clone(), person.clone());
    apart(move || Ok(shared.gate.records().sealing().set_password(&id, &password)?)).await?;
    Ok(key)
}

/// Nobody came to have this id, so its password is good for nothing.
pub(crate) fn forget_password(office: &Office, person: &PersonId) {
    if let Err(error) = office.gate.records().sealing().remove_password(person) {
        tracing::warn!(%error, "the password of somebody who did not join could not be removed");
    }
}

pub(crate) async fn set_up(
    office: &Arc<Office>,
    held: KeyKind,
    name: &str,
    password: String,
    second: Option<command::SecondPerson>,
) -> Result<SignedIn, Problem> {
    let name = named(name)?;
    let of_second = |mut problem: Problem| {
        problem.field = problem.field.map(|field| format!("second_{field}"));
        problem
    };
    let second = match second {
        Some(second) => Some((named(&second.name).map_err(of_second)?, second.password)),
        None => None,
    };
    if office.gate.is_set_up().await? {
        return Err(already_set_up());
    }
    let person = PersonId::random(office.entropy.as_ref());
    let key = make_password(office, held, &person, password).await?;
    let mut joins = None;
    if let Some((name, password)) = second {
        let person = PersonId::random(office.entropy.as_ref());
        let key = make_password(office, held, &person, password).await.map_err(of_second)?;
        joins = Some(SecondPerson { person, name, key: new_key(&key, held) });
    }
    let ids: Vec<PersonId> = std::iter::once(&person).chain(joins.as_ref().map(|s| &s.person)).cloned().collect();
    let set_up =
        SetUp { person: person.clone(), name, key: new_key(&key, held), sample_shop: office.facts.sample_shop };
    match office.gate.set_up_with(set_up, joins).await {
        Ok(()) => Ok(SignedIn { person, signs: Signs::Here(Box::new(key)), _here: office.here.one_more() }),
        Err(GateError::Moved) => {
            // Somebody at another desk was first.
            ids.iter().for_each(|id| forget_password(office, id));
            Err(already_set_up())
        }
        Err(other) => Err(other.into()),
    }
}

fn already_set_up() -> Problem {
    Problem::new(ProblemCode::Forbidden, "The first person is enrolled already; sign in.")
}

pub(crate) async fn sign_in(
    office: &Arc<Office>,
    place: &Place,
    held: KeyKind,
    person: &str,
    password: String,
) -> Result<SignedIn, Problem> {
    let person: PersonId = person.parse().map_err(|_| wrong_password())?;
    // Whether somebody is known here is not told: the password is compared all the same.
    let known = keys_of(office, held, &person).await.ok().flatten();
    let id = person.clone();
    let (key, new) =
        compared(office, place, &person, move |office| unlock(office, held, &id, &password, known)).await?;
    let offer = new_key(&key, held);
    let signed_in =
        SignedIn { person: person.clone(), signs: Signs::Here(Box::new(key)), _here: office.here.one_more() };
    if new {
        let offer = KeyOffer { key: offer.key, held, public: offer.public };
        changes::propose(office, &signed_in, Change::EnrolKey { person, key: offer }, Fields::new()).await?;
    }
    Ok(signed_in)
}

/// Whether this is the person's password, for whoever holds their key elsewhere.
pub(crate) async fn password_holds(
    office: &Arc<Office>,
    place: &Place,
    person: &PersonId,
    password: String,
) -> Result<(), Problem> {
    let known = keys_of(office, KeyKind::Device, person).await.ok().flatten();
    let id = person.clone();
    compared(office, place, person, move |office| proves(office, &id, &password, known.as_ref())).await
}

/// The key that signs here, opened anew by the password of whoever sits here.
pub(crate) async fn opened_again(
    office: &Arc<Office>,
    held: KeyKind,
    signer: &SignedIn,
    password: String,
) -> Result<UnlockedKey, Problem> {
    let key = signer.signs.key().clone();
    let work = move |office: &Office| Ok(office.keys(held).unlock(&key, &password)?);
    compared(office, &Place::window(), &signer.person, work).await
}

/// Compares a password, as often as whoever tries it may try.
async fn compared<T: Send + 'static>(
    office: &Arc<Office>,
    place: &Place,
    person: &PersonId,
    work: impl FnOnce(&Office) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    // One at a time, or many at once would all be compared before the first of them has failed.
    let line = office.sign_in_line.clone().lock_owned().await;
    let wait = office.attempts.seconds_to_wait(person, place, office.now_ms());
    if wait > 0 {
        // Not a wrong password: it was not even compared, and the person has to be told so.
        let message = format!("Too many wrong passwords. This one was not compared: wait {wait} s, then try again.");
        return Err(Problem::new(ProblemCode::Unavailable, message));
    }
    let (shared, id, from) = (office.clone(), person.clone(), place.clone());
    apart(move || {
        // Kept by the work itself, which goes on where whoever asked has gone away.
        let _line = line;
        let done = work(&shared);
        match &done {
            Ok(_) => shared.attempts.succeeded(&id, &from),
            Err(problem) if problem.code == ProblemCode::WrongPassword => {
                shared.attempts.failed(&id, &from, shared.now_ms());
            }
            Err(_) => {}
        }
        done
    })
    .await
}

/// The keys of somebody on the staff.
#[derive(Default)]
struct Keys {
    /// They sign with these at such a desk, or will once a second person has enrolled them.
    here: Vec<SigningKeyId>,
    /// They sign with these at the other kind of desk.
    elsewhere: Vec<SigningKeyId>,
}

/// `None` for somebody who is not on the staff.
async fn keys_of(office: &Office, held: KeyKind, id: &PersonId) -> Result<Option<Keys>, GateError> {
    let (person, _) = office.gate.records().person(id).await?;
    if !person.is_here() {
        return Ok(None);
    }
    let mut keys = Keys::default();
    for key in person.keys.into_iter().filter(|key| !key.revoked) {
        let place = if key.held == held { &mut keys.here } else { &mut keys.elsewhere };
        place.push(key.key);
    }
    for record in office.gate.waiting_changes().await? {
        match record.change.proposed.what {
            Change::EnrolKey { person, key } if person == *id && key.held == held => keys.here.push(key.key),
            _ => {}
        }
    }
    Ok(Some(keys))
}

/// Unlocks the person's key that is held here, or makes one: another device has another key.
fn unlock(
    office: &Office,
    held: KeyKind,
    person: &PersonId,
    password: &str,
    known: Option<Keys>,
) -> Result<(UnlockedKey, bool), Problem> {
    let sealing = office.gate.records().sealing();
    let keys = office.keys(held);
    if let Some(id) = known.iter().flat_map(|known| &known.here).find(|id| keys.holds(id)) {
        let key = keys.unlock(id, password)?;
        if !sealing.has_password(person)? {
            sealing.set_password(person, password)?;
        }
        return Ok((key, false));
    }
    proves(office, person, password, known.as_ref())?;
    Ok((keys.create(&SigningKeyId::random(office.entropy.as_ref()), password)?, true))
}

/// A password is proved by the key that it opens; only where this machine holds none, by its hash, so that after a reset
/// the old one proves nothing.
fn proves(office: &Office, person: &PersonId, password: &str, known: Option<&Keys>) -> Result<(), Problem> {
    let sealing = office.gate.records().sealing();
    let Some(known) = known else {
        // As much work as for anybody else.
        sealing.verify_password(person, password)?;
        return Err(wrong_password());
    };
    for keys in [&office.device_keys, &office.station_keys] {
        if let Some(id) = known.here.iter().chain(&known.elsewhere).find(|id| keys.holds(id)) {
            drop(keys.unlock(id, password)?);
            return Ok(());
        }
    }
    if sealing.verify_password(person, password)? { Ok(()) } else { Err(wrong_password()) }
}

pub(crate) fn new_key(key: &UnlockedKey, held: KeyKind) -> NewKey {
    NewKey { key: key.id().clone(), held, public: hex::encode(key.public_key()) }
}
