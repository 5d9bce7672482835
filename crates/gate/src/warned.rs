//! How much on the card of an action will not go together, before there is a card: a fact for rules, and for the list of what
//! waits. What the customer says later stands on no card, so it is counted when it is proposed, and again when facts move.

use crate::arguments;
use crate::card::{CardArgument, CardSource};
use crate::draw;
use crate::error::GateError;
use crate::evidence::Reading;
use crate::gate::Gate;
use crate::quoted;
use crate::records::OpenedEvent;
use crate::second_look::{Looked, second_look};
use crate::tools::PinnedTool;
use countersign_domain::action::Action;
use countersign_domain::tool::EffectClass;
use serde_json::Value;

/// The arguments as a second look reads them, whoever they come from.
pub(crate) fn plain_arguments(tool: &PinnedTool, values: &Value) -> Vec<CardArgument> {
    let argument = |name: String| {
        let value = values.get(&name).cloned().unwrap_or_default();
        CardArgument {
            label: arguments::label(tool, &name),
            shown: arguments::shown(tool, values, &name, Some(&value)),
            fixed: false,
            source: CardSource::Agent,
            value,
            name,
        }
    };
    arguments::names(tool, &[values]).into_iter().map(argument).collect()
}

impl Gate {
    /// What was said in the conversation of an effect, opened once for everything that is asked of it; a read needs nothing.
    pub(crate) async fn said(&self, action: &Action) -> Result<Vec<OpenedEvent>, GateError> {
        match action.proposed.effect {
            EffectClass::Read => Ok(Vec::new()),
            _ => Ok(self.records.conversation(&action.proposed.conversation).await?.1),
        }
    }

    /// How many contradictions there are between words, arguments and facts.
    pub(crate) fn contradictions(
        &self,
        action: &Action,
        tool: &PinnedTool,
        values: &Value,
        reading: &Reading,
        said: &[OpenedEvent],
    ) -> u32 {
        if action.proposed.effect == EffectClass::Read {
            return 0;
        }
        let customer = draw::customer(said);
        let said = quoted::words(said, action.proposal);
        let (words, _) = quoted::newest(&said);
        let wording = draw::wording(tool, values, reading, customer.name.as_deref());
        let looked = Looked {
            tool,
            arguments: &plain_arguments(tool, values),
            values,
            facts: reading.facts.as_ref(),
            bar: wording.bar.as_ref(),
            customer: customer.name.as_deref(),
            assurance: customer.assurance,
            words,
        };
        u32::try_from(second_look(self.topics(), &looked).len()).unwrap_or(u32::MAX)
    }
}
