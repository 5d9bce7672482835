//! Whether settings fit together, and fit what servers define. Pure. What would fail only when a call is held or its outcome
//! unknown is refused here, by the name of the tool and the field.

use super::{EffectClass, EvidenceRead, Subject, ToolDefinition, ToolSettings};
use crate::hidden::is_hidden;
use crate::wording::placeholders;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The longest a call may take, in seconds.
const MAX_TIMEOUT: u32 = 600;
/// The longest an action may be held, in seconds: 30 days.
const MAX_HOLD: u32 = 30 * 24 * 60 * 60;
/// The most facts that are read for a card.
const MAX_FACTS: usize = 50;
/// The most words of guidance that are offered to whoever rejects, and the longest of them.
pub const MOST_GUIDANCE: usize = 6;
const LONGEST_GUIDANCE_CHARS: usize = 200;
/// Placeholders with a meaning of their own, which no argument can have as its name on a card.
const RESERVED: [&str; 4] = ["money", "customer", "after", "total"];

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Two settings are for one tool.
    #[error("there are two settings for {0}: keep one")]
    Twice(String),
    /// A tool's settings do not fit together.
    #[error("the settings of {tool} are refused: {problem}")]
    Tool {
        /// The tool, by full name.
        tool: String,
        /// Which field, and what is wrong with it.
        problem: String,
    },
}

/// Checks settings that come from anywhere, against each other.
pub fn together(all: &[ToolSettings]) -> Result<(), Unfit> {
    let mut effects = BTreeMap::new();
    for settings in all {
        if effects.insert(settings.tool.as_str(), settings.effect).is_some() {
            return Err(Unfit::Twice(settings.tool.clone()));
        }
    }
    for settings in all {
        check_one(settings, &effects).map_err(|problem| Unfit::Tool { tool: settings.tool.clone(), problem })?;
    }
    Ok(())
}

type Effects<'a> = BTreeMap<&'a str, EffectClass>;

fn check_one(settings: &ToolSettings, effects: &Effects<'_>) -> Result<(), String> {
    let named = settings.tool.split_once('.').filter(|(server, tool)| is_name(server) && !tool.is_empty());
    let (server, _) = named.ok_or("its name is not of the form server.tool")?;
    demand((1..=MAX_TIMEOUT).contains(&settings.timeout_seconds), || {
        format!("timeout_seconds is {}, not 1 to {MAX_TIMEOUT}", settings.timeout_seconds)
    })?;
    demand(settings.longest_seconds.is_none_or(|longest| (1..=MAX_HOLD).contains(&longest)), || {
        format!("longest_seconds is not 1 to {MAX_HOLD}")
    })?;
    demand((1..=MAX_HOLD).contains(&settings.hold_seconds), || {
        format!("hold_seconds is {}, not 1 to {MAX_HOLD}", settings.hold_seconds)
    })?;
    check_arguments(settings)?;
    if let Some(evidence) = &settings.evidence {
        check_evidence(evidence, settings, effects)?;
    }
    check_subject(settings)?;
    if let Some(bar) = &settings.bar {
        for (field, fact) in [("bar.total", &bar.total), ("bar.already", &bar.already)] {
            let found = settings.evidence.iter().flat_map(|e| &e.facts).find(|f| &f.name == fact);
            demand(found.is_some_and(|f| f.currency.is_some()), || {
                format!("{field} names {fact:?}, which is no evidence fact with a currency")
            })?;
        }
        demand(settings.money.is_some(), || "a bar needs money".to_owned())?;
    }
    if let Some(wording) = &settings.wording {
        demand(!wording.noun.trim().is_empty(), || "wording.noun is empty".to_owned())?;
        check_wording("wording.headline", &wording.headline, settings)?;
        check_wording("wording.effect", &wording.effect, settings)?;
        check_guidance(&wording.guidance)?;
    }
    if let Some(probe) = &settings.probe {
        let effect = effects.get(format!("{server}.{}", probe.tool).as_str());
        let effect = effect.ok_or_else(|| format!("probe.tool {:?} has no settings on this server", probe.tool))?;
        demand(*effect != EffectClass::Irreversible && settings.tool != format!("{server}.{}", probe.tool), || {
            "probe.tool is irreversible or the tool itself: a probe must not act".to_owned()
        })?;
        demand(!probe.key_argument.is_empty(), || "probe.key_argument is empty".to_owned())?;
        check_pointer("probe.state", &probe.state)?;
        demand(probe.happened != probe.claimed, || "probe.happened and probe.claimed are the same word".to_owned())?;
    }
    Ok(())
}

