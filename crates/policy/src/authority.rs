//! Who may do what, on Cedar: rules over people, apart from the rules over actions. They narrow what a role may do at all
//! (`domain::authority`) and never widen it.

use crate::{Place, PolicyError, PolicyFile, RuleView, policies::in_schema, reading::Reading};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ffi::DetailedError,
};
use countersign_domain::{
    authority::Command,
    person::{KeyKind, Role},
    verdict::Disposition,
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    str::FromStr,
};

/// The file whose rules are about people.
pub const PEOPLE_FILE: &str = "people.cedar";

const PERSON: &str = "Person";
const ROLE: &str = "Role";
const STATION: &str = "Station";
/// The groups of commands: `action in Action::"propose"`.
const GROUPS: [&str; 2] = ["propose", "countersign"];

/// Somebody who asks for something.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Their id.
    pub person: &'a str,
    /// Their roles.
    pub roles: &'a [Role],
    /// What they ask for.
    pub command: Command,
    /// Where the key is held that they sign with, if they sign.
    pub signature: Option<KeyKind>,
    /// Whether one person decides everything, and this is the one.
    pub one_person_mode: bool,
}

/// Why the rules say no, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAuthorized(pub String);

/// The rules of the people's file.
pub(crate) struct Authority {
    policies: PolicySet,
    rules: BTreeMap<String, RuleView>,
    schema: Schema,
    actions: Entities,
    authorizer: Authorizer,
    types: [EntityTypeName; 4],
}

impl Authority {
    /// Parses and checks the file.
    pub(crate) fn parse(file: &PolicyFile) -> Result<Self, PolicyError> {
        let schema = Schema::from_json_value(schema()).map_err(|e| in_schema(&DetailedError::from(&e).message))?;
        let reading = Reading::of(std::slice::from_ref(file), &schema)?;
        if let Some(rule) = reading.rules.values().find(|rule| rule.disposition == Disposition::Hold) {
            return Err(PolicyError::BadAnnotation {
                at: Place { file: rule.file.clone(), line: Some(rule.line), column: None },
                id: rule.id.clone(),
                said: "@disposition(\"hold\")".to_owned(),
                why: "a person may or may not, and nobody is asked. Remove it, and the forbid denies".to_owned(),
            });
        }
        let name = |text: &str| EntityTypeName::from_str(text).map_err(|e| in_schema(&e.to_string()));
        Ok(Self {
            actions: schema.action_entities().map_err(|e| in_schema(&e.to_string()))?,
            policies: reading.policies,
            rules: reading.rules,
            schema,
            authorizer: Authorizer::new(),
            types: [name(PERSON)?, name(ROLE)?, name("Action")?, name(STATION)?],
        })
    }

    /// Whether the rules let somebody do that. What no rule allows, and what cannot be asked, is not allowed.
    pub(crate) fn may(&self, asked: &Asked<'_>) -> Result<(), NotAuthorized> {
        let unasked =
            || NotAuthorized("this could not be put to the rules over people, so it is not allowed".to_owned());
        let [person, role, action, station] = &self.types;
        let named = |kind: &EntityTypeName, id: &str| EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id));
        let principal = named(person, asked.person);
        let roles: HashSet<EntityUid> = asked.roles.iter().map(|held| named(role, held.name())).collect();
        let person = Entity::new(principal.clone(), HashMap::new(), roles).map_err(|_| unasked())?;
        let entities = self.actions.clone().add_entities([person], None).map_err(|_| unasked())?;
        let mut pairs = vec![("one_person_mode".to_owned(), RestrictedExpression::new_bool(asked.one_person_mode))];
        if let Some(held) = asked.signature {
            let held = match held {
                KeyKind::Device => "device",
                KeyKind::Station => "station",
            };
            pairs.push(("signature".to_owned(), RestrictedExpression::new_string(held.to_owned())));
        }
        let context = Context::from_pairs(pairs).map_err(|_| unasked())?;
        let action = named(action, &asked.command.name());
        let request = Request::new(principal, action, named(station, "this"), context, Some(&self.schema))
            .map_err(|_| unasked())?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        // Cedar skips a rule that fails, and a skipped forbid would let somebody through.
        if response.diagnostics().errors().next().is_some() {
            return Err(NotAuthorized("a rule over people failed on this, so it is not allowed".to_owned()));
        }
        if response.decision() == Decision::Allow {
            return Ok(());
        }
        let forbidden = response.diagnostics().reason().find_map(|id| self.rules.get::<str>(id.as_ref()));
        let why = forbidden.map_or("no rule over people lets your roles do this", |rule| rule.reason.as_str());
        Err(NotAuthorized(why.to_owned()))
    }
}

fn schema() -> Value {
    let context = json!({"type": "Record", "attributes": {
        "one_person_mode": {"type": "Boolean", "required": true},
        "signature": {"type": "String", "required": false},
    }});
    let mut actions: Map<String, Value> = GROUPS.iter().map(|group| ((*group).to_owned(), json!({}))).collect();
    for command in Command::all() {
        let name = command.name();
        let group = name.split_once(':').map(|(group, _)| json!([{"id": group}])).unwrap_or_else(|| json!([]));
        let applies = json!({"principalTypes": [PERSON], "resourceTypes": [STATION], "context": context});
        actions.insert(name, json!({"memberOf": group, "appliesTo": applies}));
    }
    json!({"": {
        "entityTypes": {ROLE: {}, PERSON: {"memberOfTypes": [ROLE]}, STATION: {}},
        "actions": actions,
    }})
}
