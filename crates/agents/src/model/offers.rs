//! The tools that models are offered, by names that providers take, and what models may ask of ourselves.

use super::port::ToolOffer;
use super::turn::{ASK_FOR_PERSON, HEED_WHISPER};
use countersign_gate::tools::Toolbox;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The longest name of a tool that providers take, in bytes.
const LONGEST_NAME: usize = 64;

/// What a model may ask for: every tool that people have set up and whose server offers it as it was accepted, that a person goes
/// on, and, where there are whispers, to say what it makes of them.
pub(super) fn all(toolbox: &Toolbox, whispers: bool) -> Vec<ToolOffer> {
    let usable = toolbox.for_agents().filter(|tool| toolbox.offers_instead(&tool.definition.full_name()).is_none());
    let tools = usable.map(|tool| ToolOffer {
        name: on_the_wire(&tool.definition.full_name()),
        description: tool.definition.description.clone().unwrap_or_else(|| tool.title()),
        schema: tool.visible_schema(),
    });
    tools.chain([ask_for_person()]).chain(whispers.then(heed_whisper)).collect()
}

/// Whether a name is of what a model asks of ourselves.
pub(super) fn is_ours(name: &str) -> bool {
    name == ASK_FOR_PERSON || name == HEED_WHISPER
}

/// The tool of that name on the wire, or what the model made up.
pub(super) fn tool_named(toolbox: &Toolbox, wire: &str) -> String {
    let mut names = toolbox.all().map(|tool| tool.definition.full_name());
    names.find(|name| on_the_wire(name) == wire).unwrap_or_else(|| wire.chars().take(128).collect())
}

/// A tool's name as providers take it: letters, digits, `_` and `-`. No two tools have the same.
pub(super) fn on_the_wire(tool: &str) -> String {
    let taken = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let plain = tool.split_once('.').filter(|(server, name)| {
        let whole = tool.len() < LONGEST_NAME && server.chars().all(taken) && name.chars().all(taken);
        whole && !server.ends_with('_') && !server.contains("__") && !name.starts_with('_')
    });
    match plain {
        Some((server, name)) => format!("{server}__{name}"),
        None => {
            let short: String = tool.chars().map(|c| if taken(c) { c } else { '_' }).take(LONGEST_NAME - 14).collect();
            let hash = hex::encode(Sha256::digest(tool.as_bytes()));
            format!("{short}___{}", hash.get(..10).unwrap_or_default())
        }
    }
}

fn ask_for_person() -> ToolOffer {
    ToolOffer {
        name: ASK_FOR_PERSON.to_owned(),
        description:
            "Notes for a colleague that a person is needed. Say to the customer that it is noted; nobody can say \
                      when they answer."
                .to_owned(),
        schema: json!({
            "type": "object",
            "properties": {
                "reason": { "type": "string", "enum": ["customer_asks", "cannot_tell"] },
                "note": { "type": "string", "description": "For the colleague: what is wanted, and what was tried." },
            },
            "required": ["reason", "note"],
        }),
    }
}

fn heed_whisper() -> ToolOffer {
    ToolOffer {
        name: HEED_WHISPER.to_owned(),
        description: "Says to the colleague what you make of their whisper. Call it once for each whisper.".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {
                "number": { "type": "integer" },
                "followed": { "type": "boolean" },
                "note": { "type": "string", "description": "How you follow it, or why not." },
            },
            "required": ["number", "followed", "note"],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_tool_has_a_name_that_providers_take_and_no_two_the_same() {
        let long = format!("crm.{}", "x".repeat(120));
        let other = format!("crm.{}y", "x".repeat(120));
        let tools = ["crm.find_order", "a.b__c", "a__b.c", "a.b.c", "a_.b", "a._b", "files.read/all", &long, &other];
        let names: BTreeSet<String> = tools.iter().map(|tool| on_the_wire(tool)).collect();
        assert_eq!(names.len(), tools.len(), "{names:?}");
        assert!(names.contains("crm__find_order"));
        let taken = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(names.iter().all(|name| name.len() <= LONGEST_NAME && name.chars().all(taken)), "{names:?}");
    }
}
