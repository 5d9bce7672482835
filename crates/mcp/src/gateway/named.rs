//! The tools as an agent sees them: those that it is granted, under the names that their servers gave them. A name that two
//! servers use is put behind its server's.

use countersign_domain::tool::EffectClass;
use countersign_gate::Caller;
use countersign_gate::tools::{PinnedTool, Toolbox};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;

/// The tool that tells what became of a call.
pub(super) const CHECK_APPROVAL: &str = "check_approval";

/// The name under which agents see a tool. It does not depend on what one of them is granted: another grant renames nothing.
fn name_of(tool: &PinnedTool, toolbox: &Toolbox) -> String {
    let (server, name) = (&tool.definition.server, &tool.definition.name);
    // As another's would read with its server before it.
    let like = |other: &PinnedTool| format!("{}_{}", other.definition.server, other.definition.name) == *name;
    let again = toolbox
        .all()
        .any(|other| like(other) || (other.definition.name == *name && other.definition.server != *server));
    if again || name == CHECK_APPROVAL { format!("{server}_{name}") } else { name.clone() }
}

/// The full name of a tool that an agent is granted, by the name under which it sees it.
pub(super) fn full_name(seen: &str, caller: &Caller, toolbox: &Toolbox) -> Option<String> {
    granted(caller, toolbox).find(|tool| name_of(tool, toolbox) == seen).map(|tool| tool.definition.full_name())
}

fn granted<'a>(caller: &'a Caller, toolbox: &'a Toolbox) -> impl Iterator<Item = &'a PinnedTool> {
    caller.grant().tools.iter().filter_map(|name| toolbox.get(name))
}

/// Every tool that an agent sees.
pub(super) fn all(caller: &Caller, toolbox: &Toolbox) -> Vec<Tool> {
    let mut tools: Vec<Tool> = granted(caller, toolbox).map(|tool| seen(tool, toolbox)).collect();
    tools.push(check_approval());
    tools
}

fn seen(tool: &PinnedTool, toolbox: &Toolbox) -> Tool {
    let mut schema = match tool.visible_schema() {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    wants_no_headers(&mut schema);
    let description = tool.definition.description.clone().unwrap_or_default();
    let mut seen = Tool::new(name_of(tool, toolbox), description, Arc::new(schema));
    seen.title = tool.definition.title.clone();
    // What an operator says of it. The server's own word counts for nothing here, either.
    let reads = tool.settings.effect == EffectClass::Read;
    let annotations = ToolAnnotations::new().read_only(reads);
    seen.annotations = Some(if reads {
        annotations
    } else {
        annotations.destructive(tool.settings.effect == EffectClass::Irreversible)
    });
    seen
}

/// A server may want an argument in a header as well, for those that route by it on the way. Nobody does on the way to the gate,
/// which looks at the arguments alone; and what a call is about belongs in nobody's log of headers.
fn wants_no_headers(schema: &mut JsonObject) {
    schema.remove("x-mcp-header");
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().filter_map(Value::as_object_mut).for_each(wants_no_headers);
    }
}

fn check_approval() -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {
            "ticket": { "type": "string", "description": "The ticket of the call." },
            "wait_seconds": {
                "type": "integer", "minimum": 0, "maximum": 3600,
                "description": "How long to wait for a decision; at most as long as a call stays open."
            }
        },
        "required": ["ticket"],
        "additionalProperties": false
    });
    let words = "What became of a call that a person had to decide on: its result once it is there. It repeats nothing, \
                 so ask as often as you like; the call itself must not be made again.";
    let schema = match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    let mut tool = Tool::new(CHECK_APPROVAL, words, Arc::new(schema));
    tool.title = Some("Check an approval".to_owned());
    tool.annotations = Some(ToolAnnotations::new().read_only(true));
    tool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_argument_is_asked_for_in_a_header_and_one_that_is_named_like_it_stays() {
        let shown = |schema: Value| {
            let Value::Object(mut schema) = schema else { panic!("a schema is an object") };
            wants_no_headers(&mut schema);
            Value::Object(schema)
        };
        let region = |more: Value| {
            let mut region = json!({ "type": "string" });
            region.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "properties": { "x-mcp-header": { "type": "string" }, "at": { "properties": { "region": region } } } })
        };
        assert_eq!(shown(region(json!({ "x-mcp-header": "Region" }))), shown(region(json!({}))));
        assert_eq!(shown(region(json!({}))), region(json!({})));
    }
}
