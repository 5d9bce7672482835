//! The rules that a station starts with, and what is to be done where they do not fit.

use crate::error::StartError;
use countersign_domain::tool::ToolSettings;
use countersign_gate::tools::Toolbox;
use countersign_policy::{Policies, PolicyFile};

/// The rules for the tools as they are treated. Rules that fit the tools as the files would treat them, and not as people
/// signed, are not wrong in themselves: what is to be done then is another thing.
pub(crate) fn policies(files: &[PolicyFile], tools: &Toolbox, from_files: &Toolbox) -> Result<Policies, StartError> {
    Policies::parse(files, &tools.for_rules()).map_err(|why| {
        let otherwise =
            |(name, settings): &(String, ToolSettings)| tools.get(name).is_some_and(|tool| tool.settings != *settings);
        let named = from_files.for_rules().into_iter().map(|(tool, settings)| (tool.full_name(), settings));
        let signed: Vec<String> = named.filter(otherwise).map(|(name, _)| name).collect();
        match !signed.is_empty() && Policies::parse(files, &from_files.for_rules()).is_ok() {
            true => StartError::PolicyBeforeTools { why: Box::new(why), signed: signed.join(", ") },
            false => StartError::Policy(why),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::tool::ToolDefinition;
    use serde_json::{Value, json};

    fn tools(facts: &Value) -> Toolbox {
        let define = |name: &str| ToolDefinition {
            server: "crm".into(),
            name: name.into(),
            title: None,
            description: None,
            input_schema: json!({ "type": "object", "properties": { "order": { "type": "string" } } }),
        };
        let plain = json!({ "tool": "crm.get", "effect": "read", "timeout_seconds": 10, "hold_seconds": 900 });
        let mut refund =
            json!({ "tool": "crm.refund", "effect": "irreversible", "timeout_seconds": 10, "hold_seconds": 900 });
        refund["evidence"] = json!({ "tool": "crm.get", "arguments": { "order": "order" }, "facts": facts });
        let settings = [plain, refund].map(|settings| serde_json::from_value(settings).unwrap());
        Toolbox::pin(vec![define("get"), define("refund")], settings.to_vec())
    }

    fn rule(reads: &str) -> Vec<PolicyFile> {
        let text = format!(
            "@id(\"delivered\") @reason(\"It was delivered.\") permit (principal, action == Action::\"crm.refund\", resource)
             when {{ context has evidence && context.evidence has {reads} }};"
        );
        vec![PolicyFile { name: "refunds.cedar".into(), text }]
    }

    #[test]
    fn rules_that_read_what_people_took_from_a_tool_say_how_to_mend_it() {
        let fact = |name: &str| json!({ "name": name, "label": name, "path": format!("/{name}") });
        let (files, signed) = (tools(&json!([fact("status"), fact("total")])), tools(&json!([fact("status")])));
        assert!(policies(&rule("status"), &signed, &files).is_ok());
        let before = policies(&rule("total"), &signed, &files).unwrap_err().to_string();
        for words in ["crm.refund", "refunds.cedar", "Put back the policy files", "Settings, Tools"] {
            assert!(before.contains(words), "{words}: {before}");
        }
        assert!(!before.contains("crm.get,"), "only what people signed otherwise: {before}");
        // What fits neither is wrong in itself.
        let wrong = policies(&rule("colour"), &signed, &files).unwrap_err();
        assert!(matches!(wrong, StartError::Policy(_)), "{wrong}");
    }
}
