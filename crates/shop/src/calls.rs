//! How a server takes calls: a bounded number at once, each on a thread that may block, answered with structured content.
//!
//! A refusal is a failed tool result, whose text is for whoever called and whose structured content carries a
//! stable `code`; only an unknown tool is a protocol error.

use std::{error::Error, sync::Arc};

use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock},
};
use serde::Serialize;
use serde_json::json;
use tokio::sync::Semaphore;

/// What a server says where it does not do what was asked.
pub(crate) trait Refusal: Error + Send + 'static {
    /// That too many calls are at work.
    fn busy() -> Self;
    /// A stable code for programs, sent beside the text in the structured content of a failed call.
    fn code(&self) -> &'static str;
}

/// The calls of one server.
#[derive(Debug, Clone)]
pub(crate) struct Calls(Arc<Semaphore>);

impl Calls {
    /// At most so many at work at once; more are refused as busy.
    pub(crate) fn at_most(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Runs one call on a thread of its own. A caller that gives up does not stop the call.
    pub(crate) async fn run<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<CallToolResult, ErrorData>
    where
        T: Serialize + Send + 'static,
        E: Refusal,
    {
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else {
            return Ok(refused(&E::busy()));
        };
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        match done.await {
            Ok(Ok(answer)) => {
                let answer =
                    serde_json::to_value(answer).map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
                Ok(CallToolResult::structured(answer))
            }
            Ok(Err(error)) => Ok(refused(&error)),
            Err(_) => {
                Err(ErrorData::internal_error("The call ended without an answer; its outcome is not known.", None))
            }
        }
    }
}

/// What whoever calls a tool that there is not is told.
pub(crate) fn no_such_tool() -> ErrorData {
    ErrorData::invalid_params("There is no tool with this name. List the tools.", None)
}

fn refused(error: &impl Refusal) -> CallToolResult {
    tracing::info!(code = error.code(), cause = ?error.source(), "a call was refused or failed");
    let message = error.to_string();
    let mut result = CallToolResult::error(vec![ContentBlock::text(message.clone())]);
    result.structured_content = Some(json!({ "code": error.code(), "message": message }));
    result
}
