//! A checked, versioned set of rules, made from policy files and the known tools.

use crate::{
    Asked, LedgersRead, NotAuthorized, PEOPLE_FILE, PolicyError, REPLY_TOOL, Request, RuleView, Unmapped,
    authority::Authority,
    in_force, judge, ledgers,
    reading::Reading,
    schema::{self, AGENT, CONVERSATION},
    surface::Surface,
};
use cedar_policy::{Authorizer, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Schema, ffi::DetailedError};
use countersign_domain::{
    canonical,
    rulebook::RuleInForce,
    tool::{ToolDefinition, ToolSettings},
    verdict::Verdict,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Arc, OnceLock},
};

/// A policy file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name, for people: `refunds.cedar`.
    pub name: String,
    /// Its whole text.
    pub text: String,
}

/// A set of rules that was parsed and checked against the known tools. Cloning is cheap.
#[derive(Clone)]
pub struct Policies(Arc<Set>);

/// What a set consists of.
pub(crate) struct Set {
    pub(crate) version: String,
    pub(crate) surfaces: BTreeMap<String, Surface>,
    pub(crate) rules: BTreeMap<String, RuleView>,
    order: Vec<String>,
    files: Vec<PolicyFile>,
    ledgers: BTreeMap<String, LedgersRead>,
    unmapped: Vec<Unmapped>,
    pub(crate) policies: PolicySet,
    pub(crate) schema: Schema,
    /// The actions with their effect groups.
    pub(crate) entities: Entities,
    pub(crate) authorizer: Authorizer,
    pub(crate) types: Types,
    /// Rules over people, where there is a file of them.
    authority: Option<Authority>,
    /// As the log keeps them, drawn when somebody first asks.
    in_force: OnceLock<Vec<RuleInForce>>,
}

/// The names of Cedar entity types, parsed once.
pub(crate) struct Types {
    agent: EntityTypeName,
    action: EntityTypeName,
    conversation: EntityTypeName,
}

impl Types {
    fn new() -> Result<Self, PolicyError> {
        let name = |text: &str| EntityTypeName::from_str(text).map_err(|e| in_schema(&e.to_string()));
        Ok(Self { agent: name(AGENT)?, action: name("Action")?, conversation: name(CONVERSATION)? })
    }

    pub(crate) fn agent(&self, name: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.agent.clone(), EntityId::new(name))
    }

    pub(crate) fn action(&self, tool: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.action.clone(), EntityId::new(tool))
    }

    /// Rules never tell one conversation from another, so all of them have one name.
    pub(crate) fn conversation(&self) -> EntityUid {
        EntityUid::from_type_name_and_id(self.conversation.clone(), EntityId::new("this"))
    }
}

impl Policies {
    /// Parses and checks policy files.
    ///
    /// `files` are what the station read; `tools` is every known tool, from which the Cedar schema is derived. A rule
    /// that does not fit that schema, or that could never match, is an error, for a misspelt forbid would let things
    /// through. After an error the caller keeps the set that it has.
    pub fn parse(files: &[PolicyFile], tools: &[(ToolDefinition, ToolSettings)]) -> Result<Self, PolicyError> {
        let (surfaces, unmapped) = surfaces(tools)?;
        let derived = schema::derive(&surfaces);
        let version = version(files, &derived, tools);
        let schema = Schema::from_json_value(derived).map_err(|e| in_schema(&DetailedError::from(&e).message))?;
        let entities = schema.action_entities().map_err(|e| in_schema(&e.to_string()))?;
        let (people, actions): (Vec<PolicyFile>, Vec<PolicyFile>) =
            files.iter().cloned().partition(|file| file.name == PEOPLE_FILE);
        let authority = people.first().map(Authority::parse).transpose()?;
        let reading = Reading::of(&actions, &schema)?;
        let ledgers = ledgers::read(&reading.policies, &surfaces);
        Ok(Self(Arc::new(Set {
            version,
            surfaces,
            ledgers,
            rules: reading.rules,
            order: reading.order,
            files: files.to_vec(),
            unmapped,
            policies: reading.policies,
            schema,
            entities,
            authorizer: Authorizer::new(),
            types: Types::new()?,
            authority,
            in_force: OnceLock::new(),
        })))
    }

    /// SHA-256 over the files' names and texts, the derived schema, and the tools' settings and definitions, in lower-case
    /// hexadecimal.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// What the rules say of an action. This never fails: what is odd is held, with a rule that says why.
    pub fn judge(&self, request: &Request<'_>) -> Verdict {
        judge::judge(&self.0, request)
    }

    /// Whether the rules over people let somebody do that. Without a file of such rules, what roles may do at all is all
    /// that bounds them.
    pub fn may(&self, asked: &Asked<'_>) -> Result<(), NotAuthorized> {
        self.0.authority.as_ref().map_or(Ok(()), |authority| authority.may(asked))
    }

    /// Which ledgers the rules on a tool read.
    pub fn ledgers_read(&self, tool: &str) -> LedgersRead {
        self.0.ledgers.get(tool).copied().unwrap_or_default()
    }

    /// Every rule as the log keeps it, in the order of their names.
    pub fn in_force(&self) -> Vec<RuleInForce> {
        self.0.in_force.get_or_init(|| in_force::rules(&self.0)).clone()
    }

    /// Every rule, in the order of the files.
    pub fn rules(&self) -> Vec<RuleView> {
        self.0.order.iter().filter_map(|id| self.0.rules.get(id)).cloned().collect()
    }

    /// The files, as they were read.
    pub fn files(&self) -> &[PolicyFile] {
        &self.0.files
    }

    /// What of the tools' arguments rules do not see.
    pub fn unmapped(&self) -> Vec<Unmapped> {
        self.0.unmapped.clone()
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("version", &self.0.version).field("rules", &self.0.order).finish()
    }
}

pub(crate) fn in_schema(message: &str) -> PolicyError {
    PolicyError::Schema { message: message.to_owned() }
}

type Surfaces = BTreeMap<String, Surface>;

fn surfaces(tools: &[(ToolDefinition, ToolSettings)]) -> Result<(Surfaces, Vec<Unmapped>), PolicyError> {
    let mut surfaces = Surfaces::from([(REPLY_TOOL.to_owned(), Surface::reply())]);
    let mut all_unmapped = Vec::new();
    for (definition, settings) in tools {
        let (surface, unmapped) = Surface::of(definition, settings);
        all_unmapped.extend(unmapped);
        let name = surface.tool.clone();
        if surfaces.insert(name.clone(), surface).is_some() {
            return Err(PolicyError::Twice { what: "the tool", name });
        }
    }
    Ok((surfaces, all_unmapped))
}

/// Over everything that a verdict depends on: rules, how tools are treated, and what they are.
fn version(files: &[PolicyFile], schema: &serde_json::Value, tools: &[(ToolDefinition, ToolSettings)]) -> String {
    let texts: BTreeMap<&str, &str> = files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let settings: BTreeMap<&str, &ToolSettings> = tools.iter().map(|(_, of)| (of.tool.as_str(), of)).collect();
    let pinned: BTreeMap<&str, String> = tools.iter().map(|(is, of)| (of.tool.as_str(), is.hash())).collect();
    let tools = canonical::value_of(&settings);
    canonical::digest(&json!({"files": texts, "schema": schema, "tools": tools, "pinned": pinned}))
}
