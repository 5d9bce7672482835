//! Changes of what people may do: signed by enough of them before anything follows, and what follows is what was signed.

use super::actions::SLACK_SECONDS;
use super::{At, Known, Meaning, Wrong, caused_by, must};
use crate::envelope::Actor;
use crate::stream::StreamName;
use crate::verify::signatures::{self, Signed};
use countersign_domain::action::SettledHow;
use countersign_domain::agent::AgentEvent;
use countersign_domain::authority::{Command, may};
use countersign_domain::change::{Change, ChangeEvent, ChangePhase, ChangeState, SignedChange};
use countersign_domain::channel::ChannelEvent;
use countersign_domain::customer::CustomerEvent;
use countersign_domain::ids::{ActionId, ChangeId, PersonId};
use countersign_domain::person::{KeyOffer, Person, PersonEvent, RevokeReason};
use countersign_domain::server::ServerEvent;
use countersign_domain::station::StationEvent;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolEvent;

/// For how long a key from a password reset signs nothing together with whoever reset it.
const APART_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Something that follows from a change.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Person(PersonEvent),
    Station(StationEvent),
    Resumed,
    Settled(ActionId, SettledHow),
    Customer(String, CustomerEvent),
    Tool(String, Box<ToolEvent>),
    Agent(AgentEvent),
    Server(ServerEvent),
    /// By its stream.
    Channel(String, ChannelEvent),
    /// Rules that were made for what the change says.
    Rules,
}

/// A change that took effect, and what its append still has to say.
pub(super) struct TookEffect {
    pub(super) position: u64,
    pub(super) recorded_at: Timestamp,
    pub(super) by: Option<PersonId>,
    pub(super) left: Vec<Effect>,
}

impl Meaning {
    pub(super) fn change(
        &mut self,
        at: &At<'_>,
        name: &str,
        event: &ChangeEvent,
        statement: Option<&[u8]>,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        let id: ChangeId = name.parse().map_err(|_| format!("{} is the stream of no change", at.stream))?;
        let Some(mut change) = self.changes.remove(&id) else {
            let commitment = at.sealed.map(|sealed| hex::encode(sealed.commitment));
            let change = ChangeState::begin(event, at.position, commitment.as_deref());
            let change = change.ok_or("a change begins with something else than its proposal")?;
            let result = self.may_propose_change(at, &id, &change);
            self.changes.insert(id, change);
            return result;
        };
        let result = self.change_goes_on(at, &change, event, statement, signed);
        change.apply(event);
        if let ChangeEvent::TookEffect { at: moment } = event {
            let left = self.effects(&change, *moment);
            let by = change.signatures.first().map(|signature| signature.person.clone());
            self.effects.push(TookEffect { position: at.position, recorded_at: at.recorded_at, by, left });
        }
        self.changes.insert(id, change);
        result
    }

    fn may_propose_change(&self, at: &At<'_>, id: &ChangeId, change: &ChangeState) -> Wrong {
        let proposed = &change.proposed;
        must(proposed.id == *id, || "a change is proposed in the stream of another".to_owned())?;
        caused_by(at, &Actor::Person(proposed.by.to_string()))?;
        self.may(&proposed.by, Command::Propose(proposed.what.kind()))?;
        let needed = self.staff_list.signatures_needed();
        must(proposed.of >= needed, || {
            format!("a change is proposed for {} signatures, and {needed} are needed", proposed.of)
        })
    }

    /// Whether somebody is on the staff and has a role that does this.
    pub(super) fn may(&self, person: &PersonId, command: Command) -> Wrong {
        let known = self.staff.get(person).ok_or_else(|| format!("{person} was not enrolled then"))?;
        may(known, command, &self.staff_list).map_err(|why| format!("{person} may not: {why}"))
    }

