//! Ingest: what agents of others tell of conversations that they have elsewhere, so that people see them here, live, with the
//! actions that the agents call for in their place. Messages come over an HTTP API that docs/ingest.openapi.json describes,
//! steps as OpenTelemetry spans over OTLP/HTTP.
//!
//! Whoever serves this has looked at the token, put the [`countersign_gate::Caller`] that it belongs to into the request's
//! extensions, and bounded the body.

mod attributes;
mod conversations;
mod otlp;
mod refused;
mod said;
mod spans;

use axum::Router;
use axum::routing::{get, post, put};
use countersign_gate::Gate;
use std::sync::Arc;

/// The largest request that is read, in bytes.
pub const LARGEST_REQUEST: usize = 1024 * 1024;
/// The most bytes that a compressed request may unfold to.
pub const LARGEST_INFLATED: usize = 4 * LARGEST_REQUEST;
/// Everything here lies below it.
pub const PREFIX: &str = "/v1/";

/// The API's description: OpenAPI 3.1.
pub const DESCRIPTION: &str = include_str!("../../../docs/ingest.openapi.json");

/// What serves the API.
pub fn router(gate: Arc<Gate>) -> Router {
    Router::new()
        .route("/v1/openapi.json", get(conversations::description))
        .route("/v1/conversations/{id}", put(conversations::open))
        .route("/v1/conversations/{id}/messages", post(conversations::messages))
        .route("/v1/conversations/{id}/close", post(conversations::close))
        .route("/v1/traces", post(otlp::traces))
        .fallback(refused::nothing_here)
        .with_state(gate)
}
