//! Changes of what people, rules or the station itself may do: the one way in which any of it changes.
//!
//! A change is proposed, signed by whoever proposed it, and by a second person. The last signature, that it took effect,
//! and what it changes stand in one append, and everything that allows it (who is here, with which roles and keys, how
//! many must sign, whether what it changes is still as it was) is looked at inside of the log's writer. So it takes
//! effect once or not at all, and never under an authority that has changed meanwhile.

mod after;
mod agents;
mod channels;
mod customers;
mod effect;
mod people;
mod running;
mod servers;
mod tools;

use crate::authority::may;
use crate::countersignature;
use crate::error::GateError;
use crate::folds::current;
use crate::gate::Gate;
use crate::people::unsealed;
use crate::records::{OpenedEvent, sealing};
use countersign_domain::authority::Command;
use countersign_domain::change::{
    Change, ChangeError, ChangeEvent, ChangePhase, ChangeState, ChangeStatement, LASTS_SECONDS, ProposedChange,
    SignedChange,
};
use countersign_domain::event::{Draft, Fields};
use countersign_domain::ids::{ChangeId, KeyId, PersonId};
use countersign_domain::person::Person;
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolStands;
use countersign_event_log::envelope::Actor;
use countersign_event_log::log::{Append, Cause, NewEvent, StreamStates, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use effect::Signers;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The longest reason of a change, in characters.
pub const LONGEST_WHY_CHARS: usize = 2_000;
/// The most changes that wait at once.
const MOST_WAITING: usize = 200;

/// The changes that wait for a signature. It decides nothing, it only says where to look.
#[derive(Default)]
pub(crate) struct OpenChanges(Mutex<BTreeMap<ChangeId, Timestamp>>);

impl OpenChanges {
    /// Takes in where a change stands.
    pub(crate) fn put(&self, change: &ChangeState) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if change.phase == ChangePhase::Proposed {
            open.insert(change.proposed.id.clone(), change.proposed.expires);
        } else {
            open.remove(&change.proposed.id);
        }
    }

    /// The same, of one that was found waiting in the log.
    pub(crate) fn put_as(&self, id: ChangeId, expires: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, expires);
    }

    fn all(&self) -> Vec<(ChangeId, Timestamp)> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().map(|(id, expires)| (id.clone(), *expires)).collect()
    }
}

/// One change with everything that the log holds of it.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    /// Its state.
    pub change: ChangeState,
    /// Its events, opened, in order.
    pub events: Vec<OpenedEvent>,
}

impl ChangeRecord {
    /// What was sealed with the proposal; `None` once erased.
    pub fn sealed(&self) -> Option<&Fields> {
        self.events.first()?.fields.as_ref()
    }

    /// The commitment to what was sealed with the proposal, hexadecimal.
    pub fn commitment(&self) -> Option<&str> {
        self.events.first()?.stored.envelope.sealed.as_ref().map(|sealed| sealed.commitment.as_str())
    }

    fn key(&self) -> Option<&KeyId> {
        self.events.first()?.stored.envelope.sealed.as_ref().map(|sealed| &sealed.key)
    }
}

/// What became of a signature on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeStored {
    /// Where the signature stands.
    pub position: u64,
    /// Where the change stands now.
    pub phase: ChangePhase,
}

