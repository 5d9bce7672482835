//! What is asked over HTTP, read strictly, and what failed, as HTTP says it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_api::wire::command::{Command, Query};
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::queue::DecisionRequest;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryBody {
    pub(super) query: Query,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommandBody {
    pub(super) command: Command,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideBody {
    pub(super) decision: DecisionRequest,
}

pub(super) type Answer = Result<Response, Failed>;

/// A problem with its HTTP status.
pub(super) struct Failed(Problem);

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ProblemCode::SignInNeeded | ProblemCode::WrongPassword => StatusCode::UNAUTHORIZED,
            ProblemCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ProblemCode::Forbidden => StatusCode::FORBIDDEN,
            ProblemCode::NoLongerHeld | ProblemCode::CardChanged => StatusCode::CONFLICT,
            ProblemCode::NotFound => StatusCode::NOT_FOUND,
            ProblemCode::Erased => StatusCode::GONE,
            ProblemCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self.0)).into_response()
    }
}

/// Reads a body strictly; what does not fit is told, not guessed.
pub(super) fn parse<T: for<'a> Deserialize<'a>>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body)
        .map_err(|why| Problem::new(ProblemCode::Invalid, format!("The request was not understood: {why}.")))
}
