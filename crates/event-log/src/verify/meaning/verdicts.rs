//! Verdicts: what the gate knew when it judged is what the log holds, and what is let through is reserved.

use super::actions;
use super::{At, Known, Meaning, Wrong, must};
use countersign_domain::action::{Action, Held, Judged, Standing};
use countersign_domain::ids::PersonId;
use countersign_domain::ledger::{LedgerName, Reservation, Sums};
use countersign_domain::money::Money;
use countersign_domain::object::Object;
use countersign_domain::rulebook::RuleInForce;
use countersign_domain::tool::EffectClass;
use countersign_domain::verdict::{DECIDED_ALREADY, Disposition, Verdict, shorter};

/// The most other actions on an object that a verdict is linked to.
const MOST_LINKED: usize = 8;
/// A reservation, and the deadline of what is held again, may be ahead of the log's time by so much, where a clock was set back
/// in between.
pub(super) const SLACK_SECONDS: i64 = 600;

/// Something that is let through, or not yet.
pub(super) struct Let<'a> {
    pub(super) standing: &'a Standing,
    pub(super) money: Option<&'a Money>,
    /// Whether it may run from here on.
    pub(super) through: bool,
    pub(super) signer: Option<&'a PersonId>,
}

impl Meaning {
    /// A verdict by rules that were in force.
    pub(super) fn judged(&self, verdict: &Verdict) -> Wrong {
        must(!verdict.rules.is_empty(), || "a verdict that names no rule".to_owned())?;
        let asks = (verdict.approvers, verdict.roles.is_empty());
        match verdict.disposition {
            Disposition::Hold => must(asks.0 > 0, || "a hold that asks for nobody".to_owned())?,
            _ => must(asks == (0, true), || "a verdict that asks for people and does not hold".to_owned())?,
        }
        if self.policies.is_empty() {
            return Ok(());
        }
        let rules = self.policies.get(&verdict.policy_version);
        let rules = rules
            .ok_or_else(|| format!("a verdict by the rules {}, which were never in force", verdict.policy_version))?;
        if rules.is_empty() { Ok(()) } else { says_what_its_rules_say(verdict, rules) }
    }

    /// An allow by the rules in force, none of which holds or denies it as far as the log tells.
    fn allowed_by_rules(&self, action: &Action, verdict: &Verdict, standing: &Standing) -> Wrong {
        let Some(in_force) = &self.in_force else { return Ok(()) };
        must(verdict.policy_version == *in_force, || {
            "it was allowed by rules that were not in force any more".to_owned()
        })?;
        let rules = self.policies.get(in_force).map(Vec::as_slice).unwrap_or_default();
        let of_it = |rule: &&RuleInForce| rule.tools.contains(&action.proposed.tool);
        let named = |rule: &RuleInForce| verdict.rules.iter().any(|named| named.id == rule.id);
        must(rules.is_empty() || rules.iter().filter(of_it).any(named), || {
            "it was allowed by a rule that is not about this tool".to_owned()
        })?;
        let Some(money) = &action.money else { return Ok(()) };
        for rule in rules.iter().filter(of_it).filter(|rule| rule.disposition != Disposition::Allow) {
            let Some(limit) = &rule.limit else { continue };
            if limit.beside.ledger() == Some("object") && action.proposed.object.is_none() {
                continue;
            }
            match limit.is_passed(money, standing) {
                Some(false) => {}
                Some(true) => {
                    return Err(format!(
                        "it was allowed without a person, and is beyond the limit of the rule {}",
                        rule.id
                    ));
                }
                None => {
                    return Err(format!(
                        "it was allowed, and the sum that the rule {} asks for was not looked at",
                        rule.id
                    ));
                }
            }
        }
        Ok(())
    }

    pub(super) fn allowed(&self, at: &At<'_>, action: &Action, judged: &Judged) -> Wrong {
        self.judged(&judged.verdict)?;
        self.stands(action, &judged.standing)?;
        let standing = &judged.standing;
        let effect = action.proposed.effect != EffectClass::Read;
        must(standing.open.is_empty() || !effect, || {
            "it was allowed while another action was open on its object".to_owned()
        })?;
        must(!effect || (standing.refused_here == 0 && !standing.decided), || {
            "it was allowed without a person, and people had refused or decided on it in this conversation".to_owned()
        })?;
        must(action.proposed.whisper.is_none() || !effect, || {
            "it was allowed without a person, and a person whispered for it".to_owned()
        })?;
        self.about_the_customer(action, standing)?;
        self.allowed_by_rules(action, &judged.verdict, standing)?;
        let through = Let { standing, money: action.money.as_ref(), through: true, signer: None };
        self.reserves(at, action, &through)
    }

