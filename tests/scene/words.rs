//! Words in the bytes of a file.

/// Whether these letters stand in the bytes. In the middle of a digest any five digits may stand, and say nothing.
pub fn stand_in(bytes: &[u8], word: &[u8]) -> bool {
    let hexadecimal = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let in_digest = |at: usize| at > 0 && hexadecimal(at - 1) && hexadecimal(at + word.len());
    bytes.windows(word.len()).enumerate().any(|(at, window)| window == word && !in_digest(at))
}
