//! What rules can see of one tool: arguments, money, evidence, and for replies the claims.

use crate::{
    REPLY_TOOL, mapping,
    shape::{Record, Shape},
};
use countersign_domain::tool::{EffectClass, ToolDefinition, ToolSettings};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of a tool's arguments that rules do not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmapped {
    /// The tool, by full name.
    pub tool: String,
    /// The argument: members joined with points, `[]` for items, `*` for members without a fixed name.
    pub path: String,
    /// Why it has no mapping.
    pub why: String,
}

/// How rules see an evidence fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactKind {
    /// An amount in minor units: a Long.
    Amount,
    /// Any other scalar: a record with `text`, `number` or `flag`, for its type is known only once it is read.
    Scalar,
}

impl FactKind {
    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::Amount => Shape::Integer,
            Self::Scalar => Shape::Record(Record::of([
                ("text", Shape::Text, false),
                ("number", Shape::Integer, false),
                ("flag", Shape::Flag, false),
            ])),
        }
    }
}

/// What rules can see of one tool.
#[derive(Debug, Clone)]
pub(crate) struct Surface {
    pub(crate) tool: String,
    pub(crate) effect: EffectClass,
    pub(crate) arguments: Record,
    /// Whether the settings name a money argument.
    pub(crate) money: bool,
    /// The evidence facts by name, where the settings name evidence.
    pub(crate) evidence: Option<BTreeMap<String, FactKind>>,
    /// Whether this is the built-in reply.
    pub(crate) reply: bool,
}

impl Surface {
    /// The built-in reply. Nothing but its text is seen of its arguments.
    pub(crate) fn reply() -> Self {
        let arguments = Record { open: true, ..Record::of([("text", Shape::Text, false)]) };
        Self {
            tool: REPLY_TOOL.to_owned(),
            effect: EffectClass::Irreversible,
            arguments,
            money: false,
            evidence: None,
            reply: true,
        }
    }

    /// Whether its actions stand in ledgers: those that change something, but for replies.
    pub(crate) fn has_ledgers(&self) -> bool {
        self.effect != EffectClass::Read && !self.reply
    }

    /// The surface of a tool, and what of it rules will not see.
    pub(crate) fn of(definition: &ToolDefinition, settings: &ToolSettings) -> (Self, Vec<Unmapped>) {
        let tool = definition.full_name();
        let (arguments, unmapped) = mapping::arguments(&definition.input_schema, settings.key_argument.as_deref());
        let unmapped = unmapped.into_iter().map(|(path, why)| Unmapped { tool: tool.clone(), path, why }).collect();
        let in_bar = |name: &str| settings.bar.as_ref().is_some_and(|bar| bar.total == name || bar.already == name);
        let evidence = settings.evidence.as_ref().map(|read| {
            let kind = |amount| if amount { FactKind::Amount } else { FactKind::Scalar };
            read.facts.iter().map(|f| (f.name.clone(), kind(f.currency.is_some() || in_bar(&f.name)))).collect()
        });
        let money = settings.money.is_some();
        (Self { tool, effect: settings.effect, arguments, money, evidence, reply: false }, unmapped)
    }
}