impl Gate {
    /// Proposes a change. Nothing is different by it; whoever proposed it signs it next. What could not take effect is
    /// refused here already.
    pub async fn propose_change(&self, by: &PersonId, what: Change, sealed: Fields) -> Result<ChangeRecord, GateError> {
        check_words(&sealed)?;
        self.allowed(by, Command::Propose(what.kind())).await?;
        if self.open_changes.all().len() >= MOST_WAITING {
            return Err(ChangeError::Impossible("too many changes wait; sign, refuse or withdraw some first").into());
        }
        let id = ChangeId::random(self.records.entropy());
        let stream = StreamName::change(&id);
        let key = self.change_key(&what).await?;
        let effect = self.effect(&what, &sealed, &key).await?;
        let part = match sealed.is_empty() {
            true => None,
            false => Some(self.records.part(&sealed, &stream, "change.proposed", &key)?),
        };
        let (now, by, proposed_id, policies) = (self.records.now(), by.clone(), id.clone(), self.policies());
        self.deciding(move |states| {
            let staff: Staff = current(states, &StreamName::station())?;
            let person: Person = current(states, &StreamName::person(&by))?;
            may(&policies, &person, Command::Propose(what.kind()), None, &staff)?;
            let over = Some(stands(states, &what)?);
            let of = staff.signatures_needed();
            // Only to see whether it can be: what it would write is not stored.
            effect(states, &Signers { people: vec![by.clone()], staff, now })?;
            let actor = Actor::Person(by.to_string());
            let expires = now.plus_seconds(LASTS_SECONDS);
            let proposed = ProposedChange { id: proposed_id, by, what, over, of, at: now, expires };
            let draft = Draft::open(&ChangeEvent::Proposed(proposed));
            let event = NewEvent { sealed: part, ..unsealed(draft, actor) };
            Ok(Append { guards: Vec::new(), writes: vec![Write { stream, expected: 0, events: vec![event] }] })
        })
        .await?;
        let record = self.change(&id).await?;
        self.open_changes.put(&record.change);
        Ok(record)
    }

