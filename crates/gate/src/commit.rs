//! The append of an action's events. Whatever the action reserves or frees by them stands in the same append: nobody has
//! to remember it, for it follows from where the action stood and where it stands then.

use crate::error::GateError;
use crate::gate::{Caused, Gate, ahead};
use countersign_domain::action::Action;
use countersign_domain::event::{Draft, Fields};
use countersign_event_log::envelope::{Actor, SealedPart};
use countersign_event_log::log::{Append, AppendError, Cause, Decide, NewEvent, StreamStates, Write};
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::{StreamName, Version};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Says what to store, from the states at the moment of storing: pure and bounded, for the log's writer waits for it.
pub(crate) type Plan = Box<dyn FnOnce(&mut dyn StreamStates) -> Result<Vec<Caused>, GateError> + Send>;

/// An append about to be made.
pub(crate) struct Commit {
    /// Where the action stands. A proposal that is stored by this same append has been taken in already.
    pub(crate) before: Action,
    /// That proposal.
    pub(crate) proposal: Option<NewEvent>,
    /// The events behind it. What is sealed in them lies ready in `sealed`.
    pub(crate) plan: Plan,
    /// Sealed parts, by the kind of event that they belong to.
    pub(crate) sealed: BTreeMap<String, SealedPart>,
    /// Who causes it.
    pub(crate) actor: Actor,
    /// Other streams that are written.
    pub(crate) also: Vec<Write>,
    /// Other streams that must be where the caller saw them.
    pub(crate) guards: Vec<(StreamName, Version)>,
}

impl Gate {
    /// Seals and appends events of one action, which must be where `action` says, under guards; the receipt, and where
    /// the action stands then.
    pub(crate) async fn append_action(
        &self,
        action: &Action,
        mut drafts: Vec<Caused>,
        actor: Actor,
        guards: Vec<(StreamName, Version)>,
    ) -> Result<(Receipt, Action), GateError> {
        let mut after = action.clone();
        for (draft, _) in &drafts {
            after = ahead(&after, draft)?;
        }
        if action.ledger_moves(&after).is_empty() && action.object_move(&after).is_none() {
            let key = self.records.conversation_key(&action.proposed.conversation).await?;
            let stream = StreamName::action(&action.proposed.action);
            let seal = |(draft, cause): Caused| self.records.seal(draft, &stream, &key, &actor, cause);
            let events = drafts.into_iter().map(seal).collect::<Result<_, _>>()?;
            let write = Write { stream: stream.clone(), expected: action.version, events };
            let receipt = self.records.log().append(Append { guards, writes: vec![write] }).await?;
            return Ok((receipt.clone(), self.took(action, &receipt)?));
        }
        let mut sealed = BTreeMap::new();
        for (draft, _) in &mut drafts {
            let fields = std::mem::take(&mut draft.sealed);
            sealed.extend(self.parts(action, &fields, &[&draft.kind]).await?);
        }
        let plan: Plan = Box::new(move |_| Ok(drafts));
        self.commit(Commit { sealed, guards, ..Commit::of(action, plan, actor) }).await
    }

    /// The same fields sealed for each of these kinds of events of an action, of which one is stored.
    pub(crate) async fn parts(
        &self,
        action: &Action,
        fields: &Fields,
        kinds: &[&str],
    ) -> Result<BTreeMap<String, SealedPart>, GateError> {
        if fields.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = self.records.conversation_key(&action.proposed.conversation).await?;
        let stream = StreamName::action(&action.proposed.action);
        let parts = self.records.part_of_one_of(fields, &stream, kinds, &key)?;
        Ok(kinds.iter().map(|kind| (*kind).to_owned()).zip(parts).collect())
    }

    /// Makes the append: `plan` and the ledgers are looked at where nothing can come in between.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(Receipt, Action), GateError> {
        let before = commit.before.clone();
        let receipt = self.deciding(move |states| commit.append(states)).await?;
        let after = self.took(&before, &receipt)?;
        Ok((receipt, after))
    }

    /// Lets the log's writer decide, and tells a refusal as what it is.
    pub(crate) async fn deciding(
        &self,
        decide: impl FnOnce(&mut dyn StreamStates) -> Result<Append, GateError> + Send + 'static,
    ) -> Result<Receipt, GateError> {
        // The log knows only that it was refused; why is told past it.
        let why = Arc::new(Mutex::new(None));
        let told = why.clone();
        let decide: Decide = Box::new(move |states| {
            decide(states).map_err(|error| {
                let refused = AppendError::Refused(error.to_string());
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                refused
            })
        });
        let done = self.records.log().append_deciding(decide).await;
        let why = why.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (done, why) {
            (Err(AppendError::Refused(_)), Some(error)) => Err(error),
            (done, _) => Ok(done?),
        }
    }
}

impl Commit {
    /// Events of an action that is stored, with nothing sealed and nothing beside them.
    pub(crate) fn of(action: &Action, plan: Plan, actor: Actor) -> Self {
        let (before, sealed) = (action.clone(), BTreeMap::new());
        Self { before, proposal: None, plan, sealed, actor, also: Vec::new(), guards: Vec::new() }
    }

    fn append(self, states: &mut dyn StreamStates) -> Result<Append, GateError> {
        let Self { before, proposal, plan, mut sealed, actor, also, guards } = self;
        let drafts = plan(states)?;
        let mut after = before.clone();
        for (draft, _) in &drafts {
            after = ahead(&after, draft)?;
        }
        let expected = if proposal.is_some() { 0 } else { before.version };
        let new = |(draft, cause): Caused| {
            let part = sealed.remove(&draft.kind);
            event(draft, part, &actor, cause)
        };
        let events: Vec<NewEvent> = proposal.into_iter().chain(drafts.into_iter().map(new)).collect();
        let last = events.len().saturating_sub(1);
        let mut writes = vec![Write { stream: StreamName::action(&before.proposed.action), expected, events }];
        writes.extend(also);
        writes.extend(beside_writes(states, &mut Versions::new(), &before, &after, last)?);
        Ok(Append { guards, writes })
    }
}

/// The versions of the streams that an append has written to so far.
pub(crate) type Versions = BTreeMap<StreamName, Version>;

/// What ledgers and the object take in when an action moves, each by a write of its own; `cause` is the event that moved
/// it.
pub(crate) fn beside_writes(
    states: &mut dyn StreamStates,
    versions: &mut Versions,
    before: &Action,
    after: &Action,
    cause: usize,
) -> Result<Vec<Write>, GateError> {
    let ledgers =
        before.ledger_moves(after).into_iter().map(|(name, moved)| (StreamName::ledger(&name), Draft::open(&moved)));
    let object = before.proposed.object.as_deref().zip(before.object_move(after));
    let object = object.map(|(name, moved)| (StreamName::object(name), Draft::open(&moved)));
    let mut writes = Vec::new();
    for (stream, draft) in ledgers.chain(object) {
        let expected = match versions.get(&stream) {
            Some(version) => *version,
            None => states.version(&stream)?,
        };
        versions.insert(stream.clone(), expected + 1);
        let events = vec![event(draft, None, &Actor::Station, Some(Cause::Earlier(cause)))];
        writes.push(Write { stream, expected, events });
    }
    Ok(writes)
}

/// An event whose sealed part, if it has one, lies ready.
pub(crate) fn event(draft: Draft, sealed: Option<SealedPart>, actor: &Actor, cause: Option<Cause>) -> NewEvent {
    NewEvent { cause, sealed, ..crate::people::unsealed(draft, actor.clone()) }
}