    fn change_goes_on(
        &self,
        at: &At<'_>,
        change: &ChangeState,
        event: &ChangeEvent,
        statement: Option<&[u8]>,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        // The station looked at its clock a moment before the log did.
        let latest = change.proposed.expires.plus_micros(-1);
        let clock = at.recorded_at.plus_micros(-self.behind);
        let in_time = clock <= change.proposed.expires.plus_seconds(SLACK_SECONDS);
        let now = if in_time { clock.min(latest) } else { clock };
        let words = |why: countersign_domain::change::ChangeError| format!("it cannot come here: {why}");
        match event {
            ChangeEvent::Proposed(_) => Err("a change is proposed again".to_owned()),
            ChangeEvent::Signed(by) => {
                caused_by(at, &Actor::Person(by.statement.person.to_string()))?;
                must(by.statement.log == *self.lineage.at(at.position), || {
                    "the change was signed for another log".to_owned()
                })?;
                let mut people = vec![self.person_of(&by.statement.person)?];
                for earlier in &change.signatures {
                    people.push(self.person_of(&earlier.person)?);
                }
                change.sign(by.clone(), &people, &self.staff_list, now).map_err(words)?;
                self.change_signed(at, change, by, statement, signed)
            }
            ChangeEvent::TookEffect { .. } => {
                let full = change.signatures.len() >= usize::from(change.proposed.of);
                must(change.phase == ChangePhase::Proposed && full, || {
                    "a change took effect without every signature that it needs".to_owned()
                })?;
                must(self.stands_as_signed(change), || {
                    "what it changes was not as it was when the change was proposed".to_owned()
                })
            }
            ChangeEvent::Refused { by } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                let person = self.person_of(by)?;
                change.refuse(&person, &self.staff_list, Default::default(), now).map(drop).map_err(words)
            }
            ChangeEvent::Withdrawn { by } => {
                caused_by(at, &Actor::Person(by.to_string()))?;
                change.withdraw(by, now).map(drop).map_err(words)
            }
            ChangeEvent::Expired { .. } => {
                caused_by(at, &Actor::Station)?;
                change.expire(at.recorded_at.plus_seconds(SLACK_SECONDS)).map(drop).map_err(words)
            }
        }
    }

    /// Whether what a change is about is as it was when it was proposed. A case does not hold all of that.
    fn stands_as_signed(&self, change: &ChangeState) -> bool {
        let over = change.proposed.over;
        let person = change.proposed.what.person().and_then(|person| self.staff.get(person));
        if let Some(person) = person {
            return !self.whole || over.is_some_and(|over| person.stands_as(over));
        }
        let version = match &change.proposed.what {
            Change::Settle { action, .. } => match self.actions.get(action) {
                Some(Known::Open(case)) => case.action.version,
                // Said where the action is settled.
                _ => return true,
            },
            Change::SetTool { to, .. } => self.tools_stand.get(&to.tool).copied().unwrap_or_default().signed,
            what => self.versions.get(StreamName::changed_by(what).as_str()).copied().unwrap_or_default(),
        };
        !self.whole || over == Some(version)
    }

    pub(super) fn person_of(&self, id: &PersonId) -> Result<Person, String> {
        self.staff.get(id).cloned().ok_or_else(|| format!("{id} was not enrolled then"))
    }

    fn change_signed(
        &self,
        at: &At<'_>,
        change: &ChangeState,
        by: &SignedChange,
        statement: Option<&[u8]>,
        signed: &mut Vec<Signed>,
    ) -> Wrong {
        let said = &by.statement;
        let offered =
            change.proposed.what.offered().filter(|offer| offer.key == said.key && said.person == change.proposed.by);
        let enrolled = self.staff.get(&said.person).and_then(|person| person.signing_key(&said.key));
        let (held, public) = match (offered, enrolled) {
            (Some(offer), _) => (offer.held, &offer.public),
            (None, Some(key)) => (key.held, &key.public),
            (None, None) => return Err(format!("it is signed with the key {}, which was not enrolled then", said.key)),
        };
        must(held == by.signed_by, || "the record says otherwise than the enrolment where the key is held".to_owned())?;
        let key = signatures::public_key(public).ok_or("its key is no Ed25519 key that counts")?;
        let signature = signatures::signature(&by.signature).ok_or("its signature is no Ed25519 signature")?;
        let message = statement.ok_or("it holds no statement")?.to_vec();
        signed.push(Signed { position: at.position, key, message, signature });
        Ok(())
    }

    /// What must follow from a change.
    fn effects(&self, change: &ChangeState, now: Timestamp) -> Vec<Effect> {
        let enrolled = |person: &PersonId, KeyOffer { key, held, public }: &KeyOffer| {
            let (person, key, held, public) = (person.clone(), key.clone(), *held, public.clone());
            Effect::Person(PersonEvent::KeyEnrolled { person, key, held, public })
        };
        match change.proposed.what.clone() {
            Change::EnrolPerson { person, roles, limits, key, .. } => {
                let mut all = vec![enrolled(&person, &key)];
                all.push(Effect::Person(PersonEvent::Enrolled { person: person.clone(), roles }));
                if limits.is_some() {
                    all.push(Effect::Person(PersonEvent::LimitsSet { person: person.clone(), limits }));
                }
                all.push(Effect::Station(StationEvent::PersonJoined { person }));
                all
            }
            Change::SetRoles { person, team, roles } => {
                vec![Effect::Person(PersonEvent::RolesSet { person, team, roles })]
            }
            Change::SetLimits { person, limits } => vec![Effect::Person(PersonEvent::LimitsSet { person, limits })],
            Change::RemovePerson { person } => vec![
                Effect::Person(PersonEvent::Removed { person: person.clone() }),
                Effect::Station(StationEvent::PersonLeft { person }),
            ],
            Change::EnrolKey { person, key } => vec![enrolled(&person, &key)],
            Change::RevokeKey { person, key } => {
                vec![Effect::Person(PersonEvent::KeyRevoked { person, key, reason: RevokeReason::Revoked })]
            }
            Change::ResetKey { person, key } => {
                let keys = self.staff.get(&person).map(|known| known.keys.as_slice()).unwrap_or_default();
                let revoked = keys.iter().filter(|known| !known.revoked).map(|known| PersonEvent::KeyRevoked {
                    person: person.clone(),
                    key: known.key.clone(),
                    reason: RevokeReason::Reset,
                });
                let mut all: Vec<Effect> = revoked.map(Effect::Person).collect();
                let by = change.signatures.iter().map(|signature| signature.person.clone()).collect();
                let until = now.plus_seconds(APART_SECONDS);
                all.push(Effect::Person(PersonEvent::KeyReset { person: person.clone(), key, by, until }));
                all
            }
            Change::Resume => vec![Effect::Resumed],
            Change::Settle { action, how } => vec![Effect::Settled(action, how)],
            Change::EraseCustomer { customer } => {
                vec![Effect::Customer(customer, CustomerEvent::ErasureOrdered { at: now })]
            }
            Change::PlaceHold { customer } => vec![Effect::Customer(customer, CustomerEvent::HoldPlaced { at: now })],
            Change::LiftHold { customer } => vec![Effect::Customer(customer, CustomerEvent::HoldLifted { at: now })],
            Change::SetTool { from, to, definition } => {
                let ends_open = to.ends_open(from.as_deref(), definition.is_some());
                let name = to.tool.clone();
                let pinned = definition.map(|definition| ToolEvent::Pinned { definition: *definition });
                let set = ToolEvent::SettingsSet { settings: to, ends_open };
                let tool = pinned.into_iter().chain([set]).map(|event| Effect::Tool(name.clone(), Box::new(event)));
                tool.chain([Effect::Rules]).collect()
            }
            Change::GrantAgent { agent, to, token, .. } => {
                let known = self.agents.contains_key(&agent);
                let granted = AgentEvent::Granted { agent: agent.clone(), grant: *to, token };
                let joins = (!known).then_some(Effect::Station(StationEvent::AgentJoined { agent }));
                std::iter::once(Effect::Agent(granted)).chain(joins).collect()
            }
            Change::RevokeAgent { agent } => vec![Effect::Agent(AgentEvent::Revoked { agent })],
            Change::AddServer { server } => vec![Effect::Server(ServerEvent::Added { server: *server })],
            Change::RemoveServer { server } => vec![Effect::Server(ServerEvent::Removed { server })],
            Change::SetChat { to, .. } => {
                let set = ChannelEvent::ChatSet { settings: *to };
                vec![Effect::Channel(StreamName::chat().as_str().to_owned(), set)]
            }
        }
    }

    /// A tool is treated as people signed, and as nobody else says; what its server defines is what they accepted, or what
    /// the station saw first.
    pub(super) fn tool(&mut self, at: &At<'_>, name: &str, event: &ToolEvent) -> Wrong {
        self.tools_stand.entry(name.to_owned()).or_default().apply(event);
        match event {
            ToolEvent::SettingsSet { ends_open, .. } => {
                if *ends_open {
                    self.tools_ended.insert(name.to_owned(), at.position);
                }
            }
            ToolEvent::Offered { definition } => {
                let accepted = self.pinned.get(name).ok_or("nothing was accepted of it before")?;
                match definition.as_ref() == Some(accepted) {
                    true => self.offered_otherwise.remove(name),
                    false => self.offered_otherwise.insert(name.to_owned()),
                };
                return caused_by(at, &Actor::Station);
            }
            ToolEvent::Pinned { definition } => {
                self.offered_otherwise.remove(name);
                must(definition.full_name() == name, || "it is the definition of another tool".to_owned())?;
                let first = self.pinned.insert(name.to_owned(), definition.hash()).is_none();
                if *at.actor == Actor::Station && at.cause.is_none() {
                    return must(first, || "the tool was accepted otherwise before, and nobody signed this".to_owned());
                }
            }
        }
        self.follows_from_a_change(at, &Effect::Tool(name.to_owned(), Box::new(event.clone())))
    }

    /// A server is there that people signed, in the stream of all of them; one under each name.
    pub(super) fn server(&mut self, at: &At<'_>, event: &ServerEvent) -> Wrong {
        let known = match event {
            ServerEvent::Added { server } => self.servers.0.contains_key(&server.name),
            ServerEvent::Removed { server } => !self.servers.0.contains_key(server),
        };
        self.servers.apply(event);
        if let ServerEvent::Removed { server } = event {
            self.servers_removed.insert(server.clone(), at.position);
        }
        let follows = self.follows_from_a_change(at, &Effect::Server(event.clone()));
        let here = at.stream == StreamName::servers().as_str();
        must(here, || "it is said in another stream than that of servers".to_owned()).and(follows)?;
        // A case does not hold what was added before.
        must(!self.whole || !known, || "a server is added that was there, or removed that was not".to_owned())
    }

    /// Whether an event is what a change that took effect in its append says; it is then taken off what that one owes.
    pub(super) fn follows_from_a_change(&mut self, at: &At<'_>, effect: &Effect) -> Wrong {
        let found = self.effects.iter_mut().find(|change| Some(change.position) == at.cause);
        let change = found.ok_or("no change that people signed brings it about")?;
        let Some(place) = change.left.iter().position(|left| left == effect) else {
            // Found here, and not as missing where it was owed.
            change.left.clear();
            return Err("it is not what the change says that people signed".to_owned());
        };
        change.left.remove(place);
        let by = change.by.as_ref().map(|by| Actor::Person(by.to_string()));
        must(by.as_ref() == Some(at.actor), || {
            "it was caused by somebody else than whoever proposed the change".to_owned()
        })
    }
}
