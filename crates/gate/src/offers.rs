//! What tool servers offer while the station runs. What was accepted stays; another definition waits for people.

use crate::error::GateError;
use crate::gate::Gate;
use crate::tools::Offer;
use countersign_domain::tool::ToolDefinition;
use countersign_policy::Policies;

impl Gate {
    /// Takes in what a server defines now. A tool that was accepted otherwise is called no more until people have looked at
    /// it; one that is as it was accepted is called again.
    pub async fn offered(&self, server: &str, definitions: Vec<ToolDefinition>) -> Result<(), GateError> {
        let _line = self.rules_line().await;
        let before = self.toolbox();
        let next = before.seen(server, definitions);
        if next.is_as(&before) {
            return Ok(());
        }
        let next = self.records().tools_as_signed(next).await?;
        let next = self.records().take_down(next, server).await?;
        let tools = next.for_rules();
        if tools == before.for_rules() {
            self.put_rules(next, self.policies());
            return Ok(());
        }
        let files = self.put_in_force().await?.pop().map(|put| put.files).unwrap_or_default();
        let policies = Policies::parse(self.policies().files(), &tools);
        let policies = policies.map_err(|why| GateError::ToolSettings(why.to_string()))?;
        self.adopt_policies(policies.clone(), files).await?;
        self.put_rules(next, policies);
        Ok(())
    }

    /// Refuses a tool whose server offers something else than what was accepted.
    pub fn must_be_accepted(&self, tool: &str) -> Result<(), GateError> {
        let why = match self.toolbox().offers_instead(tool) {
            None => return Ok(()),
            Some(Offer::Changed(_)) => format!("the server of {tool} defines it otherwise than it was accepted"),
            Some(Offer::Gone) => format!("the server of {tool} offers no tool of that name any more"),
        };
        Err(GateError::NotAccepted(why))
    }
}
