//! What desks in browsers and on devices ask alike, and do nothing by: questions, and the stream of what they are told.

use super::hearing;
use super::problems::{Answer, QueryBody, parse};
use super::sessions::Sessions;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::sync::Arc;

pub(super) fn routes(sessions: Arc<Sessions>) -> Router {
    Router::new().route("/api/query", post(query)).route("/api/notices", get(notices)).with_state(sessions)
}

async fn query(State(sessions): State<Arc<Sessions>>, headers: HeaderMap, body: String) -> Answer {
    let QueryBody { query } = parse(&body)?;
    Ok(Json(sessions.desk(&headers).query(query).await?).into_response())
}

async fn notices(State(sessions): State<Arc<Sessions>>, headers: HeaderMap) -> Answer {
    hearing::notices(sessions.desk(&headers), sessions.ending())
}
