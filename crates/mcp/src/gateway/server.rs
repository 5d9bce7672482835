//! The protocol's side of the gateway: which request is which, and the forms of the answers.

use super::asked;
use super::calling::Standing;
use super::named::{self, CHECK_APPROVAL};
use super::taking_back::{LABEL, OpenRequest, OpenRequests};
use super::{Pace, told};
use countersign_agents::port::Conversations;
use countersign_domain::action::Phase;
use countersign_domain::ids::ConversationId;
use countersign_gate::error::GateError;
use countersign_gate::{CallStands, Caller, Counts, Gate};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, CreateTaskResult, CustomRequest,
    CustomResult, DetailedTask, ErrorCode, ErrorData, GetTaskParams, GetTaskResult, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Task, TaskPayload, TaskStatus,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How often whoever holds a task is asked to look again.
const POLL_MS: u64 = 5_000;
/// How long a call that may become a task is waited for first: most come to their end at once.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The methods that the gateway answers itself.
const OFFERED: [&str; 4] = ["tools/list", "tools/call", "tasks/get", "tasks/cancel"];

const INSTRUCTIONS: &str = "Every call is judged by the rules of this house, and some wait for a person. A call that waits \
                            stays open for a while; then you get a ticket, and check_approval tells what became of it. \
                            Never make the same call again because it waits: it was taken down, and is decided once. What \
                            was refused stays refused.";

/// One gateway, for every request.
#[derive(Clone)]
pub struct GatewayServer {
    pub(super) gate: Arc<Gate>,
    pub(super) conversations: Arc<dyn Conversations>,
    pub(super) pace: Pace,
    /// The requests that wait.
    pub(super) waits: Counts,
    /// What its client may still take back.
    pub(super) open: OpenRequests,
}

impl GatewayServer {
    /// Who asks. Whoever serves the gateway has looked at the token of this very request.
    fn caller(context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
        let parts = context.extensions.get::<http::request::Parts>();
        let caller = parts.and_then(|parts| parts.extensions.get::<Caller>()).cloned();
        caller.ok_or_else(|| ErrorData::invalid_request("Nobody has shown a token.", None))
    }

    /// Notes that a request of this caller's is open.
    fn opened(&self, caller: &Caller, context: &RequestContext<RoleServer>) -> Option<OpenRequest> {
        let parts = context.extensions.get::<http::request::Parts>();
        let label = parts.and_then(|parts| parts.headers.get(LABEL)).and_then(|label| label.to_str().ok());
        self.open.open(caller.name(), label, &context.id)
    }

    async fn checked(
        &self,
        caller: &Caller,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let argument = |name: &str| request.arguments.as_ref().and_then(|arguments| arguments.get(name));
        let ticket = argument("ticket").and_then(Value::as_str).unwrap_or_default();
        let ticket = ticket_of(ticket)?;
        let most = u64::from(caller.grant().wait_seconds);
        let wait = argument("wait_seconds").and_then(Value::as_u64).unwrap_or_default().min(most);
        match self.wait(caller, ticket, Duration::from_secs(wait), context).await {
            Ok(standing) => Ok(result_of(&standing)),
            Err(error) => told::refused(&error),
        }
    }

    async fn task(&self, caller: &Caller, ticket: &ConversationId) -> Result<(Task, Standing), ErrorData> {
        let found = self.gate.call_times(caller, ticket).await;
        let (made, moved) = found.map_err(|error| task_error(&error))?;
        let stands = self.gate.call_stands(caller, ticket).await.map_err(|error| task_error(&error))?;
        let standing = Standing { ticket: ticket.clone(), stands };
        let task = Task::new(ticket.to_string(), TaskStatus::Working, made.to_string(), moved.to_string())
            .with_poll_interval_ms(POLL_MS)
            .with_status_message(told::standing(standing.report()));
        Ok((task, standing))
    }
}

