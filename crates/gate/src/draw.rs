//! Draws the card: from the action's events, its conversation's words and the tool's settings, without a clock.

use crate::arguments;
use crate::card::{
    CARD_FORM, Card, CardArgument, CardBar, CardBefore, CardCustomer, CardFact, CardRequester, CardSource, CardTool,
    CardWhisper,
};
use crate::error::GateError;
use crate::evidence::{Fact, Reading};
use crate::external::RelayedFor;
use crate::memory::Before;
use crate::proposal::Provenance;
use crate::quoted;
use crate::records::{ActionRecord, OpenedEvent};
use crate::second_look::{Looked, Topics, second_look};
use crate::sources::{Earlier, Sources};
use crate::tools::PinnedTool;
use countersign_domain::action::{
    Action, ActionEvent, Choice, Evidence, Phase, Proposed, SettledHow, Standing, VoidReason,
};
use countersign_domain::canonical;
use countersign_domain::conversation::{Assurance, Conversation, ConversationEvent};
use countersign_domain::hidden;
use countersign_domain::money::{Currency, Money};
use countersign_domain::verdict::Verdict;
use countersign_domain::wording::fill;
use serde_json::Value;
use std::collections::BTreeMap;

/// The language that the station's own words on a card are in.
const LOCALE: &str = "en-GB";

/// What an action's sealed parts hold, gathered from its events.
pub(crate) struct Sealed {
    pub(crate) arguments: Value,
    /// As they were proposed.
    pub(crate) proposed: Value,
    pub(crate) salt: String,
    pub(crate) reasoner: String,
    pub(crate) claim: Option<String>,
    pub(crate) provenance: BTreeMap<String, Provenance>,
    /// The first reading and the last.
    pub(crate) first: Reading,
    pub(crate) last: Reading,
}

/// Gathers an action's sealed parts: the arguments in force, overrides included.
pub(crate) fn gather(record: &ActionRecord) -> Result<Sealed, GateError> {
    let proposed = record.events.first().ok_or(GateError::NotFound("action"))?;
    let fields = proposed.fields.as_ref().ok_or(GateError::Erased)?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let proposed_arguments = fields.get("arguments").ok_or(GateError::Erased)?;
    let mut sealed = Sealed {
        arguments: proposed_arguments.clone(),
        proposed: proposed_arguments.clone(),
        salt: text("salt").ok_or(GateError::Erased)?,
        reasoner: text("reasoner").unwrap_or_default(),
        claim: text("claim"),
        provenance: fields.get("provenance").and_then(|p| serde_json::from_value(p.clone()).ok()).unwrap_or_default(),
        first: Reading::none(),
        last: Reading::none(),
    };
    let mut read_before = false;
    for opened in record.events.iter().skip(1) {
        let reading = match opened.event::<ActionEvent>()? {
            ActionEvent::Overridden(_) => {
                sealed.arguments = opened.field("arguments").cloned().ok_or(GateError::Erased)?;
                continue;
            }
            ActionEvent::Allowed(judged) | ActionEvent::Denied(judged) => judged.evidence,
            ActionEvent::Held(held) => held.evidence,
            ActionEvent::Voided { held, .. } => {
                sealed.arguments = sealed.proposed.clone();
                held.evidence
            }
            _ => continue,
        };
        sealed.last = Reading::stored(reading, opened.field("evidence"));
        if !read_before {
            sealed.first = sealed.last.clone();
            read_before = true;
        }
    }
    Ok(sealed)
}

/// What a card is drawn from.
pub(crate) struct Scene<'a> {
    pub(crate) record: &'a ActionRecord,
    pub(crate) conversation: &'a [OpenedEvent],
    pub(crate) tool: &'a PinnedTool,
    pub(crate) interface: &'a str,
    /// The name of the person who asks, where one does.
    pub(crate) person: Option<&'a str>,
    /// The whisper by which an agent asks, with the name of whoever whispered it.
    pub(crate) whisper: Option<(u32, &'a str)>,
    /// The actions that were open on the same object.
    pub(crate) others: &'a [Proposed],
    /// What the agent had relayed of the conversation that it asks for.
    pub(crate) relayed: Option<&'a RelayedFor>,
    /// What earlier actions of the conversation brought.
    pub(crate) earlier: &'a [Earlier],
    /// What people decided before, with their names.
    pub(crate) before: &'a [(Before, String)],
    /// What a second look knows of words.
    pub(crate) topics: &'a Topics,
}

