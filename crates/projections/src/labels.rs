//! What tools are called in lists. Applied when rows are read, so that a changed label needs no new fold.

use countersign_domain::money::Money;
use countersign_domain::wording::fill;
use serde_json::Value;
use std::collections::BTreeMap;

/// Labels by full tool name, `server.tool`.
pub type ToolLabels = BTreeMap<String, ToolLabel>;

/// What one tool is called in lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLabel {
    /// One word: "Refund".
    pub noun: String,
    /// The argument that names the object.
    pub object_argument: Option<String>,
    /// What such an object is: "order".
    pub object_noun: String,
    /// Template of the headline: "Refund {money} to {customer} for order {order_number}".
    pub headline: Option<String>,
}

/// An action's words for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wording {
    pub(crate) noun: String,
    pub(crate) object: Option<String>,
    pub(crate) headline: Option<String>,
}

/// Builds an action's words. `arguments` are those in force; `None` once erased.
pub(crate) fn wording(
    labels: &ToolLabels,
    tool: &str,
    arguments: Option<&Value>,
    money: Option<&Money>,
    customer: Option<&str>,
) -> Wording {
    let Some(label) = labels.get(tool) else {
        let name = tool.rsplit_once('.').map_or(tool, |(_, name)| name);
        return Wording { noun: name.replace('_', " "), object: None, headline: None };
    };
    let named = label.object_argument.as_ref().and_then(|name| arguments?.get(name)).and_then(scalar);
    let object = named.map(|value| format!("{} {value}", label.object_noun).trim().to_owned());
    let headline = label.headline.as_ref().zip(arguments).and_then(|(template, arguments)| {
        fill(template, |name| match name {
            "money" => money.map(ToString::to_string),
            "customer" => Some(customer.unwrap_or("the customer").to_owned()),
            argument => arguments.get(argument).and_then(scalar),
        })
    });
    Wording { noun: label.noun.clone(), object, headline }
}

/// What names the object in an action's arguments, where its tool's label says which argument that is.
pub(crate) fn object_value(labels: &ToolLabels, tool: &str, arguments: &Value) -> Option<String> {
    labels.get(tool)?.object_argument.as_ref().and_then(|name| arguments.get(name)).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels() -> ToolLabels {
        let label = ToolLabel {
            noun: "Refund".into(),
            object_argument: Some("order_number".into()),
            object_noun: "order".into(),
            headline: Some("Refund {money} to {customer} for order {order_number}".into()),
        };
        ToolLabels::from([("crm.refund".into(), label)])
    }

    fn eur() -> Money {
        Money { minor: 12_900, currency: "EUR".to_owned().try_into().unwrap() }
    }

    #[test]
    fn a_headline_is_whole_or_absent_and_its_values_are_no_templates() {
        let arguments = json!({"order_number": "1042"});
        let words = wording(&labels(), "crm.refund", Some(&arguments), Some(&eur()), Some("Ana {money}"));
        assert_eq!(words.headline.as_deref(), Some("Refund €129.00 to Ana {money} for order 1042"));
        assert_eq!((words.noun.as_str(), words.object.as_deref()), ("Refund", Some("order 1042")));
        let nobody = wording(&labels(), "crm.refund", Some(&arguments), Some(&eur()), None);
        assert_eq!(nobody.headline.as_deref(), Some("Refund €129.00 to the customer for order 1042"));
        assert_eq!(wording(&labels(), "crm.refund", Some(&json!({})), Some(&eur()), None).headline, None);
        assert_eq!(wording(&labels(), "crm.refund", Some(&arguments), None, None).headline, None);
    }

    #[test]
    fn a_tool_without_a_label_goes_by_its_own_name_and_erased_arguments_name_nothing() {
        assert_eq!(wording(&labels(), "crm.find_order", None, None, None).noun, "find order");
        let erased = wording(&labels(), "crm.refund", None, Some(&eur()), None);
        assert_eq!((erased.object, erased.headline), (None, None));
    }
}
