//! The shape of a JSON value as rules see it: its Cedar type, and how a value of it is read.

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What rules see of a value. Fractions and nulls have no shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text, enumerations included.
    Text,
    /// True or false.
    Flag,
    /// An integer.
    Integer,
    /// An array; rules see it as a set.
    List(Box<Shape>),
    /// An object.
    Record(Record),
}

/// An object with named members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The members that rules see.
    pub(crate) fields: BTreeMap<String, Field>,
    /// Members that are declared and have no mapping: rules do not see them.
    pub(crate) unseen: BTreeSet<String>,
    /// Whether the definition says that other members may be there.
    pub(crate) open: bool,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its shape.
    pub(crate) shape: Shape,
    /// Whether it is always there, and never null.
    pub(crate) required: bool,
}

/// Where a value does not have its shape. Only names from the tool's own definition stand here, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The member at this path is missing or of another type.
    At(String),
    /// There is a member that the object at this path does not declare.
    Undeclared(String),
}

impl Shape {
    /// The type in Cedar's JSON schema form.
    pub(crate) fn cedar(&self) -> Value {
        match self {
            Self::Text => json!({"type": "String"}),
            Self::Flag => json!({"type": "Boolean"}),
            Self::Integer => json!({"type": "Long"}),
            Self::List(element) => json!({"type": "Set", "element": element.cedar()}),
            Self::Record(record) => record.cedar(),
        }
    }

    /// The value for Cedar, or nothing and a mismatch.
    pub(crate) fn read(
        &self,
        value: &Value,
        path: &str,
        mismatches: &mut Vec<Mismatch>,
    ) -> Option<RestrictedExpression> {
        let read = match (self, value) {
            (Self::Text, Value::String(text)) => Some(RestrictedExpression::new_string(text.clone())),
            (Self::Flag, Value::Bool(flag)) => Some(RestrictedExpression::new_bool(*flag)),
            (Self::Integer, Value::Number(number)) => number.as_i64().map(RestrictedExpression::new_long),
            (Self::List(element), Value::Array(items)) => {
                let before = mismatches.len();
                let members: Vec<_> = items
                    .iter()
                    .filter(|item| !item.is_null())
                    .filter_map(|item| element.read(item, &format!("{path}[]"), mismatches))
                    .collect();
                // A set without one of its members would answer `contains` wrongly, so there is none at all.
                return (mismatches.len() == before).then(|| RestrictedExpression::new_set(members));
            }
            (Self::Record(record), Value::Object(members)) => return record.read(members, path, mismatches),
            _ => None,
        };
        if read.is_none() {
            mismatches.push(Mismatch::At(path.to_owned()));
        }
        read
    }
}

impl Record {
    /// A record of required and optional members.
    pub(crate) fn of<const N: usize>(fields: [(&str, Shape, bool); N]) -> Self {
        let fields = fields.map(|(name, shape, required)| (name.to_owned(), Field { shape, required }));
        Self { fields: fields.into(), ..Self::default() }
    }

    /// The type in Cedar's JSON schema form.
    pub(crate) fn cedar(&self) -> Value {
        let mut attributes = Map::new();
        for (name, field) in &self.fields {
            let mut attribute = field.shape.cedar();
            if let Value::Object(members) = &mut attribute {
                members.insert("required".to_owned(), Value::Bool(field.required));
            }
            attributes.insert(name.clone(), attribute);
        }
        json!({"type": "Record", "attributes": attributes})
    }

    fn read(
        &self,
        members: &Map<String, Value>,
        path: &str,
        mismatches: &mut Vec<Mismatch>,
    ) -> Option<RestrictedExpression> {
        let mut seen = Vec::with_capacity(self.fields.len());
        for (name, field) in &self.fields {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match members.get(name) {
                None | Some(Value::Null) if field.required => mismatches.push(Mismatch::At(path)),
                None | Some(Value::Null) => {}
                Some(value) => seen.extend(field.shape.read(value, &path, mismatches).map(|v| (name.clone(), v))),
            }
        }
        let declared = |name: &String| self.fields.contains_key(name) || self.unseen.contains(name);
        if !self.open && !members.keys().all(declared) {
            mismatches.push(Mismatch::Undeclared(path.to_owned()));
        }
        RestrictedExpression::new_record(seen).ok()
    }
}