    /// What is answered from memory was decided by a person before, in the same conversation.
    pub(super) fn denied(&self, action: &Action, judged: &Judged) -> Wrong {
        self.judged(&judged.verdict)?;
        let by_memory = judged.verdict.rules.iter().any(|rule| rule.id == DECIDED_ALREADY);
        must(by_memory == judged.standing.answered.is_some(), || {
            "it was denied as decided already, and names no earlier action, or names one and was not".to_owned()
        })?;
        let Some(answered) = judged.standing.answered.as_ref().filter(|_| self.whole) else { return Ok(()) };
        let talk = self.conversations.get(&action.proposed.conversation);
        let is_here = talk.is_some_and(|talk| talk.state.actions.iter().any(|(id, _)| id == answered));
        let is_decided = matches!(self.actions.get(answered), Some(Known::Over { decided: true, .. }));
        must(is_here && is_decided, || {
            format!("it was denied as decided already by {answered}, which no person decided in this conversation")
        })
    }

    pub(super) fn held(&self, at: &At<'_>, action: &Action, held: &Held) -> Wrong {
        self.judged(&held.verdict)?;
        expires_in_time(at, held, actions::SLACK_SECONDS)?;
        self.stands(action, &held.standing)?;
        must(held.standing.reserved.is_empty(), || "it reserves, and nothing is let through by it".to_owned())
    }

    /// Whether the object was seen as it was.
    fn stands(&self, action: &Action, standing: &Standing) -> Wrong {
        let object = action.proposed.object.as_deref().filter(|_| action.proposed.effect != EffectClass::Read);
        let Some(object) = object.filter(|_| self.whole) else { return Ok(()) };
        let none = Object::default();
        let object = self.objects.get(object).unwrap_or(&none);
        let mut before = object.before(&action.proposed.action);
        before.truncate(MOST_LINKED);
        must(standing.open == before, || {
            "it was judged as if other actions were open on its object than were".to_owned()
        })?;
        let here = object.refusals_in(&action.proposed.conversation);
        must(standing.refused_here == here, || {
            format!(
                "it was judged as if people had refused {} times here, and they had {here} times",
                standing.refused_here
            )
        })?;
        let refusals = object.refusals_elsewhere(&action.proposed.conversation, standing.subject.as_deref());
        must(standing.refusals == refusals, || {
            format!("it was judged as if people had refused {} times, and they had {refusals} times", standing.refusals)
        })
    }

    /// Rules alone let nothing through that is about somebody else than the verified customer.
    fn about_the_customer(&self, action: &Action, standing: &Standing) -> Wrong {
        let talk = self.conversations.get(&action.proposed.conversation);
        let customer = talk.and_then(|talk| talk.state.customer());
        let Some(subject) = &standing.subject else { return Ok(()) };
        must(
            customer == Some(subject.as_str()) || (customer.is_none() && action.proposed.effect == EffectClass::Read),
            || "it was allowed without a person, and is about another customer than the conversation's".to_owned(),
        )
    }

    /// Whether what is reserved is what is let through, no more and no less, on sums that are those of the ledgers.
    pub(super) fn reserves(&self, at: &At<'_>, action: &Action, seen: &Let<'_>) -> Wrong {
        let standing = seen.standing;
        let talk = self.conversations.get(&action.proposed.conversation);
        let verified = talk.and_then(|talk| talk.state.customer());
        let customer = standing.subject.as_deref().or(verified).map(LedgerName::customer);
        let agent = Some(LedgerName::agent(&action.proposed.agent));
        let object = action.proposed.object.as_deref().map(LedgerName::object);
        let signer = seen.signer.map(LedgerName::approver);
        let reserved = |name: &Option<LedgerName>| {
            name.as_ref().and_then(|name| standing.reserved.iter().find(|r| r.ledger == *name))
        };
        for (nth, reservation) in standing.reserved.iter().enumerate() {
            let name = Some(&reservation.ledger);
            let counted = seen.through
                && (name == customer.as_ref() && standing.customer.is_some()
                    || name == agent.as_ref() && standing.agent.is_some()
                    || name == object.as_ref() && standing.object.is_some());
            must(counted || name == signer.as_ref(), || {
                format!("it reserves in the ledger {}, which no rule of its verdict reads", reservation.ledger.as_str())
            })?;
            must(standing.reserved.iter().skip(nth + 1).all(|other| other.ledger != reservation.ledger), || {
                format!("it reserves twice in the ledger {}", reservation.ledger.as_str())
            })?;
            must(reservation.money.as_ref() == seen.money, || {
                "it reserves another amount than the one that it lets through".to_owned()
            })?;
            must(reservation.at <= at.recorded_at.plus_seconds(SLACK_SECONDS), || {
                "it reserves for a time that had not come".to_owned()
            })?;
        }
        for (name, sums) in [(&customer, standing.customer), (&agent, standing.agent), (&object, standing.object)] {
            let Some(sums) = sums.filter(|_| seen.through) else { continue };
            let reservation =
                reserved(name).ok_or("it is let through, and reserves nothing in a ledger that its rules read")?;
            self.adds_up(action, reservation, seen.money, sums)?;
        }
        Ok(())
    }

