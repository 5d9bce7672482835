//! Canonical JSON (RFC 8785): the bytes that are hashed, shown, signed and sent.

mod reader;
mod scan;

pub use reader::Reader;
pub use scan::{is_canonical, members};

use serde::Serialize;
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// The canonical bytes of a JSON value.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write(value, &mut out);
    out
}

/// The canonical text of a JSON value.
pub fn to_text(value: &Value) -> String {
    String::from_utf8(to_bytes(value)).unwrap_or_default()
}

/// The JSON value of one of our own types, whose serialisation cannot fail (string keys, no custom errors).
pub fn value_of<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// SHA-256 of the canonical bytes, in lower-case hexadecimal.
pub fn digest(value: &Value) -> String {
    hex::encode(Sha256::digest(to_bytes(value)))
}

pub(crate) fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            write_object(members.iter().map(|(name, member)| (name.as_str(), member)).collect(), out, write);
        }
    }
}

/// An object whose members are written by `write`, in canonical order.
pub(crate) fn write_object<T>(mut members: Vec<(&str, T)>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    // RFC 8785 orders keys by UTF-16 code units; for ASCII that is the byte order.
    if members.iter().all(|(name, _)| name.is_ascii()) {
        members.sort_unstable_by(|a, b| a.0.cmp(b.0));
    } else {
        members.sort_unstable_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    }
    out.push(b'{');
    for (i, (name, member)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_string(name, out);
        out.push(b':');
        write(member, out);
    }
    out.push(b'}');
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    // Runs that need no escape are copied whole; every byte that needs one is ASCII.
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, 0..0x20 | b'"' | b'\\')) {
        let (run, from) = rest.split_at(at);
        out.extend_from_slice(run);
        let Some((escaped, behind)) = from.split_first() else { break };
        match escaped {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_number(number: &Number, out: &mut Vec<u8>) {
    if let Some(n) = number.as_i64() {
        out.extend_from_slice(n.to_string().as_bytes());
    } else if let Some(n) = number.as_u64() {
        out.extend_from_slice(n.to_string().as_bytes());
    } else {
        out.extend_from_slice(ecmascript(&number.to_string()).as_bytes());
    }
}

/// ECMAScript's Number::toString, which RFC 8785 prescribes: the shortest digits (serde_json's, which break ties to
/// even as the standard asks and `{:e}` does not), laid out by its rules.
fn ecmascript(shortest: &str) -> String {
    let (sign, magnitude) = shortest.strip_prefix('-').map_or(("", shortest), |m| ("-", m));
    let (mantissa, exponent) = magnitude.split_once('e').unwrap_or((magnitude, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0').to_owned();
    if digits.is_empty() {
        return "0".to_owned();
    }
    // The value is 0.DIGITS times ten to the power of `point`.
    let k = digits.len() as i32;
    let point = whole.len() as i32 - leading as i32 + exponent.parse::<i32>().unwrap_or(0);
    let split = |at: i32| digits.split_at(usize::try_from(at).unwrap_or(0).min(digits.len()));
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    match point {
        p if k <= p && p <= 21 => format!("{sign}{digits}{}", zeros(p - k)),
        p if 0 < p && p <= 21 => format!("{sign}{}.{}", split(p).0, split(p).1),
        p if -6 < p && p <= 0 => format!("{sign}0.{}{digits}", zeros(-p)),
        p => {
            let (first, rest) = split(1);
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{sign}{first}{dot}{rest}e{}{}", if p > 0 { "+" } else { "-" }, (p - 1).abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Value> {
        let safe = -9_007_199_254_740_991_i64..=9_007_199_254_740_991;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            safe.prop_map(Value::from),
            any::<f64>().prop_filter("JSON has no infinities", |f| f.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_bytes_equal_those_of_serde_jcs(value in json()) {
            prop_assert_eq!(to_text(&value), serde_jcs::to_string(&value).unwrap());
        }
    }

    #[test]
    fn numbers_follow_the_table_of_rfc_8785_appendix_b() {
        for (bits, text) in [
            (0x0000_0000_0000_0001_u64, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0001, "9007199254740994"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x3e7a_d7f2_9abc_af48, "1e-7"),
            (0x8000_0000_0000_0000, "0"),
        ] {
            assert_eq!(to_text(&Value::from(f64::from_bits(bits))), text);
        }
    }
}
