//! A true log in small: two people, a refund that both sign, one that a rule allows, a stop, a takeover, a change.

use crate::forger::{Forger, at, log, public_of};
use countersign_domain::action::{
    ActionEvent, Choice, Decided, DecisionStatement, Evidence, Held, Judged, Proposed, STATEMENT_TYPE, Standing,
    Started,
};
use countersign_domain::change::{
    CHANGE_STATEMENT_TYPE, Change, ChangeEvent, ChangeStatement, ProposedChange, SignedChange,
};
use countersign_domain::conversation::{
    Answered, Assurance, ConversationEvent, Opened, Promised, REPORTING_CURRENCY, Reasoner, Received, Replied, Turned,
};
use countersign_domain::fleet::FleetEvent;
use countersign_domain::ids::{ActionId, ChangeId, ConversationId, PersonId, SigningKeyId};
use countersign_domain::ledger::{Entry, LedgerEvent, LedgerName, Reservation, Sums};
use countersign_domain::money::Money;
use countersign_domain::object::{ObjectEvent, Stage};
use countersign_domain::person::{KeyKind, PersonEvent, Role};
use countersign_domain::rulebook::{Beside, RuleInForce, RuleLimit};
use countersign_domain::station::StationEvent;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::{Disposition, Rule, Verdict};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;

/// The key that seals the conversation.
pub(crate) const CONVERSATION_KEY: u8 = 1;
/// An amount that two must sign.
pub(crate) const LARGE: i64 = 60_000;
/// An amount that a rule allows.
pub(crate) const SMALL: i64 = 2_000;

pub(crate) fn action(n: u8) -> ActionId {
    format!("act_{n:032x}").parse().unwrap()
}

pub(crate) fn conversation() -> ConversationId {
    format!("cnv_{}", "c".repeat(32)).parse().unwrap()
}

pub(crate) fn person(n: u8) -> PersonId {
    format!("per_{n:032x}").parse().unwrap()
}

pub(crate) fn key(n: u8) -> SigningKeyId {
    format!("sig_{n:032x}").parse().unwrap()
}

fn change(n: u8) -> ChangeId {
    format!("chg_{n:032x}").parse().unwrap()
}

pub(crate) fn by(n: u8) -> Actor {
    Actor::Person(person(n).to_string())
}

pub(crate) fn agent() -> Actor {
    Actor::Agent("refund".to_owned())
}

pub(crate) fn customer() -> String {
    "6".repeat(64)
}

pub(crate) fn ledger() -> LedgerName {
    LedgerName::customer(&customer())
}

pub(crate) fn object(n: u8) -> String {
    format!("{n:064x}")
}

pub(crate) fn eur(minor: i64) -> Money {
    Money { minor, currency: "EUR".to_owned().try_into().unwrap() }
}

pub(crate) fn policy() -> String {
    "5".repeat(64)
}

pub(crate) fn digest(n: u8) -> String {
    format!("{n:02x}").repeat(32)
}

pub(crate) fn verdict(disposition: Disposition, approvers: u8) -> Verdict {
    let roles = if disposition == Disposition::Hold { vec!["supervisor".to_owned()] } else { Vec::new() };
    let id = if disposition == Disposition::Hold { "hold" } else { "allow" };
    let rules = vec![Rule { id: id.into(), reason: "A rule.".into() }];
    Verdict {
        disposition,
        rules,
        approvers,
        roles,
        devices: 0,
        step_up: false,
        undo_seconds: 0,
        deadline_seconds: 0,
        policy_version: policy(),
    }
}

