//! The agents: the real playbook, and one that does whatever a model might do. Both are pure: the same dialogue gives
//! the same step. What they are told of their actions is kept, to be compared with what people decided.

use crate::chance::{self, Chance};
use crate::crm::ORDERS;
use countersign_agents::dialogue::{ActionView, Dialogue, Entry};
use countersign_agents::reasoner::{Reasoner, Say, Step, Wish};
use countersign_domain::action::Phase;
use countersign_domain::conversation::{self, EscalationReason};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_gate::proposal::Receipt;
use countersign_gate::report::ActionReport;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The most that the wild agent asks for in one turn, and in a conversation: the shift stays short.
const MOST_WISHES: usize = 2;
const MOST_ACTIONS: usize = 5;

/// Everything that agents were told, by action; only what differs from the telling before.
pub(crate) type Heard = Arc<Mutex<BTreeMap<ActionId, Vec<ActionReport>>>>;

/// Whether a conversation is the wild agent's.
fn is_wild(seed: u64, conversation: &ConversationId) -> bool {
    !chance::mixed(seed ^ chance::of_text(conversation.as_str())).is_multiple_of(3)
}

/// All agents of a shift.
pub(crate) struct Reasoners {
    pub(crate) seed: u64,
    pub(crate) playbook: Arc<dyn Reasoner>,
    pub(crate) heard: Heard,
}

impl Reasoner for Reasoners {
    fn agent(&self) -> &str {
        self.playbook.agent()
    }

    fn identity(&self) -> conversation::Reasoner {
        self.playbook.identity()
    }

    fn tools(&self, known: &BTreeSet<String>) -> BTreeSet<String> {
        self.playbook.tools(known)
    }

    fn would_do(&self, whisper: &str) -> Option<String> {
        self.playbook.would_do(whisper)
    }

    fn next(&self, dialogue: &Dialogue) -> Step {
        let mut heard = self.heard.lock().unwrap();
        for (id, view) in &dialogue.actions {
            let told = heard.entry(id.clone()).or_default();
            if told.last() != Some(&view.report) {
                told.push(view.report.clone());
            }
        }
        drop(heard);
        match is_wild(self.seed, &dialogue.conversation) {
            true => wild(self.seed, dialogue),
            false => self.playbook.next(dialogue),
        }
    }
}

/// What a model might do: asks for things of others, for too much, too often; says what it likes.
fn wild(seed: u64, dialogue: &Dialogue) -> Step {
    let told: Vec<ActionId> =
        dialogue.actions.iter().filter(|(id, view)| untold(dialogue, id, view)).map(|(id, _)| id.clone()).collect();
    let unread = unread(dialogue);
    if dialogue.unanswered().next().is_none() && told.is_empty() && unread.is_empty() {
        return Step::Wait;
    }
    let state = chance::mixed(seed ^ chance::of_text(dialogue.conversation.as_str()))
        ^ dialogue.version.wrapping_mul(0x1_0001)
        ^ (dialogue.entries.len() as u64) << 32
        ^ u64::from(dialogue.trouble.is_some()) << 60;
    let chance = Chance::of_state(state);
    let receipts: Vec<Receipt> = unread.into_iter().map(|number| receipt(&chance, number)).collect();
    if dialogue.unanswered().next().is_none() && told.is_empty() && chance.one_in(2) {
        return Step::Receipt(receipts, None);
    }
    let asked = dialogue.proposed_in_turn().count();
    let may = asked < MOST_WISHES && dialogue.actions.len() < MOST_ACTIONS;
    if may && dialogue.trouble.is_none() && !chance.one_in(3) {
        // Whatever it says it follows; sometimes something that it does not follow, or that nobody whispered.
        let whisper = match chance.below(6) {
            0 => receipts.iter().find(|receipt| receipt.followed).map(|receipt| receipt.number),
            1 => receipts.first().map(|receipt| receipt.number),
            _ => None,
        };
        return Step::Propose(Wish { whisper, receipts, ..wish(&chance) });
    }
    Step::Say(Say { receipts, ..say(&chance, dialogue, told) })
}

