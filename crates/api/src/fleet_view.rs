//! The fleet: who may use what, what they did in a period, and what is stopped.

use crate::desk::Desk;
use crate::metrics::{period, wire};
use crate::office::Office;
use crate::people::unusable;
use crate::wire::agents::{
    AgentGrant as Grant, AgentReasoner, AgentRow, Did, FleetOffer, FleetTool, FleetUse, FleetView, SpendingView,
};
use crate::wire::command::Part as WirePart;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::session::PartStopView;
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::change::ChangeKind;
use countersign_domain::conversation::REPORTING_CURRENCY;
use countersign_domain::fleet::{Fleet, Part, Stopped};
use countersign_domain::hidden::boxed;
use countersign_domain::tool::EffectClass;
use countersign_gate::AgentRecord;
use countersign_gate::tools::Offer;
use countersign_projections::{Calls, FleetDid};
use std::collections::BTreeSet;

pub(crate) async fn fleet(desk: &Desk, from: &str, to: &str) -> Result<FleetView, Problem> {
    let office = &desk.office;
    // What the log says already, and the gate takes in just now.
    office.gate.rules_settled().await;
    let period = period(from, to)?;
    let found = office.views.fleet(period).await?;
    let stands = office.gate.records().fleet().await?.0;
    let mut agents = ours(office, &found.value);
    for record in office.gate.external_agents().await? {
        agents.push(theirs(office, record)?);
    }
    // Also whoever is not here any more and called today, or is still stopped: their switch must stay within reach.
    let stopped = stands.parts.keys().filter_map(|part| match part {
        Part::Agent(name) => Some(name),
        Part::Tool(_) => None,
    });
    let called = found.value.calls.iter().map(|calls| &calls.agent);
    for name in stopped.chain(called).collect::<BTreeSet<_>>() {
        if !agents.iter().any(|agent| agent.name == *name) {
            agents.push(none_of(name));
        }
    }
    for agent in &mut agents {
        agent.live += live(&found.value, Some(&agent.name));
        agent.did = sum(found.value.calls.iter().filter(|calls| calls.agent == agent.name));
        agent.stopped = stop_of(office, &stands, &Part::Agent(agent.name.clone())).await?;
    }
    let tools = tools(office, &stands, &agents, &found.value.calls).await?;
    let signer = desk.signer()?;
    let (me, _) = office.gate.records().person(&signer.person).await?;
    let may = office.gate.may(&me, Command::Propose(ChangeKind::GrantAgent)).await;
    Ok(FleetView {
        as_of: found.as_of,
        read_at: office.gate.records().now().to_string(),
        period: wire(period),
        address: office.facts.gateway_address.clone(),
        agents,
        tools,
        may_not_propose: may.err().map(|why| why.to_string()),
        may_not_stop: desk.may_not(Command::Stop).await?,
        may_not_resume: desk.may_not(Command::Resume).await?,
    })
}

/// Those of the station. What no agent has spoken in yet is the one's that answers.
fn ours(office: &Office, did: &FleetDid) -> Vec<AgentRow> {
    let identity = office.reasoner.identity();
    let mut one = none_of(office.reasoner.agent());
    one.reasoner = Some(AgentReasoner { kind: identity.kind, name: identity.name, version: identity.version });
    one.live = live(did, None);
    one.spending = office.reasoner.calling().map(|calling| {
        let today = calling.today(office.gate.records().now());
        SpendingView {
            spent_micros: today.spent_micros,
            forecast_micros: today.forecast_micros,
            most_micros: today.most_micros,
            currency: REPORTING_CURRENCY.to_owned(),
        }
    });
    vec![one]
}

fn none_of(name: &str) -> AgentRow {
    AgentRow {
        name: name.to_owned(),
        reasoner: None,
        grant: None,
        expired: false,
        signed_at: None,
        live: 0,
        did: Did::default(),
        stopped: None,
        spending: None,
    }
}

fn theirs(office: &Office, record: AgentRecord) -> Result<AgentRow, Problem> {
    let AgentRecord { name, agent, signed_at } = record;
    let expired = agent.grant.is_some() && agent.granted(office.gate.records().now()).is_none();
    // The wire's form is the same as the log's.
    let grant = agent.grant.as_ref().map(|grant| serde_json::from_value::<Grant>(canonical::value_of(grant)));
    let grant = grant.transpose().map_err(|error| unusable(&error))?;
    Ok(AgentRow { grant, expired, signed_at: signed_at.map(|at| at.to_string()), ..none_of(&name) })
}

fn live(did: &FleetDid, agent: Option<&str>) -> u32 {
    did.live.iter().find(|(of, _)| of.as_deref() == agent).map_or(0, |(_, live)| *live)
}