/// The rules in force: small amounts are allowed, within a limit; larger ones are held.
pub(crate) fn rules() -> Vec<RuleInForce> {
    let rule = |id: &str, disposition, tools: &[&str], limit: Option<(Beside, i64)>| RuleInForce {
        id: id.to_owned(),
        disposition,
        approvers: u8::from(disposition == Disposition::Hold),
        roles: if disposition == Disposition::Hold { vec!["supervisor".to_owned()] } else { Vec::new() },
        devices: 0,
        step_up: false,
        deadline_seconds: 0,
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        limit: limit.map(|(beside, most)| RuleLimit { currency: Some(eur(0).currency), beside, most, repeated: false }),
    };
    let refund = ["crm.issue_refund"];
    vec![
        rule("allow", Disposition::Allow, &["crm.issue_refund", "channel.reply"], None),
        rule("hold", Disposition::Hold, &refund, Some((Beside::Nothing, 5_000))),
        rule("month", Disposition::Hold, &refund, Some((Beside::Customer30d, 70_000))),
    ]
}

pub(crate) fn sums(minor: i64, count: u32) -> Sums {
    Sums { minor_today: minor, minor_30d: minor, count_today: count, count_30d: count }
}

/// What is known of the customer's ledger; reserved from here on, where something is let through.
pub(crate) fn standing(before: Sums, reserves: Option<i64>, second: i64) -> Standing {
    let reservation = |minor| Reservation { ledger: ledger(), money: Some(eur(minor)), at: at(second) };
    Standing {
        customer: Some(before),
        subject: Some(customer()),
        reserved: reserves.map(reservation).into_iter().collect(),
        ..Standing::default()
    }
}

impl Forger {
    /// A log in which everything holds.
    pub(crate) fn honest() -> Self {
        let mut log = Self::new();
        log.set_up();
        log.begin();
        log.signed_by_two();
        log.allowed();
        log.stopped();
        log.taken_over();
        log.changed();
        log
    }

    fn set_up(&mut self) {
        let station = StreamName::station();
        let set_up = StationEvent::SetUp { one_person_mode: false, sample_shop: true };
        self.tell("set_up", station.clone(), by(1), &set_up);
        for (n, name) in [(1, "joined1"), (2, "joined2")] {
            self.tell(name, station.clone(), by(1), &StationEvent::PersonJoined { person: person(n) });
        }
        for (n, name, key_name) in [(1, "enrolled1", "key1"), (2, "enrolled2", "key2")] {
            let roles = vec![Role::Supervisor, Role::Administrator];
            let stream = StreamName::person(&person(n));
            self.tell(name, stream.clone(), by(1), &PersonEvent::Enrolled { person: person(n), roles }).sealed =
                Some(10 + n);
            let (person, key, held, public) = (person(n), key(n), KeyKind::Device, public_of(n));
            self.tell(key_name, stream, by(1), &PersonEvent::KeyEnrolled { person, key, held, public });
        }
        self.later();
        let in_force = StationEvent::PolicyInForce { version: policy(), files: Default::default(), rules: rules() };
        self.tell("policy", station, Actor::Station, &in_force);
        self.later();
    }

    pub(crate) fn talk(
        &mut self,
        name: &'static str,
        actor: Actor,
        event: &ConversationEvent,
    ) -> &mut crate::forger::Line {
        self.tell(name, StreamName::conversation(&conversation()), actor, event)
    }

    fn begin(&mut self) {
        let from = Actor::Customer(conversation().to_string());
        let opened = Opened {
            conversation: conversation(),
            channel: "chat".into(),
            assurance: Assurance::Verified,
            customer: Some(customer()),
            resume: digest(7),
            agent: None,
            belongs_to: Vec::new(),
        };
        self.talk("opened", from.clone(), &ConversationEvent::Opened(opened)).sealed = Some(CONVERSATION_KEY);
        self.later();
        let received = Received { number: 1, characters: 20, masked: 0, client: None };
        self.talk("received", from, &ConversationEvent::Received(received)).sealed = Some(CONVERSATION_KEY);
        self.later();
    }