    fn adds_up(&self, action: &Action, reservation: &Reservation, money: Option<&Money>, told: Sums) -> Wrong {
        if !self.whole {
            return Ok(());
        }
        let empty = Default::default();
        let ledger = self.ledger_of(&reservation.ledger).unwrap_or(&empty);
        must(ledger.moment(reservation.at) == reservation.at, || {
            "it reserves at an earlier time than what its ledger holds already".to_owned()
        })?;
        let own = action.reserved.iter().find(|own| own.ledger == reservation.ledger);
        let currency = money.map(|money| &money.currency);
        let held = ledger.sums(&action.proposed.tool, currency, reservation.at, own);
        must(told == held, || {
            format!(
                "it was judged as if the ledger {} held {} in 30 days ({} actions), and it held {} ({})",
                reservation.ledger.as_str(),
                told.minor_30d,
                told.count_30d,
                held.minor_30d,
                held.count_30d
            )
        })
    }
}

/// What a rule gives a time of its own waits no longer. It may wait shorter: where a clock was set back, what is recorded waits
/// until it has caught up, and deadlines do not. It may be ahead by a `slack` in seconds, where one was set back in between.
pub(super) fn expires_in_time(at: &At<'_>, held: &Held, slack: i64) -> Wrong {
    let seconds = i64::from(held.verdict.deadline_seconds);
    let latest = at.recorded_at.plus_seconds(seconds + slack);
    must(seconds == 0 || held.deadline <= latest, || "it waits for people longer than its rules say".to_owned())
}

/// Whether a verdict does what the rules that it names do, and asks for everybody whom they ask for. What it names and the
/// files do not is the gate's own, which holds, or denies what people have decided already.
fn says_what_its_rules_say(verdict: &Verdict, rules: &[RuleInForce]) -> Wrong {
    let mut deadline_seconds = 0;
    for named in &verdict.rules {
        let Some(rule) = rules.iter().find(|rule| rule.id == named.id) else {
            let answers = verdict.disposition == Disposition::Deny && named.id == DECIDED_ALREADY;
            must(verdict.disposition == Disposition::Hold || answers, || {
                format!("the rule {} is none of those in force, and what is not a rule only holds", named.id)
            })?;
            continue;
        };
        must(rule.disposition == verdict.disposition, || format!("the rule {} does something else", rule.id))?;
        must(verdict.approvers >= rule.approvers, || {
            format!(
                "the rule {} asks for {} people, and the verdict for {}",
                rule.id, rule.approvers, verdict.approvers
            )
        })?;
        must(verdict.devices >= rule.devices, || {
            format!(
                "the rule {} asks for {} signed at a device of their own, and the verdict for {}",
                rule.id, rule.devices, verdict.devices
            )
        })?;
        must(verdict.step_up || !rule.step_up, || {
            format!("the rule {} asks for the password again, and the verdict does not", rule.id)
        })?;
        deadline_seconds = shorter(deadline_seconds, rule.deadline_seconds);
        must(rule.roles.iter().all(|role| verdict.roles.contains(role)), || {
            format!("the rule {} asks for a role that the verdict does not ask for", rule.id)
        })?;
    }
    must(verdict.deadline_seconds == deadline_seconds, || {
        format!("its rules let it wait {deadline_seconds} seconds, and the verdict {}", verdict.deadline_seconds)
    })
}
