//! Changes of a tool's settings as people read them: field by field, and what follows.

use crate::office::Office;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::people::{ChangeAhead, DifferenceView};
use crate::wire::tools::ToolSettings as Wire;
use countersign_domain::canonical;
use countersign_domain::hidden::boxed;
use countersign_domain::tool::{EffectClass, EvidenceFact, Subject, ToolDefinition, ToolSettings, difference};
use serde_json::Value;

/// How many characters of a definition's hash are shown.
const SHORT_HASH: usize = 12;
/// What counting as a read means.
const READS: &str = "It would count as a read: it then runs while everything is stopped, stands in no limit, and a call without \
                     an answer counts as failed. Sign only if a call truly changes nothing.";

/// What a change of a tool would be.
pub(crate) struct Wanted {
    /// How it is treated; absent where nobody has said so yet.
    pub(crate) from: Option<ToolSettings>,
    /// How it would be.
    pub(crate) to: ToolSettings,
    /// What would be accepted with it.
    pub(crate) definition: Option<ToolDefinition>,
}

/// What is asked for, beside how it is. `definition` is the hash of what somebody looked at.
pub(crate) fn wanted(office: &Office, to: &Wire, definition: Option<&str>) -> Result<Wanted, Problem> {
    let to: ToolSettings = serde_json::from_value(canonical::value_of(to))
        .map_err(|why| Problem::of_field("settings", format!("These are no settings of a tool: {why}.")))?;
    let toolbox = office.gate.toolbox();
    if toolbox.definition(&to.tool).is_none() {
        return Err(Problem::new(ProblemCode::NotFound, "There is no tool of that name here."));
    }
    let offered = toolbox.offered(&to.tool);
    if let Some(hash) = definition
        && offered.is_none_or(|offered| offered.hash() != hash)
    {
        let why = "Its server has changed again what it says of this tool since you looked at it. Nothing was proposed; \
                   close this and look at it anew.";
        return Err(Problem::new(ProblemCode::Invalid, why));
    }
    Ok(Wanted {
        from: toolbox.get(&to.tool).map(|tool| tool.settings.clone()),
        definition: definition.and(offered.cloned()),
        to,
    })
}

/// What a change would be.
pub(crate) fn ahead(office: &Office, to: &Wire, definition: Option<&str>) -> Result<ChangeAhead, Problem> {
    let Wanted { from, to, definition } = wanted(office, to, definition)?;
    let problem = office.gate.check_tool(&to, definition.as_ref()).err().map(|why| format!("{why}."));
    let (lines, follows) = told_of(office, from.as_ref(), &to, definition.as_ref());
    Ok(ChangeAhead { lines, follows, problem })
}

/// What a change is as people read it: what its server says otherwise first.
pub(crate) fn told_of(
    office: &Office,
    from: Option<&ToolSettings>,
    to: &ToolSettings,
    definition: Option<&ToolDefinition>,
) -> (Vec<DifferenceView>, Vec<String>) {
    let toolbox = office.gate.toolbox();
    let accepted = toolbox.get(&to.tool).map(|tool| &tool.definition);
    let mut all = Vec::new();
    match (accepted, definition) {
        (Some(accepted), Some(definition)) => {
            let of_the_server =
                |part: DifferenceView| DifferenceView { label: format!("Its server: {}", part.label), ..part };
            all.extend(redefined(accepted, definition).into_iter().map(of_the_server));
        }
        (None, Some(definition)) => all.extend(first(definition)),
        (_, None) => {}
    }
    all.extend(lines(from, to));
    let mut follow = follows(from, to, accepted.is_some() && definition.is_some());
    let breaks = office.gate.breaks(to, definition);
    follow.extend(breaks.into_iter().map(|(tool, why)| format!("{tool} would not fit any more: {}.", boxed(&why))));
    (all, follow)
}

