//! The world of one shift: everything that outlives a station's process. The log and the keys, the CRM and its record,
//! the machine's clock, customers' pages, people and what they signed.

use crate::agents::{Heard, Reasoners};
use crate::chance::Chance;
use crate::clock::WallClock;
use crate::crm::Crm;
use crate::customers::{Acknowledged, Customer};
use crate::desk::Desk;
use crate::faults::Faults;
use crate::people::{Deed, Person};
use crate::shop::{self, shop};
use countersign_agents::{Agents, LeftOff};
use countersign_domain::change::Change;
use countersign_domain::event::fields;
use countersign_domain::fleet::Part;
use countersign_domain::ids::{ConversationId, LogId, PersonId, SigningKeyId};
use countersign_domain::person::{KeyOffer, Role};
use countersign_domain::time::Timestamp;
use countersign_event_log::log::Log;
use countersign_event_log::memory::MemoryLog;
use countersign_gate::Gate;
use countersign_gate::people::{NewKey, SecondPerson, SetUp};
use countersign_gate::records::{DEFAULT_TEAM, Records};
use countersign_gate::tools::ToolServers;
use countersign_sealing::Sealing;
use countersign_testkit::{FaultyLog, ManualDisk, SeededEntropy};
use ed25519_dalek::SigningKey;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What the staff do here; the first two administrate besides, as whoever sets a station up does.
const STAFF: [Role; 5] =
    [Role::Supervisor, Role::Supervisor, Role::Supervisor, Role::EscalationHandler, Role::Compliance];
/// Customers at the same time.
const CUSTOMERS: usize = 4;
/// The seed of the key that signs checkpoints.
pub(crate) const STATION_KEY: [u8; 32] = [7; 32];

/// Where the list of erased keys would lie: in no shift yet is anything erased.
const NOTHING_ERASED: &str = "/nonexistent";

/// What stands between the station and its log, or its tool servers, where a test breaks it on purpose.
#[derive(Clone, Copy)]
pub(crate) struct Broken {
    pub(crate) log: fn(Arc<dyn Log>) -> Arc<dyn Log>,
    pub(crate) servers: fn(Arc<Crm>) -> Arc<dyn ToolServers>,
}

/// Nothing is broken on purpose.
pub(crate) const WHOLE: Broken = Broken { log: |log| log, servers: |crm| crm };

/// The world of one seed.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) clock: Arc<WallClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) crm: Arc<Crm>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) staff: Vec<Arc<Person>>,
    pub(crate) customers: Vec<Arc<Customer>>,
    /// Whether people whisper in this shift: where they do, much is held that else would run.
    pub(crate) whispering: bool,
    /// Whether a rule gives time to undo an approval.
    pub(crate) undoing: bool,
    pub(crate) desk: Desk,
    /// Conversations that customers know of, with the signed-in customer.
    pub(crate) begun: Mutex<BTreeMap<ConversationId, Option<String>>>,
    pub(crate) acknowledged: Mutex<Vec<Acknowledged>>,
    pub(crate) deeds: Mutex<Vec<Deed>>,
    pub(crate) heard: Heard,
    pub(crate) disk: Arc<ManualDisk>,
    /// From which position to which there was no room for effects.
    pub(crate) without_room: Mutex<Vec<std::ops::Range<u64>>>,
    /// Where lives of the station left off: the newest last. It lies beside the log, and outlives its process.
    left_off: Mutex<Vec<LeftOff>>,
    chance: Chance,
    sealing: Sealing,
    broken: Broken,
}

impl World {
    /// An empty log, a shop that is open, nobody enrolled.
    pub(crate) fn new(seed: u64, broken: Broken) -> Self {
        let entropy = Arc::new(SeededEntropy::new(seed));
        let start: Timestamp = "2026-11-23T09:00:00.000000Z".parse().unwrap();
        let clock = Arc::new(WallClock::new(start));
        let signer = Arc::new(SigningKey::from_bytes(&STATION_KEY));
        let log = Arc::new(MemoryLog::new(LogId::random(entropy.as_ref()), clock.clone(), signer));
        let staff = STAFF.iter().enumerate().map(|(n, role)| {
            let key = [n as u8 + 1; 32];
            Arc::new(Person {
                id: PersonId::random(entropy.as_ref()),
                role: *role,
                key_id: SigningKeyId::random(entropy.as_ref()),
                key: SigningKey::from_bytes(&key),
                chance: Chance::new(seed, &format!("person {n}")),
            })
        });
        Self {
            crm: Arc::new(Crm::new(seed, log.clone())),
            faults: Arc::new(Faults::new(seed)),
            staff: staff.collect(),
            customers: (0..CUSTOMERS).map(|n| Arc::new(Customer::new(seed, n))).collect(),
            undoing: Chance::new(seed, "undoing").one_in(2),
            whispering: Chance::new(seed, "whispering").one_in(2),
            desk: Desk::default(),
            begun: Mutex::default(),
            acknowledged: Mutex::default(),
            deeds: Mutex::default(),
            heard: Heard::default(),
            disk: Arc::new(ManualDisk::new(u64::MAX)),
            without_room: Mutex::default(),
            left_off: Mutex::default(),
            chance: Chance::new(seed, "left off"),
            sealing: Sealing::in_memory(Path::new(NOTHING_ERASED), entropy.clone()).unwrap(),
            seed,
            clock,
            entropy,
            log,
            broken,
        }
    }