/// Draws the card of a held action.
pub(crate) fn card(scene: &Scene<'_>, sealed: Sealed) -> Result<Card, GateError> {
    let action = &scene.record.action;
    let verdict = action.verdict.clone().ok_or(GateError::NotFound("verdict"))?;
    let customer = customer(scene.conversation);
    let proposal = action.proposal;
    let said = quoted::words(scene.conversation, proposal);
    let wording = wording(scene.tool, &sealed.arguments, &sealed.last, customer.name.as_deref());
    let mut notices = notices(scene, &sealed, &verdict, &customer);
    let (words, left_out) = quoted::newest(&said);
    let sources = Sources { said: &said, quoted: words, earlier: scene.earlier, tool: scene.tool, sealed: &sealed };
    let shown = shown_arguments(&sources, action.proposed.by.is_some());
    let looked = Looked {
        tool: scene.tool,
        arguments: &shown,
        values: &sealed.arguments,
        facts: sealed.last.facts.as_ref(),
        bar: wording.bar.as_ref(),
        customer: customer.name.as_deref(),
        assurance: customer.assurance,
        words,
    };
    let contradictions = second_look(scene.topics, &looked);
    let words = words.to_vec();
    if left_out > 0 {
        notices.push(format!(
            "{left_out} earlier messages of the customer are not on this card; the conversation has them."
        ));
    }
    if scene.relayed.is_some_and(|relayed| relayed.anothers) {
        notices
            .push("The agent says that this belongs to a conversation which it has with another customer.".to_owned());
    }
    Ok(Card {
        form: CARD_FORM,
        locale: LOCALE.to_owned(),
        interface: scene.interface.to_owned(),
        action: action.proposed.action.to_string(),
        conversation: action.proposed.conversation.to_string(),
        tool: CardTool {
            name: action.proposed.tool.clone(),
            title: scene.tool.title(),
            definition: action.proposed.definition.clone(),
            effect: action.proposed.effect,
        },
        digest: action.digest.clone(),
        headline: wording.headline,
        noun: wording.noun,
        effect: wording.effect,
        bar: wording.bar,
        money: arguments::money(scene.tool, &sealed.arguments),
        proposed_at: action.proposed.at,
        deadline: action.deadline.unwrap_or(action.proposed.at),
        requester: CardRequester {
            agent: action.proposed.agent.clone(),
            reasoner: sealed.reasoner.clone(),
            person: scene.person.map(hidden::boxed),
            whisper: scene.whisper.map(|(number, name)| whisper(scene.conversation, number, name)),
        },
        arguments: shown,
        canonical_arguments: canonical::to_text(&sealed.arguments),
        schema: scene.tool.visible_schema(),
        rules: verdict.rules.clone(),
        policy_version: verdict.policy_version.clone(),
        approvers: verdict.approvers,
        roles: verdict.roles.clone(),
        facts: facts(scene.tool, &sealed),
        facts_read_at: match &sealed.last.state {
            Evidence::Read { at } => Some(*at),
            _ => None,
        },
        facts_problem: match &sealed.last.state {
            Evidence::Failed { code } => Some(evidence_problem(code)),
            _ => None,
        },
        before: scene.before.iter().map(|(before, name)| decided_before(scene, before, name)).collect(),
        contradictions,
        notices,
        customer,
        words,
        relayed: scene.relayed.filter(|relayed| !relayed.anothers).map(|it| quoted::relayed(it, proposal)),
        claim: sealed.claim,
    })
}

/// Headline, noun, effect and bar for some arguments: also for the preview of an override.
pub(crate) struct Wording {
    pub(crate) headline: String,
    pub(crate) noun: String,
    pub(crate) effect: Option<String>,
    pub(crate) bar: Option<CardBar>,
}

