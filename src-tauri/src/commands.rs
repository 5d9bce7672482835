//! The doors between window and station that ask, command and decide. Only the window with the capability `desk` may knock.
//!
//! Each takes its one argument as plain JSON, so that a malformed one becomes a [`Problem`] like any other.

use countersign_api::wire::command::{Command, Query};
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::queue::{DecisionReceipt, DecisionRequest};
use countersign_api::wire::session::SessionView;
use serde_json::Value;
use tauri::State;

use crate::seat::{Refused, Seat};

/// Asks; changes nothing. The answer's type stands beside each query.
#[tauri::command]
pub(crate) async fn query(seat: State<'_, Seat>, query: Value) -> Result<Value, Refused> {
    let query: Query = serde_json::from_value(query).map_err(|e| malformed("query", &e))?;
    seat.query(query).await
}

/// Does what needs no card: set-up, sign-in, stop.
#[tauri::command]
pub(crate) async fn command(seat: State<'_, Seat>, command: Value) -> Result<SessionView, Refused> {
    let command: Command = serde_json::from_value(command).map_err(|e| malformed("command", &e))?;
    seat.command(command).await
}

/// Decides on one card: the person's countersignature.
#[tauri::command]
pub(crate) async fn decide(seat: State<'_, Seat>, decision: Value) -> Result<DecisionReceipt, Refused> {
    let decision: DecisionRequest = serde_json::from_value(decision).map_err(|e| malformed("decision", &e))?;
    seat.decide(decision).await
}

pub(crate) fn malformed(what: &str, error: &serde_json::Error) -> Problem {
    Problem {
        code: ProblemCode::Invalid,
        message: format!(
            "The {what} was not understood: {error}. Nothing was done. Restart Countersign; if it happens again, report it."
        ),
        field: None,
    }
}
