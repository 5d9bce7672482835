//! From a tool's JSON schema to the shape that rules see.
//!
//! Mapped: text, booleans, integers, enumerations, objects, arrays, local references, "this or null". All else is
//! listed with the reason, and rules do not see it.

use crate::shape::{Field, Record, Shape};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Levels of nesting and references that are followed.
const DEEPEST: usize = 8;
/// Definitions that are looked at in one tool. References can multiply, so depth alone bounds nothing.
const LARGEST: usize = 2_000;

/// Why a part of a schema has no mapping.
type Why = String;

/// The shape of a tool's arguments, and what of them rules will not see, as (path, why).
///
/// `hidden` is the argument that agents cannot see or set: rules do not see it either.
pub(crate) fn arguments(schema: &Value, hidden: Option<&str>) -> (Record, Vec<(String, Why)>) {
    let mut mapping = Mapping { root: schema, looked_at: 0, unmapped: Vec::new() };
    let mut record = match schema.as_object() {
        Some(object) => mapping.record(object, "", 0),
        None => Record::default(),
    };
    if let Some(hidden) = hidden {
        record.fields.remove(hidden);
        record.unseen.insert(hidden.to_owned());
        mapping.unmapped.retain(|(path, _)| path != hidden);
    }
    mapping.unmapped.sort();
    (record, mapping.unmapped)
}

struct Mapping<'a> {
    root: &'a Value,
    looked_at: usize,
    unmapped: Vec<(String, Why)>,
}

/// A shape, and whether null may stand in its place.
type Mapped = (Shape, bool);

impl<'a> Mapping<'a> {
    fn record(&mut self, schema: &'a Map<String, Value>, path: &str, depth: usize) -> Record {
        let required: BTreeSet<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut record = Record::default();
        for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match self.shape(member, &path, depth + 1) {
                Ok((shape, nullable)) => {
                    let required = required.contains(name.as_str()) && !nullable;
                    record.fields.insert(name.clone(), Field { shape, required });
                }
                Err(why) => {
                    self.unmapped.push((path, why));
                    record.unseen.insert(name.clone());
                }
            }
        }
        let patterns = schema.get("patternProperties").is_some_and(|p| p != &Value::Object(Map::new()));
        let additional = matches!(schema.get("additionalProperties"), Some(Value::Object(_) | Value::Bool(true)));
        if patterns || additional {
            record.open = true;
            let path = if path.is_empty() { "*".to_owned() } else { format!("{path}.*") };
            self.unmapped.push((path, "members without a fixed name have no mapping".to_owned()));
        }
        record
    }

    fn shape(&mut self, schema: &'a Value, path: &str, depth: usize) -> Result<Mapped, Why> {
        self.looked_at += 1;
        if depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST} levels"));
        }
        if self.looked_at > LARGEST {
            return Err(format!("the tool has more than {LARGEST} definitions"));
        }
        let Value::Object(object) = schema else {
            return Err("the definition names no type".to_owned());
        };
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            let target = target.ok_or("it refers to a definition that is not in the tool's own schema")?;
            return self.shape(target, path, depth + 1);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(options) = object.get(keyword).and_then(Value::as_array) {
                return self.one_of(options, path, depth);
            }
        }
        if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
            return match parts.as_slice() {
                [only] => self.shape(only, path, depth + 1),
                _ => Err("a combination of several definitions has no mapping".to_owned()),
            };
        }
        if let Some(value) = object.get("const") {
            return constants(std::slice::from_ref(value));
        }
        if let Some(values) = object.get("enum").and_then(Value::as_array) {
            return constants(values);
        }
        self.typed(object, path, depth)
    }

    fn typed(&mut self, object: &'a Map<String, Value>, path: &str, depth: usize) -> Result<Mapped, Why> {
        let names: Vec<&str> = match object.get("type") {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if object.contains_key("properties") => vec!["object"],
            _ => return Err("the definition names no type".to_owned()),
        };
        let nullable = names.contains(&"null");
        let mut rest = names.into_iter().filter(|name| *name != "null");
        let (Some(name), None) = (rest.next(), rest.next()) else {
            return Err("a value of several types has no mapping".to_owned());
        };
        let shape = match name {
            "string" => Shape::Text,
            "boolean" => Shape::Flag,
            "integer" => Shape::Integer,
            "number" => return Err("fractions have no mapping: an integer in the smallest unit, or text, has".into()),
            "array" => match object.get("items") {
                Some(items) if !object.contains_key("prefixItems") => {
                    Shape::List(Box::new(self.shape(items, &format!("{path}[]"), depth + 1)?.0))
                }
                _ => return Err("an array without one type for all its items has no mapping".to_owned()),
            },
            "object" if object.get("properties").is_none() => {
                return Err("an object without named members has no mapping".to_owned());
            }
            "object" => Shape::Record(self.record(object, path, depth)),
            other => return Err(format!("the type {other:?} has no mapping")),
        };
        Ok((shape, nullable))
    }

    fn one_of(&mut self, options: &'a [Value], path: &str, depth: usize) -> Result<Mapped, Why> {
        let is_null = |option: &&Value| option.get("type").is_some_and(|t| t == "null");
        let mut nullable = options.iter().any(|option| is_null(&option));
        let mut found: Option<Shape> = None;
        for option in options.iter().filter(|option| !is_null(option)) {
            let (shape, may_be_null) = self.shape(option, path, depth + 1)?;
            nullable |= may_be_null;
            if found.as_ref().is_some_and(|earlier| *earlier != shape) {
                return Err("a value of several types has no mapping".to_owned());
            }
            found = Some(shape);
        }
        found.map(|shape| (shape, nullable)).ok_or_else(|| "the definition names no type".to_owned())
    }
}

