//! What is different between two definitions of a tool, part by part, as far as it can be read.

use super::ToolDefinition;
use crate::canonical;
use serde_json::Value;
use std::collections::BTreeMap;

/// A part of a definition that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which: `title`, `description`, or where in the schema, as `arguments/NAME/…`.
    pub part: String,
    /// What it was; absent where it is new.
    pub from: Option<String>,
    /// What it is; absent where it is gone.
    pub to: Option<String>,
}

/// Every part that is not the same in both, by name. Nothing is left out: two definitions without a difference have one hash.
pub fn between(from: &ToolDefinition, to: &ToolDefinition) -> Vec<Difference> {
    let (was, is) = (parts(from), parts(to));
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| Difference { part: name.clone(), from: was.get(name).cloned(), to: is.get(name).cloned() })
        .filter(|difference| difference.from != difference.to)
        .collect()
}

fn parts(of: &ToolDefinition) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    all.insert("name".to_owned(), of.full_name());
    all.extend(of.title.clone().map(|words| ("title".to_owned(), words)));
    all.extend(of.description.clone().map(|words| ("description".to_owned(), words)));
    leaves("schema", &of.input_schema, &mut all);
    // What people look for are the arguments, and only then the rest of the schema.
    all.into_iter()
        .map(|(name, value)| match name.strip_prefix("schema/properties/") {
            Some(argument) => (format!("arguments/{argument}"), value),
            None => (name, value),
        })
        .collect()
}

/// Every value that holds no others, by where it is. An empty list or object is one: without it, it could come and go.
fn leaves(at: &str, value: &Value, all: &mut BTreeMap<String, String>) {
    // A member's name is never taken for a place in a list.
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1").replace('[', "~2");
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                leaves(&format!("{at}/{}", escaped(name)), member, all);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (nth, item) in items.iter().enumerate() {
                leaves(&format!("{at}/[{nth}]"), item, all);
            }
        }
        // As it is written: the text "1" is not the number 1.
        plain => {
            all.insert(at.to_owned(), canonical::to_text(plain));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refund() -> ToolDefinition {
        ToolDefinition {
            server: "crm".into(),
            name: "issue_refund".into(),
            title: Some("Refund".into()),
            description: Some("Pays an order back.".into()),
            input_schema: json!({"type": "object", "required": ["order"], "properties": {
                "order": {"type": "string"}, "reason": {"enum": ["damaged", "late"]},
            }}),
        }
    }

    fn told(to: &ToolDefinition) -> Vec<(String, Option<String>, Option<String>)> {
        between(&refund(), to).into_iter().map(|one| (one.part, one.from, one.to)).collect()
    }

    #[test]
    fn each_part_that_is_not_the_same_is_named_with_what_it_was_and_is() {
        assert_eq!(told(&refund()), []);
        let mut to = refund();
        to.description = Some("Pays an order back. Always call it twice.".into());
        to.input_schema["properties"]["note"] = json!({"type": "string"});
        to.input_schema["required"] = json!(["order", "note"]);
        let text = |words: &str| Some(words.to_owned());
        assert_eq!(
            told(&to),
            [
                ("arguments/note/type".into(), None, text("\"string\"")),
                ("description".into(), text("Pays an order back."), text("Pays an order back. Always call it twice.")),
                ("schema/required".into(), text("[\"order\"]"), text("[\"order\",\"note\"]")),
            ]
        );
    }

    #[test]
    fn definitions_without_a_difference_are_one_and_the_same() {
        let edits: [fn(&mut ToolDefinition); 8] = [
            |to| to.title = None,
            |to| to.description = Some(String::new()),
            |to| to.input_schema["additionalProperties"] = json!(false),
            |to| to.input_schema["properties"]["order"] = json!({}),
            |to| to.input_schema["properties"]["reason"]["enum"] = json!([]),
            |to| to.input_schema["properties"]["reason"]["enum"] = json!([["damaged"], "late"]),
            |to| to.input_schema["properties"] = json!({"order/type": "string"}),
            |to| to.input_schema["required"] = json!({"[0]": "order"}),
        ];
        for edit in edits {
            let mut to = refund();
            edit(&mut to);
            assert_ne!(to.hash(), refund().hash());
            assert_ne!(told(&to), [], "{to:?}");
        }
    }
}