fn check_arguments(settings: &ToolSettings) -> Result<(), String> {
    let money = settings.money.as_ref();
    let named = [
        ("key_argument", settings.key_argument.as_ref()),
        ("object", settings.object.as_ref()),
        ("money.amount_minor", money.map(|m| &m.amount_minor)),
        ("money.currency", money.map(|m| &m.currency)),
    ];
    let mut seen = BTreeMap::new();
    for (field, name) in named {
        let Some(name) = name else { continue };
        demand(!name.is_empty(), || format!("{field} is empty"))?;
        if let Some(other) = seen.insert(name, field) {
            return Err(format!("{other} and {field} name the same argument {name:?}"));
        }
    }
    Ok(())
}

fn check_subject(settings: &ToolSettings) -> Result<(), String> {
    let is_argument = |name: &String| !name.is_empty() && settings.key_argument.as_ref() != Some(name);
    let reads = settings.effect == EffectClass::Read;
    match &settings.subject {
        None => {}
        Some(Subject::Argument(name)) => {
            demand(is_argument(name), || format!("subject.argument {name:?} is empty or the key argument"))?;
        }
        Some(Subject::Evidence(fact)) => {
            let found = settings.evidence.iter().flat_map(|e| &e.facts).any(|f| &f.name == fact);
            demand(found, || format!("subject.evidence names {fact:?}, which is no evidence fact"))?;
        }
        Some(Subject::Result(path)) => {
            demand(reads, || "subject.result is for reads: an effect cannot be withheld".to_owned())?;
            check_pointer("subject.result", path)?;
        }
    }
    let proof: BTreeSet<_> = settings.proof.iter().collect();
    demand(settings.proof.is_empty() || (reads && proof.len() > 1 && proof.into_iter().all(is_argument)), || {
        "proof is for reads, and names two arguments or more".to_owned()
    })
}

fn check_evidence(evidence: &EvidenceRead, settings: &ToolSettings, effects: &Effects<'_>) -> Result<(), String> {
    match effects.get(evidence.tool.as_str()) {
        Some(EffectClass::Read) => {}
        Some(_) => return Err(format!("evidence.tool {} does not have the effect read", evidence.tool)),
        None => return Err(format!("evidence.tool {:?} has no settings", evidence.tool)),
    }
    for (argument, source) in &evidence.arguments {
        demand(!argument.is_empty() && !source.is_empty(), || "evidence.arguments has an empty name".to_owned())?;
        demand(settings.key_argument.as_ref() != Some(source), || {
            format!("evidence.arguments takes {argument:?} from the key argument")
        })?;
    }
    demand(evidence.facts.len() <= MAX_FACTS, || format!("evidence.facts names more than {MAX_FACTS} facts"))?;
    let mut names = BTreeSet::new();
    for fact in &evidence.facts {
        demand(is_identifier(&fact.name), || {
            format!("the evidence fact {:?} is not named in lower-case letters, digits and '_'", fact.name)
        })?;
        demand(names.insert(fact.name.as_str()), || format!("two evidence facts are named {:?}", fact.name))?;
        demand(!fact.label.trim().is_empty(), || format!("the evidence fact {:?} has no label", fact.name))?;
        check_pointer("evidence.facts.path", &fact.path)?;
        if let Some(currency) = &fact.currency {
            check_pointer("evidence.facts.currency", currency)?;
        }
        let topics = fact.contradicts.values().flatten();
        for topic in topics {
            demand(is_identifier(topic), || {
                format!("contradicts of the evidence fact {:?} names {topic:?}, which is no topic", fact.name)
            })?;
        }
    }
    if let Some(name) = &evidence.customer_name {
        demand(names.contains(name.as_str()), || {
            format!("evidence.customer_name names {name:?}, which is no evidence fact")
        })?;
    }
    Ok(())
}