/// The shape that all of these values have.
fn constants(values: &[Value]) -> Result<Mapped, Why> {
    let all = |is: fn(&Value) -> bool| values.iter().filter(|v| !v.is_null()).all(is);
    let nullable = values.iter().any(Value::is_null);
    if values.iter().all(Value::is_null) {
        Err("the definition names no type".to_owned())
    } else if all(Value::is_string) {
        Ok((Shape::Text, nullable))
    } else if all(Value::is_i64) {
        Ok((Shape::Integer, nullable))
    } else if all(Value::is_boolean) {
        Ok((Shape::Flag, nullable))
    } else {
        Err("a value of several types has no mapping".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_rules_can_see_is_mapped_and_the_rest_is_listed_with_the_reason() {
        let schema = json!({
            "type": "object",
            "required": ["order", "note", "kind", "key"],
            "properties": {
                "order": {"type": "string"},
                "note": {"type": ["string", "null"]},
                "kind": {"$ref": "#/$defs/Kind"},
                "maybe": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
                "lines": {"type": "array", "items": {"type": "object", "properties": {"count": {"type": "integer"}}}},
                "key": {"type": "string"},
                "weight": {"type": "number"},
                "loop": {"$ref": "#/properties/loop"},
                "away": {"$ref": "https://elsewhere.example/schema"},
                "either": {"type": ["string", "integer"]},
                "bag": {"type": "object"},
                "any": true
            },
            "$defs": {"Kind": {"oneOf": [{"const": "full"}, {"enum": ["part"]}]}}
        });
        let (record, unmapped) = arguments(&schema, Some("key"));
        let required = |name: &str| record.fields.get(name).map(|f| f.required);
        assert_eq!(required("order"), Some(true));
        assert_eq!(required("note"), Some(false), "null is dropped, so the member is optional");
        assert_eq!(record.fields["kind"].shape, Shape::Text);
        assert_eq!(required("maybe"), Some(false));
        assert!(matches!(&record.fields["lines"].shape, Shape::List(l) if matches!(**l, Shape::Record(_))));
        assert_eq!(required("key"), None, "agents cannot set it and rules do not see it");
        let paths: Vec<_> = unmapped.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["any", "away", "bag", "either", "loop", "weight"]);
    }

    #[test]
    fn references_that_multiply_end() {
        let again = |i: usize| (format!("p{i}"), json!({"$ref": "#"}));
        let schema = json!({"type": "object", "properties": (0..20).map(again).collect::<Map<_, _>>()});
        let (_, unmapped) = arguments(&schema, None);
        assert!(unmapped.len() <= LARGEST && unmapped.iter().any(|(_, why)| why.contains("more than 2000")));
    }
}
