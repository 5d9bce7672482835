//! A talk with the refund playbook, without a gate: what it proposes ends as the test says.

use crate::dialogue::{ActionView, Dialogue, Ending, Entry};
use crate::playbook::Playbook;
use crate::reasoner::{Reasoner, Say, Step, Wish};
use countersign_domain::action::Phase;
use countersign_domain::conversation::{Assurance, EscalationReason, Spent, Turned, WhisperScope};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::EffectClass;
use countersign_gate::proposal::Receipt;
use countersign_gate::report::ActionReport;
use countersign_testkit::{SeededEntropy, playbook_files};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(super) const NO_PAIR: &str = "There is no order with this number and postcode. Check both with the customer.";

/// How an action ends at once.
pub(super) type End = (Phase, Value);

pub(super) struct Talk {
    pub(super) book: Playbook,
    pub(super) dialogue: Dialogue,
    pub(super) wishes: Vec<Wish>,
    pub(super) says: Vec<Say>,
    pub(super) receipts: Vec<Receipt>,
    entropy: SeededEntropy,
    ends: fn(&Wish) -> End,
}

/// The sample shop: order 1042 with its postcode, and refunds that wait for a person.
pub(super) fn shop(wish: &Wish) -> End {
    let argument = |name: &str| wish.arguments.get(name).cloned().unwrap_or_default();
    match wish.tool.as_str() {
        "crm.find_order" if argument("order_number") == "1042" && argument("postcode") == "46001" => {
            (Phase::Succeeded, order_1042(0))
        }
        "crm.find_order" => (Phase::Failed, json!(NO_PAIR)),
        _ => (Phase::Held, Value::Null),
    }
}

pub(super) fn order_1042(refunded: i64) -> Value {
    json!({
        "order_number": "1042", "customer": { "name": "Ana Ruiz" }, "currency": "EUR",
        "lines": [
            { "title": "Varde 45 rucksack", "quantity": 1, "amount_minor": 12900 },
            { "title": "Lykt headlamp", "quantity": 1, "amount_minor": 4900 },
            { "title": "Shipping", "quantity": 1, "amount_minor": 1100 },
        ],
        "total_minor": 18900, "refunded_minor": refunded,
    })
}

/// The playbook, read once for all tests.
pub(super) fn playbook() -> Playbook {
    static READ: OnceLock<Playbook> = OnceLock::new();
    READ.get_or_init(|| Playbook::read(&playbook_files().unwrap()).unwrap()).clone()
}

impl Talk {
    pub(super) fn with(ends: fn(&Wish) -> End) -> Self {
        let entropy = SeededEntropy::new(1);
        let dialogue = Dialogue {
            conversation: ConversationId::random(&entropy),
            version: 1,
            assurance: Assurance::Claimed,
            customer: None,
            at: None,
            spent: Spent::default(),
            model_calls: 0,
            entries: Vec::new(),
            actions: BTreeMap::new(),
            trouble: None,
        };
        Self { book: playbook(), dialogue, wishes: Vec::new(), says: Vec::new(), receipts: Vec::new(), entropy, ends }
    }

    /// The customer writes; what the agent says to it.
    pub(super) fn hears(&mut self, text: &str) -> String {
        let number = self.dialogue.last_message() + 1;
        let at = Timestamp::from_micros(i64::from(number)).unwrap();
        self.dialogue.entries.push(Entry::Said { number, text: Some(text.to_owned()), at });
        self.goes_on()
    }

    /// The last proposed action stands otherwise now; what the agent says to it.
    pub(super) fn becomes(&mut self, phase: Phase) -> String {
        self.last_action().report.phase = phase;
        self.goes_on()
    }

    pub(super) fn last_action(&mut self) -> &mut ActionView {
        let Some(Entry::Proposed { action, .. }) =
            self.dialogue.entries.iter().rev().find(|e| matches!(e, Entry::Proposed { .. })).cloned()
        else {
            panic!("nothing was proposed")
        };
        self.dialogue.actions.get_mut(&action).unwrap()
    }

    pub(super) fn refunds(&self) -> Vec<&Wish> {
        self.wishes.iter().filter(|w| w.tool == "crm.issue_refund").collect()
    }

