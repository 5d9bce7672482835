//! The staff: several supervisors who race each other, one who takes conversations over, one who reads and may decide
//! nothing. Two of them change who may do what while the others work. Whatever somebody signs is noted before it is handed in.

use crate::chance::Chance;
use crate::clock::pass;
use crate::desk::Standing;
use crate::shop::shop;
use crate::world::World;
use countersign_agents::reasoner::Reasoner;
use countersign_domain::action::{
    Action, ActionBytes, Choice, DecisionStatement, STATEMENT_TYPE, StepUp, action_digest,
};
use countersign_domain::change::Change;
use countersign_domain::conversation::{ResolutionCode, WhisperScope};
use countersign_domain::event::Fields;
use countersign_domain::fleet::Part;
use countersign_domain::ids::{ActionId, ChangeId, PersonId, SigningKeyId};
use countersign_domain::money::Money;
use countersign_domain::person::{KeyKind, Role};
use countersign_event_log::log::ReadLog;
use countersign_gate::error::GateError;
use countersign_gate::people::NewKey;
use countersign_gate::{Answer, Ask, Escalation, Gate, Resolution, SignedDecision, Whispering};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::sync::Arc;

/// One member of the staff, with the key on their device.
pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) role: Role,
    pub(crate) key_id: SigningKeyId,
    pub(crate) key: SigningKey,
    pub(crate) chance: Chance,
}

/// What somebody signed and handed in.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) person: PersonId,
    pub(crate) action: ActionId,
    pub(crate) choice: Choice,
    /// The arguments that they put in, of an override.
    pub(crate) arguments: Option<Value>,
    pub(crate) digest: String,
    pub(crate) words: String,
    /// Where it is stored, if they were told so.
    pub(crate) stored: Option<u64>,
}

impl Person {
    /// Works for as long as the station lives.
    pub(crate) async fn works(self: Arc<Self>, world: Arc<World>, gate: Arc<Gate>) {
        loop {
            pass(self.chance.time(2_000, 50_000)).await;
            if self.chance.one_in(2) {
                // Acts on what just happened, and so races with whoever goes on from there.
                world.faults.stores().await;
            }
            match self.chance.below(40) {
                0 => {
                    let _ = gate.stop(self.id.clone()).await;
                }
                1..=3 if world.is_stopped() => {
                    let _ = gate.resume(self.id.clone()).await;
                }
                17 => {
                    let part = match self.chance.below(3) {
                        0 => Part::Agent(shop(world.undoing).playbook.agent().to_owned()),
                        1 => Part::Tool("crm.issue_refund".to_owned()),
                        _ => Part::Tool("crm.find_order".to_owned()),
                    };
                    let _ = gate.stop_part(part, self.id.clone()).await;
                }
                18..=21 if !world.stopped_parts().is_empty() => {
                    for part in world.stopped_parts() {
                        let _ = gate.resume_part(part, self.id.clone(), "It is mended.").await;
                    }
                }
                4 | 5 => self.takes_over(&world, &gate).await,
                6 | 7 if self.chance.one_in(2) => self.replies(&world, &gate).await,
                6 | 7 if self.chance.one_in(3) => self.asks(&world, &gate).await,
                6 | 7 if self.chance.one_in(3) => self.ends(&world, &gate).await,
                6 | 7 => self.hands_back(&world, &gate).await,
                8..=10 => self.changes(&world, &gate).await,
                11 if self.role == Role::EscalationHandler && world.whispering => self.whispers(&world, &gate).await,
                12 if self.role == Role::Supervisor => self.escalates(&world, &gate).await,
                15 if self.role == Role::Supervisor => self.puts_off(&world, &gate).await,
                16 if self.role == Role::Supervisor => self.puts_aside(&world, &gate).await,
                13 | 14 if self.role == Role::Supervisor => self.undoes(&world, &gate).await,
                _ if self.role != Role::EscalationHandler => self.decides(&world, &gate).await,
                _ => {}
            }
        }
    }

    /// The key on their device, as it is enrolled.
    pub(crate) fn new_key(&self) -> NewKey {
        let public = hex::encode(self.key.verifying_key().to_bytes());
        NewKey { key: self.key_id.clone(), held: KeyKind::Device, public }
    }

