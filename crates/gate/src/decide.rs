//! A person's decision: checked, stored with its countersignature, and then carried out.

use crate::arguments;
use crate::authority::OWN;
use crate::card::{Card, CardBar};
use crate::commit::Commit;
use crate::countersignature;
use crate::draw::{self, Sealed};
use crate::error::GateError;
use crate::evidence::Reading;
use crate::gate::Gate;
use crate::question::About;
use crate::records::ActionRecord;
use crate::report::Change;
use crate::tools::PinnedTool;
use countersign_domain::action::{
    Action, ActionError, Choice, Decided, DecisionStatement, Phase, Standing, action_digest,
};
use countersign_domain::authority::may_decide_on;
use countersign_domain::canonical;
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::ActionId;
use countersign_domain::masking::mask_card_numbers;
use countersign_domain::money::Money;
use countersign_domain::person::{KeyKind, Person, Role};
use countersign_domain::verdict::Verdict;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::Version;
use serde_json::{Value, json};
use std::sync::Arc;

/// The longest words that a person may send to an agent, in characters.
pub const LONGEST_WORDS_CHARS: usize = 2_000;

/// Looking time is cut to a day: it must stay a number that every reader of the log reads alike.
const LONGEST_LOOK_MS: u64 = 24 * 60 * 60 * 1_000;

/// A signed decision, as a signing side hands it in.
#[derive(Debug, Clone)]
pub struct SignedDecision {
    /// What was signed.
    pub statement: DecisionStatement,
    /// Ed25519 over its canonical bytes, hexadecimal.
    pub signature: String,
    /// The arguments of an override, all of them.
    pub arguments: Option<Value>,
    /// Why (override) or guidance (reject), as the agent reads it.
    pub words: Option<String>,
    /// How long the card was on screen, in milliseconds: the desk's word, and no longer than its signing side saw.
    pub looked_ms: u64,
}

/// What a signing side needs besides the card, and never hands to a window.
#[derive(Debug, Clone)]
pub struct SigningMaterial {
    /// The action.
    pub action: Action,
    /// The salt of its digest.
    pub salt: String,
    /// The arguments in force.
    pub arguments: Value,
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionStored {
    /// Where.
    pub position: u64,
    /// Where the action stands now.
    pub phase: Phase,
}

/// What an override would do.
#[derive(Debug, Clone)]
pub struct OverrideJudged {
    /// What is wrong, by argument.
    pub problems: Vec<(String, String)>,
    /// What differs.
    pub changes: Vec<Change>,
    /// What policy says, with the person as co-author; absent while something is wrong.
    pub verdict: Option<Verdict>,
    /// The card's headline, effect and bar with these values.
    pub headline: String,
    /// The effect in one sentence.
    pub effect: Option<String>,
    /// The bar.
    pub bar: Option<CardBar>,
    /// The amount.
    pub money: Option<Money>,
}

impl Gate {
    /// The card with what its signing side needs to recompute every digest.
    pub async fn card_to_sign(&self, id: &ActionId) -> Result<(Card, SigningMaterial), GateError> {
        let (card, record) = self.card(id).await?;
        let sealed = draw::gather(&record)?;
        let material = SigningMaterial { action: record.action, salt: sealed.salt, arguments: sealed.arguments };
        Ok((card, material))
    }

    /// Judges changed arguments without storing anything.
    pub async fn judge_override(&self, id: &ActionId, values: &Value) -> Result<OverrideJudged, GateError> {
        let values = &arguments::settled(values);
        let record = self.records.action(id).await?;
        let tool = self.tool_of(&record.action)?;
        let sealed = draw::gather(&record)?;
        self.override_judged(&record, &tool, &sealed, &sealed.last, values).await
    }

