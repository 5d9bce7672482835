//! Changes of what an external agent may do as people read them: line by line, and what follows.

use crate::office::Office;
use crate::problems::capital;
use crate::wire::agents::AgentGrant as Wire;
use crate::wire::error::Problem;
use crate::wire::people::{ChangeAhead, DifferenceView};
use countersign_domain::agent::{AGENT_NAME_RULE, AgentGrant, AgentWord, is_agent_name};
use countersign_domain::canonical;
use countersign_domain::hidden::boxed;
use countersign_domain::tool::EffectClass;
use countersign_gate::AgentRecord;

/// A grant as somebody at a desk wrote it.
pub(crate) fn read(grant: &Wire) -> Result<AgentGrant, Problem> {
    serde_json::from_value(canonical::value_of(grant))
        .map_err(|why| Problem::of_field("grant", format!("This is no grant: {why}.")))
}

/// What an agent may do now, whoever it is.
pub(crate) async fn now(office: &Office, agent: &str) -> Result<AgentRecord, Problem> {
    Ok(office.gate.records().agent(agent).await?)
}

/// The agents of our own have their names too, and no other may pass for one of them.
pub(crate) fn must_be_no_other(office: &Office, agent: &str) -> Result<(), Problem> {
    match office.reasoner.agent().eq_ignore_ascii_case(agent) {
        true => Err(Problem::of_field("agent", "An agent of this station has this name. Choose another.")),
        false => Ok(()),
    }
}

/// What a change would be.
pub(crate) async fn ahead(office: &Office, agent: &str, to: &Wire, new_token: bool) -> Result<ChangeAhead, Problem> {
    let from = now(office, agent).await?.agent.grant;
    let to = read(to)?;
    let mut problem = to.check(office.gate.records().now()).err().map(|why| why.to_string());
    if !is_agent_name(agent) {
        problem = Some(AGENT_NAME_RULE.to_owned());
    }
    problem = problem.or_else(|| must_be_no_other(office, agent).err().map(|problem| problem.message));
    let problem = problem.map(|why| format!("{}.", capital(why.trim_end_matches('.'))));
    Ok(ChangeAhead {
        lines: lines(from.as_ref(), &to, new_token),
        follows: follows(office, from.as_ref(), &to, new_token),
        problem,
    })
}

/// What is different, in the order in which Settings shows it.
pub(crate) fn lines(from: Option<&AgentGrant>, to: &AgentGrant, new_token: bool) -> Vec<DifferenceView> {
    let all = |of: &AgentGrant| {
        [
            ("Tools", of.tools.join(", ")),
            ("Its word on who the customer is", word(of.word).to_owned()),
            ("Token good until", of.expires.to_string()),
            ("Calls a minute", of.calls_per_minute.to_string()),
            ("Open at once", of.open_calls.to_string()),
            ("A call waits for people", format!("{} s, then a ticket", of.wait_seconds)),
        ]
    };
    let was = from.map(all);
    let lines = all(to).into_iter().enumerate().filter_map(|(place, (label, is))| {
        let before = was.as_ref().and_then(|was| was.get(place)).map(|(_, text)| text.clone());
        let differs = before.as_ref() != Some(&is);
        differs.then(|| DifferenceView {
            label: label.to_owned(),
            from: before.map(|text| boxed(&text)),
            to: Some(boxed(&is)),
        })
    });
    let token = new_token.then(|| DifferenceView {
        label: "Token".to_owned(),
        from: from.map(|_| "the one it has".to_owned()),
        to: Some("a new one".to_owned()),
    });
    lines.chain(token).collect()
}

fn word(word: AgentWord) -> &'static str {
    match word {
        AgentWord::Nothing => "does not count: its customers are anonymous",
        AgentWord::Claimed => "counts as a claim",
        AgentWord::Verified => "counts as checked",
    }
}

/// What follows, so that whoever signs has read it.
pub(crate) fn follows(office: &Office, from: Option<&AgentGrant>, to: &AgentGrant, new_token: bool) -> Vec<String> {
    let mut all = Vec::new();
    let toolbox = office.gate.toolbox();
    let before = |tool: &String| from.is_some_and(|from| from.tools.contains(tool));
    let irreversible = |tool: &&String| {
        !before(tool) && toolbox.get(tool).is_some_and(|tool| tool.settings.effect == EffectClass::Irreversible)
    };
    let dear: Vec<String> = to.tools.iter().filter(irreversible).map(|tool| boxed(tool)).collect();
    if !dear.is_empty() {
        all.push(format!(
            "It may ask for what cannot be undone: {}. The rules say what is held and what runs at once.",
            dear.join(", ")
        ));
    }
    if to.word == AgentWord::Verified && from.is_none_or(|from| from.word != AgentWord::Verified) {
        all.push(
            "It says who the customer is, and nobody checks it: what it asks for in a customer's name is not held for \
             being about somebody else. Sign only if it signs its customers in itself."
                .to_owned(),
        );
    }
    if new_token && from.is_some() {
        all.push("Its token of before is good no more as soon as this holds.".to_owned());
    }
    let gone: Vec<String> = from
        .into_iter()
        .flat_map(|from| &from.tools)
        .filter(|tool| !to.tools.contains(tool))
        .map(|tool| boxed(tool))
        .collect();
    if !gone.is_empty() {
        all.push(format!("It sees {} no more; what it has asked for before stays open.", gone.join(", ")));
    }
    all.push("Every call of its goes through the rules, like those of the station's own agents.".to_owned());
    all
}

/// What follows where an agent is revoked.
pub(crate) const REVOKED_FOLLOWS: &str = "Its token is good no more. What it had asked for and has not started is taken \
                                          back, what people were deciding too; what has started comes to its end.";