/// What is accepted of a tool of which nothing was accepted before.
fn first(definition: &ToolDefinition) -> Vec<DifferenceView> {
    let line = |label: &str, to: String| DifferenceView { label: label.to_owned(), from: None, to: Some(boxed(&to)) };
    let words = [("title", &definition.title), ("description", &definition.description)];
    let words = words.into_iter().filter_map(|(part, words)| Some((part, words.clone()?)));
    let mut all: Vec<_> = words.map(|(part, words)| line(&format!("Its server: {part}"), words)).collect();
    let arguments = definition.input_schema.get("properties").and_then(Value::as_object);
    let names: Vec<&str> = arguments.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    all.push(line("Its server: arguments", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
    all.push(line("Its definition", definition.hash().chars().take(SHORT_HASH).collect()));
    all
}

/// What a server says otherwise, part by part.
pub(crate) fn redefined(accepted: &ToolDefinition, now: &ToolDefinition) -> Vec<DifferenceView> {
    let whole = |words: Option<String>| words.map(|words| boxed(&words));
    difference::between(accepted, now)
        .into_iter()
        .map(|part| DifferenceView { label: boxed(&part.part), from: whole(part.from), to: whole(part.to) })
        .collect()
}

/// What is different, in the order in which Settings shows it.
fn lines(from: Option<&ToolSettings>, to: &ToolSettings) -> Vec<DifferenceView> {
    let (was, is) = (from.map(told).unwrap_or_default(), told(to));
    let mut labels: Vec<&String> = was.iter().map(|(label, _)| label).collect();
    let new = is.iter().map(|(label, _)| label).filter(|label| !was.iter().any(|(known, _)| known == *label));
    labels.extend(new);
    let of = |side: &[(String, String)], label: &String| {
        side.iter().find(|(known, _)| known == label).map(|(_, value)| boxed(value))
    };
    labels
        .into_iter()
        .map(|label| DifferenceView { label: boxed(label), from: of(&was, label), to: of(&is, label) })
        .filter(|line| line.from != line.to)
        .collect()
}

/// What follows, so that whoever signs has read it.
fn follows(from: Option<&ToolSettings>, to: &ToolSettings, redefined: bool) -> Vec<String> {
    let mut all = Vec::new();
    if redefined {
        let why = "Agents read what its server says of it now. Sign only if you know why it has changed.";
        all.push(why.to_owned());
    }
    let Some(from) = from else {
        let begins =
            "Nothing calls this tool yet. From then on agents and people may ask for it, and the rules judge it.";
        all.push(begins.to_owned());
        if to.effect == EffectClass::Read {
            all.push(READS.to_owned());
        }
        return all;
    };
    if from.effect != EffectClass::Read && to.effect == EffectClass::Read {
        all.push(READS.to_owned());
    } else if from.effect == EffectClass::Irreversible && to.effect == EffectClass::Reversible {
        all.push(
            "It would count as undoable: approving it needs no second key. Sign only if a call can be put back."
                .to_owned(),
        );
    }
    if from.subject.is_some() && to.subject.is_none() {
        all.push("It would be about nobody: an agent may then use it about any customer.".to_owned());
    }
    if from.money.is_some() && to.money.is_none() {
        all.push("Its amount would be read no more: no limit fits it then.".to_owned());
    }
    if from.key_argument.is_some() && to.key_argument.is_none() {
        all.push("It would get no key any more: its server cannot tell a repeated call from a new one.".to_owned());
    }
    let gone: Vec<&str> = facts(from)
        .filter(|fact| !facts(to).any(|other| other.name == fact.name && other.path == fact.path))
        .map(|fact| fact.label.as_str())
        .collect();
    if !gone.is_empty() {
        all.push(format!("A change in these voids an approval no more: {}.", boxed(&gone.join(", "))));
    }
    all.push(if !to.ends_open(Some(from), redefined) {
        "What waits is judged again before it starts.".to_owned()
    } else {
        "What waits of this tool means something else then, so it is taken back; agents may ask anew.".to_owned()
    });
    all
}

fn facts(of: &ToolSettings) -> impl Iterator<Item = &EvidenceFact> {
    of.evidence.iter().flat_map(|evidence| &evidence.facts)
}

/// Every setting with its label.
fn told(of: &ToolSettings) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut line = |label: &str, value: Option<String>| all.extend(value.map(|value| (label.to_owned(), value)));
    let effect = match of.effect {
        EffectClass::Read => "reads",
        EffectClass::Reversible => "can be undone",
        EffectClass::Irreversible => "cannot be undone",
    };
    line("Effect", Some(effect.to_owned()));
    line(
        "Subject",
        Some(match &of.subject {
            None => "nobody".to_owned(),
            Some(Subject::Argument(name)) => format!("argument {name}"),
            Some(Subject::Evidence(name)) => format!("fact {name}"),
            Some(Subject::Result(path)) => format!("{path} of the result"),
        }),
    );
    line("Proof pair", (!of.proof.is_empty()).then(|| of.proof.join(", ")));
    line("Object", of.object.clone());
    line("Money", of.money.as_ref().map(|money| format!("{}, currency in {}", money.amount_minor, money.currency)));
    line("Key", of.key_argument.clone());
    line("Waits for people", Some(format!("{} s", of.hold_seconds)));
    line("A call may take", Some(format!("{} s", of.timeout_seconds)));
    line("Longest time", of.longest_seconds.map(|seconds| format!("{seconds} s")));
    if let Some(evidence) = &of.evidence {
        let taken: Vec<String> = evidence.arguments.iter().map(|(to, from)| format!("{to} from {from}")).collect();
        line("Facts are read with", Some(format!("{}, {}", evidence.tool, taken.join(", "))));
        for fact in &evidence.facts {
            let currency = fact.currency.as_ref().map(|path| format!(", currency at {path}")).unwrap_or_default();
            line(&format!("Fact {}", fact.name), Some(format!("{}: {}{currency}", fact.label, fact.path)));
            for (value, topics) in &fact.contradicts {
                line(&format!("Where {} is {value}", fact.name), Some(format!("contradicts {}", topics.join(", "))));
            }
        }
        line("Customer’s name", evidence.customer_name.as_ref().map(|name| format!("fact {name}")));
    }
    line("Bar", of.bar.as_ref().map(|bar| format!("{} of {}", bar.already, bar.total)));
    if let Some(wording) = &of.wording {
        line("Headline", Some(wording.headline.clone()));
        line("Effect on the card", Some(wording.effect.clone()));
        line("In lists", Some(wording.noun.clone()));
        for (nth, words) in wording.guidance.iter().enumerate() {
            line(&format!("Guidance {}", nth + 1), Some(words.clone()));
        }
    }
    line(
        "Unknown outcome",
        of.probe.as_ref().map(|probe| {
            format!(
                "{} with {}: {} is {:?} or {:?}",
                probe.tool, probe.key_argument, probe.state, probe.happened, probe.claimed
            )
        }),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund() -> ToolSettings {
        let settings = serde_json::json!({
            "tool": "crm.issue_refund", "effect": "irreversible", "timeout_seconds": 15, "hold_seconds": 900,
            "object": "order_number", "subject": {"evidence": "customer_id"}, "key_argument": "key",
            "evidence": {"tool": "crm.get_order", "arguments": {"order_number": "order_number"}, "facts": [
                {"name": "customer_id", "label": "Customer number", "path": "/customer/id"},
                {"name": "status", "label": "Order status", "path": "/status"},
            ]},
        });
        serde_json::from_value(settings).unwrap()
    }

    #[test]
    fn a_difference_names_each_field_and_what_both_signers_must_know() {
        let from = refund();
        let mut to = from.clone();
        to.hold_seconds = 600;
        let line = |label: &str, was: Option<&str>, is: Option<&str>| DifferenceView {
            label: label.to_owned(),
            from: was.map(str::to_owned),
            to: is.map(str::to_owned),
        };
        assert_eq!(lines(Some(&from), &to), [line("Waits for people", Some("900 s"), Some("600 s"))]);
        assert_eq!(follows(Some(&from), &to, false), ["What waits is judged again before it starts."]);
        to.effect = EffectClass::Read;
        to.subject = None;
        if let Some(evidence) = &mut to.evidence {
            evidence.facts.retain(|fact| fact.name != "status");
        }
        let told = lines(Some(&from), &to);
        assert!(told.contains(&line("Effect", Some("cannot be undone"), Some("reads"))), "{told:?}");
        assert!(told.contains(&line("Fact status", Some("Order status: /status"), None)), "{told:?}");
        let words = follows(Some(&from), &to, false).join(" ");
        for word in ["count as a read", "about nobody", "voids an approval no more: Order status", "taken back"] {
            assert!(words.contains(word), "{word}: {words}");
        }
    }

    #[test]
    fn of_a_tool_that_nobody_has_said_anything_of_everything_is_new() {
        let mut to = ToolSettings::beginning("lodge.read_booking".to_owned());
        let told = lines(None, &to);
        assert!(told.iter().all(|line| line.from.is_none() && line.to.is_some()), "{told:?}");
        assert_eq!(follows(None, &to, false).len(), 1);
        to.effect = EffectClass::Read;
        assert!(follows(None, &to, false)[1].contains("truly changes nothing"));
    }
}
