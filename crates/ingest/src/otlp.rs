//! OTLP over HTTP: traces, as protobuf or as JSON, compressed or not.

use crate::refused::Refused;
use crate::spans::{self, Told};
use crate::{LARGEST_INFLATED, attributes};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign_gate::error::GateError;
use countersign_gate::{Caller, Gate};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use std::io::Read;
use std::sync::Arc;

/// How a request is written, and so its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Protobuf,
    Json,
}

pub(crate) async fn traces(
    State(gate): State<Arc<Gate>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let form = form(&headers)?;
    let request = decoded(form, &inflated(&headers, &body)?)?;
    let mut refused: Vec<(usize, String)> = Vec::new();
    for Told { relaying, spans } in spans::told(&request) {
        match gate.relay(&caller, &relaying).await {
            Ok(_) => {}
            Err(GateError::NotFound(_)) => refused.push((spans, unknown_conversation())),
            Err(error) => match Refused::from(error) {
                // Sent again, what was stored before is known and stored once.
                later if later.status == StatusCode::SERVICE_UNAVAILABLE => return Err(later),
                none if none.status == StatusCode::UNAUTHORIZED => return Err(none),
                never => refused.push((spans, never.message)),
            },
        }
    }
    Ok(answer(form, &refused))
}

fn unknown_conversation() -> String {
    format!(
        "No conversation of yours is known in this trace. Set {} on a span of it, or tell of the conversation with this \
         trace's traceparent first.",
        attributes::CONVERSATION.join(" or ")
    )
}

/// What was not taken stands in the answer; exporters write it down and do not send it again.
fn answer(form: Form, refused: &[(usize, String)]) -> Response {
    let partial = refused.first().map(|(_, why)| ExportTracePartialSuccess {
        rejected_spans: refused.iter().map(|(spans, _)| i64::try_from(*spans).unwrap_or(i64::MAX)).sum(),
        error_message: why.clone(),
    });
    let answer = ExportTraceServiceResponse { partial_success: partial };
    match form {
        Form::Protobuf => ([(header::CONTENT_TYPE, "application/x-protobuf")], answer.encode_to_vec()).into_response(),
        Form::Json => axum::Json(answer).into_response(),
    }
}

fn form(headers: &HeaderMap) -> Result<Form, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => Ok(Form::Protobuf),
        "application/json" => Ok(Form::Json),
        _ => Err(Refused {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            message: "Traces are taken as application/x-protobuf or application/json. Nothing was stored.".to_owned(),
        }),
    }
}

fn inflated(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Refused> {
    let coding = headers.get(header::CONTENT_ENCODING).map(|coding| coding.to_str().unwrap_or_default().trim());
    match coding {
        None | Some("" | "identity") => Ok(body.clone()),
        Some("gzip") => {
            let mut plain = Vec::new();
            let most = u64::try_from(LARGEST_INFLATED).unwrap_or(u64::MAX);
            let read = GzDecoder::new(body.as_ref()).take(most.saturating_add(1)).read_to_end(&mut plain);
            read.map_err(|why| Refused::unread(format!("The gzip cannot be read: {why}. Nothing was stored.")))?;
            if plain.len() > LARGEST_INFLATED {
                let message =
                    format!("It unfolds to more than {LARGEST_INFLATED} bytes. Nothing was stored; send fewer spans.");
                return Err(Refused { status: StatusCode::PAYLOAD_TOO_LARGE, message });
            }
            Ok(plain.into())
        }
        Some(_) => Err(Refused {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            message: "Of codings, gzip is taken and no other. Nothing was stored.".to_owned(),
        }),
    }
}

fn decoded(form: Form, body: &[u8]) -> Result<ExportTraceServiceRequest, Refused> {
    let read = match form {
        Form::Protobuf => ExportTraceServiceRequest::decode(body).map_err(|why| why.to_string()),
        Form::Json => serde_json::from_slice(body).map_err(|why| why.to_string()),
    };
    read.map_err(|why| Refused {
        status: StatusCode::BAD_REQUEST,
        message: format!("This is no ExportTraceServiceRequest: {why}. Nothing was stored."),
    })
}
