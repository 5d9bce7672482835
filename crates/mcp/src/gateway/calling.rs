//! A call, from its place in the log to its result or its ticket. Whoever hangs up takes nothing back: what was begun is
//! carried on without them.

use super::server::GatewayServer;
use super::taking_back::OpenRequest;
use super::telling::{News, Telling};
use super::told;
use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use countersign_gate::{AgentCall, CallStands, Caller};
use rmcp::RoleServer;
use rmcp::model::CallToolResult;
use rmcp::service::RequestContext;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// So many requests of an agent may wait besides one for each call that it may have open: for those who ask again.
const BESIDES: usize = 16;

/// A call that was taken down, and what is known of it.
pub(super) struct Standing {
    pub(super) ticket: ConversationId,
    pub(super) stands: CallStands,
}

impl Standing {
    /// What is known of its action.
    pub(super) fn report(&self) -> Option<&ActionReport> {
        match &self.stands {
            CallStands::Proposed(report) => Some(report),
            CallStands::TakenDown | CallStands::NotTaken => None,
        }
    }

    /// Its result, once it has come to an end that can be told.
    pub(super) fn result(&self) -> Option<CallToolResult> {
        match &self.stands {
            CallStands::NotTaken => Some(told::not_taken()),
            CallStands::Proposed(report) if told::is_told(report) => Some(told::ended(report, &self.ticket)),
            CallStands::Proposed(_) | CallStands::TakenDown => None,
        }
    }
}

impl GatewayServer {
    /// Takes a call down, has it carried out, and waits for its end, for so long. `open` is the request that makes it.
    pub(super) async fn call(
        &self,
        caller: &Caller,
        call: AgentCall,
        wait: Duration,
        (open, context): (Option<&OpenRequest>, &RequestContext<RoleServer>),
    ) -> Result<Standing, GateError> {
        let until = Instant::now() + wait;
        let made = self.gate.make_call(caller, &call).await?;
        let ticket = made.conversation.clone();
        if open.is_some_and(|open| open.is(&ticket)) {
            self.gate.cancel_call(caller, &ticket).await?;
        }
        let moved = self.conversations.watch(&ticket);
        let mut telling = Telling::to(context, || self.gate.listen(&ticket));
        let (gate, of) = (self.gate.clone(), caller.clone());
        let mut carried = tokio::spawn(async move { gate.carry_call(&of, &call, &made).await });
        loop {
            tokio::select! {
                done = &mut carried => {
                    match done {
                        Ok(report) => drop(report?),
                        Err(error) => tracing::error!(%error, "a call ended by a defect"),
                    }
                    break;
                }
                () = sleep_until(until) => break,
                () = context.ct.cancelled() => break,
                news = telling.news() => match news {
                    News::Still => {
                        let stands = self.gate.call_stands(caller, &ticket).await?;
                        let standing = Standing { ticket: ticket.clone(), stands };
                        telling.still(told::standing(standing.report())).await;
                    }
                    News::Of(notice) => telling.pass_on(notice).await,
                },
            }
        }
        self.wait_for(caller, ticket, (moved, until), telling).await
    }

    /// Waits for the end of a call that was taken down.
    pub(super) async fn wait(
        &self,
        caller: &Caller,
        ticket: ConversationId,
        wait: Duration,
        context: &RequestContext<RoleServer>,
    ) -> Result<Standing, GateError> {
        let moved = self.conversations.watch(&ticket);
        let telling = Telling::to(context, || self.gate.listen(&ticket));
        self.wait_for(caller, ticket, (moved, Instant::now() + wait), telling).await
    }

    async fn wait_for(
        &self,
        caller: &Caller,
        ticket: ConversationId,
        (mut moved, until): (watch::Receiver<u64>, Instant),
        mut telling: Telling<'_>,
    ) -> Result<Standing, GateError> {
        let context = telling.context;
        // Whoever asks oftener at once is answered at once.
        let most = usize::try_from(caller.grant().open_calls).unwrap_or(usize::MAX).saturating_add(BESIDES);
        let waiting = self.waits.take(caller.name(), most);
        let until = if waiting.is_some() { until } else { Instant::now() };
        loop {
            moved.borrow_and_update();
            let stands = self.gate.call_stands(caller, &ticket).await?;
            let standing = Standing { ticket: ticket.clone(), stands };
            if standing.result().is_some() || Instant::now() >= until || context.ct.is_cancelled() {
                telling.rest().await;
                return Ok(standing);
            }
            loop {
                tokio::select! {
                    changed = moved.changed() => {
                        if changed.is_err() {
                            return Ok(standing);
                        }
                        break;
                    }
                    () = sleep_until(until) => break,
                    () = context.ct.cancelled() => break,
                    news = telling.news() => match news {
                        News::Still => telling.still(told::standing(standing.report())).await,
                        News::Of(notice) => telling.pass_on(notice).await,
                    },
                }
            }
        }
    }
}