    async fn override_judged(
        &self,
        record: &ActionRecord,
        tool: &PinnedTool,
        sealed: &Sealed,
        reading: &Reading,
        values: &Value,
    ) -> Result<OverrideJudged, GateError> {
        let (state, conversation) = self.records.conversation(&record.action.proposed.conversation).await?;
        let customer = draw::customer(&conversation);
        let wording = draw::wording(tool, values, reading, customer.name.as_deref());
        let mut problems = arguments::problems(tool, values);
        for name in arguments::fixed(tool) {
            if values.get(name) != sealed.arguments.get(name) {
                let label = arguments::label(tool, name);
                problems.push((name.to_owned(), format!("{label} is fixed. To redirect an action, reject it.")));
            }
        }
        for (name, value) in values.as_object().into_iter().flatten() {
            let typed = Some(value) != sealed.arguments.get(name);
            if typed && mask_card_numbers(&value.to_string()).count > 0 {
                problems.push((name.to_owned(), "This contains a payment card number. Leave it out.".to_owned()));
            }
        }
        if let Some(bar) = &wording.bar {
            let left = bar.total.saturating_sub(bar.already);
            if bar.this > left {
                let in_words = |minor| draw::in_currency(minor, &bar.currency);
                if let (Some(left), Some(already), Some(total)) =
                    (in_words(left), in_words(bar.already), in_words(bar.total))
                {
                    let message = format!("{left} is the most: {already} of {total} is already refunded.");
                    problems.push((bar.argument.clone(), message));
                }
            }
        }
        let changes = changes(tool, &sealed.arguments, values);
        let question =
            self.question(tool, &record.action, values, &About::of(&state), reading).by(Some(Role::Supervisor.name()));
        let verdict = match problems.is_empty() {
            true => Some(question.verdict(&self.look(&question, &record.action).await?)),
            false => None,
        };
        Ok(OverrideJudged {
            problems,
            changes,
            verdict,
            headline: wording.headline,
            effect: wording.effect,
            bar: wording.bar,
            money: arguments::money(tool, values),
        })
    }

    /// Takes a signed decision. When this returns it is stored; what it permits starts at once, in the background.
    pub async fn decide(self: &Arc<Self>, signed: SignedDecision) -> Result<DecisionStored, GateError> {
        loop {
            let mut seen = 0;
            let done = self.decide_now(&signed, &mut seen).await;
            // Where something happened to the action itself, it is looked at again: it may only have been put aside.
            let moved = match done {
                Err(GateError::Moved) => self.records.action_state(&signed.statement.action).await?.version != seen,
                _ => false,
            };
            if !moved {
                return done;
            }
        }
    }

