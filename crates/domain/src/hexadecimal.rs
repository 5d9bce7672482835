//! Bytes in hexadecimal as records, keys and signatures have them: lower case, nothing in front, exactly so many. What can
//! be written in one way only cannot be taken by one reader and refused by another.

/// The bytes, if it is written so.
pub fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut bytes = [0; N];
    (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_write_them() {
        assert_eq!(bytes::<2>("00ff"), Some([0, 255]));
        for other in ["00FF", "0x00ff", "0X00ff", "0x00", "00f", "00ff00", "00fg", " 00ff", ""] {
            assert_eq!(bytes::<2>(other), None, "{other:?}");
        }
    }
}