pub(crate) fn wording(tool: &PinnedTool, values: &Value, reading: &Reading, customer: Option<&str>) -> Wording {
    let bar = bar(tool, values, reading);
    let Some(words) = &tool.settings.wording else {
        return Wording { headline: tool.title(), noun: tool.title(), effect: None, bar };
    };
    let as_money = |minor: i64| bar.as_ref().and_then(|b| in_currency(minor, &b.currency));
    let known = |name: &str| match name {
        "money" => arguments::money(tool, values).map(|money| money.to_string()),
        "customer" => Some(customer.map_or_else(|| "the customer".to_owned(), hidden::boxed)),
        "after" => bar.as_ref().and_then(|b| as_money(b.already.saturating_add(b.this))),
        "total" => bar.as_ref().and_then(|b| as_money(b.total)),
        _ => match name.strip_prefix("evidence.") {
            Some(fact) => reading.facts.as_ref()?.get(fact).map(Fact::shown),
            None => values.get(name).map(|value| arguments::shown(tool, values, name, Some(value))),
        },
    };
    // A sentence whose facts could not be read would be wrong; it is left out.
    let headline = fill(&words.headline, known).unwrap_or_else(|| tool.title());
    Wording { headline, noun: words.noun.clone(), effect: fill(&words.effect, known), bar }
}

pub(crate) fn in_currency(minor: i64, currency: &str) -> Option<String> {
    let currency = Currency::try_from(currency.to_owned()).ok()?;
    Some(Money { minor, currency }.to_string())
}

fn bar(tool: &PinnedTool, values: &Value, reading: &Reading) -> Option<CardBar> {
    let names = tool.settings.bar.as_ref()?;
    let facts = reading.facts.as_ref()?;
    let whole: &Fact = facts.get(&names.total)?;
    let money = arguments::money(tool, values)?;
    let currency = whole.currency.clone()?;
    (money.currency.as_str() == currency).then_some(())?;
    Some(CardBar {
        currency,
        total: whole.value.as_i64()?,
        already: facts.get(&names.already)?.value.as_i64()?,
        this: money.minor,
        argument: tool.settings.money.as_ref()?.amount_minor.clone(),
    })
}

/// The whisper by which an agent asks: whose it is, and the very words that the agent read.
fn whisper(conversation: &[OpenedEvent], number: u32, name: &str) -> CardWhisper {
    let words = conversation.iter().find_map(|opened| match opened.event() {
        Ok(ConversationEvent::Whispered(whispered)) if whispered.number == number => opened.text("text"),
        _ => None,
    });
    CardWhisper { person: hidden::boxed(name), text: words.unwrap_or_default().to_owned() }
}

/// Whom a conversation is with.
pub(crate) fn customer(conversation: &[OpenedEvent]) -> CardCustomer {
    let mut state = Conversation::default();
    let mut name = None;
    // These alone say who it is.
    const SAY_WHO: [&str; 2] = ["conversation.opened", "conversation.signed_in"];
    for opened in conversation.iter().filter(|opened| SAY_WHO.contains(&opened.stored.envelope.kind.as_str())) {
        let Ok(event) = opened.event::<ConversationEvent>() else { continue };
        // Once they have signed in, it is the shop's name for them or none: what they called themselves proves nothing.
        if let ConversationEvent::Opened(_) | ConversationEvent::SignedIn(_) = event {
            name = opened.text("name");
        }
        state.apply(&event);
    }
    CardCustomer { name: name.map(hidden::boxed), assurance: state.assurance() }
}

fn shown_arguments(sources: &Sources<'_>, of_a_person: bool) -> Vec<CardArgument> {
    let (tool, sealed) = (sources.tool, sources.sealed);
    let fixed = arguments::fixed(tool);
    arguments::names(tool, &[&sealed.arguments])
        .into_iter()
        .map(|name| {
            let value = sealed.arguments.get(&name).cloned().unwrap_or(Value::Null);
            // An override is typed by a person too.
            let typed = of_a_person || sealed.arguments.get(&name) != sealed.proposed.get(&name);
            CardArgument {
                label: arguments::label(tool, &name),
                shown: arguments::shown(tool, &sealed.arguments, &name, Some(&value)),
                fixed: fixed.contains(&name.as_str()),
                source: if typed { CardSource::Person } else { sources.of(&name, &value) },
                value,
                name,
            }
        })
        .collect()
}