    /// Takes it as the action stands, whose version is `seen`.
    async fn decide_now(
        self: &Arc<Self>,
        signed: &SignedDecision,
        seen: &mut Version,
    ) -> Result<DecisionStored, GateError> {
        let statement = &signed.statement;
        let person = self.signer(signed).await?;
        let record = self.records.action(&statement.action).await?;
        let action = &record.action;
        *seen = action.version;
        if action.phase != Phase::Held {
            return Err(ActionError::WrongPhase { phase: action.phase, needs: "a held action" }.into());
        }
        may_decide_on(&action.proposed, &statement.person, &self.records.staff().await?)
            .map_err(|_| GateError::NotAllowed(OWN))?;
        if let (Some(by), true) = (&action.proposed.by, statement.decision != Choice::Reject)
            && !self.records.person(by).await?.0.is_here()
        {
            return Err(GateError::NotAllowed("whoever asked for it has left the staff; reject it"));
        }
        self.must_be_in_time(action).await?;
        if statement.decision != Choice::Reject {
            self.must_be_accepted(&action.proposed.tool)?;
        }
        let card = self.draw(&record).await?;
        if card.digest() != statement.card {
            return Err(GateError::CardChanged);
        }
        let (looked_ms, needed_ms) = (signed.looked_ms, self.shortest_look_ms(&card));
        if statement.decision == Choice::Approve && looked_ms < needed_ms {
            return Err(GateError::LookedTooShort { looked_ms, needed_ms });
        }
        let tool = self.tool_of(action)?;
        let mut sealed = draw::gather(&record)?;
        if statement.decision != Choice::Reject {
            let fresh = sealed.last.is_fresh(self.records.now());
            let reading =
                if fresh { sealed.last.clone() } else { self.read_again(&record, &tool, &sealed.arguments).await? };
            if self.void(&record, &tool, &sealed, reading.clone(), true).await?.is_some() {
                return Err(GateError::CardChanged);
            }
            sealed.last = reading;
            // Reading may have taken a while.
            self.must_be_in_time(action).await?;
            self.must_be_accepted(&action.proposed.tool)?;
        }
        let (decided, fields) = self.decided(signed, &person, &record, &tool, &sealed, &card).await?;
        self.must_have_roles(action, &decided, &person).await?;
        let choice = statement.decision;
        let values = fields.get("arguments").unwrap_or(&sealed.arguments);
        let question = self.signing_question(&record, &tool, &sealed.last, choice, values).await?;
        let kind = match choice {
            Choice::Approve => "action.approved",
            Choice::Override => "action.overridden",
            Choice::Reject => "action.rejected",
        };
        let parts = self.parts(action, &fields, &[kind]).await?;
        let plan = self.decision_plan(action, decided, question, person);
        let actor = Actor::Person(statement.person.to_string());
        let stored = self.commit(Commit { sealed: parts, ..Commit::of(action, plan, actor) }).await;
        if matches!(stored, Err(GateError::CardChanged)) {
            // A limit came nearer while this was signed: the card shall say so when they look again.
            self.void(&record, &tool, &sealed, sealed.last.clone(), true).await?;
        }
        let (receipt, after) = stored?;
        tracing::info!(action = %statement.action, by = %statement.person, phase = ?after.phase, "decided");
        if after.phase == Phase::Waiting {
            self.due.notify_one();
        }
        if after.phase == Phase::Approved {
            self.start_in_background(statement.action.clone());
        }
        let position = receipt.events().first().map_or(0, |e| e.envelope.position);
        Ok(DecisionStored { position, phase: after.phase })
    }

    /// Refuses what comes too late, and closes it. While everything, its agent or its tool is stopped, its deadline is frozen,
    /// and people decide.
    pub(crate) async fn must_be_in_time(&self, action: &Action) -> Result<(), GateError> {
        let passed = action.deadline.is_some_and(|deadline| deadline <= self.records.now());
        let (agent, tool) = (&action.proposed.agent, &action.proposed.tool);
        if !passed || self.records.fleet().await?.0.frozen_since(agent, tool).is_some() {
            return Ok(());
        }
        self.expire_due().await?;
        Err(ActionError::WrongPhase { phase: Phase::Expired, needs: "a held action" }.into())
    }

    /// Who signed, if the signature is theirs, with a key of theirs, and they may.
    async fn signer(&self, signed: &SignedDecision) -> Result<Person, GateError> {
        let statement = &signed.statement;
        if statement.log != self.records.log().id() {
            return Err(GateError::BadSignature("it is for another log"));
        }
        let (person, _) = self.records.person(&statement.person).await?;
        let key = person
            .signing_key(&statement.key)
            .ok_or(GateError::BadSignature("the key is not enrolled for this person, or was revoked"))?;
        countersignature::verify(statement, &signed.signature, &key.public)?;
        self.may_decide(&person, key).await?;
        Ok(person)
    }