    pub(crate) fn proposed(&mut self, n: u8, minor: i64, name: &'static str) {
        let proposed = Proposed {
            whisper: None,
            by: None,
            action: action(n),
            conversation: conversation(),
            agent: "refund".into(),
            tool: "crm.issue_refund".into(),
            server: "crm".into(),
            definition: digest(2),
            effect: EffectClass::Irreversible,
            digest: digest(n),
            money: Some(eur(minor)),
            object: Some(object(n)),
            at: at(self.second),
        };
        let line = self.tell(name, StreamName::action(&action(n)), agent(), &ActionEvent::Proposed(proposed));
        line.sealed = Some(CONVERSATION_KEY);
    }

    pub(crate) fn link(&mut self, n: u8, name: &'static str, cause: &'static str) {
        let link = ConversationEvent::Proposed {
            action: action(n),
            tool: "crm.issue_refund".into(),
            by: None,
            client: None,
            asked_in: None,
        };
        self.talk(name, agent(), &link).cause = Some(cause);
    }

    pub(crate) fn held(&mut self, n: u8, approvers: u8, name: &'static str, cause: &'static str, before: Sums) {
        let held = Held {
            digest: digest(n),
            verdict: verdict(Disposition::Hold, approvers),
            deadline: at(self.second + 900),
            evidence: Evidence::None,
            standing: standing(before, None, self.second),
        };
        self.tell(name, StreamName::action(&action(n)), Actor::Station, &ActionEvent::Held(held)).cause = Some(cause);
    }

    /// A large refund is proposed and held, in an append of its own.
    pub(crate) fn asked_and_held(&mut self) {
        self.later();
        self.proposed(5, LARGE, "asked");
        self.link(5, "link_asked", "asked");
        self.held(5, 1, "held_asked", "asked", sums(LARGE, 1));
        self.moved(5, Stage::Waiting, "waiting_asked", "held_asked");
        self.later();
    }

    pub(crate) fn moved(&mut self, n: u8, stage: Stage, name: &'static str, cause: &'static str) {
        let (action, conversation, subject) = (action(n), conversation(), Some(customer()));
        let moved = ObjectEvent::Moved { action, conversation, subject, stage };
        self.tell(name, StreamName::object(&object(n)), Actor::Station, &moved).cause = Some(cause);
    }

    pub(crate) fn entry(
        &mut self,
        n: u8,
        minor: i64,
        second: i64,
        name: &'static str,
        cause: &'static str,
        frees: bool,
    ) {
        let money = Some(eur(minor));
        let entry = Entry { action: action(n), tool: "crm.issue_refund".into(), money, at: at(second) };
        let event = if frees { LedgerEvent::Released(entry) } else { LedgerEvent::Reserved(entry) };
        self.tell(name, StreamName::ledger(&ledger()), Actor::Station, &event).cause = Some(cause);
    }

    pub(crate) fn decision(
        &self,
        n: u8,
        who: u8,
        (which, of): (u8, u8),
        choice: Choice,
        standing: Standing,
    ) -> Decided {
        Decided {
            statement: DecisionStatement {
                r#type: STATEMENT_TYPE.to_owned(),
                log: log(),
                action: action(n),
                proposal: 0,
                digest_proposed: digest(n),
                digest_decided: digest(n),
                decision: choice,
                which,
                of,
                policy_version: policy(),
                definition: digest(2),
                card: digest(8),
                person: person(who),
                key: key(who),
                at: at(self.second),
                step_up: None,
            },
            signature: String::new(),
            signed_by: KeyKind::Device,
            looked_ms: 5_000,
            money: Some(eur(LARGE)),
            verdict: None,
            standing,
        }
    }

    pub(crate) fn approved(
        &mut self,
        n: u8,
        who: u8,
        count: (u8, u8),
        standing: Standing,
        name: &'static str,
        on: &'static str,
    ) {
        let decided = self.decision(n, who, count, Choice::Approve, standing);
        let line = self.tell(name, StreamName::action(&action(n)), by(who), &ActionEvent::Approved(decided));
        (line.cause, line.proposal, line.signs, line.sealed) = (Some(on), Some(on), Some(who), Some(CONVERSATION_KEY));
    }

