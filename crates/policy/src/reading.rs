//! Reading policy files: parse, name and place every rule, and check all of them against the schema.

use crate::{Place, PolicyError, PolicyFile, RuleView, annotations};
use cedar_policy::{
    Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator, ffi::DetailedError,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

const MOST_FILES: usize = 64;
const LARGEST_FILE: usize = 256 * 1024;
const MOST_RULES: usize = 2_000;

/// The rules of all files.
#[derive(Default)]
pub(crate) struct Reading {
    /// Under their `@id`.
    pub(crate) policies: PolicySet,
    pub(crate) rules: BTreeMap<String, RuleView>,
    /// Their ids in the order of the files.
    pub(crate) order: Vec<String>,
    places: BTreeMap<String, Place>,
}

impl Reading {
    /// Reads and checks all files; the first thing that is wrong is the error.
    pub(crate) fn of(files: &[PolicyFile], schema: &Schema) -> Result<Self, PolicyError> {
        check_sizes(files)?;
        let mut reading = Self::default();
        for file in files {
            reading.file(file)?;
        }
        reading.validate(files, schema)?;
        Ok(reading)
    }

    fn file(&mut self, file: &PolicyFile) -> Result<(), PolicyError> {
        let parsed = PolicySet::from_str(&file.text).map_err(|errors| {
            let (offset, message) = told(&errors.iter().next().map_or_else(|| (&errors).into(), DetailedError::from));
            PolicyError::Syntax { at: place(file, offset), message }
        })?;
        if parsed.num_of_templates() > 0 {
            return Err(PolicyError::Template { at: Place::file(&file.name) });
        }
        // Cedar numbers the rules of a text in their order: policy0, policy1, …
        let number = |p: &&Policy| p.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or(0);
        let mut policies: Vec<&Policy> = parsed.policies().collect();
        policies.sort_by_key(number);
        let mut from = 0;
        for policy in policies {
            let source = policy.to_cedar().unwrap_or_default();
            let offset = file.text.get(from..).and_then(|rest| rest.find(&source)).map(|found| from + found);
            from = offset.map_or(from, |offset| offset + source.len());
            self.rule(policy, place(file, offset))?;
        }
        if self.order.len() > MOST_RULES {
            let what = format!("there are more than {MOST_RULES} rules");
            return Err(PolicyError::TooLarge { at: Place::file(&file.name), what });
        }
        Ok(())
    }

    fn rule(&mut self, policy: &Policy, at: Place) -> Result<(), PolicyError> {
        let rule = annotations::read(policy, &at)?;
        let id = rule.id.clone();
        if let Some(first) = self.places.get(&id) {
            return Err(PolicyError::DuplicateId { at, id, first: first.clone() });
        }
        let message = |e: cedar_policy::PolicySetError| e.to_string();
        self.policies
            .add(policy.new_id(PolicyId::new(&id)))
            .map_err(|e| PolicyError::Syntax { at: at.clone(), message: message(e) })?;
        self.places.insert(id.clone(), at);
        self.rules.insert(id.clone(), rule);
        self.order.push(id);
        Ok(())
    }

    fn validate(&self, files: &[PolicyFile], schema: &Schema) -> Result<(), PolicyError> {
        let result = Validator::new(schema.clone()).validate(&self.policies, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            let remedy =
                "Write only tools, arguments and facts that are there, and ask with `has` for what may be absent";
            return Err(self.invalid(files, error.policy_id(), &error.into(), remedy));
        }
        // Scripts and look-alike letters may stand in a rule on purpose; characters that reorder the text may not.
        let refused = |warning: &&ValidationWarning| {
            !matches!(
                warning,
                ValidationWarning::MixedScriptString(_)
                    | ValidationWarning::MixedScriptIdentifier(_)
                    | ValidationWarning::ConfusableIdentifier(_)
            )
        };
        match result.validation_warnings().find(refused) {
            Some(warning) => {
                let remedy = "A rule that never matches protects nothing: correct its condition, or remove it";
                Err(self.invalid(files, warning.policy_id(), &warning.into(), remedy))
            }
            None => Ok(()),
        }
    }

    fn invalid(&self, files: &[PolicyFile], id: &PolicyId, error: &DetailedError, remedy: &str) -> PolicyError {
        let id = id.to_string();
        let (offset, message) = told(error);
        let message = message.replace(&format!("for policy `{id}`, "), "");
        let rule_at = self.places.get(&id);
        let file = files.iter().find(|file| rule_at.is_some_and(|at| at.file == file.name));
        let at = match (file, offset) {
            (Some(file), Some(offset)) => place(file, Some(offset)),
            _ => rule_at.cloned().unwrap_or_else(|| Place::file("policy files")),
        };
        PolicyError::Invalid { at, id, message, remedy: remedy.to_owned() }
    }
}

/// Byte offset and words of what Cedar found.
fn told(error: &DetailedError) -> (Option<usize>, String) {
    let label = error.source_locations.first();
    let mut message = error.message.clone();
    if let Some(more) = label.and_then(|label| label.label.as_ref()).or(error.help.as_ref()) {
        message = format!("{message} ({more})");
    }
    (label.map(|label| label.loc.start), message)
}

fn place(file: &PolicyFile, offset: Option<usize>) -> Place {
    offset.map_or_else(|| Place::file(&file.name), |offset| Place::at(&file.name, &file.text, offset))
}

fn check_sizes(files: &[PolicyFile]) -> Result<(), PolicyError> {
    let mut names = BTreeSet::new();
    for file in files {
        let at = Place::file(&file.name);
        if names.len() >= MOST_FILES {
            return Err(PolicyError::TooLarge { at, what: format!("there are more than {MOST_FILES} policy files") });
        }
        if file.text.len() > LARGEST_FILE {
            return Err(PolicyError::TooLarge { at, what: format!("the file is larger than {LARGEST_FILE} bytes") });
        }
        if !names.insert(&file.name) {
            return Err(PolicyError::Twice { what: "the policy file", name: file.name.clone() });
        }
    }
    Ok(())
}
