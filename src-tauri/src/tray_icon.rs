//! The tray's picture: our mark, and how much waits drawn over it, for many desktops show a picture and no words.

use ksni::Icon;

/// Three by five dots each, a row in three bits from the top: 0 to 9, and the plus of "9+".
const DIGITS: [u16; 11] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_001_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
    0b000_010_111_010_000,
];
const PLUS: usize = 10;
/// Picture dots for one dot of a digit.
const DOT: usize = 3;
const EDGE: usize = 2;
/// The colour of what waits, and of the digits on it: alpha, red, green, blue.
const GROUND: [u8; 4] = [255, 232, 163, 61];
const INK: [u8; 4] = [255, 20, 16, 8];

/// The picture for so many that wait.
pub(crate) fn icon(count: u32) -> Icon {
    let image = tauri::include_image!("icons/32x32.png");
    let width = usize::try_from(image.width()).unwrap_or_default();
    let mut dots: Vec<[u8; 4]> = image.rgba().as_chunks::<4>().0.iter().map(|&[r, g, b, a]| [a, r, g, b]).collect();
    if count > 0 {
        let shown: Vec<usize> = match usize::try_from(count) {
            Ok(one @ 0..=9) => vec![one],
            _ => vec![9, PLUS],
        };
        draw(&mut dots, width, &shown);
    }
    let height = i32::try_from(image.height()).unwrap_or_default();
    Icon { width: i32::try_from(width).unwrap_or_default(), height, data: dots.concat() }
}

/// Draws the digits into the corner below on the right.
fn draw(dots: &mut [[u8; 4]], width: usize, digits: &[usize]) {
    let (wide, high) = (digits.len() * 4 * DOT - DOT + 2 * EDGE, 5 * DOT + 2 * EDGE);
    let (left, top) = (width.saturating_sub(wide), (dots.len() / width.max(1)).saturating_sub(high));
    for (place, dot) in dots.iter_mut().enumerate() {
        let (Some(x), Some(y)) = ((place % width).checked_sub(left), (place / width).checked_sub(top)) else {
            continue;
        };
        *dot = if inked(digits, x, y) { INK } else { GROUND };
    }
}

/// Whether a digit covers this place of the badge.
fn inked(digits: &[usize], x: usize, y: usize) -> bool {
    let (Some(x), Some(y)) = (x.checked_sub(EDGE), y.checked_sub(EDGE)) else { return false };
    let (column, row) = (x / DOT, y / DOT);
    let digit = digits.get(column / 4).and_then(|digit| DIGITS.get(*digit));
    digit.is_some_and(|bits| column % 4 < 3 && row < 5 && (bits >> (14 - row * 3 - column % 4)) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_up_to_nine_looks_different_and_none_is_our_mark_alone() {
        let drawn: Vec<_> = (0..=10).map(|count| icon(count).data).collect();
        for (count, picture) in drawn.iter().enumerate() {
            assert_eq!(picture.len(), 32 * 32 * 4);
            assert!(drawn.iter().take(count).all(|other| other != picture), "{count} looks like another");
        }
        assert_eq!(icon(10).data, icon(4_000).data, "more than nine is 9+");
    }
}
