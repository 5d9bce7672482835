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
        let mut scan = Scan { trusted, ..Scan::new(text) };
        let mut members = Vec::new();
        let outcome = match scan.peek() {
            Some(b'{') => scan.object(0, &mut |name, value| members.push((name, value))),
            _ => scan.value(0),
        };
        outcome.and(if scan.at == bytes.len() { Ok(members) } else { Err(Doubt::Wrong) })
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

pub(super) enum Doubt {
    Wrong,
    Unsure,
}

/// What stands between the quotes of a string.
pub(super) struct Quoted<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether something in it is escaped.
    pub(super) escaped: bool,
}

pub(super) struct Scan<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// The bytes are known to be canonical: nothing is in doubt.
    trusted: bool,
    /// Whether all of it is ASCII, asked once for every name in it.
    ascii: bool,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, trusted: false, ascii: text.is_ascii() }
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

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

    pub(super) fn value(&mut self, depth: u32) -> Result<(), Doubt> {
        if depth > DEEPEST {
            self.doubt()?;
        }
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'{') => self.object(depth, &mut |_, _| {}),
            Some(b'[') => self.array(depth),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(Doubt::Wrong),
        }
    }

    /// Shows `member` where each name, without its quotes, and each value of it stands.
    fn object(&mut self, depth: u32, member: &mut impl FnMut(Range<usize>, Range<usize>)) -> Result<(), Doubt> {
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut before: Option<&[u8]> = None;
        loop {
            let begun = self.at + 1;
            let name = self.string()?;
            if name.escaped || !(self.ascii || name.bytes.is_ascii()) {
                self.doubt()?;
            }
            // UTF-16 orders names beyond ASCII otherwise than their bytes do.
            let in_order = self.trusted || before.is_none_or(|before| before < name.bytes);
            if !in_order || self.next() != Some(b':') {
                return Err(Doubt::Wrong);
            }
            before = Some(name.bytes);
            let named = begun..self.at - 2;
            let from = self.at;
            self.value(depth + 1)?;
            member(named, from..self.at);
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

    pub(super) fn string(&mut self) -> Result<Quoted<'a>, Doubt> {
        if self.next() != Some(b'"') {
            return Err(Doubt::Wrong);
        }
        let from = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.rest());
            match self.next() {
                Some(b'"') => {
                    let bytes = self.bytes.get(from..self.at - 1).ok_or(Doubt::Wrong)?;
                    return Ok(Quoted { bytes, escaped });
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(Doubt::Wrong),
            }
            escaped = true;
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

    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), Doubt> {
        let there = self.rest().starts_with(word);
        self.at += word.len();
        if there { Ok(()) } else { Err(Doubt::Wrong) }
    }

    fn number(&mut self) -> Result<(), Doubt> {
        let rest = self.rest();
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

/// How many bytes from the front are neither a quote nor a backslash nor a control: most of what is ever scanned, so eight
/// are looked at together.
fn plain(bytes: &[u8]) -> usize {
    let mut length = 0;
    let mut rest = bytes;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        let marked = marked(u64::from_le_bytes(*eight));
        if marked != 0 {
            return length + marked.trailing_zeros() as usize / 8;
        }
        length += 8;
        rest = behind;
    }
    length + rest.iter().take_while(|b| !matches!(b, 0..0x20 | b'"' | b'\\')).count()
}

/// The high bit of the first of eight bytes that is a quote, a backslash or a control, and perhaps of some behind it.
fn marked(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // A byte below `n` borrows from its high bit, unless it had one of its own.
    let below = |bytes: u64, n: u64| bytes.wrapping_sub(EACH * n) & !bytes;
    let is = |byte: u8| below(eight ^ (EACH * u64::from(byte)), 1);
    (below(eight, 0x20) | is(b'"') | is(b'\\')) & (EACH << 7)
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

    #[test]
    fn what_ends_a_run_is_found_wherever_it_stands() {
        for (around, byte, at) in
            (0..=255).flat_map(|byte| (0..20).flat_map(move |at| [(b'x', byte, at), (0xff, byte, at)]))
        {
            let mut bytes = [around; 20];
            bytes[at] = byte;
            let ends = matches!(byte, 0..0x20 | b'"' | b'\\');
            assert_eq!(plain(&bytes), if ends { at } else { 20 }, "{around:#x} {byte:#x} {at}");
            assert_eq!(plain(&bytes[..=at]), if ends { at } else { at + 1 });
        }
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