fn facts(tool: &PinnedTool, sealed: &Sealed) -> Vec<CardFact> {
    let (Some(named), Some(facts)) = (&tool.settings.evidence, &sealed.last.facts) else { return Vec::new() };
    let before = sealed.first.facts.as_ref();
    named
        .facts
        .iter()
        .filter_map(|fact| {
            let now = facts.get(&fact.name)?;
            let was = before.and_then(|b| b.get(&fact.name)).filter(|was| *was != now);
            let (shown, was) = match was.map(|was| now.shown_beside(was)) {
                Some((shown, was)) => (shown, Some(was)),
                None => (now.shown(), None),
            };
            Some(CardFact { name: fact.name.clone(), label: fact.label.clone(), shown, was })
        })
        .collect()
}

fn notices(scene: &Scene<'_>, sealed: &Sealed, verdict: &Verdict, customer: &CardCustomer) -> Vec<String> {
    let mut notices = Vec::new();
    for fact in facts(scene.tool, sealed) {
        if let Some(was) = fact.was {
            notices.push(format!(
                "A fact changed since this was proposed. {} was {was}, now {}. Your decision covers the new value.",
                fact.label, fact.shown
            ));
        }
    }
    let policy_changed = scene
        .record
        .events
        .iter()
        .any(|e| matches!(e.event(), Ok(ActionEvent::Voided { reason: VoidReason::PolicyChanged, .. })));
    if policy_changed {
        notices
            .push("The rules changed since this was first held. It was judged again by the present ones.".to_owned());
    }
    let voided = scene.record.events.iter().rev().find(|e| e.stored.envelope.kind == "action.voided");
    if let Some(Ok(ActionEvent::Voided { reason, .. })) = voided.map(OpenedEvent::event) {
        let again = match reason {
            VoidReason::SignerLeft => Some("Somebody who had signed this has left the staff, so it waits again."),
            VoidReason::Undone => Some("It was approved, and that was taken back before it started. It waits again."),
            _ => None,
        };
        notices.extend(again.map(str::to_owned));
    }
    if let Evidence::Failed { code } = &sealed.last.state {
        notices.push(evidence_problem(code));
    }
    notices.extend(scene.before.iter().filter_map(|(before, name)| said_before(before, name)));
    notices.extend(earlier(scene.tool, &scene.record.action));
    notices.extend(scene.others.iter().map(|other| beside(other, &scene.record.action)));
    let refusals = scene.record.action.standing.refusals;
    if refusals > 0 {
        let times = if refusals == 1 { "once".to_owned() } else { format!("{refusals} times") };
        notices.push(format!("People refused an action on the same object {times} in other conversations."));
    }
    if verdict.approvers > 1 {
        notices.push(format!("{} different people must sign this.", verdict.approvers));
    }
    if verdict.step_up {
        notices.push("Whoever approves this types their password again, in the application's own window.".to_owned());
    }
    if verdict.undo_seconds > 0 {
        let seconds = verdict.undo_seconds;
        notices
            .push(format!("Once it is approved it starts after {seconds} seconds, and can be taken back until then."));
    }
    match customer.assurance {
        Assurance::Verified => {}
        Assurance::Claimed => notices.push("The customer gave a name; nobody has checked who they are.".to_owned()),
        Assurance::Anonymous => notices.push("The customer gave no name; nobody knows who they are.".to_owned()),
    }
    notices
}

/// Another action on the same object, as it was proposed: what became of it since moves no card.
fn beside(other: &Proposed, action: &Action) -> String {
    let money = other.money.as_ref().map(|money| format!(" of {money}")).unwrap_or_default();
    let place = if other.conversation == action.proposed.conversation { "this" } else { "another" };
    let name = other.tool.rsplit_once('.').map_or(other.tool.as_str(), |(_, name)| name).replace('_', " ");
    let at = other.at.to_string();
    let at = at.get(..16).unwrap_or(&at).replace('T', " ");
    format!(
        "When this was held, another action on the same object was open: {name}{money}, proposed in {place} conversation on {at} UTC."
    )
}

