//! How much a request would become once it is decoded. A few bytes of it can ask for very much more in memory, so this is
//! counted before.

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The most messages, in protobuf's sense, that a request may hold: spans, attributes, values, events, links.
pub(crate) const MOST_PARTS: usize = 60_000;

/// The messages that a request is made of, as far as they may stand in it in numbers.
#[derive(Clone, Copy)]
enum Part {
    Request,
    ResourceSpans,
    ScopeSpans,
    /// A resource or a scope: attributes in the field with this number.
    Described(u32),
    Span,
    Event,
    Link,
    KeyValue,
    Any,
    /// Values, of an array or of pairs.
    Values(bool),
}

impl Part {
    /// What stands in a field of it, where that is a message.
    fn inside(self, field: u32) -> Option<Self> {
        Some(match (self, field) {
            (Self::Request, 1) => Self::ResourceSpans,
            (Self::ResourceSpans, 1) => Self::Described(1),
            (Self::ResourceSpans, 2) => Self::ScopeSpans,
            (Self::ScopeSpans, 1) => Self::Described(3),
            (Self::ScopeSpans, 2) => Self::Span,
            (Self::Described(attributes), field) if attributes == field => Self::KeyValue,
            // A resource names the entities that it is about: strings in them, and nothing deeper.
            (Self::Described(_), 3) => Self::Link,
            (Self::Span, 9) | (Self::Event, 3) | (Self::Link, 4) => Self::KeyValue,
            (Self::Span, 11) => Self::Event,
            (Self::Span, 13) => Self::Link,
            (Self::KeyValue, 2) => Self::Any,
            (Self::Any, 5) => Self::Values(false),
            (Self::Any, 6) => Self::Values(true),
            (Self::Values(pairs), 1) => {
                if pairs {
                    Self::KeyValue
                } else {
                    Self::Any
                }
            }
            _ => return None,
        })
    }
}

/// Whether a request in protobuf is larger than may be, in memory. One that cannot be read is refused by whoever reads it.
pub(crate) fn is_too_much(body: &[u8]) -> bool {
    let mut left = MOST_PARTS;
    // Its own list of what is still to be looked at: how deep it goes costs no stack.
    let mut open = vec![(Part::Request, body)];
    while let Some((part, mut bytes)) = open.pop() {
        while bytes.has_remaining() {
            let Ok((field, wire)) = decode_key(&mut bytes) else { return false };
            if wire != WireType::LengthDelimited {
                if skip_field(wire, field, &mut bytes, DecodeContext::default()).is_err() {
                    return false;
                }
                continue;
            }
            let long = decode_varint(&mut bytes).ok().and_then(|long| usize::try_from(long).ok());
            let Some((inside, rest)) = long.and_then(|long| bytes.split_at_checked(long)) else { return false };
            bytes = rest;
            let Some(kind) = part.inside(field) else { continue };
            let Some(fewer) = left.checked_sub(1) else { return true };
            left = fewer;
            open.push((kind, inside));
        }
    }
    false
}

/// The same of one in JSON, in which every message is an object.
pub(crate) fn is_too_much_json(body: &[u8]) -> bool {
    body.iter().filter(|byte| **byte == b'{').count() > MOST_PARTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use prost::Message;

    fn request(spans: Vec<Span>) -> Vec<u8> {
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    #[test]
    fn what_a_few_bytes_would_become_is_counted_before_it_does() {
        assert!(!is_too_much(&request(vec![Span::default(); 2_000])));
        assert!(is_too_much(&request(vec![Span::default(); MOST_PARTS])));
        let values = vec![AnyValue { value: None }; MOST_PARTS];
        let value = Some(AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) });
        let attribute = KeyValue { key: "gen_ai.input.messages".into(), value, ..KeyValue::default() };
        assert!(is_too_much(&request(vec![Span { attributes: vec![attribute], ..Span::default() }])));
        let long = KeyValue { key: "\n".repeat(1_000_000), ..KeyValue::default() };
        assert!(!is_too_much(&request(vec![Span { attributes: vec![long], ..Span::default() }])), "a text is one part");
        for broken in [&[0xff; 64][..], &[0x0a, 0x7f], b"x"] {
            assert!(!is_too_much(broken), "whoever decodes it says what is wrong");
        }
        assert!(is_too_much_json("{},".repeat(MOST_PARTS + 1).as_bytes()) && !is_too_much_json(b"{}"));
    }
}
