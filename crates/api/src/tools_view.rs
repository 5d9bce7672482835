//! Settings, Tools: every pinned tool with what people say of it and what it did.

use crate::desk::{Desk, moment};
use crate::office::Office;
use crate::people::unusable;
use crate::server_change;
use crate::tool_change;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::tools::{
    RecordCount, ServerView, ToolArgument, ToolOffered, ToolSettings, ToolView, ToolsView, UnseenArgument,
};
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::change::ChangeKind;
use countersign_domain::hidden::boxed;
use countersign_domain::tool::{ToolDefinition, ToolSettings as Settings};
use countersign_gate::tools::{Offer, PinnedTool};
use countersign_projections::CountBy;
use serde_json::Value;

/// What a tool's records are counted by.
const DID: &[&str] = &[
    "action.proposed",
    "action.held",
    "action.denied",
    "action.started",
    "action.succeeded",
    "action.failed",
    "action.unknown",
];

pub(crate) async fn tools(desk: &Desk, from: &str) -> Result<ToolsView, Problem> {
    let office = &desk.office;
    // What the log says already, and the gate takes in just now.
    office.gate.rules_settled().await;
    let counted = office.views.counts(CountBy::Tool, DID, moment("from", from)?).await?;
    let mut counts = counted.value;
    let toolbox = office.gate.toolbox();
    let policies = office.gate.policies();
    let (rules, unseen) = (policies.in_force(), policies.unmapped());
    let mut tools = Vec::new();
    for definition in toolbox.definitions() {
        let name = definition.full_name();
        let tool = toolbox.get(&name);
        let about = rules.iter().filter(|rule| rule.tools.contains(&name));
        let hidden = unseen.iter().filter(|part| part.tool == name);
        tools.push(ToolView {
            settings: settings(tool, &name)?,
            is_set: tool.is_some(),
            signed_at: office.gate.tool_signed_at(&name).await?.map(|at| at.to_string()),
            server: definition.server.clone(),
            title: definition.title.as_deref().map(boxed),
            description: definition.description.as_deref().map(boxed),
            definition: tool.map_or_else(|| definition.hash(), |tool| tool.hash.clone()),
            offered: toolbox.offers_instead(&name).map(|offer| offered(definition, offer)),
            arguments: arguments(&definition.input_schema),
            unseen: hidden.map(|part| UnseenArgument { path: boxed(&part.path), why: part.why.clone() }).collect(),
            rules: about.map(|rule| rule.id.clone()).collect(),
            did: records(counts.remove(&name)),
        });
    }
    tools.sort_by(|one, other| one.settings.tool.cmp(&other.settings.tool));
    let (me, _) = office.gate.records().person(&desk.signer()?.person).await?;
    let may = office.gate.may(&me, Command::Propose(ChangeKind::SetTool)).await;
    let servers = servers(office).await?;
    Ok(ToolsView { as_of: counted.as_of, tools, servers, may_not_propose: may.err().map(|why| why.to_string()) })
}

/// Asks a server anew what it defines, and takes in what it says.
pub(crate) async fn test(desk: &Desk, server: &str) -> Result<ServerView, Problem> {
    let office = &desk.office;
    let (me, _) = office.gate.records().person(&desk.signer()?.person).await?;
    office.gate.may(&me, Command::Propose(ChangeKind::SetTool)).await?;
    let none = || Problem::new(ProblemCode::NotFound, "There is no tool server of that name here.");
    // Why it does not answer stands in how it is.
    if let Ok(definitions) = office.servers.test(server).ok_or_else(none)?.await {
        office.gate.offered(server, definitions).await?;
    }
    servers(office).await?.into_iter().find(|known| known.name == server).ok_or_else(none)
}

/// The servers, and what people signed of those that they added.
async fn servers(office: &Office) -> Result<Vec<ServerView>, Problem> {
    let added = office.gate.added_servers().await?;
    let mut servers = office.servers.all();
    for server in &mut servers {
        server.added = added.0.get(&server.name).map(server_change::lines);
    }
    Ok(servers)
}

fn offered(accepted: &ToolDefinition, offer: &Offer) -> ToolOffered {
    match offer {
        Offer::Changed(now) => ToolOffered {
            definition: Some(now.hash()),
            noted: false,
            differences: tool_change::redefined(accepted, now),
            arguments: arguments(&now.input_schema),
        },
        Offer::Gone | Offer::Noted(_) => ToolOffered {
            definition: None,
            noted: matches!(offer, Offer::Noted(_)),
            differences: Vec::new(),
            arguments: Vec::new(),
        },
    }
}

fn settings(tool: Option<&PinnedTool>, name: &str) -> Result<ToolSettings, Problem> {
    let settings = tool.map_or_else(|| Settings::beginning(name.to_owned()), |tool| tool.settings.clone());
    // The wire's form is the same as that of the file.
    serde_json::from_value(canonical::value_of(&settings)).map_err(|error| unusable(&error))
}

fn arguments(schema: &Value) -> Vec<ToolArgument> {
    let required = schema.get("required").and_then(Value::as_array);
    let needs = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, property)| ToolArgument {
            name: boxed(name),
            kind: property.get("type").and_then(Value::as_str).unwrap_or("any").to_owned(),
            required: needs(name),
            description: property.get("description").and_then(Value::as_str).map(boxed),
        })
        .collect()
}

/// Counts on the wire.
pub(crate) fn records(counted: Option<Vec<(String, u64)>>) -> Vec<RecordCount> {
    counted.unwrap_or_default().into_iter().map(|(kind, count)| RecordCount { kind, count }).collect()
}