    /// The log and its keys as a station that has just started finds them.
    pub(crate) fn records(&self) -> Arc<Records> {
        let faulty: Arc<dyn Log> = Arc::new(FaultyLog::new((self.broken.log)(self.log.clone()), self.faults.clone()));
        let sealing = Arc::new(self.sealing.reopened());
        let records = Records::new(faulty, sealing, self.clock.clone(), self.entropy.clone());
        Arc::new(records.with_disk(self.disk.clone()))
    }

    /// The log without any fault, for whoever looks at it afterwards.
    pub(crate) fn evidence(&self) -> Records {
        let sealing = Arc::new(self.sealing.reopened());
        Records::new(self.log.clone(), sealing, self.clock.clone(), self.entropy.clone())
    }

    /// A gate as a station makes it at its start.
    pub(crate) fn gate(&self) -> Arc<Gate> {
        let (shop, servers) = (shop(self.undoing), (self.broken.servers)(self.crm.clone()));
        Arc::new(Gate::new(self.records(), servers, shop.toolbox.clone(), shop.policies.clone(), "simulation"))
    }

    /// Where a station that starts reads on from: where the last one left off, somewhere before that, or nowhere.
    pub(crate) fn last_left_off(&self) -> LeftOff {
        let left_off = self.left_off.lock().unwrap();
        if left_off.is_empty() || self.chance.one_in(4) {
            return LeftOff::default();
        }
        self.faults.count("read on from where one left off");
        let known = if self.chance.one_in(3) { self.chance.pick(&left_off) } else { &left_off[left_off.len() - 1] };
        known.clone()
    }

    /// Notes where the agents are now.
    pub(crate) async fn leaves_off(&self, agents: &Agents, earlier: &mut LeftOff) {
        if let Ok(now) = agents.left_off(earlier.clone()).await {
            earlier.clone_from(&now);
            self.left_off.lock().unwrap().push(now);
        }
    }

    /// The agents of this seed.
    pub(crate) fn reasoner(&self) -> Arc<Reasoners> {
        Arc::new(Reasoners {
            seed: self.seed,
            playbook: shop(self.undoing).playbook.clone(),
            heard: self.heard.clone(),
        })
    }

    /// What is stopped alone.
    pub(crate) fn stopped_parts(&self) -> Vec<Part> {
        self.desk.stopped_parts(&self.log)
    }

    /// Whether everything is stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.desk.is_stopped(&self.log)
    }

    /// The first set-up, with two people; the others join by changes that both sign.
    pub(crate) async fn enrols_its_staff(&self) {
        let gate = self.gate();
        gate.record_policy(shop::digests(self.undoing)).await.unwrap();
        let (first, second) = (&self.staff[0], &self.staff[1]);
        let set_up = SetUp {
            person: first.id.clone(),
            name: "Marta Lindqvist".to_owned(),
            key: first.new_key(),
            sample_shop: true,
        };
        let beside = SecondPerson { person: second.id.clone(), name: "Jonas Weber".to_owned(), key: second.new_key() };
        gate.set_up_with(set_up, Some(beside)).await.unwrap();
        for person in &self.staff[2..] {
            let NewKey { key, held, public } = person.new_key();
            let joins = Change::EnrolPerson {
                person: person.id.clone(),
                team: DEFAULT_TEAM.to_owned(),
                roles: vec![person.role],
                limits: None,
                key: KeyOffer { key, held, public },
            };
            let name = fields([("name", json!("A colleague"))]);
            let change = gate.propose_change(&first.id, joins, name).await.unwrap().change.proposed.id;
            for signer in [first, second] {
                signer.signs_change(&gate, &change).await.unwrap();
            }
        }
    }
}
