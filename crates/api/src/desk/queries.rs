//! What a desk asks.

use super::{Desk, parse};
use crate::agent_change;
use crate::asking;
use crate::card_view;
use crate::channels_view;
use crate::chat_change;
use crate::customers;
use crate::fleet_view;
use crate::lists;
use crate::metrics;
use crate::people_view;
use crate::rules_view;
use crate::server_change;
use crate::takeover;
use crate::tool_change;
use crate::tools_view;
use crate::trail;
use crate::wire::command::Query;
use crate::wire::error::Problem;
use countersign_domain::ids::ConversationId;
use serde::Serialize;
use serde_json::Value;

impl Desk {
    /// Answers a question. Everything but `session` needs somebody signed in.
    pub async fn query(&self, query: Query) -> Result<Value, Problem> {
        if query == Query::Session {
            return answer(&self.session().await?);
        }
        self.still_here().await?;
        self.let_go_of_what_is_erased();
        match query {
            Query::Session => answer(&self.session().await?),
            Query::Waits => answer(&self.waits().await?),
            Query::Approvals => answer(&lists::approvals(self).await?),
            Query::Card { action } => answer(&card_view::card(self, &parse(&action)?).await?),
            Query::PreviewOverride { action, arguments } => {
                answer(&card_view::preview(self, &parse(&action)?, &arguments).await?)
            }
            Query::Conversations { search } => {
                answer(&lists::conversations(&self.office, search.map(|search| *search).unwrap_or_default()).await?)
            }
            Query::Escalations => answer(&lists::escalations(&self.office).await?),
            Query::Conversation { conversation } => {
                let id: ConversationId = parse(&conversation)?;
                answer(&lists::transcript(self, &id).await?)
            }
            Query::WhisperPreview { text } => answer(&takeover::whisper_preview(&self.office, &text)?),
            Query::ToolForms { conversation } => answer(&asking::forms(self, &parse(&conversation)?).await?),
            Query::Outcome { action } => answer(&asking::outcome(self, &parse(&action)?).await?),
            Query::People => answer(&people_view::people(self).await?),
            Query::Tools { from } => answer(&tools_view::tools(self, &from).await?),
            Query::ServerTest { server } => answer(&tools_view::test(self, &server).await?),
            Query::ServerTry { server } => answer(&server_change::try_out(self, &server).await?),
            Query::ToolChange { settings, definition } => {
                answer(&tool_change::ahead(&self.office, &settings, definition.as_deref())?)
            }
            Query::Policies { from } => answer(&rules_view::policies(&self.office, &from).await?),
            Query::ChatChange { settings } => answer(&chat_change::ahead(&self.office, &settings)?),
            Query::Fleet { from, to } => answer(&fleet_view::fleet(self, &from, &to).await?),
            Query::AgentChange { agent, grant, new_token } => {
                answer(&agent_change::ahead(&self.office, &agent, &grant, new_token).await?)
            }
            Query::Channels => answer(&channels_view::channels(self).await?),
            Query::Customer { of } => answer(&customers::customer(self, &of).await?),
            Query::ErasureAhead { of } => answer(&customers::ahead(self, &of).await?),
            Query::Metrics { from, to, offset_minutes } => {
                answer(&metrics::metrics(&self.office, &from, &to, offset_minutes).await?)
            }
            Query::Counted { from, to, counted, slice } => {
                answer(&metrics::counted(&self.office, &from, &to, counted, slice).await?)
            }
            Query::Trail { search } => answer(&trail::search(&self.office, *search).await?),
            Query::TrailChoices => answer(&trail::choices(&self.office).await?),
            Query::Record { position } => answer(&trail::record(self, position).await?),
            Query::CaseFile { conversation } => answer(&trail::case_file(self, &parse(&conversation)?).await?),
        }
    }
}

fn answer<T: Serialize>(view: &T) -> Result<Value, Problem> {
    Ok(countersign_domain::canonical::value_of(view))
}