    pub(super) fn escalated(&self) -> Vec<EscalationReason> {
        let reasons = self.dialogue.entries.iter();
        reasons.filter_map(|e| if let Entry::Escalated { reason } = e { Some(*reason) } else { None }).collect()
    }

    /// Carries out steps until the agent waits; its words.
    pub(super) fn goes_on(&mut self) -> String {
        let mut words = Vec::new();
        for _ in 0..20 {
            match self.book.next(&self.dialogue) {
                Step::Wait => return words.join(" "),
                Step::Propose(wish) => self.propose(wish),
                Step::Receipt(receipts, _) => self.receipted(&receipts),
                Step::Ask(ask) => panic!("a playbook asks no model: {ask:?}"),
                Step::Say(say) => {
                    assert!((1..=16).contains(&say.segments.len()), "{say:?}");
                    assert!(
                        !say.receipts.is_empty() || self.dialogue.is_news(&say.told),
                        "said to nobody's word: {say:?}"
                    );
                    words.extend(say.segments.clone());
                    self.turn(say);
                }
            }
        }
        panic!("it does not come to rest: {words:?}")
    }

    /// A person whispers; what the agent says to it.
    pub(super) fn whispered(&mut self, scope: WhisperScope, text: &str) -> String {
        let before = self.dialogue.entries.iter().filter(|e| matches!(e, Entry::Whispered { .. })).count();
        let (number, text) = (u32::try_from(before).unwrap() + 1, Some(text.to_owned()));
        self.dialogue.entries.push(Entry::Whispered { number, scope, text });
        self.goes_on()
    }

    fn receipted(&mut self, receipts: &[Receipt]) {
        for receipt in receipts {
            let again = |kept: &Receipt| kept.number == receipt.number;
            assert!(!self.receipts.iter().any(again), "a second receipt: {receipt:?}");
            let Receipt { number, followed, intent, .. } = receipt.clone();
            self.dialogue.entries.push(Entry::Receipted { number, followed, intent });
            self.receipts.push(receipt.clone());
        }
    }

    fn propose(&mut self, wish: Wish) {
        self.receipted(&wish.receipts);
        let action = ActionId::random(&self.entropy);
        let (phase, outcome) = (self.ends)(&wish);
        let money = wish
            .arguments
            .get("amount_minor")
            .and_then(Value::as_i64)
            .map(|minor| Money { minor, currency: "EUR".to_owned().try_into().unwrap() });
        let report = ActionReport {
            action: action.clone(),
            tool: wish.tool.clone(),
            phase,
            arguments: Some(wish.arguments.clone()),
            money: money.clone(),
            deadline: None,
            result: (phase == Phase::Succeeded).then(|| outcome.clone()),
            withheld: false,
            message: (phase == Phase::Failed).then(|| outcome.as_str().unwrap_or_default().to_owned()),
            decision: None,
            rule: None,
            answered: None,
        };
        let view =
            ActionView { report, effect: EffectClass::Read, asked: Some(wish.arguments.clone()), asked_money: money };
        self.dialogue.actions.insert(action.clone(), view);
        self.dialogue.entries.push(Entry::Proposed { action, asked_in: None });
        self.dialogue.version += 1;
        self.wishes.push(wish);
    }

    fn turn(&mut self, say: Say) {
        self.receipted(&say.receipts);
        if let Some((reason, _)) = &say.escalate
            && !self.escalated().contains(reason)
        {
            self.dialogue.entries.push(Entry::Escalated { reason: *reason });
        }
        let ending = |id: &ActionId| (id.clone(), self.dialogue.actions[id].ending().unwrap_or(Ending::Final));
        let told = say.told.iter().map(ending).collect();
        let turned = Turned {
            turn: 1,
            intent: say.intent.clone(),
            confidence_permille: say.confidence_permille,
            received_at: None,
            first_segment_at: None,
            last_segment_at: None,
            reasoner: self.book.identity(),
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: 0,
            currency: "EUR".to_owned(),
            answered: self.dialogue.last_message(),
            told: say.told.clone(),
        };
        self.dialogue.entries.push(Entry::Turned { turned, told });
        self.dialogue.version += 1;
        self.says.push(say);
    }
}