fn check_wording(field: &str, text: &str, settings: &ToolSettings) -> Result<(), String> {
    demand(!text.trim().is_empty(), || format!("{field} is empty"))?;
    let names = placeholders(text).ok_or_else(|| format!("{field} has braces that do not pair up"))?;
    for name in names {
        let fillable = match name.strip_prefix("evidence.") {
            Some(fact) => settings.evidence.iter().flat_map(|e| &e.facts).any(|f| f.name == fact),
            None if name == "money" => settings.money.is_some(),
            None if name == "after" || name == "total" => settings.bar.is_some(),
            None => RESERVED.contains(&name) || (is_argument(name) && settings.key_argument.as_deref() != Some(name)),
        };
        demand(fillable, || format!("{field} has the placeholder {{{name}}}, which nothing fills"))?;
    }
    Ok(())
}

fn check_guidance(guidance: &[String]) -> Result<(), String> {
    demand(guidance.len() <= MOST_GUIDANCE, || format!("wording.guidance has more than {MOST_GUIDANCE} entries"))?;
    for words in guidance {
        let fits = (1..=LONGEST_GUIDANCE_CHARS).contains(&words.trim().chars().count());
        demand(fits, || {
            format!("wording.guidance has an entry that is empty or over {LONGEST_GUIDANCE_CHARS} characters")
        })?;
        demand(!words.chars().any(is_hidden), || format!("wording.guidance has an invisible character in {words:?}"))?;
    }
    Ok(())
}

fn check_pointer(field: &str, pointer: &str) -> Result<(), String> {
    demand(pointer.starts_with('/'), || format!("{field} is {pointer:?}, which is no JSON pointer such as /status"))
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_argument(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn demand(holds: bool, problem: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(problem()) }
}

/// The name of a server: it can be told from the tool's behind the first point.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a tool's settings name only arguments that servers define, of the types that they need.
pub fn against(settings: &ToolSettings, definitions: &[&ToolDefinition]) -> Result<(), Unfit> {
    fits(settings, definitions).map_err(|problem| Unfit::Tool { tool: settings.tool.clone(), problem })
}

fn fits(settings: &ToolSettings, definitions: &[&ToolDefinition]) -> Result<(), String> {
    let defined = |name: &str| definitions.iter().find(|definition| definition.full_name() == name);
    let own = defined(&settings.tool).ok_or("no server defines this tool")?;
    let has = |field: &str, name: &String| has_argument(own, field, name, None);
    if let Some(name) = &settings.object {
        has("object", name)?;
    }
    if let Some(name) = &settings.key_argument {
        has_argument(own, "key_argument", name, Some("string"))?;
    }
    if let Some(money) = &settings.money {
        has_argument(own, "money.amount_minor", &money.amount_minor, Some("integer"))?;
        has_argument(own, "money.currency", &money.currency, Some("string"))?;
    }
    if let Some(Subject::Argument(name)) = &settings.subject {
        has("subject.argument", name)?;
    }
    for name in &settings.proof {
        has("proof", name)?;
    }
    if let Some(evidence) = &settings.evidence {
        let reader = defined(&evidence.tool).ok_or_else(|| format!("no server defines {}", evidence.tool))?;
        for (to, from) in &evidence.arguments {
            has_argument(reader, "evidence.arguments", to, None)?;
            has("evidence.arguments", from)?;
        }
        let missing = required(reader).find(|name| !evidence.arguments.contains_key(*name));
        if let Some(name) = missing {
            return Err(format!(
                "evidence.arguments leaves out {name:?}, without which {} answers nothing",
                evidence.tool
            ));
        }
    }
    if let Some(probe) = &settings.probe {
        let name = format!("{}.{}", own.server, probe.tool);
        let prober = defined(&name).ok_or_else(|| format!("no server defines {name}"))?;
        has_argument(prober, "probe.key_argument", &probe.key_argument, Some("string"))?;
    }
    Ok(())
}

fn required(definition: &ToolDefinition) -> impl Iterator<Item = &str> {
    let names = definition.input_schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

fn has_argument(definition: &ToolDefinition, field: &str, name: &str, kind: Option<&str>) -> Result<(), String> {
    let properties = definition.input_schema.get("properties").and_then(Value::as_object);
    let Some(property) = properties.and_then(|all| all.get(name)) else {
        return Err(format!("{field} names {name:?}, which is no argument of {}", definition.full_name()));
    };
    let is = property.get("type");
    match kind {
        Some(kind) if is.and_then(Value::as_str).is_some_and(|is| is != kind) => {
            Err(format!("{field} names {name:?}, which is no {kind} in {}", definition.full_name()))
        }
        _ => Ok(()),
    }
}