/// An earlier no, or a change: it is not left to the reader to look for it.
fn said_before(before: &Before, name: &str) -> Option<String> {
    let verb = match before.decided.statement.decision {
        Choice::Approve => return None,
        Choice::Override => "changed",
        Choice::Reject => "refused",
    };
    let words = before.words.as_ref().map(|words| format!(": “{}”", hidden::boxed(words))).unwrap_or_default();
    Some(format!(
        "{} {verb} this, or something else on the same object, before in this conversation{words}",
        hidden::boxed(name)
    ))
}

/// An earlier decision on the same thing, with what came of it.
fn decided_before(scene: &Scene<'_>, before: &Before, name: &str) -> CardBefore {
    let action = &before.record.action;
    let customer = customer(scene.conversation);
    let headline = gather(&before.record)
        .map(|sealed| wording(scene.tool, &sealed.proposed, &sealed.first, customer.name.as_deref()).headline);
    let outcome = match action.phase {
        Phase::Rejected => "It did not happen.",
        Phase::Succeeded | Phase::Settled(SettledHow::Happened) => "It happened.",
        Phase::Settled(SettledHow::DidNotHappen) => "It did not happen, as was found out later.",
        Phase::Settled(SettledHow::Compensated) => "It happened and was made good.",
        Phase::Failed => "The tool refused it, and nothing happened.",
        Phase::Unknown => "It may have happened; that is not settled.",
        _ => "It is being carried out.",
    };
    CardBefore {
        action: action.proposed.action.to_string(),
        headline: headline.unwrap_or_else(|_| scene.tool.title()),
        decision: before.decided.statement.decision,
        person: hidden::boxed(name),
        at: before.at,
        words: before.words.clone(),
        outcome: outcome.to_owned(),
        repeats: before.repeats,
    }
}

/// What was let through before this for the object, for the customer and by the agent, as it stood when this was judged:
/// many small actions are seen as what they are together.
fn earlier(tool: &PinnedTool, action: &Action) -> Vec<String> {
    let Standing { customer, agent, object, .. } = &action.standing;
    let title = tool.title();
    let on_it = object.filter(|sums| sums.count_30d > 0).map(|sums| {
        let times = if sums.count_30d == 1 { "once".to_owned() } else { format!("{} times", sums.count_30d) };
        let sum = of(action, sums.minor_30d).map_or_else(String::new, |sum| format!(", {sum} altogether"));
        format!("“{title}” was let through {times} before on the same object within 30 days{sum}.")
    });
    let customer = customer.and_then(|sums| of(action, sums.minor_30d)).map(|sum| {
        format!("Before this, {sum} was let through for this customer within 30 days, here or in other conversations.")
    });
    let agent = agent
        .and_then(|sums| of(action, sums.minor_today))
        .map(|sum| format!("Before this, {sum} was let through for this agent today."));
    [on_it, customer, agent].into_iter().flatten().collect()
}

/// A sum in the action's currency; nothing where there is none.
fn of(action: &Action, minor: i64) -> Option<Money> {
    let currency = action.money.as_ref()?.currency.clone();
    (minor > 0).then_some(Money { minor, currency })
}

fn evidence_problem(code: &str) -> String {
    let why = match code {
        "unavailable" => "the tool server could not be reached",
        "timeout" => "the tool server did not answer in time",
        "connection_lost" => "the tool server went away",
        "tool_error" => "the tool server refused the read",
        "missing_fact" => "a fact that counts was missing in the answer",
        "missing_argument" => "this call leaves out what they are read with",
        "nested_fact" => "what counts is a list or an object in the answer, and a fact is one value inside of it",
        "long_fact" => "a fact that counts is too long for a card",
        "definition_changed" => "the tool that reads them is not what was pinned",
        _ => "they could not be read",
    };
    format!("The facts for this action are missing: {why}. Decide without them only if you know them otherwise.")
}
