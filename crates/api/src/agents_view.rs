//! Settings, Agents.

use crate::desk::Desk;
use crate::office::Office;
use crate::people::unusable;
use crate::wire::agents::{AgentGrant as Wire, AgentRow, AgentsView, GrantableTool};
use crate::wire::error::Problem;
use countersign_domain::agent::AgentGrant;
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::change::ChangeKind;
use countersign_domain::hidden::boxed;
use countersign_gate::AgentRecord;
use countersign_gate::tools::PinnedTool;

/// What external agents there are.
pub(crate) async fn agents(desk: &Desk) -> Result<AgentsView, Problem> {
    let office = &desk.office;
    office.gate.rules_settled().await;
    let (me, _) = office.gate.records().person(&desk.signer()?.person).await?;
    let may = office.gate.may(&me, Command::Propose(ChangeKind::GrantAgent)).await;
    let mut agents = Vec::new();
    for record in office.gate.external_agents().await? {
        agents.push(row(office, record)?);
    }
    let grantable = |tool: &PinnedTool| GrantableTool {
        name: tool.definition.full_name(),
        title: boxed(&tool.title()),
        effect: tool.settings.effect.name().to_owned(),
    };
    Ok(AgentsView {
        address: office.facts.gateway_address.clone(),
        agents,
        tools: office.gate.toolbox().all().map(grantable).collect(),
        may_not_propose: may.err().map(|why| why.to_string()),
    })
}

fn row(office: &Office, record: AgentRecord) -> Result<AgentRow, Problem> {
    let AgentRecord { name, agent, signed_at } = record;
    let expired = agent.grant.is_some() && agent.granted(office.gate.records().now()).is_none();
    let grant = agent.grant.as_ref().map(on_the_wire).transpose()?;
    let open = u32::try_from(office.gate.open_calls(&name)).unwrap_or(u32::MAX);
    Ok(AgentRow { name, grant, expired, open, signed_at: signed_at.map(|at| at.to_string()) })
}

fn on_the_wire(grant: &AgentGrant) -> Result<Wire, Problem> {
    serde_json::from_value(canonical::value_of(grant)).map_err(|error| unusable(&error))
}