    pub(crate) fn started(&mut self, n: u8, permit: Option<&'static str>, name: &'static str, cause: &'static str) {
        let started =
            Started { digest: digest(n), permitted_at: None, judged: permit.map(|_| policy()), at: at(self.second) };
        let actor = if permit.is_some() { Actor::Station } else { agent() };
        let line = self.tell(name, StreamName::action(&action(n)), actor, &ActionEvent::Started(started));
        (line.permit, line.cause) = (permit, Some(cause));
    }

    pub(crate) fn succeeded(&mut self, n: u8, name: &'static str, cause: &'static str) {
        let event = ActionEvent::Succeeded { took_ms: 120, subject: None };
        let line = self.tell(name, StreamName::action(&action(n)), Actor::Station, &event);
        (line.cause, line.sealed) = (Some(cause), Some(CONVERSATION_KEY));
    }

    fn signed_by_two(&mut self) {
        self.proposed(1, LARGE, "proposed");
        self.link(1, "link", "proposed");
        self.later();
        self.held(1, 2, "held", "proposed", sums(0, 0));
        self.moved(1, Stage::Waiting, "waiting", "held");
        self.later();
        self.approved(1, 1, (1, 2), standing(sums(0, 0), None, self.second), "approved1", "proposed");
        self.later();
        let second = self.second;
        self.approved(1, 2, (2, 2), standing(sums(0, 0), Some(LARGE), second), "approved2", "proposed");
        self.entry(1, LARGE, second, "reserved", "approved2", false);
        self.moved(1, Stage::Running, "running", "approved2");
        self.later();
        self.started(1, Some("approved2"), "started", "approved2");
        self.later();
        self.succeeded(1, "succeeded", "started");
        self.moved(1, Stage::Ended, "ended", "succeeded");
        self.later();
        self.replied("replied", 1);
    }

    pub(crate) fn replied(&mut self, name: &'static str, claims: u8) {
        let replied = Replied {
            action: action(200),
            agent: "refund".into(),
            turn: 1,
            segment: 1,
            digest: digest(9),
            verdict: verdict(Disposition::Allow, 0),
            claims: vec![action(claims)],
        };
        self.talk(name, agent(), &ConversationEvent::Replied(replied)).sealed = Some(CONVERSATION_KEY);
        let turned = Turned {
            turn: 1,
            intent: "refund".into(),
            confidence_permille: 900,
            received_at: None,
            first_segment_at: None,
            last_segment_at: None,
            reasoner: Reasoner { kind: "playbook".into(), name: "refund".into(), version: "1".into() },
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: 0,
            currency: REPORTING_CURRENCY.into(),
            answered: 1,
            told: vec![action(1)],
        };
        self.talk("turned", agent(), &ConversationEvent::Turned(turned));
        self.later();
    }

    fn allowed(&mut self) {
        let second = self.second;
        self.proposed(2, SMALL, "proposed_small");
        let judged = Judged {
            digest: digest(2),
            verdict: verdict(Disposition::Allow, 0),
            evidence: Evidence::None,
            standing: standing(sums(LARGE, 1), Some(SMALL), second),
        };
        let stream = StreamName::action(&action(2));
        self.tell("allowed", stream, agent(), &ActionEvent::Allowed(judged)).cause = Some("proposed_small");
        self.started(2, None, "started_small", "allowed");
        self.link(2, "link_small", "proposed_small");
        self.entry(2, SMALL, second, "reserved_small", "started_small", false);
        self.moved(2, Stage::Running, "running_small", "started_small");
        self.later();
        let failed = ActionEvent::Failed { code: "tool_error".into(), took_ms: 10 };
        let line = self.tell("failed", StreamName::action(&action(2)), Actor::Station, &failed);
        (line.cause, line.sealed) = (Some("started_small"), Some(CONVERSATION_KEY));
        self.entry(2, SMALL, second, "released", "failed", true);
        self.moved(2, Stage::Ended, "ended_small", "failed");
        self.later();
    }