    /// Takes a signature on a change. With the last one it takes effect; when this returns, it has.
    pub async fn sign_change(
        self: &Arc<Self>,
        statement: ChangeStatement,
        signature: String,
    ) -> Result<ChangeStored, GateError> {
        if statement.log != self.records.log().id() {
            return Err(GateError::BadSignature("it is for another log"));
        }
        loop {
            let record = self.change(&statement.change).await?;
            match self.try_sign_change(&record, &statement, &signature).await {
                // Somebody else wrote to it: it is asked again where it stands now.
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
    }

    async fn try_sign_change(
        self: &Arc<Self>,
        record: &ChangeRecord,
        statement: &ChangeStatement,
        signature: &str,
    ) -> Result<ChangeStored, GateError> {
        let what = &record.change.proposed.what;
        let key = self.signing_key(record, statement).await?;
        countersignature::verify_bytes(&statement.to_bytes(), signature, &key.public)?;
        let signed =
            SignedChange { statement: statement.clone(), signature: signature.to_owned(), signed_by: key.held };
        let last = statement.which == statement.of && record.change.next_signature() == statement.of;
        let _line = match (last, what) {
            (true, Change::SetTool { .. } | Change::SetChat { .. }) => Some(self.rules_line().await),
            _ => None,
        };
        let effect = match last {
            true => {
                let sealed = record.sealed().ok_or(GateError::Erased)?;
                let key = match record.key() {
                    Some(key) => key.clone(),
                    None => self.change_key(what).await?,
                };
                self.before(what).await?;
                Some(self.effect(what, sealed, &key).await?)
            }
            false => None,
        };
        let (change, now, policies) = (record.change.clone(), self.records.now(), self.policies());
        let receipt = self
            .deciding(move |states| {
                let staff: Staff = current(states, &StreamName::station())?;
                let mut people = vec![current::<Person>(states, &StreamName::person(&signed.statement.person))?];
                for earlier in &change.signatures {
                    people.push(current(states, &StreamName::person(&earlier.person))?);
                }
                let actor = Actor::Person(signed.statement.person.to_string());
                let mut ids: Vec<PersonId> = change.signatures.iter().map(|earlier| earlier.person.clone()).collect();
                ids.push(signed.statement.person.clone());
                let held = signed.signed_by;
                let drafts = change.sign(signed, &people, &staff, now)?;
                for (person, id) in people.iter().zip(ids.last().into_iter().chain(&ids)) {
                    let earlier = change.signatures.iter().find(|earlier| earlier.person == *id);
                    let key = earlier.and_then(|earlier| person.key(&earlier.key)).map_or(held, |key| key.held);
                    may(&policies, person, change.asks(id), Some(key), &staff)?;
                }
                let mut writes = vec![signature_write(&change, drafts, &actor)];
                if let Some(effect) = effect {
                    must_be_as_it_was(states, &change)?;
                    writes.extend(effect(states, &Signers { people: ids, staff, now })?.into_iter().map(caused));
                }
                Ok(Append { guards: Vec::new(), writes })
            })
            .await?;
        // Before anything here can fail: what stands in the trail holds.
        if receipt.events().iter().any(|stored| stored.envelope.kind == "change.took_effect") {
            self.after(what).await;
        }
        let stored = self.change(&statement.change).await?;
        self.open_changes.put(&stored.change);
        let phase = stored.change.phase;
        tracing::info!(change = %statement.change, kind = what.kind().name(), ?phase, "a change was signed");
        let position = receipt.events().first().map_or(0, |e| e.envelope.position);
        Ok(ChangeStored { position, phase })
    }

    /// The key of a statement: one of the person's, or, for the first signature, the one that the change offers.
    async fn signing_key(
        &self,
        record: &ChangeRecord,
        statement: &ChangeStatement,
    ) -> Result<countersign_domain::person::KeyOffer, GateError> {
        let proposed = &record.change.proposed;
        if let Some(offer) = proposed.what.offered().filter(|offer| offer.key == statement.key)
            && statement.person == proposed.by
        {
            return Ok(offer.clone());
        }
        let (person, _) = self.records.person(&statement.person).await?;
        let key = person
            .signing_key(&statement.key)
            .ok_or(GateError::BadSignature("the key is not enrolled for this person"))?;
        let (held, public) = (key.held, key.public.clone());
        Ok(countersign_domain::person::KeyOffer { key: statement.key.clone(), held, public })
    }

    /// Takes a change back.
    pub async fn withdraw_change(&self, id: &ChangeId, by: &PersonId) -> Result<Receipt, GateError> {
        let record = self.change(id).await?;
        let draft = record.change.withdraw(by, self.records.now())?;
        self.end_change(&record, draft, Actor::Person(by.to_string()), Vec::new()).await
    }

    /// Refuses a change that somebody else proposed, with words for them.
    pub async fn refuse_change(&self, id: &ChangeId, by: &PersonId, words: Fields) -> Result<Receipt, GateError> {
        check_words(&words)?;
        let record = self.change(id).await?;
        let staff = self.records.staff().await?;
        let stream = StreamName::person(by);
        let version = self.records.stored(&stream, 0).await?.len() as u64;
        let (person, _) = self.records.person(by).await?;
        may(&self.policies(), &person, record.change.asks(by), None, &staff)?;
        let draft = record.change.refuse(&person, &staff, words, self.records.now())?;
        self.end_change(&record, draft, Actor::Person(by.to_string()), vec![(stream, version)]).await
    }

    async fn end_change(
        &self,
        record: &ChangeRecord,
        draft: Draft,
        actor: Actor,
        guards: Vec<(StreamName, u64)>,
    ) -> Result<Receipt, GateError> {
        let stream = StreamName::change(&record.change.proposed.id);
        let key = match record.key() {
            Some(key) => key.clone(),
            None => self.records.sealing().take_key().map_err(sealing)?,
        };
        let event = self.records.seal(draft, &stream, &key, &actor, Some(Cause::Position(record.change.proposal)))?;
        let writes = vec![Write { stream, expected: record.change.version, events: vec![event] }];
        let receipt = self.records.log().append(Append { guards, writes }).await?;
        self.open_changes.put(&self.change(&record.change.proposed.id).await?.change);
        Ok(receipt)
    }

    /// A change with its events.
    pub async fn change(&self, id: &ChangeId) -> Result<ChangeRecord, GateError> {
        let events = self.records.open_stream(&StreamName::change(id), 0).await?;
        let mut state: Option<ChangeState> = None;
        for opened in &events {
            let happened: ChangeEvent = opened.event()?;
            let envelope = &opened.stored.envelope;
            let commitment = envelope.sealed.as_ref().map(|sealed| sealed.commitment.as_str());
            match &mut state {
                None => state = ChangeState::begin(&happened, envelope.position, commitment),
                Some(change) => change.apply(&happened),
            }
        }
        Ok(ChangeRecord { change: state.ok_or(GateError::NotFound("change"))?, events })
    }

    /// The changes that wait for a signature, in the order in which they were proposed.
    pub async fn waiting_changes(&self) -> Result<Vec<ChangeRecord>, GateError> {
        let mut records = Vec::new();
        for (id, _) in self.open_changes.all() {
            let record = self.change(&id).await?;
            if record.change.phase == ChangePhase::Proposed {
                records.push(record);
            }
        }
        records.sort_by_key(|record| record.change.proposal);
        Ok(records)
    }

    /// Closes changes whose time is over. Nothing changes by it.
    pub async fn expire_changes(&self) -> Result<(), GateError> {
        let now = self.records.now();
        for (id, _) in self.open_changes.all().into_iter().filter(|(_, expires)| *expires <= now) {
            let record = self.change(&id).await?;
            match record.change.expire(now) {
                Ok(draft) => match self.end_change(&record, draft, Actor::Station, Vec::new()).await {
                    Ok(_) | Err(GateError::Moved) => {}
                    Err(error) => return Err(error),
                },
                Err(_) => self.open_changes.put(&record.change),
            }
        }
        Ok(())
    }

    /// The key that seals what is said of a change: that of the person whom it is about, so that it goes with theirs.
    async fn change_key(&self, what: &Change) -> Result<KeyId, GateError> {
        if let Some(person) = what.person()
            && let Some(key) = self.person_key(person).await?
        {
            return Ok(key);
        }
        self.records.sealing().take_key().map_err(sealing)
    }

    /// The key that seals what is said of a person, and what they say that is no customer's.
    pub(crate) async fn person_key(&self, person: &PersonId) -> Result<Option<KeyId>, GateError> {
        let first = self.records.log().read_stream(&StreamName::person(person), 0, 1).await?;
        Ok(first.first().and_then(|event| event.envelope.sealed.as_ref()).map(|sealed| sealed.key.clone()))
    }
}

/// Where what a change is about stands. What a server offers meanwhile is nothing that anybody signed: it keeps no change of
/// its tools from being signed.
fn stands(states: &mut dyn StreamStates, what: &Change) -> Result<u64, GateError> {
    let stream = StreamName::changed_by(what);
    Ok(match what {
        Change::SetTool { .. } => current::<ToolStands>(states, &stream)?.signed,
        _ => states.version(&stream)?,
    })
}

/// What a change is about must be where it was when it was proposed: the difference that was signed is the one that is
/// made.
fn must_be_as_it_was(states: &mut dyn StreamStates, change: &ChangeState) -> Result<(), GateError> {
    let proposed = &change.proposed;
    let fits = match proposed.what.person() {
        Some(person) => {
            let person: Person = current(states, &StreamName::person(person))?;
            proposed.over.is_some_and(|over| person.stands_as(over))
        }
        None => proposed.over == Some(stands(states, &proposed.what)?),
    };
    if fits { Ok(()) } else { Err(ChangeError::Outdated.into()) }
}

/// The signature, and that it took effect where it was the last one.
fn signature_write(change: &ChangeState, drafts: Vec<Draft>, actor: &Actor) -> Write {
    let mut cause = Cause::Position(change.proposal);
    let mut events = Vec::new();
    for draft in drafts {
        events.push(NewEvent { cause: Some(cause), ..unsealed(draft, actor.clone()) });
        cause = Cause::Earlier(0);
    }
    Write { stream: StreamName::change(&change.proposed.id), expected: change.version, events }
}

/// Whatever follows names that it took effect as its cause.
fn caused(mut write: Write) -> Write {
    for event in &mut write.events {
        event.cause = event.cause.or(Some(Cause::Earlier(effect::TOOK_EFFECT)));
    }
    write
}

fn check_words(sealed: &Fields) -> Result<(), GateError> {
    let longest = |name: &str| if name == "name" { crate::people::LONGEST_NAME_CHARS } else { LONGEST_WHY_CHARS };
    let fits =
        |(name, value): (&String, &Value)| value.as_str().is_some_and(|text| text.chars().count() <= longest(name));
    match sealed.iter().all(fits) {
        true => Ok(()),
        false => Err(ChangeError::Impossible("what is said of a change is text of at most 2,000 characters").into()),
    }
}
