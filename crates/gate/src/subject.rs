//! Whom an action is about, and whether that is the customer whom its conversation is with.

use crate::error::GateError;
use crate::evidence::Reading;
use crate::gate::Gate;
use crate::question::About;
use crate::tools::PinnedTool;
use countersign_domain::action::Action;
use countersign_domain::canonical;
use countersign_domain::tool::{EffectClass, Subject};
use countersign_policy as policy;
use serde_json::Value;

/// What a tool's settings and its arguments say of whom it is about. Names are pseudonyms.
pub(crate) enum Named {
    /// The tool is about nobody.
    Nobody,
    /// About this customer.
    Known(String),
    /// It is only known once the result is there.
    InResult,
    /// It should have been there, and is not.
    Unresolved,
}

impl Named {
    /// How it stands to the conversation's customer, and who it is.
    pub(crate) fn beside(self, about: &About, tool: &PinnedTool) -> (policy::About, Option<String>) {
        use policy::About::{Nobody, SomebodyElse, TheCustomer, Unresolved, Unverified};
        // The server lets nobody read who does not know what only they should.
        let proved = !tool.settings.proof.is_empty() && tool.settings.effect == EffectClass::Read;
        match (self, &about.customer) {
            (Self::Nobody, _) => (Nobody, None),
            (Self::Unresolved, _) => (Unresolved, None),
            (Self::Known(subject), Some(customer)) if subject == *customer => (TheCustomer, Some(subject)),
            (Self::Known(subject), Some(_)) => (SomebodyElse, Some(subject)),
            (Self::Known(subject), None) => (if proved { Nobody } else { Unverified }, Some(subject)),
            (Self::InResult, _) if proved => (Nobody, None),
            // Read under the verified customer's name: what is about anybody else is withheld.
            (Self::InResult, Some(_)) => (TheCustomer, None),
            (Self::InResult, None) => (Unverified, None),
        }
    }
}

impl Gate {
    /// Whom an action with these arguments and this evidence is about.
    pub(crate) fn subject(&self, tool: &PinnedTool, arguments: &Value, reading: &Reading) -> Named {
        let found = match &tool.settings.subject {
            None => return Named::Nobody,
            Some(Subject::Result(_)) => return Named::InResult,
            Some(Subject::Argument(name)) => arguments.get(name),
            Some(Subject::Evidence(fact)) => reading.facts.as_ref().and_then(|f| f.get(fact)).map(|f| &f.value),
        };
        found.and_then(|value| self.name_of(value)).map_or(Named::Unresolved, Named::Known)
    }

    /// Whether the result of a read is kept from the agent: it is about somebody else than the verified customer, or
    /// does not say about whom. What a person has let through, or the server itself has proved, is not.
    pub(crate) async fn withholds(&self, action: &Action, subject: Option<&str>) -> Result<bool, GateError> {
        let tool = self.pinned(&action.proposed.tool)?;
        let in_result = matches!(&tool.settings.subject, Some(Subject::Result(_)));
        if !in_result || !action.approvals.is_empty() || !tool.settings.proof.is_empty() {
            return Ok(false);
        }
        let (conversation, _) = self.records.conversation_state(&action.proposed.conversation).await?;
        let customer = About::of(&conversation).customer;
        Ok(subject.is_none() || subject != customer.as_deref())
    }

    /// Whom a result is about, where the tool says that it tells.
    pub(crate) fn subject_of_result(&self, action: &Action, result: &Value) -> Option<String> {
        let tool = self.pinned(&action.proposed.tool).ok()?;
        let Some(Subject::Result(path)) = &tool.settings.subject else { return None };
        result.pointer(path).and_then(|value| self.name_of(value))
    }

    /// The pseudonym of an id, the same that a verified customer's conversation is opened with.
    fn name_of(&self, value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(_) => canonical::to_text(value),
            _ => return None,
        };
        Some(self.records.sealing().pseudonym(&text))
    }
}