fn sum<'a>(all: impl Iterator<Item = &'a Calls>) -> Did {
    all.fold(Did::default(), |sum, calls| Did {
        calls: sum.calls + calls.calls,
        held: sum.held + calls.held,
        denied: sum.denied + calls.denied,
        failed: sum.failed + calls.failed,
        unknown: sum.unknown + calls.unknown,
    })
}

async fn tools(
    office: &Office,
    stands: &Fleet,
    agents: &[AgentRow],
    calls: &[Calls],
) -> Result<Vec<FleetTool>, Problem> {
    let toolbox = office.gate.toolbox();
    let known = toolbox.for_agents().map(|tool| tool.definition.full_name()).collect();
    let asked_for = office.reasoner.tools(&known);
    let mut tools = Vec::new();
    for definition in toolbox.definitions() {
        let name = definition.full_name();
        let tool = toolbox.get(&name);
        let by = agents.iter().filter_map(|agent| {
            let may = match (&agent.reasoner, &agent.grant) {
                (Some(_), _) => asked_for.contains(&name),
                (None, Some(grant)) => !agent.expired && grant.tools.contains(&name),
                (None, None) => false,
            };
            let did = sum(calls.iter().filter(|calls| calls.agent == agent.name && calls.tool == name));
            (may || did.calls > 0).then(|| FleetUse { agent: agent.name.clone(), may, did })
        });
        tools.push(FleetTool {
            title: tool.map_or_else(|| name.clone(), |tool| boxed(&tool.title())),
            effect: tool.map_or(EffectClass::Irreversible, |tool| tool.settings.effect).name().to_owned(),
            is_set: tool.is_some(),
            definition: tool.map_or_else(|| definition.hash(), |tool| tool.hash.clone()),
            offered: toolbox.offers_instead(&name).map(|offer| match offer {
                Offer::Changed(_) => FleetOffer::Changed,
                Offer::Gone => FleetOffer::Gone,
                Offer::Noted(_) => FleetOffer::Noted,
            }),
            stopped: stop_of(office, stands, &Part::Tool(name.clone())).await?,
            by: by.collect(),
            name,
        });
    }
    for part in stands.parts.keys() {
        let Part::Tool(name) = part else { continue };
        if !tools.iter().any(|tool| tool.name == *name) {
            tools.push(FleetTool {
                name: name.clone(),
                title: name.clone(),
                effect: EffectClass::Irreversible.name().to_owned(),
                is_set: false,
                definition: String::new(),
                offered: Some(FleetOffer::Gone),
                stopped: stop_of(office, stands, part).await?,
                by: Vec::new(),
            });
        }
    }
    let rank = |tool: &FleetTool| match tool.effect.as_str() {
        "irreversible" => 0,
        "reversible" => 1,
        _ => 2,
    };
    tools.sort_by(|one, other| rank(one).cmp(&rank(other)).then_with(|| one.name.cmp(&other.name)));
    Ok(tools)
}

async fn stop_of(office: &Office, fleet: &Fleet, part: &Part) -> Result<Option<PartStopView>, Problem> {
    match fleet.parts.get(part) {
        Some(stopped) => Ok(Some(stop(office, part, stopped).await?)),
        None => Ok(None),
    }
}

/// Everything that is stopped alone.
pub(crate) async fn stops(office: &Office, fleet: &Fleet) -> Result<Vec<PartStopView>, Problem> {
    let mut all = Vec::new();
    for (part, stopped) in &fleet.parts {
        all.push(stop(office, part, stopped).await?);
    }
    Ok(all)
}

async fn stop(office: &Office, part: &Part, stopped: &Stopped) -> Result<PartStopView, Problem> {
    let by = match &stopped.by {
        Some(by) => office.gate.records().person(by).await?.1,
        None => None,
    };
    let part = match part {
        Part::Agent(name) => WirePart::Agent { name: name.clone() },
        Part::Tool(name) => WirePart::Tool { name: name.clone() },
    };
    Ok(PartStopView { part, at: stopped.since.to_string(), by })
}

/// A part that somebody at a desk named, as the log names it; one that is stopped may be gone by now.
pub(crate) async fn part(office: &Office, part: WirePart) -> Result<Part, Problem> {
    let part = match part {
        WirePart::Agent { name } => Part::Agent(name),
        WirePart::Tool { name } => Part::Tool(name),
    };
    let known: BTreeSet<String> = match &part {
        Part::Agent(_) => {
            let others = office.gate.external_agents().await?.into_iter().map(|agent| agent.name);
            others.chain([office.reasoner.agent().to_owned()]).collect()
        }
        Part::Tool(_) => office.gate.toolbox().definitions().map(|definition| definition.full_name()).collect(),
    };
    let stopped = office.gate.records().fleet().await?.0.parts.contains_key(&part);
    match stopped || known.contains(part.name()) {
        true => Ok(part),
        false => Err(Problem::new(ProblemCode::NotFound, "There is no agent and no tool of that name here.")),
    }
}
