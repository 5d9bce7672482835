//! Strict JSON for arguments: what two parsers could read differently is refused.
//!
//! Refused: duplicate keys, integers beyond ±(2^53−1), numbers that a double cannot hold exactly as written.

use crate::canonical;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

/// The largest magnitude of an integer that every reader reads exactly.
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;
/// Nesting deeper than this is refused: no form and no card could show it.
const DEEPEST: usize = 32;
/// Arguments larger than this many bytes are refused.
pub const LARGEST_BYTES: usize = 64 * 1024;

/// Why a text is not strict JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStrict {
    /// Not JSON at all.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// The same key twice in one object.
    #[error("the key {0:?} stands twice in one object")]
    DuplicateKey(String),
    /// An integer that other readers would round.
    #[error("the integer {0} is beyond 2^53-1; send it as text")]
    IntegerTooLarge(String),
    /// A number that changes when read and written again.
    #[error("the number {0} cannot be read exactly; send it as text")]
    Inexact(String),
    /// More than 32 levels.
    #[error("nested deeper than 32 levels")]
    TooDeep,
    /// More than 64 kB.
    #[error("larger than 64 kB")]
    TooLarge,
}

/// Parses text as strict JSON.
pub fn parse(text: &str) -> Result<Value, NotStrict> {
    if text.len() > LARGEST_BYTES {
        return Err(NotStrict::TooLarge);
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(syntax)?;
    parse_level(raw, 0)
}

/// Holds a value that was parsed elsewhere to the same rules (duplicate keys can no longer be seen there).
pub fn check(value: &Value) -> Result<(), NotStrict> {
    parse(&value.to_string()).map(|_| ())
}

fn syntax(error: serde_json::Error) -> NotStrict {
    NotStrict::Syntax(error.to_string())
}

fn parse_level(raw: &RawValue, depth: usize) -> Result<Value, NotStrict> {
    if depth > DEEPEST {
        return Err(NotStrict::TooDeep);
    }
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text).map_err(syntax)?;
            let mut object = Map::new();
            for (key, member) in members {
                let member = parse_level(member, depth + 1)?;
                if object.insert(key.clone(), member).is_some() {
                    return Err(NotStrict::DuplicateKey(key));
                }
            }
            Ok(Value::Object(object))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(syntax)?;
            items.into_iter().map(|item| parse_level(item, depth + 1)).collect::<Result<_, _>>().map(Value::Array)
        }
        Some(b'-' | b'0'..=b'9') => number(text),
        _ => serde_json::from_str(text).map_err(syntax),
    }
}

fn number(literal: &str) -> Result<Value, NotStrict> {
    let parsed: Value = serde_json::from_str(literal).map_err(|_| NotStrict::Inexact(literal.to_owned()))?;
    let integer = !literal.contains(['.', 'e', 'E']);
    if integer {
        let magnitude = parsed.as_i64().map(i64::unsigned_abs).or(parsed.as_u64());
        return match magnitude {
            Some(m) if m <= LARGEST_INTEGER => Ok(parsed),
            // "-0" is read as the double -0.0, which is written "0".
            None if literal == "-0" => Err(NotStrict::Inexact(literal.to_owned())),
            _ => Err(NotStrict::IntegerTooLarge(literal.to_owned())),
        };
    }
    let written = canonical::to_text(&parsed);
    if decimal(literal) == decimal(&written) {
        // 1.0 and 1 are one number and must be one value, or they would differ in kind but not in bytes.
        serde_json::from_str(&written).map_err(syntax)
    } else {
        Err(NotStrict::Inexact(literal.to_owned()))
    }
}

/// A decimal literal as sign, significant digits and exponent, so that equal numbers are equal.
fn decimal(literal: &str) -> (bool, String, i64) {
    let (sign, rest) = literal.strip_prefix('-').map_or((false, literal), |r| (true, r));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX / 2);
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0').to_owned();
    let trailing = all.len() - all.trim_end_matches('0').len();
    if significant.is_empty() {
        return (sign, significant, 0);
    }
    (sign, significant, exponent - fraction.len() as i64 + trailing as i64)
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_two_parsers_read_differently_is_refused() {
        assert_eq!(parse(r#"{"a":1,"a":2}"#), Err(NotStrict::DuplicateKey("a".into())));
        assert_eq!(parse(r#"{"x":{"a":1,"\u0061":2}}"#), Err(NotStrict::DuplicateKey("a".into())));
        for large in ["9007199254740992", "-9007199254740992", "99999999999999999999999"] {
            assert_eq!(parse(large), Err(NotStrict::IntegerTooLarge(large.into())));
        }
        for inexact in ["0.1000000000000000055511151231257827", "1e400", "-0", "-0.0", "123456789012345678.5"] {
            assert_eq!(parse(inexact), Err(NotStrict::Inexact(inexact.into())), "{inexact}");
        }
        assert!(matches!(parse("{"), Err(NotStrict::Syntax(_))));
        assert!(matches!(parse("1 2"), Err(NotStrict::Syntax(_))));
        assert_eq!(parse(&("[".repeat(40) + &"]".repeat(40))), Err(NotStrict::TooDeep));
        assert_eq!(parse(&format!("\"{}\"", "x".repeat(LARGEST_BYTES))), Err(NotStrict::TooLarge));
    }

    #[test]
    fn ordinary_values_pass_unchanged() {
        assert_eq!(
            parse(r#"{"b":[1,2.5,"x",null,true],"a":{}}"#),
            Ok(json!({"a": {}, "b": [1, 2.5, "x", null, true]}))
        );
        assert_eq!(parse("9007199254740991"), Ok(json!(9_007_199_254_740_991_i64)));
        assert_eq!(parse("1.0"), Ok(json!(1)));
        assert_eq!(parse("1e2"), Ok(json!(100)));
    }

    proptest! {
        #[test]
        fn what_passes_has_canonical_bytes_that_pass_again_as_the_same_value(n in any::<f64>(), key in ".{0,8}") {
            prop_assume!(n.is_finite());
            let text = canonical::to_text(&json!({ key: [n] }));
            // Whole doubles beyond 2^53 are written as integers, which are refused; all else is a fixed point.
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(canonical::to_text(&value), text);
            }
        }
    }
}
