//! Whether bytes are canonical already, told in one pass and without building what they say; and the members of an object.

use serde_json::Value;
use std::ops::Range;

/// Nested deeper than this is left to the parser, which has a bound of its own.
const DEEPEST: u32 = 100;

/// Whether these bytes are the one canonical form of the JSON value that they say.
pub fn is_canonical(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| scanned(text).is_some())
}

/// The members of an object in their order, name and value as they stand; `None` unless the bytes are an object's canonical
/// form.
pub fn members(bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let found = scanned(text)?;
    let member = |(name, value): (Range<usize>, Range<usize>)| text.get(name).zip(text.get(value));
    text.starts_with('{').then(|| found.into_iter().map(member).collect())?
}

/// Where the members of the outermost object stand, if the text is canonical.
fn scanned(text: &str) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let bytes = text.as_bytes();
    let scan = |trusted| {
        let mut scan = Scan { bytes, at: 0, trusted, members: Vec::new() };
        let outcome = scan.value(0);
        outcome.and(if scan.at == bytes.len() { Ok(scan.members) } else { Err(Doubt::Wrong) })
    };
    match scan(false) {
        Ok(members) => Some(members),
        Err(Doubt::Wrong) => None,
        // Rare in what we write: fractions, names beyond ASCII.
        Err(Doubt::Unsure) => {
            let written = serde_json::from_slice::<Value>(bytes).is_ok_and(|value| super::to_bytes(&value) == bytes);
            written.then(|| scan(true).ok())?
        }
    }
}

enum Doubt {
    Wrong,
    Unsure,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The bytes are known to be canonical: nothing is in doubt.
    trusted: bool,
    /// Names, without their quotes, and values of the outermost object.
    members: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn doubt(&self) -> Result<(), Doubt> {
        if self.trusted { Ok(()) } else { Err(Doubt::Unsure) }
    }

    fn value(&mut self, depth: u32) -> Result<(), Doubt> {
        if depth > DEEPEST {
            self.doubt()?;
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|_| ()),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Doubt::Wrong),
        }
    }

    fn object(&mut self, depth: u32) -> Result<(), Doubt> {
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut before: Option<&[u8]> = None;
        loop {
            let begun = self.at + 1;
            let name = self.string()?;
            if !name.iter().all(|b| b.is_ascii() && *b != b'\\') {
                self.doubt()?;
            }
            // UTF-16 orders names beyond ASCII otherwise than their bytes do.
            let in_order = self.trusted || before.is_none_or(|before| before < name);
            if !in_order || self.next() != Some(b':') {
                return Err(Doubt::Wrong);
            }
            before = Some(name);
            let named = begun..self.at - 2;
            let from = self.at;
            self.value(depth + 1)?;
            if depth == 0 {
                self.members.push((named, from..self.at));
            }
            match self.next() {
                Some(b',') => {}
                Some(b'}') => return Ok(()),
                _ => return Err(Doubt::Wrong),
            }
        }
    }

    fn array(&mut self, depth: u32) -> Result<(), Doubt> {
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            match self.next() {
                Some(b',') => {}
                Some(b']') => return Ok(()),
                _ => return Err(Doubt::Wrong),
            }
        }
    }

    /// What stands between the quotes.
    fn string(&mut self) -> Result<&'a [u8], Doubt> {
        if self.next() != Some(b'"') {
            return Err(Doubt::Wrong);
        }
        let from = self.at;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|b| matches!(b, 0..0x20 | b'"' | b'\\')).ok_or(Doubt::Wrong)?;
            match self.next() {
                Some(b'"') => return self.bytes.get(from..self.at - 1).ok_or(Doubt::Wrong),
                Some(b'\\') => self.escape()?,
                _ => return Err(Doubt::Wrong),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Doubt> {
        match self.next() {
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                let digits = self.bytes.get(self.at..self.at + 4).ok_or(Doubt::Wrong)?;
                self.at += 4;
                let short = [b"0008", b"0009", b"000a", b"000c", b"000d"];
                let control = matches!(digits, [b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f']);
                if control && !short.iter().any(|s| digits == *s) { Ok(()) } else { Err(Doubt::Wrong) }
            }
            _ => Err(Doubt::Wrong),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Doubt> {
        let there = self.bytes.get(self.at..self.at + word.len()) == Some(word);
        self.at += word.len();
        if there { Ok(()) } else { Err(Doubt::Wrong) }
    }

    fn number(&mut self) -> Result<(), Doubt> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let number = rest.get(..length).unwrap_or_default();
        self.at += length;
        let digits = number.strip_prefix(b"-").unwrap_or(number);
        match digits {
            _ if !digits.iter().all(u8::is_ascii_digit) || digits.len() > 15 => self.doubt(),
            [b'0'] if digits.len() == number.len() => Ok(()),
            [] | [b'0', ..] => Err(Doubt::Wrong),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_the_one_form_is_found() {
        for text in [
            "{\"a\":1,\"b\":[true,false,null,\"x\\n\\u001f\"]}",
            "{}",
            "[]",
            "-1",
            "0",
            "1.5",
            "{\"\u{e9}\":1}",
            "9007199254740991",
            "\"\u{1f600}\"",
        ] {
            assert!(is_canonical(text.as_bytes()), "{text}");
        }
        for text in [
            "{\"b\":1,\"a\":1}",
            "{\"a\":1,\"a\":1}",
            "{ \"a\":1}",
            "{\"a\":1} ",
            "[1,]",
            "01",
            "-0",
            "1.0",
            "1e2",
            "\"\\u0041\"",
            "\"\\u000a\"",
            "\"\\/\"",
            "\"\\u001F\"",
            "\"a",
            "tru",
            "",
            "{\"a\"}",
            "1 2",
        ] {
            assert!(!is_canonical(text.as_bytes()), "{text}");
        }
        assert!(!is_canonical(b"\"\xff\""));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|n| serde_json::json!(n)),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// One pass says of any bytes what writing them anew says.
        #[test]
        fn the_scan_agrees_with_the_writer(value in value(), at in any::<prop::sample::Index>(), flip in 0..8_u8) {
            let bytes = super::super::to_bytes(&value);
            prop_assert!(is_canonical(&bytes));
            let mut changed = bytes.clone();
            changed[at.index(bytes.len())] ^= 1 << flip;
            let expected = serde_json::from_slice::<Value>(&changed).is_ok_and(|v| super::super::to_bytes(&v) == changed);
            prop_assert_eq!(is_canonical(&changed), expected, "{}", String::from_utf8_lossy(&changed));
            let put_together = |members: Vec<(&str, &str)>| {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(",")).into_bytes()
            };
            prop_assert_eq!(members(&bytes).map(put_together), value.is_object().then(|| bytes.clone()));
            prop_assert_eq!(members(&changed).is_some(), expected && changed.starts_with(b"{"));
        }
    }
}
