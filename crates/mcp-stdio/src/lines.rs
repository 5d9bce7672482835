//! Lines from a stream, each bounded while it is read.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The longest line that is kept, in bytes. The gateway takes less; it says so itself.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end.
    Whole(Vec<u8>),
    /// One that was not kept.
    TooLong,
}

/// Lines as they come.
pub(crate) struct Lines<R>(BufReader<R>);

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn of(stream: R) -> Self {
        Self(BufReader::new(stream))
    }

    /// The next line that is not blank; none once the stream has ended or cannot be read.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        let (mut line, mut too_long) = (Vec::new(), false);
        loop {
            let available = self.0.fill_buf().await.ok()?;
            if available.is_empty() {
                return if line.trim_ascii().is_empty() { None } else { Some(Line::Whole(line)) };
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
            too_long |= line.len() + part.len() > LONGEST;
            if too_long {
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.0.consume(used);
            if end.is_some() && too_long {
                return Some(Line::TooLong);
            }
            if end.is_some() {
                let whole = std::mem::take(&mut line);
                if !whole.trim_ascii().is_empty() {
                    return Some(Line::Whole(whole));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_is_too_long_costs_itself_alone() {
        let long = "x".repeat(LONGEST + 1);
        let text = format!("one\n\n  \n{long}\ntwo\r\nthree");
        let mut lines = Lines::of(text.as_bytes());
        assert_eq!(lines.next().await, Some(Line::Whole(b"one".to_vec())));
        assert_eq!(lines.next().await, Some(Line::TooLong));
        assert_eq!(lines.next().await, Some(Line::Whole(b"two\r".to_vec())));
        assert_eq!(lines.next().await, Some(Line::Whole(b"three".to_vec())), "the last needs no end");
        assert_eq!(lines.next().await, None);
    }
}
