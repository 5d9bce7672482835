//! What the records say, replayed by the domain's own rules: every event must be one that could follow.

mod actions;
mod agents;
mod beside;
mod changes;
mod conversations;
mod customers;
mod decisions;
mod people;
mod restored;
mod verdicts;

use super::checked::{Checked, SealedSeen};
use super::happened::Happened;
use super::lineage::Lineage;
use super::map::Map;
use super::report::{Finding, Findings, Proved};
use super::signatures::{PublicKeys, Signed};
use crate::envelope::Actor;
use changes::{Effect, TookEffect};
use countersign_domain::action::{Action, Footing, Phase, SettledHow};
use countersign_domain::agent::ExternalAgent;
use countersign_domain::change::ChangeState;
use countersign_domain::conversation::Conversation;
use countersign_domain::customer::Customer;
use countersign_domain::fleet::{Fleet, Part};
use countersign_domain::ids::{ActionId, ChangeId, ConversationId, KeyId, PersonId, SigningKeyId};
use countersign_domain::ledger::Ledger;
use countersign_domain::object::Object;
use countersign_domain::person::Person;
use countersign_domain::rulebook::RuleInForce;
use countersign_domain::server::AddedServers;
use countersign_domain::station::Staff;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolStands;
use std::collections::{BTreeMap, HashSet};

/// Why an event is wrong, in plain words.
type Wrong = Result<(), String>;

/// Where an event stands and who caused it.
struct At<'a> {
    position: u64,
    recorded_at: Timestamp,
    stream: &'a str,
    version: u64,
    actor: &'a Actor,
    cause: Option<u64>,
    sealed: Option<&'a SealedSeen>,
}

/// An action as far as it has come.
struct Case {
    action: Action,
    requester: Actor,
    /// The position of the verdict or decision that lets it run.
    permit: Option<u64>,
    started: Option<u64>,
    /// The position of its newest event.
    last: u64,
    /// What ledgers and its object have taken in.
    footing: Footing,
    /// Whether its conversation names it.
    linked: bool,
    signatures: Vec<String>,
}

enum Known {
    Open(Box<Case>),
    /// Over; whether it happened, and whether a person had decided it.
    Over {
        happened: bool,
        decided: bool,
    },
}

struct Talk {
    state: Conversation,
    key: Option<KeyId>,
    /// The position at which a person took it over last.
    taken_at: Option<u64>,
    /// Whether it holds an external agent's call that has not said so yet.
    calls: bool,
}

/// What an append still has to say: found missing when the append is over.
struct Owed {
    action: ActionId,
    position: u64,
    recorded_at: Timestamp,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// What its ledgers, object and conversation must take in.
    Beside,
    /// That it is taken back by the takeover at that position.
    TakenBack,
}

/// The state of everything, up to the newest event.
pub(crate) struct Meaning {
    lineage: Lineage,
    /// Whether this is a whole log, and sums and what is open elsewhere can be told.
    whole: bool,
    actions: Map<ActionId, Known>,
    conversations: Map<ConversationId, Box<Talk>>,
    customers: Map<String, Customer>,
    agents: Map<String, ExternalAgent>,
    servers: AddedServers,
    staff: Map<PersonId, Person>,
    signing_keys: Map<SigningKeyId, PersonId>,
    public_keys: PublicKeys,
    joined: Vec<(PersonId, u64)>,
    /// Where and when the first set-up stands.
    set_up: Option<(u64, Timestamp)>,
    staff_list: Staff,
    changes: Map<ChangeId, ChangeState>,
    /// How many events the streams have that changes are about, the actions' own apart.
    versions: Map<String, u64>,
    /// Changes that took effect in the present append.
    effects: Vec<TookEffect>,
    fleet: Fleet,
    last: Option<Timestamp>,
    /// How far the station's clock was behind `recorded_at` when it last told the time, in microseconds.
    behind: i64,
    /// Where the log last went on from a backup.
    restored_at: Option<u64>,
    /// Where the present append of a restore goes on.
    restoring: Option<u64>,
    /// When the last stop ended: of everything, and of each part.
    resumed: BTreeMap<Option<Part>, Timestamp>,
    ledgers: Map<String, Ledger>,
    objects: Map<String, Object>,
    /// The rules of every version that was put in force, and the version that is.
    policies: Map<String, Vec<RuleInForce>>,
    in_force: Option<String>,
    /// Where each tool last came to mean something else.
    tools_ended: Map<String, u64>,
    /// Where servers were removed last.
    servers_removed: Map<String, u64>,
    /// How often what holds of each tool was signed, or taken down.
    tools_stand: Map<String, ToolStands>,
    /// The hash of the definition that each tool is called under.
    pinned: Map<String, String>,
    /// The names that external agents have for conversations which they relay.
    aliases: HashSet<String>,
    /// The tools of which their server offers something else.
    offered_otherwise: HashSet<String>,
    owed: Vec<Owed>,
    /// Sealing keys of parts whose bytes are gone, and where the first of each stands.
    gone: BTreeMap<String, u64>,
    erased: HashSet<String>,
    /// Whether a record could not be taken in: what seems to be missing may have stood in it.
    missed: bool,
    actions_seen: u64,
    started: u64,
}