/// The whispers that count and of which nothing was said yet.
fn unread(dialogue: &Dialogue) -> BTreeSet<u32> {
    let mut unread = BTreeSet::new();
    for entry in &dialogue.entries {
        match entry {
            Entry::Whispered { number, .. } => drop(unread.insert(*number)),
            Entry::Receipted { number, .. } => drop(unread.remove(number)),
            Entry::HandedBack | Entry::Ended { .. } => unread.clear(),
            _ => {}
        }
    }
    unread
}

fn receipt(chance: &Chance, number: u32) -> Receipt {
    let followed = chance.one_in(2);
    let note = if followed { "It does." } else { "It does not." }.to_owned();
    Receipt { number, followed, intent: None, confidence_permille: 500, note }
}

/// Whether an end of this action was not told yet: a dialogue in which nobody said anything is news only by it.
fn untold(dialogue: &Dialogue, id: &ActionId, view: &ActionView) -> bool {
    let said = |entry: &&Entry| matches!(entry, Entry::Said { .. });
    let silent = || dialogue.entries.iter().filter(|e| !said(e)).cloned().collect();
    view.ending().is_some() && Dialogue { entries: silent(), ..dialogue.clone() }.is_news(std::slice::from_ref(id))
}

fn wish(chance: &Chance) -> Wish {
    let order = chance.pick(&ORDERS);
    let (tool, arguments) = match chance.below(12) {
        0 => {
            let postcode = if chance.one_in(3) { "00000" } else { order.postcode };
            ("crm.find_order", json!({"order_number": order.number, "postcode": postcode}))
        }
        1 => ("crm.get_order", json!({"order_number": order.number})),
        2 => ("crm.list_orders", json!({"customer_id": order.owner})),
        3 => ("crm.add_note", json!({"order_number": order.number, "text": "The customer called."})),
        4 => (
            "crm.issue_refund",
            json!({"order_number": order.number, "amount_minor": -5, "currency": "EUR", "reason": "late"}),
        ),
        _ => ("crm.issue_refund", refund(chance, order.number, order.currency)),
    };
    Wish {
        tool: tool.to_owned(),
        arguments,
        claim: Some("The customer asks for it.".to_owned()),
        provenance: BTreeMap::new(),
        whisper: None,
        asked_in: None,
        receipts: Vec::new(),
        by: None,
    }
}

fn refund(chance: &Chance, order: &str, currency: &str) -> Value {
    let minor = match chance.below(10) {
        0..=4 => chance.between(1_500, 5_000),
        5..=7 => chance.between(4_900, 13_000),
        8 => chance.between(13_000, 50_000),
        _ => chance.between(50_001, 64_900),
    };
    json!({"order_number": order, "amount_minor": minor, "currency": currency, "reason": *chance.pick(&["damaged", "late", "goodwill"])})
}

fn say(chance: &Chance, dialogue: &Dialogue, told: Vec<ActionId>) -> Say {
    let claims = match chance.below(8) {
        // Claims whatever it likes: what did not succeed is not sent.
        0 => dialogue.actions.keys().next().cloned().into_iter().collect(),
        1..=3 => dialogue
            .actions
            .iter()
            .filter(|(_, v)| v.report.phase == Phase::Succeeded)
            .map(|(id, _)| id.clone())
            .collect(),
        _ => Vec::new(),
    };
    let escalate = chance.one_in(12).then(|| (EscalationReason::LowConfidence, "A colleague should look.".to_owned()));
    Say {
        segments: (0..=chance.below(2)).map(|n| format!("This is what I can tell you, part {n}.")).collect(),
        claims,
        told,
        intent: "refund".to_owned(),
        confidence_permille: 700,
        escalate,
        receipts: Vec::new(),
        by: None,
    }
}
