//! What tool servers offer while the station runs. What was accepted stays; another definition waits for people.

use crate::error::GateError;
use crate::gate::Gate;
use crate::tools::{Offer, PinnedTool};
use countersign_domain::action::Phase;
use countersign_domain::tool::ToolDefinition;
use countersign_policy::Policies;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Gate {
    /// Takes in what a server defines now. A tool that was accepted otherwise is called no more until people have looked at
    /// it; one that is as it was accepted is called again, and what waited for it goes on.
    pub async fn offered(self: &Arc<Self>, server: &str, definitions: Vec<ToolDefinition>) -> Result<(), GateError> {
        let _line = self.rules_line().await;
        let before = self.toolbox();
        let seen = before.seen(server, definitions);
        if seen.is_as(&before) && !self.offers_unfinished.load(Ordering::SeqCst) {
            return Ok(());
        }
        // An earlier time may have stored what it did not come to take in.
        self.offers_unfinished.store(true, Ordering::SeqCst);
        let next = self.records().tools_as_signed(seen).await?;
        if next.has_rules_as(&before) {
            let next = self.records().take_down(next, server).await?;
            self.put_rules(next, self.policies());
        } else {
            // Before anything is stored: what rules do not fit is not taken in, and can be mended.
            let policies = Policies::parse(self.policies().files(), &next.for_rules());
            let policies =
                policies.map_err(|why| GateError::ToolSettings(format!("the rules do not fit its tools: {why}")))?;
            let next = self.records().take_down(next, server).await?;
            self.adopt_policies(policies.clone(), self.files_in_force().await?).await?;
            self.put_rules(next, policies);
        }
        self.offers_unfinished.store(false, Ordering::SeqCst);
        self.take_up_left_behind(&[Phase::Proposed, Phase::Allowed, Phase::Approved, Phase::Waiting]);
        Ok(())
    }

    /// Whether an action waits for its tool: its server has not said yet what it defines, or offers something else than what
    /// was accepted. It goes on once that is over.
    pub(crate) fn waits_for_its_server(&self, tool: &PinnedTool) -> bool {
        !self.toolbox().can_run(tool)
    }

    /// Refuses a tool whose server offers something else than what was accepted.
    pub fn must_be_accepted(&self, tool: &str) -> Result<(), GateError> {
        let why = match self.toolbox().offers_instead(tool) {
            None => return Ok(()),
            Some(Offer::Changed(_) | Offer::Noted(_)) => {
                format!("the server of {tool} defines it otherwise than it was accepted")
            }
            Some(Offer::Gone) => format!("the server of {tool} offers no tool of that name any more"),
        };
        Err(GateError::NotAccepted(why))
    }
}
