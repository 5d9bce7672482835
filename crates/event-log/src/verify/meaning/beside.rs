//! Ledgers and objects: they say what actions say, in the same append, and nothing else.

use super::actions::{missing, owes};
use super::changes::{Effect, TookEffect};
use super::{At, Case, Known, Meaning, Owed, What, Wrong, caused_by, must};
use crate::envelope::Actor;
use crate::log::MOST_EVENTS;
use crate::verify::map::Map;
use crate::verify::report::{Finding, Findings};
use countersign_domain::ids::ActionId;
use countersign_domain::ledger::{LedgerEvent, LedgerName, Reservation};
use countersign_domain::object::ObjectEvent;
use countersign_domain::time::Timestamp;

impl Meaning {
    pub(super) fn ledger(&mut self, at: &At<'_>, name: &str, event: &LedgerEvent) -> Wrong {
        let (entry, reserves) = match event {
            LedgerEvent::Reserved(entry) => (entry, true),
            LedgerEvent::Released(entry) => (entry, false),
        };
        let what = if reserves { "reserves" } else { "frees" };
        let id = entry.action.clone();
        let result = self.beside(at, &id, |case| {
            let moves = case.action.ledger_moves_from(&case.footing.reserved);
            let owed = moves.into_iter().find(|(ledger, owed)| ledger.as_str() == name && owed == event);
            let (ledger, _) = owed.ok_or_else(|| format!("a ledger {what} for {id} what the action does not"))?;
            let reservation = Reservation { ledger, money: entry.money.clone(), at: entry.at };
            match reserves {
                true => case.footing.reserved.push(reservation),
                false => case.footing.reserved.retain(|held| *held != reservation),
            }
            Ok(())
        });
        fold(&mut self.ledgers, name, |ledger| ledger.apply(event));
        result
    }

    pub(super) fn object(&mut self, at: &At<'_>, name: &str, event: &ObjectEvent) -> Wrong {
        let ObjectEvent::Moved { action: id, stage, .. } = event;
        let result = self.beside(at, id, |case| {
            must(case.action.proposed.object.as_deref() == Some(name), || {
                format!("an object is told of {id}, which is about another one")
            })?;
            must(case.action.object_move_from(case.footing.stage).as_ref() == Some(event), || {
                format!("an object is told that {id} stands where it does not")
            })?;
            case.footing.stage = Some(*stage);
            Ok(())
        });
        fold(&mut self.objects, name, |object| object.apply(event));
        result
    }

    /// Something beside an action: by the station, in answer to the action's newest event, and owed by it.
    fn beside(&mut self, at: &At<'_>, id: &ActionId, take: impl FnOnce(&mut Case) -> Wrong) -> Wrong {
        caused_by(at, &Actor::Station)?;
        let nobody = || format!("it is about {id}, of which nothing in this append tells");
        if !self.owed.iter().any(|owed| owed.action == *id && owed.what == What::Beside) {
            return Err(nobody());
        }
        let Some(Known::Open(mut case)) = self.actions.remove(id) else { return Err(nobody()) };
        let result = must(at.cause == Some(case.last), || "it names another cause than the action's event".to_owned())
            .and_then(|()| take(&mut case));
        if result.is_err() {
            // It was told, and wrongly: that is found here, and not as missing where it was owed.
            case.footing = case.action.footing();
        }
        self.paid(id.clone(), case);
        result
    }

    /// Puts a case back of which something was taken in beside.
    pub(super) fn paid(&mut self, id: ActionId, case: Box<Case>) {
        if owes(&case) {
            self.actions.insert(id, Known::Open(case));
        } else {
            self.owed.retain(|owed| owed.what != What::Beside || owed.action != id);
            self.settled(id, case);
        }
    }

    /// Finds what earlier appends owe, once they must be over: time has passed, or they would be too long.
    pub(super) fn collect(&mut self, position: u64, now: Timestamp, findings: &mut Findings) {
        if !self.effects.is_empty() {
            let over =
                |change: &TookEffect| change.recorded_at != now || change.position + MOST_EVENTS as u64 <= position;
            let (due, open) = std::mem::take(&mut self.effects).into_iter().partition::<Vec<_>, _>(over);
            self.effects = open;
            due.iter().for_each(|change| claim_effect(change, self.whole, findings));
        }
        if self.owed.is_empty() {
            return;
        }
        let over = |owed: &Owed| owed.recorded_at != now || owed.position + MOST_EVENTS as u64 <= position;
        let (due, open) = std::mem::take(&mut self.owed).into_iter().partition(over);
        self.owed = open;
        let due: Vec<Owed> = due;
        due.iter().for_each(|owed| self.claim(owed, findings));
    }

    /// Says what an append left out.
    pub(super) fn claim(&self, owed: &Owed, findings: &mut Findings) {
        let Some(Known::Open(case)) = self.actions.get(&owed.action) else { return };
        match owed.what {
            What::Beside if owes(case) => findings.add(Finding::at(owed.position, missing(case))),
            What::TakenBack if not_started(case) => {
                let what = format!("a person takes over, and {} is not taken back in the same append", owed.action);
                findings.add(Finding::at(owed.position, what));
            }
            _ => {}
        }
    }

    /// The ledger of that name.
    pub(super) fn ledger_of(&self, name: &LedgerName) -> Option<&countersign_domain::ledger::Ledger> {
        self.ledgers.get(name.as_str())
    }
}

/// Goes on with what is known under a name, whose text is copied only where it is new.
fn fold<T: Default>(folds: &mut Map<String, T>, name: &str, apply: impl FnOnce(&mut T)) {
    apply(match folds.get_mut(name) {
        Some(known) => known,
        None => folds.entry(name.to_owned()).or_default(),
    });
}

/// Says that a change took effect and something does not follow from it. A case holds nothing of other customers and of other
/// conversations' actions, so what follows there is not missed in it.
pub(super) fn claim_effect(change: &TookEffect, whole: bool, findings: &mut Findings) {
    let elsewhere = |effect: &Effect| matches!(effect, Effect::Settled(..) | Effect::Customer(..));
    if change.left.iter().any(|effect| whole || !elsewhere(effect)) {
        let what = "a change took effect, and what people signed does not follow from it in the same append";
        findings.add(Finding::at(change.position, what));
    }
}

pub(super) fn not_started(case: &Case) -> bool {
    case.action.phase.has_not_started()
}