    /// Each signer has one of the roles that the verdict in force asks for, and with the last signature every role is
    /// there. Whoever may decide may reject.
    async fn must_have_roles(&self, action: &Action, decided: &Decided, person: &Person) -> Result<(), GateError> {
        let statement = &decided.statement;
        let overrides = statement.decision == Choice::Override;
        let in_force = if overrides { decided.verdict.as_ref() } else { action.verdict.as_ref() };
        let asked = in_force.map(|verdict| verdict.roles.as_slice()).unwrap_or_default();
        if statement.decision == Choice::Reject {
            return Ok(());
        }
        let mut there: Vec<&str> = person.roles.iter().map(|role| role.name()).collect();
        if !asked.is_empty() && !asked.iter().any(|role| there.contains(&role.as_str())) {
            return Err(GateError::BadSignature("the rule asks for a role that this person does not have"));
        }
        if statement.which < statement.of {
            return Ok(());
        }
        let earlier = if overrides { &[] } else { action.approvals.as_slice() };
        let mut devices = u8::from(decided.signed_by == KeyKind::Device);
        for approval in earlier {
            let (signer, _) = self.records.person(&approval.person).await?;
            devices += u8::from(signer.key(&approval.key).is_some_and(|key| key.held == KeyKind::Device));
            there.extend(signer.roles.iter().map(|role| role.name()));
        }
        if devices < in_force.map_or(0, |verdict| verdict.devices) {
            return Err(GateError::DeviceNeeded);
        }
        if asked.iter().all(|role| there.contains(&role.as_str())) {
            Ok(())
        } else {
            Err(GateError::BadSignature("with this last signature a role that the rules ask for is still missing"))
        }
    }

    /// The event of a decision with what is sealed beside it.
    async fn decided(
        &self,
        signed: &SignedDecision,
        person: &Person,
        record: &ActionRecord,
        tool: &PinnedTool,
        sealed: &Sealed,
        card: &Card,
    ) -> Result<(Decided, Fields), GateError> {
        let statement = &signed.statement;
        let signed_by =
            person.key(&statement.key).map(|k| k.held).ok_or(GateError::BadSignature("the key is not enrolled"))?;
        let mut fields = fields([("card", canonical::value_of(card))]);
        let mut decided = Decided {
            statement: statement.clone(),
            signature: signed.signature.clone(),
            signed_by,
            looked_ms: signed.looked_ms.min(LONGEST_LOOK_MS),
            money: record.action.money.clone(),
            verdict: None,
            standing: Standing::default(),
        };
        if statement.decision == Choice::Approve {
            return Ok((decided, fields));
        }
        let words = signed.words.as_deref().map(str::trim).unwrap_or_default();
        check_words(words, statement.decision)?;
        fields.insert("words".to_owned(), json!(mask_card_numbers(words).text));
        if statement.decision == Choice::Override {
            let given = signed.arguments.as_ref().ok_or(ActionError::DoesNotFit("an override without arguments"))?;
            let values = &arguments::settled(given);
            let judged = self.override_judged(record, tool, sealed, &sealed.last, values).await?;
            if !judged.problems.is_empty() {
                return Err(GateError::Override(judged.problems));
            }
            let bytes = self.bytes(&record.action, values.clone(), &sealed.salt);
            if action_digest(&bytes) != statement.digest_decided {
                return Err(ActionError::DoesNotFit("another digest than that of its arguments").into());
            }
            fields.insert("arguments".to_owned(), values.clone());
            fields.insert("changes".to_owned(), canonical::value_of(&judged.changes));
            decided.money = judged.money;
            decided.verdict = judged.verdict;
        }
        Ok((decided, fields))
    }
}

fn check_words(words: &str, choice: Choice) -> Result<(), GateError> {
    let (name, missing) = match choice {
        Choice::Reject => ("guidance", "Say what the agent should do instead."),
        _ => ("why", "Say why, for the agent and the trail."),
    };
    if words.is_empty() {
        return Err(GateError::Override(vec![(name.to_owned(), missing.to_owned())]));
    }
    let count = words.chars().count();
    if count > LONGEST_WORDS_CHARS {
        let message = format!("{count} characters; at most {LONGEST_WORDS_CHARS} are kept.");
        return Err(GateError::Override(vec![(name.to_owned(), message)]));
    }
    Ok(())
}

/// The changed arguments for people.
pub(crate) fn changes(tool: &PinnedTool, from: &Value, to: &Value) -> Vec<Change> {
    arguments::changes(tool, from, to)
        .into_iter()
        .map(|(name, old, new)| Change {
            label: arguments::label(tool, &name),
            from: arguments::shown(tool, from, &name, old),
            to: arguments::shown(tool, to, &name, new),
            name,
        })
        .collect()
}
