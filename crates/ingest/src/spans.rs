//! Spans of agents, read as what happened in conversations.

use crate::attributes::{
    self, CONVERSATION, GEN_AI, INPUT, MODEL, OPERATION, OUTPUT, PROVIDER, TOKENS_IN, TOKENS_OUT, TOOL,
};
use crate::said::Said;
use countersign_domain::conversation::{SpanNames, SpanOperation};
use countersign_domain::time::Timestamp;
use countersign_gate::{Relaying, Telling};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::collections::{BTreeMap, HashMap};

/// What is told of one conversation, or of one trace whose conversation is not said here, and by how many spans.
pub(crate) struct Told {
    pub(crate) relaying: Relaying,
    pub(crate) spans: usize,
}

/// What the spans of a request tell, by conversation. Spans that are none of generative AI tell nothing, and are no fault.
pub(crate) fn told(request: &ExportTraceServiceRequest) -> Vec<Told> {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let mut spans: Vec<&Span> = scopes.flat_map(|scope| &scope.spans).filter(|span| is_told(span)).collect();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    // A span that does not say its conversation is in that of its trace.
    let conversations: HashMap<&[u8], String> = spans
        .iter()
        .filter_map(|span| Some((span.trace_id.as_slice(), attributes::text(&span.attributes, &CONVERSATION)?)))
        .collect();
    let mut told: BTreeMap<(Option<String>, String), Told> = BTreeMap::new();
    for span in spans {
        let own = attributes::text(&span.attributes, &CONVERSATION);
        let id = own.or_else(|| conversations.get(span.trace_id.as_slice()).cloned());
        let trace = hex::encode(&span.trace_id);
        let relaying = Relaying { id: id.clone(), trace: Some(trace.clone()), ..Relaying::default() };
        let of = told.entry((id, trace)).or_insert(Told { relaying, spans: 0 });
        of.spans += 1;
        of.relaying.told.extend(tellings(span));
    }
    told.into_values().collect()
}

fn is_told(span: &Span) -> bool {
    let ids = span.trace_id.len() == 16 && span.span_id.len() == 8 && span.trace_id.iter().any(|byte| *byte != 0);
    ids && span.attributes.iter().any(|attribute| attribute.key.starts_with(GEN_AI))
}

/// What was said before the step, the step, and what was said by it.
fn tellings(span: &Span) -> Vec<Telling> {
    let operation = match attributes::text(&span.attributes, &OPERATION).as_deref() {
        Some("chat" | "text_completion" | "generate_content" | "embeddings") => SpanOperation::Model,
        Some("execute_tool") => SpanOperation::Tool,
        Some("invoke_agent" | "create_agent") => SpanOperation::Agent,
        _ => SpanOperation::Other,
    };
    let mut said = Said::default();
    let mut told = Vec::new();
    if let Some(messages) = attributes::structure(&span.attributes, &INPUT) {
        told.extend(said.of(&messages));
    }
    told.push(step(span, operation));
    if let Some(messages) = attributes::structure(&span.attributes, &OUTPUT) {
        told.extend(said.of(&messages));
    }
    told
}

fn step(span: &Span, operation: SpanOperation) -> Telling {
    let found = |names: &[&str]| attributes::text(&span.attributes, names);
    let counted = |names: &[&str]| attributes::count(&span.attributes, names);
    let began = i64::try_from(span.start_time_unix_nano / 1_000).ok().filter(|micros| *micros > 0);
    Telling::Span {
        key: format!("{} {}", hex::encode(&span.trace_id), hex::encode(&span.span_id)),
        operation,
        tokens: (counted(&TOKENS_IN), counted(&TOKENS_OUT)),
        time: (
            began.and_then(Timestamp::from_micros),
            span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano) / 1_000_000,
        ),
        failed: span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error),
        names: SpanNames { provider: found(&PROVIDER), model: found(&MODEL), tool: found(&TOOL) },
    }
}

#[cfg(test)]
mod tests;