    /// Signs what waits, as they please, and proposes that somebody gets other limits or leaves.
    async fn changes(&self, world: &World, gate: &Arc<Gate>) {
        self.comes_and_goes(world, gate).await;
        let Ok(waiting) = gate.waiting_changes().await else { return };
        for record in waiting.iter().filter(|_| self.chance.one_in(2)) {
            let _ = self.signs_change(gate, &record.change.proposed.id).await;
        }
        if self.chance.one_in(2) {
            let person = world.staff[2 + self.chance.below(2) as usize].id.clone();
            let euros =
                Money { minor: self.chance.between(5_000, 90_000), currency: "EUR".to_owned().try_into().unwrap() };
            let what = match self.chance.below(5) {
                0 => Change::RemovePerson { person },
                1 => Change::SetLimits { person, limits: None },
                _ => Change::SetLimits { person: self.id.clone(), limits: Some(vec![euros]) },
            };
            if let Ok(proposed) = gate.propose_change(&self.id, what, Fields::new()).await {
                let _ = self.signs_change(gate, &proposed.change.proposed.id).await;
            }
        }
    }

    /// Is away for a while, or says it of somebody, or that they are back.
    async fn comes_and_goes(&self, world: &World, gate: &Gate) {
        let whom = if self.chance.one_in(3) { &self.chance.pick(&world.staff).id } else { &self.id };
        let until = gate.records().now().plus_seconds(self.chance.between(-60, 1_800));
        let deputy = &self.chance.pick(&world.staff).id;
        let known = gate.records().person(whom).await;
        let is_away = known.is_ok_and(|(person, _)| person.away_at(gate.records().now()).is_some());
        let _ = match self.chance.one_in(if is_away { 2 } else { 6 }) {
            true => gate.come_back(&self.id, whom).await,
            false => gate.go_away(&self.id, whom, until, deputy).await,
        };
    }

    /// Signs a change as it stands now.
    pub(crate) async fn signs_change(&self, gate: &Arc<Gate>, id: &ChangeId) -> Result<(), GateError> {
        let change = gate.change(id).await?.change;
        let statement =
            change.to_sign(gate.records().log().id(), self.id.clone(), self.key_id.clone(), gate.records().now());
        let signature = hex::encode(self.key.sign(&statement.to_bytes()).to_bytes());
        gate.sign_change(statement, signature).await.map(|_| ())
    }