    fn stopped(&mut self) {
        let (person, stopped_at) = (person(1), at(self.second));
        self.tell("stopped", StreamName::fleet(), by(1), &FleetEvent::Stopped { by: person.clone(), at: stopped_at });
        self.later();
        let resumed = FleetEvent::Resumed { by: person, at: at(self.second) };
        self.tell("resumed", StreamName::fleet(), by(1), &resumed);
        self.later();
    }

    fn taken_over(&mut self) {
        self.proposed(3, LARGE, "proposed_taken");
        self.link(3, "link_taken", "proposed_taken");
        self.later();
        self.held(3, 1, "held_taken", "proposed_taken", sums(LARGE, 1));
        self.moved(3, Stage::Waiting, "waiting_taken", "held_taken");
        self.later();
        self.talk("taken", by(2), &ConversationEvent::TakenOver { by: person(2) });
        let withdrawn = ActionEvent::Withdrawn { reason: "takeover".into() };
        self.tell("withdrawn", StreamName::action(&action(3)), by(2), &withdrawn).cause = Some("taken");
        self.moved(3, Stage::Ended, "ended_taken", "withdrawn");
        self.later();
        let answered = Answered {
            action: action(201),
            by: person(2),
            number: 1,
            characters: 12,
            masked: 0,
            answered: 1,
            client: None,
            digest: digest(9),
            verdict: verdict(Disposition::Allow, 0),
        };
        self.talk("answered", by(2), &ConversationEvent::Answered(answered)).sealed = Some(CONVERSATION_KEY);
        self.later();
        let promised = Promised { number: 1, by: person(2), due: Some(at(self.second + 600)) };
        self.talk("promised", by(2), &ConversationEvent::Promised(promised)).sealed = Some(CONVERSATION_KEY);
        self.talk("handed", by(2), &ConversationEvent::HandedBack { by: person(2) });
        self.talk("kept", by(1), &ConversationEvent::PromiseKept { number: 1, by: person(1) });
        self.later();
    }

    fn changed(&mut self) {
        let (person2, team) = (person(2), "default".to_owned());
        let what = Change::SetRoles { person: person2.clone(), team: team.clone(), roles: vec![Role::Supervisor] };
        self.change(1, what, 2, ["change", "changed1", "changed2", "took_effect"]);
        let roles = PersonEvent::RolesSet { person: person2, team, roles: vec![Role::Supervisor] };
        self.tell("roles", StreamName::person(&person(2)), by(1), &roles).cause = Some("took_effect");
        self.later();
    }

    /// The first person proposes a change, both sign it, and it takes effect: four lines, of these names.
    pub(crate) fn change(&mut self, n: u8, what: Change, over: u64, names: [&'static str; 4]) {
        let [proposal, first, second, effect] = names;
        let (id, expires) = (change(n), at(self.second + 604_800));
        let (over, proposed_at) = (Some(over), at(self.second));
        let proposed = ProposedChange { id: id.clone(), by: person(1), what, over, of: 2, at: proposed_at, expires };
        self.tell(proposal, StreamName::change(&id), by(1), &ChangeEvent::Proposed(proposed)).sealed = Some(12);
        self.later();
        for (which, name) in [(1, first), (2, second)] {
            let statement = ChangeStatement {
                r#type: CHANGE_STATEMENT_TYPE.to_owned(),
                log: self.log(),
                change: id.clone(),
                proposal: 0,
                digest: String::new(),
                which,
                of: 2,
                person: person(which),
                key: key(which),
                at: at(self.second),
            };
            let signed = SignedChange { statement, signature: String::new(), signed_by: KeyKind::Device };
            let line = self.tell(name, StreamName::change(&id), by(which), &ChangeEvent::Signed(signed));
            (line.proposal, line.signs, line.cause) = (Some(proposal), Some(which), Some(proposal));
            if which == 1 {
                self.later();
            }
        }
        let took_effect = ChangeEvent::TookEffect { at: at(self.second) };
        self.tell(effect, StreamName::change(&id), by(2), &took_effect).cause = Some(proposal);
    }
}