impl ServerHandler for GatewayServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tasks().build();
        let implementation = Implementation::new("countersign", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(implementation).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let caller = Self::caller(&context)?;
        // The whole list is one page.
        if request.is_some_and(|request| request.cursor.is_some()) {
            return Err(ErrorData::invalid_params("No list here goes on behind a cursor.", None));
        }
        Ok(ListToolsResult::with_all_items(named::all(&caller, &self.gate.toolbox())))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = Self::caller(&context)?;
        if request.name == CHECK_APPROVAL {
            return Ok(self.checked(&caller, &request, &context).await?.into());
        }
        let full = named::full_name(&request.name, &caller, &self.gate.toolbox());
        let Some(tool) = full else {
            return told::refused(&GateError::NotGranted(request.name.to_string())).map(Into::into);
        };
        if !(self.pace)(&caller) {
            let most = caller.grant().calls_per_minute;
            let words = format!("Nothing was done: this agent may call {most} times a minute. Wait a few seconds.");
            return Ok(told::error_of(&words).into());
        }
        let call = asked::call(tool, &request, &context.meta);
        let takes_tasks = context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks());
        let wait = if takes_tasks { AT_ONCE } else { Duration::from_secs(caller.grant().wait_seconds.into()) };
        let open = self.opened(&caller, &context);
        let standing = match self.call(&caller, call, wait, (open.as_ref(), &context)).await {
            Ok(standing) => standing,
            Err(error) => return told::refused(&error).map(Into::into),
        };
        if takes_tasks && standing.result().is_none() {
            let (task, _) = self.task(&caller, &standing.ticket).await?;
            return Ok(CreateTaskResult::new(task).into());
        }
        Ok(result_of(&standing).into())
    }

    /// What the library could not read as a request that it knows.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(unread(request.method))
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        let caller = Self::caller(&context)?;
        let (task, standing) = self.task(&caller, &ticket_of(&request.task_id)?).await?;
        let withdrawn = standing.report().is_some_and(|report| report.phase == Phase::Withdrawn);
        let payload = match standing.result() {
            None => TaskPayload::Working,
            Some(_) if withdrawn || standing.stands == CallStands::NotTaken => TaskPayload::Cancelled,
            Some(result) => {
                let result = serde_json::to_value(result);
                match result.map_err(|error| ErrorData::internal_error(error.to_string(), None))? {
                    Value::Object(result) => TaskPayload::Completed { result },
                    _ => return Err(ErrorData::internal_error("a result is no object", None)),
                }
            }
        };
        Ok(GetTaskResult::new(DetailedTask::new(task, payload)))
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let caller = Self::caller(&context)?;
        let ticket = ticket_of(&request.task_id)?;
        // What has started cannot be taken back, and the task goes on to tell how it ended.
        self.gate.cancel_call(&caller, &ticket).await.map(drop).map_err(|error| task_error(&error))
    }
}

/// A method that is there was asked for in a form that is none of its.
fn unread(method: String) -> ErrorData {
    if OFFERED.contains(&method.as_str()) {
        let words = format!("The parameters of {method} are not of the form that the protocol gives them.");
        return ErrorData::invalid_params(words, None);
    }
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None)
}

fn result_of(standing: &Standing) -> CallToolResult {
    standing.result().unwrap_or_else(|| told::pending(standing.report(), &standing.ticket))
}

fn ticket_of(text: &str) -> Result<ConversationId, ErrorData> {
    text.parse().map_err(|_| ErrorData::invalid_params("There is no such ticket, or it is not yours.", None))
}

fn task_error(error: &GateError) -> ErrorData {
    match told::refused(error) {
        Err(error) => error,
        Ok(_) => ErrorData::internal_error("Nothing can be said of this task now; look again in a minute.", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_is_there_is_never_said_to_be_missing() {
        let code = |method: &str| unread(method.to_owned()).code;
        assert_eq!(code("tools/call"), ErrorCode::INVALID_PARAMS);
        assert_eq!(code("tools/calls"), ErrorCode::METHOD_NOT_FOUND);
    }
}