    /// Takes over a conversation: often the one in which something just happened.
    async fn takes_over(&self, world: &World, gate: &Gate) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        let lively = if self.chance.one_in(3) { None } else { world.desk.lively(&world.log) };
        let some = if known.is_empty() { None } else { Some(self.chance.pick(&known).clone()) };
        if let Some(conversation) = lively.or(some) {
            let _ = gate.take_over(&conversation, self.id.clone()).await;
        }
    }

    /// Writes to the customers of all conversations; where they have not the word, that must be refused. Sometimes twice, as
    /// after a lost connection.
    async fn replies(&self, world: &World, gate: &Gate) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        for conversation in known {
            let (text, client) =
                (format!("A person: {}.", self.chance.below(1_000)), self.chance.below(50).to_string());
            let answer = Answer { conversation, by: self.id.clone(), text, seen: world.log.size(), client };
            if self.chance.one_in(6) {
                let _ = gate.answer(answer.clone()).await;
            }
            let _ = gate.answer(answer).await;
        }
    }

    /// Whispers to all agents, sometimes twice; where somebody has the word, or the conversation has ended, that must be
    /// refused.
    async fn whispers(&self, world: &World, gate: &Gate) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        for conversation in known {
            let words = ["cancel my order", "I want my money back", "let a person talk to them", "sing a song"];
            let scope = *self.chance.pick(&[WhisperScope::NextReply, WhisperScope::Conversation]);
            let text = (*self.chance.pick(&words)).to_owned();
            let client = self.chance.below(50).to_string();
            let whispering = Whispering { conversation, by: self.id.clone(), text, scope, client };
            if self.chance.one_in(6) {
                let _ = gate.whisper(whispering.clone()).await;
            }
            let _ = gate.whisper(whispering).await;
        }
    }

    /// Asks for a refund wherever it can, sometimes twice, and sometimes takes it back: where they have not the word, that
    /// must be refused.
    async fn asks(&self, world: &World, gate: &Arc<Gate>) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        for conversation in known {
            let Ok(tools) = gate.tools_to_ask_for(&conversation).await else { continue };
            let told = tools.into_iter().find(|(tool, _)| tool.definition.full_name() == "crm.issue_refund");
            let Some(order) = told.and_then(|(_, told)| told.get("order_number").cloned()) else { continue };
            let minor = self.chance.between(500, 15_000);
            let arguments =
                json!({"order_number": order, "amount_minor": minor, "currency": "EUR", "reason": "damaged"})
                    .to_string();
            let (why, client) = ("They asked me.".to_owned(), self.chance.below(50).to_string());
            let (by, tool) = (self.id.clone(), "crm.issue_refund".to_owned());
            let ask = Ask { conversation, by, tool, arguments, why, client };
            if self.chance.one_in(6) {
                let _ = gate.ask(ask.clone()).await;
            }
            let asked = gate.ask(ask).await;
            if let Ok(report) = asked
                && self.chance.one_in(4)
            {
                let _ = gate.take_back(&report.action, &self.id).await;
            }
        }
    }

    /// Promises, keeps and resolves wherever it can: where they have not the word, that must be refused. And whatever has
    /// been quiet for long ends, as the station has it.
    async fn ends(&self, world: &World, gate: &Gate) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        for conversation in known {
            let due = self.chance.one_in(2).then(|| gate.records().now().plus_seconds(600));
            let _ = gate.promise(&conversation, self.id.clone(), "By Friday.", due).await;
            let _ = gate.keep_promise(&conversation, self.id.clone(), 1).await;
            let (by, seen) = (self.id.clone(), world.log.size());
            let code = *self.chance.pick(&ResolutionCode::ALL);
            let resolution =
                Resolution { conversation: conversation.clone(), by, code, note: "Seen to.".to_owned(), seen };
            let _ = gate.resolve(resolution).await;
            let _ = gate.close_if_idle(&conversation, std::time::Duration::from_secs(120)).await;
        }
    }

    async fn hands_back(&self, world: &World, gate: &Gate) {
        let known: Vec<_> = world.begun.lock().unwrap().keys().cloned().collect();
        for conversation in known {
            let _ = gate.hand_back(&conversation, self.id.clone()).await;
        }
    }

    /// Calls for a colleague from everything that is held, sometimes from what was decided meanwhile.
    async fn escalates(&self, world: &World, gate: &Gate) {
        for action in world.desk.in_standing(&world.log, Standing::Held) {
            let escalation = Escalation { action, by: self.id.clone(), note: "Somebody should call them.".to_owned() };
            let _ = gate.escalate(escalation).await;
        }
    }

    /// Puts off whatever waits.
    async fn puts_off(&self, world: &World, gate: &Gate) {
        for action in world.desk.in_standing(&world.log, Standing::Held) {
            let Ok(known) = gate.records().action(&action).await else { continue };
            let Some(saw) = known.action.deadline else { continue };
            if gate.give_more_time(&action, &self.id, saw).await.is_ok() {
                world.faults.count("put off");
            }
        }
    }

    /// Snoozes whatever waits, brings it back, or hands it to anybody.
    async fn puts_aside(&self, world: &World, gate: &Gate) {
        for action in world.desk.in_standing(&world.log, Standing::Held) {
            let _ = match self.chance.below(5) {
                0 => gate.snooze(&action, &self.id, None).await,
                1 => gate.snooze(&action, &self.id, Some(self.chance.below(900) as u32)).await,
                2 => gate.delegate(&action, &self.id, None).await,
                _ => gate.delegate(&action, &self.id, Some(&self.chance.pick(&world.staff).id)).await,
            };
        }
    }

    /// Takes back whatever has not started.
    async fn undoes(&self, world: &World, gate: &Gate) {
        for action in world.desk.in_standing(&world.log, Standing::Waiting) {
            if gate.undo(&action, &self.id).await.is_ok() {
                world.faults.count("approval taken back");
            }
        }
    }

    async fn decides(&self, world: &Arc<World>, gate: &Arc<Gate>) {
        let held = world.desk.in_standing(&world.log, Standing::Held);
        if held.is_empty() {
            return;
        }
        let id = self.chance.pick(&held).clone();
        let Some(signed) = self.signs(world, gate, &id).await else { return };
        let deed = {
            let mut deeds = world.deeds.lock().unwrap();
            deeds.push(Deed {
                person: self.id.clone(),
                action: id,
                choice: signed.statement.decision,
                arguments: signed.arguments.clone(),
                digest: signed.statement.digest_decided.clone(),
                words: signed.words.clone().unwrap_or_default(),
                stored: None,
            });
            deeds.len() - 1
        };
        let again = self.chance.one_in(6).then(|| signed.clone());
        let first = gate.decide(signed);
        let (done, twice) = match again {
            // A desk that sends it twice, as after a lost connection.
            Some(again) => {
                let (done, twice) = futures::join!(first, gate.decide(again));
                (done, Some(twice))
            }
            None => (first.await, None),
        };
        for stored in [Some(done), twice].into_iter().flatten().flatten() {
            world.deeds.lock().unwrap()[deed].stored = Some(stored.position);
        }
    }

    /// Looks at the card, thinks, signs what was on it. Sometimes it is somebody else's hand.
    async fn signs(&self, world: &Arc<World>, gate: &Arc<Gate>, id: &ActionId) -> Option<SignedDecision> {
        let (card, material) = gate.card_to_sign(id).await.ok()?;
        let action = &material.action;
        if self.chance.one_in(3) {
            pass(self.chance.time(100, 40_000)).await;
        }
        let choice =
            *self.chance.pick(&[Choice::Approve, Choice::Approve, Choice::Approve, Choice::Override, Choice::Reject]);
        let mut arguments = None;
        let (mut digest, mut of) = (action.digest.clone(), action.signatures_needed());
        if choice == Choice::Override {
            let values = self.other_values(&material.arguments)?;
            let verdict = gate.judge_override(id, &values).await.ok()?.verdict?;
            of = verdict.approvers.max(1);
            digest = digest_of(action, &values, &material.salt);
            arguments = Some(values);
        }
        let which = if choice == Choice::Override { 1 } else { u8::try_from(action.approvals.len()).ok()? + 1 };
        let statement = DecisionStatement {
            r#type: STATEMENT_TYPE.into(),
            log: gate.records().log().id(),
            action: id.clone(),
            proposal: action.proposal,
            digest_proposed: action.proposed.digest.clone(),
            digest_decided: digest,
            decision: choice,
            which,
            of,
            policy_version: card.policy_version.clone(),
            definition: action.proposed.definition.clone(),
            card: card.digest(),
            person: self.id.clone(),
            key: self.key_id.clone(),
            at: gate.records().now(),
            // Sometimes nobody has typed it.
            step_up: (!self.chance.one_in(10)).then_some(StepUp::Password),
        };
        let mut bytes = statement.to_bytes();
        if self.chance.one_in(15) {
            // A signature of something else.
            bytes.push(b' ');
        }
        let signature = hex::encode(self.key.sign(&bytes).to_bytes());
        let words = Some(format!("Words {} of {}.", self.chance.below(1_000), world.seed));
        Some(SignedDecision { statement, signature, arguments, words, looked_ms: 2_000 })
    }

    /// A smaller amount, or another reason; sometimes one that is not within anything.
    fn other_values(&self, arguments: &Value) -> Option<Value> {
        let mut values = arguments.clone();
        let minor = values.get("amount_minor")?.as_i64()?;
        let changed = if self.chance.one_in(8) { minor * 3 } else { (minor - self.chance.between(1, 2_000)).max(1) };
        values["amount_minor"] = json!(changed);
        Some(values)
    }
}

/// The digest of an action with other arguments.
fn digest_of(action: &Action, arguments: &Value, salt: &str) -> String {
    action_digest(&ActionBytes {
        tool: action.proposed.tool.clone(),
        server: action.proposed.server.clone(),
        definition: action.proposed.definition.clone(),
        arguments: arguments.clone(),
        salt: salt.to_owned(),
    })
}

/// Everything, an agent or a tool is stopped at the end of the shift at most as long as nobody resumes.
pub(crate) async fn resumes(person: &Person, world: &World, gate: &Arc<Gate>) -> Result<(), GateError> {
    for part in world.stopped_parts() {
        gate.resume_part(part, person.id.clone(), "The shift is over.").await?;
    }
    match gate.resume(person.id.clone()).await {
        Ok(_) | Err(GateError::Fleet(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