impl Meaning {
    pub(crate) fn new(lineage: Lineage) -> Self {
        Self {
            lineage,
            whole: true,
            actions: Map::default(),
            conversations: Map::default(),
            customers: Map::default(),
            agents: Map::default(),
            servers: AddedServers::default(),
            staff: Map::default(),
            signing_keys: Map::default(),
            public_keys: PublicKeys::default(),
            joined: Vec::new(),
            set_up: None,
            staff_list: Staff::default(),
            changes: Map::default(),
            versions: Map::default(),
            effects: Vec::new(),
            fleet: Fleet::default(),
            last: None,
            behind: 0,
            restored_at: None,
            restoring: None,
            resumed: BTreeMap::new(),
            ledgers: Map::default(),
            objects: Map::default(),
            policies: Map::default(),
            in_force: None,
            tools_ended: Map::default(),
            servers_removed: Map::default(),
            tools_stand: Map::default(),
            pinned: Map::default(),
            aliases: HashSet::default(),
            offered_otherwise: HashSet::default(),
            owed: Vec::new(),
            gone: BTreeMap::new(),
            erased: HashSet::new(),
            missed: false,
            actions_seen: 0,
            started: 0,
        }
    }

    /// For a case: of ledgers and objects only what is about its own actions is there.
    pub(crate) fn of_a_case(lineage: Lineage) -> Self {
        Self { whole: false, ..Self::new(lineage) }
    }

    /// A record is missing or damaged: from here on nothing is said to be missing beside others.
    pub(crate) fn miss(&mut self) {
        self.missed = true;
        self.owed.clear();
        self.effects.clear();
        self.restoring = None;
    }

    /// Takes the next event in; what is wrong with it is found. Signatures are left to be verified together.
    pub(crate) fn take(&mut self, mut checked: Box<Checked>, findings: &mut Findings, signed: &mut Vec<Signed>) {
        let Some(happened) = checked.happened.take() else { return };
        self.collect(checked.position, checked.recorded_at, findings);
        if let Some(sealed) = checked.sealed.as_ref().filter(|sealed| self.erased.contains(sealed.key.as_str())) {
            let what = format!("it is sealed under the key {}, which was destroyed before", sealed.key);
            findings.add(Finding::at(checked.position, what));
        }
        if let Some(sealed) = checked.sealed.as_ref().filter(|sealed| !sealed.there) {
            self.gone.entry(sealed.key.to_string()).or_insert(checked.position);
        }
        let at = At {
            position: checked.position,
            recorded_at: checked.recorded_at,
            stream: &checked.stream,
            version: checked.version,
            actor: &checked.actor,
            cause: checked.cause,
            sealed: checked.sealed.as_ref(),
        };
        self.set_clock(&at, &happened);
        self.must_stop_with_the_restore(&at, &happened, findings);
        let (concept, name) = checked.stream.split_once('/').unwrap_or((&checked.stream, ""));
        let result = match concept == checked.concept {
            false => Err(format!("an event of the {} stands in the stream {}", checked.concept, checked.stream)),
            true => match happened {
                Happened::Action(event) => {
                    let statement = checked.statement.as_deref();
                    self.action(&at, name, &event, statement, findings, signed)
                }
                Happened::Agent(event) => self.agent(&at, name, &event),
                Happened::Alias(event) => self.alias(&at, &event),
                Happened::Call(event) => self.call(&at, &event),
                Happened::Change(event) => self.change(&at, name, &event, checked.statement.as_deref(), signed),
                Happened::Server(event) => self.server(&at, &event),
                Happened::Channel(event) => {
                    self.follows_from_a_change(&at, &Effect::Channel(at.stream.to_owned(), *event))
                }
                Happened::Conversation(event) => self.conversation(&at, name, &event),
                Happened::Customer(event) => self.customer(&at, name, &event),
                Happened::Fleet(event) => self.fleet(&at, &event),
                Happened::Ledger(event) => self.ledger(&at, name, &event),
                Happened::Object(event) => self.object(&at, name, &event),
                Happened::Person(event) => self.person(&at, name, &event),
                Happened::Station(event) => self.station(&at, &event),
                Happened::Tool(event) => self.tool(&at, name, &event),
                Happened::Other => Ok(()),
            },
        };
        if matches!(concept, "person" | "customer" | "fleet" | "tool" | "channel" | "agent" | "server") {
            self.versions.insert(at.stream.to_owned(), at.version + 1);
        }
        if let Err(why) = result {
            findings.add(Finding::at(checked.position, why));
        }
    }

