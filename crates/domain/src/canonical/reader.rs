//! Canonical text of a form that is known beforehand, read where it lies in one pass.

use super::scan::Scan;

/// Goes over a text from its beginning to its end. Where every piece is there that is asked for, and nothing behind the
/// last one, the whole text is canonical, provided that what is asked for word by word ([`Reader::literal`]) is.
///
/// `None` says only that the text is not of the form that its reader expects, or not as plainly as it nearly always is:
/// whether it is canonical at all is then for [`super::members`] to say.
pub struct Reader<'a> {
    text: &'a str,
    scan: Scan<'a>,
}

impl<'a> Reader<'a> {
    /// At the beginning; nothing is read of what is not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(Self { text, scan: Scan::new(text) })
    }

    /// Exactly these characters.
    #[inline]
    pub fn literal(&mut self, expected: &str) -> Option<()> {
        self.scan.word(expected.as_bytes()).ok()
    }

    /// Whether these characters come next; only then they are read.
    #[inline]
    pub fn is_next(&mut self, expected: &str) -> bool {
        let there = self.scan.rest().starts_with(expected.as_bytes());
        if there {
            self.scan.at += expected.len();
        }
        there
    }

    /// What a string says that has no escapes.
    #[inline]
    pub fn text(&mut self) -> Option<&'a str> {
        let from = self.scan.at + 1;
        let quoted = self.scan.string().ok().filter(|quoted| !quoted.escaped)?;
        self.text.get(from..from + quoted.bytes.len())
    }

    /// A whole number from 0 on, of so few digits that nothing about it is in doubt.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let rest = self.scan.rest();
        let (mut number, mut digits) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
            if digits == 15 || (digits == 1 && number == 0) {
                return None;
            }
            number = number * 10 + u64::from(digit - b'0');
            digits += 1;
        }
        self.scan.at += digits;
        (digits > 0).then_some(number)
    }

    /// Any value, as it stands.
    pub fn value(&mut self) -> Option<&'a str> {
        let from = self.scan.at;
        self.scan.value(1).ok()?;
        self.text.get(from..self.scan.at)
    }

    /// Nothing comes behind.
    pub fn end(&self) -> Option<()> {
        (self.scan.at == self.text.len()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, u64, &str)> {
        let mut reader = Reader::new(text.as_bytes())?;
        reader.literal("{\"a\":")?;
        let said = reader.text()?;
        reader.literal(",\"b\":")?;
        let number = if reader.is_next("null") { 7 } else { reader.number()? };
        reader.literal(",\"c\":")?;
        let value = reader.value()?;
        reader.literal("}")?;
        reader.end().map(|()| (said, number, value))
    }

    #[test]
    fn what_is_there_as_plainly_as_expected_is_read() {
        assert_eq!(read(r#"{"a":"x","b":12,"c":{"d":[1,"y"]}}"#), Some(("x", 12, r#"{"d":[1,"y"]}"#)));
        assert_eq!(read(r#"{"a":"","b":null,"c":"é\n"}"#), Some(("", 7, r#""é\n""#)));
        assert_eq!(read(r#"{"a":"é","b":0,"c":-1}"#), Some(("é", 0, "-1")));
    }

    #[test]
    fn nothing_is_read_of_anything_else() {
        for text in [
            r#"{"a":"x\n","b":1,"c":1}"#,
            r#"{"a":x,"b":1,"c":1}"#,
            r#"{"a":"x","b":01,"c":1}"#,
            r#"{"a":"x","b":-1,"c":1}"#,
            r#"{"a":"x","b":,"c":1}"#,
            r#"{"a":"x","b":1234567890123456,"c":1}"#,
            r#"{"a":"x","b":1,"c":{"d":1,"d":2}}"#,
            r#"{"a":"x","b":1,"c":{"é":1}}"#,
            r#"{"a":"x","b":1,"c":1.0}"#,
            r#"{"a":"x","b":1,"c": 1}"#,
            r#"{"a":"x","b":1,"c":1} "#,
            r#"{"a":"x","b":1,"c":1"#,
            r#"{"b":1,"a":"x","c":1}"#,
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Reader::new(b"\"\xff\"").is_none());
    }
}
