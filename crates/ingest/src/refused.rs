//! Refusals: what happened, why, and what to do.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_domain::conversation::ConversationError;
use countersign_event_log::log::AppendError;
use countersign_gate::error::GateError;
use serde_json::json;

/// A refusal in the API's own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Refused {
    /// The request cannot be read as what it should be.
    pub(crate) fn unread(message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, message: message.into() }
    }
}

impl From<GateError> for Refused {
    fn from(error: GateError) -> Self {
        let status = match &error {
            GateError::UnknownToken => StatusCode::UNAUTHORIZED,
            GateError::NotFound(_) => StatusCode::NOT_FOUND,
            GateError::CallKey(_) => StatusCode::UNPROCESSABLE_ENTITY,
            GateError::NoRoom(_) => StatusCode::INSUFFICIENT_STORAGE,
            GateError::BegunTooMuch(_) => StatusCode::TOO_MANY_REQUESTS,
            GateError::Append(AppendError::OutOfBounds(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            GateError::Erased | GateError::Conversation(ConversationError::ForGood) => StatusCode::GONE,
            GateError::Conversation(ConversationError::TooManyRelayed | ConversationError::TooManySpans) => {
                StatusCode::CONFLICT
            }
            GateError::Conversation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        // What is told at length is stored in steps, so that some of it may stand: told again, that is known.
        let message = match &error {
            GateError::NotFound(what) => format!("There is no {what}. Nothing was stored."),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                tracing::warn!(%error, "what an external agent told could not be stored");
                "It was not stored, or not all of it. Send the same request again: what is stored by then is stored once."
                    .to_owned()
            }
            _ if status == StatusCode::UNAUTHORIZED => {
                "What you may do has changed while you asked, or ended. Ask again with the token that is good now."
                    .to_owned()
            }
            _ if status == StatusCode::GONE => {
                "The customer of this conversation is erased, and nothing more is stored of it.".to_owned()
            }
            _ => format!("It was not stored, or not all of it: {error}."),
        };
        Self { status, message }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": { "message": self.message } }))).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// A method that a path does not know.
pub(crate) async fn not_so() -> Refused {
    let message = "That cannot be done here. GET /v1/openapi.json says what can.".to_owned();
    Refused { status: StatusCode::METHOD_NOT_ALLOWED, message }
}

/// A path that is none of the API's.
pub(crate) async fn nothing_here() -> Refused {
    let message = "There is nothing here. GET /v1/openapi.json says what there is.".to_owned();
    Refused { status: StatusCode::NOT_FOUND, message }
}