    /// A clock that was set back is behind `recorded_at`, which stands still until it has caught up: where `recorded_at`
    /// goes on, the clock is not behind, whatever an event says. A case lacks the records between its own.
    fn set_clock(&mut self, at: &At<'_>, happened: &Happened) {
        let stands_still = self.last == Some(at.recorded_at);
        self.last = Some(at.recorded_at);
        if self.whole && !stands_still {
            self.behind = 0;
        } else if let Some(told) = happened.station_time() {
            self.behind = at.recorded_at.micros().saturating_sub(told.micros()).max(0);
        }
    }

    /// What the records owe at the end, unless the run was stopped before it.
    pub(crate) fn end(mut self, stopped: bool, findings: &mut Findings, proved: &mut Proved) {
        proved.actions = self.actions_seen;
        proved.started = self.started;
        proved.conversations = self.conversations.len() as u64;
        if stopped || self.missed {
            return;
        }
        for owed in std::mem::take(&mut self.owed) {
            self.claim(&owed, findings);
        }
        for change in std::mem::take(&mut self.effects) {
            beside::claim_effect(&change, self.whole, findings);
        }
        self.must_have_stopped(findings);
        for (person, position) in &self.joined {
            if self.staff.get(person).is_none_or(|known| known.id.is_none()) {
                findings.add(Finding::at(*position, format!("{person} joined and was never enrolled")));
            }
        }
        for (key, position) in self.gone.iter().filter(|_| self.whole) {
            if !self.erased.contains(key) {
                findings.add(Finding::at(*position, "its sealed part is gone, and no erasure says so"));
            }
        }
    }
}

impl Case {
    fn is_over(&self) -> Option<bool> {
        let happened = matches!(
            self.action.phase,
            Phase::Succeeded | Phase::Settled(SettledHow::Happened | SettledHow::Compensated)
        );
        self.action.phase.is_final().then_some(happened)
    }
}

fn must(holds: bool, why: impl FnOnce() -> String) -> Wrong {
    if holds { Ok(()) } else { Err(why()) }
}

/// Who caused something, for people.
fn named(actor: &Actor) -> String {
    match actor {
        Actor::Station => "the station".to_owned(),
        Actor::Customer(id) => format!("the customer of {id}"),
        Actor::Agent(name) => format!("the agent {name}"),
        Actor::Person(id) => format!("the person {id}"),
    }
}

fn caused_by(at: &At<'_>, expected: &Actor) -> Wrong {
    must(at.actor == expected, || format!("it was caused by {}, and only {} can", named(at.actor), named(expected)))
}

fn sealed(at: &At<'_>) -> Wrong {
    must(at.sealed.is_some(), || "what was said or shown is not sealed with it".to_owned())
}
