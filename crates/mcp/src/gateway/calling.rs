//! A call, from its place in the log to its result or its ticket. Whoever hangs up takes nothing back: what was begun is
//! carried on without them.

use super::server::GatewayServer;
use super::told;
use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::report::ActionReport;
use countersign_gate::{AgentCall, CallStands, Caller};
use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ProgressNotificationParam, ProgressToken};
use rmcp::service::RequestContext;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

/// How often a caller is told that their call still waits.
const PROGRESS: Duration = Duration::from_secs(10);

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
    /// Takes a call down, has it carried out, and waits for its end, for so long.
    pub(super) async fn call(
        &self,
        caller: &Caller,
        call: AgentCall,
        wait: Duration,
        context: &RequestContext<RoleServer>,
    ) -> Result<Standing, GateError> {
        let until = Instant::now() + wait;
        let made = self.gate.make_call(caller, &call).await?;
        let ticket = made.conversation.clone();
        let moved = self.conversations.watch(&ticket);
        let (gate, of) = (self.gate.clone(), caller.clone());
        let carried = tokio::spawn(async move { gate.carry_call(&of, &call, &made).await });
        tokio::select! {
            done = carried => match done {
                Ok(report) => drop(report?),
                Err(error) => tracing::error!(%error, "a call ended by a defect"),
            },
            () = sleep_until(until) => {}
            () = context.ct.cancelled() => {}
        }
        self.wait_for(caller, ticket, (moved, until), context).await
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
        self.wait_for(caller, ticket, (moved, Instant::now() + wait), context).await
    }

    async fn wait_for(
        &self,
        caller: &Caller,
        ticket: ConversationId,
        (mut moved, until): (watch::Receiver<u64>, Instant),
        context: &RequestContext<RoleServer>,
    ) -> Result<Standing, GateError> {
        // Whoever asks oftener at once is answered at once.
        let most = usize::try_from(caller.grant().open_calls).unwrap_or(usize::MAX).saturating_add(BESIDES);
        let waiting = self.waits.take(caller.name(), most);
        let until = if waiting.is_some() { until } else { Instant::now() };
        let mut progress = interval_at(Instant::now() + PROGRESS, PROGRESS);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let token = context.meta.get_progress_token();
        let mut told = 0.0;
        loop {
            moved.borrow_and_update();
            let stands = self.gate.call_stands(caller, &ticket).await?;
            let standing = Standing { ticket: ticket.clone(), stands };
            if standing.result().is_some() || Instant::now() >= until || context.ct.is_cancelled() {
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
                    _ = progress.tick(), if token.is_some() => {
                        told += 1.0;
                        self.say(context, token.clone(), told, &standing).await;
                    }
                }
            }
        }
    }

    async fn say(
        &self,
        context: &RequestContext<RoleServer>,
        token: Option<ProgressToken>,
        told: f64,
        standing: &Standing,
    ) {
        let Some(token) = token else { return };
        let words = told::standing(standing.report());
        let progress = ProgressNotificationParam::new(token, told).with_message(words);
        if let Err(error) = context.peer.notify_progress(progress).await {
            tracing::debug!(%error, "a caller could not be told that their call waits");
        }
    }
}
