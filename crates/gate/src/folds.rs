//! The states that the gate reads inside of the log's writer, where nothing can come in between.

use crate::error::GateError;
use crate::question::About;
use crate::records::read;
use countersign_domain::agent::{AgentEvent, ExternalAgent};
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::event::{Event, UnknownEvent, known};
use countersign_domain::fleet::{Fleet, FleetEvent};
use countersign_domain::ids::ConversationId;
use countersign_domain::ledger::{Ledger, LedgerEvent};
use countersign_domain::object::{Object, ObjectEvent};
use countersign_domain::person::{Person, PersonEvent};
use countersign_domain::server::{AddedServers, ServerEvent};
use countersign_domain::station::{Staff, StationEvent};
use countersign_domain::tool::{ToolEvent, ToolStands};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::{self, StreamStates};
use countersign_event_log::stream::StreamName;

/// A state that is folded from one kind of stream.
pub(crate) trait Folded: Default + Clone + Send + 'static {
    /// The stream's events.
    type Happened: Event;
    /// Takes one in.
    fn take(&mut self, event: &Self::Happened);
    /// Whether events of this kind are of any concern to it: what is not needs only to be known.
    fn concerns(_kind: &str) -> bool {
        true
    }
}

impl Folded for ExternalAgent {
    type Happened = AgentEvent;
    fn take(&mut self, event: &AgentEvent) {
        self.apply(event);
    }
}

impl Folded for AddedServers {
    type Happened = ServerEvent;
    fn take(&mut self, event: &ServerEvent) {
        self.apply(event);
    }
}

impl Folded for ToolStands {
    type Happened = ToolEvent;
    fn take(&mut self, event: &ToolEvent) {
        self.apply(event);
    }
}

impl Folded for Fleet {
    type Happened = FleetEvent;
    fn take(&mut self, event: &FleetEvent) {
        self.apply(event);
    }
}

impl Folded for Ledger {
    type Happened = LedgerEvent;
    fn take(&mut self, event: &LedgerEvent) {
        self.apply(event);
    }
}

impl Folded for Object {
    type Happened = ObjectEvent;
    fn take(&mut self, event: &ObjectEvent) {
        self.apply(event);
    }
}

impl Folded for Person {
    type Happened = PersonEvent;
    fn take(&mut self, event: &PersonEvent) {
        self.apply(event);
    }
}

impl Folded for Staff {
    type Happened = StationEvent;
    fn take(&mut self, event: &StationEvent) {
        self.apply(event);
    }
}

/// The version of the rules that the trail says are in force; none before the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RulesInForce(Option<String>);

impl Folded for RulesInForce {
    type Happened = StationEvent;
    fn take(&mut self, event: &StationEvent) {
        if let StationEvent::PolicyInForce { version, .. } = event {
            self.0 = Some(version.clone());
        }
    }
    fn concerns(kind: &str) -> bool {
        kind == "station.policy_in_force"
    }
}

/// Refuses what was judged by other rules than those that the trail says are in force by now.
pub(crate) fn must_be_in_force(states: &mut dyn StreamStates, judged: &str) -> Result<(), GateError> {
    let RulesInForce(version) = current(states, &StreamName::station())?;
    if version.is_none_or(|version| version == judged) { Ok(()) } else { Err(GateError::Moved) }
}

/// The customer who has signed in since their conversation began.
#[derive(Debug, Clone, Default)]
struct SignedInAs(Option<String>);

impl Folded for SignedInAs {
    type Happened = ConversationEvent;
    fn take(&mut self, event: &ConversationEvent) {
        if let ConversationEvent::SignedIn(signed_in) = event {
            self.0 = Some(signed_in.customer.clone());
        }
    }
    fn concerns(kind: &str) -> bool {
        kind == "conversation.signed_in"
    }
}

/// Refuses what was judged by whom a conversation was with before its customer signed in.
pub(crate) fn must_still_be_with(
    states: &mut dyn StreamStates,
    conversation: &ConversationId,
    about: &About,
) -> Result<(), GateError> {
    let SignedInAs(customer) = current(states, &StreamName::conversation(conversation))?;
    if customer.is_none() || customer == about.customer { Ok(()) } else { Err(GateError::Moved) }
}

/// A state, and the first event that could not be read: a fold cannot fail, but whoever uses it must.
#[derive(Clone)]
struct Fold<S> {
    state: S,
    broken: Option<UnknownEvent>,
}

impl<S: Folded> Default for Fold<S> {
    fn default() -> Self {
        Self { state: S::default(), broken: None }
    }
}

impl<S: Folded> log::Fold for Fold<S> {
    fn apply(&mut self, event: &StoredEvent) {
        let envelope = &event.envelope;
        if !S::concerns(&envelope.kind) {
            self.broken = known::must_be_known(&envelope.kind, envelope.schema).err().or(self.broken.take());
            return;
        }
        match read::<S::Happened>(event) {
            Ok(happened) => self.state.take(&happened),
            Err(GateError::UnknownEvent(unknown)) => self.broken = Some(unknown),
            Err(_) => {}
        }
    }
}

/// Where a stream stands now.
pub(crate) fn current<S: Folded>(states: &mut dyn StreamStates, stream: &StreamName) -> Result<S, GateError> {
    let fold: Fold<S> = log::fold(states, stream)?;
    match fold.broken {
        None => Ok(fold.state),
        Some(unknown) => Err(unknown.into()),
    }
}
