//! A model's words as segments: sentences, as they are checked, stored and sent.

use countersign_gate::{LONGEST_SEGMENT_CHARS, MOST_SEGMENTS};
use unicode_segmentation::UnicodeSegmentation;

/// The sentences of a text; each segment is at most as long as it may be. Short ones share a segment; where they would be more
/// than may be, long ones do.
pub(super) fn segments(text: &str) -> Vec<String> {
    let short = together(text, TOGETHER_CHARS);
    if short.len() <= MOST_SEGMENTS { short } else { together(text, LONGEST_SEGMENT_CHARS) }
}

fn together(text: &str, most: usize) -> Vec<String> {
    let mut segments: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n") {
        let mut open = String::new();
        for sentence in paragraph.split_sentence_bounds() {
            for piece in pieces(sentence) {
                if !open.is_empty() && chars(&open) + chars(&piece) > most {
                    keep(&mut segments, &open);
                    open.clear();
                }
                open.push_str(&piece);
            }
        }
        keep(&mut segments, &open);
    }
    segments
}

/// Sentences up to this length together are one segment, in characters.
const TOGETHER_CHARS: usize = 160;

fn keep(segments: &mut Vec<String>, open: &str) {
    if !open.trim().is_empty() {
        segments.push(open.trim().to_owned());
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// A sentence in pieces that fit.
fn pieces(sentence: &str) -> Vec<String> {
    let chars: Vec<char> = sentence.chars().collect();
    chars.chunks(LONGEST_SEGMENT_CHARS).map(|chunk| chunk.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_share_a_segment_until_it_is_long_and_paragraphs_do_not() {
        let text = "Your order 1042 was delivered on Monday. It came to €129.00.\n\nWhat would you like? ";
        assert_eq!(
            segments(text),
            ["Your order 1042 was delivered on Monday. It came to €129.00.", "What would you like?"]
        );
        assert_eq!(segments("  \n\n "), Vec::<String>::new());
    }

    #[test]
    fn a_long_answer_takes_longer_segments_and_not_more_than_there_may_be() {
        let text =
            "This sentence says something of one of your many orders and of what became of it in the end. ".repeat(60);
        let segments = segments(&text);
        assert!(segments.len() <= MOST_SEGMENTS, "{}", segments.len());
        assert_eq!(segments.join(" "), text.trim());
    }

    #[test]
    fn nothing_is_longer_than_a_segment_may_be_and_nothing_is_lost() {
        let text = "x".repeat(2_500);
        let segments = segments(&text);
        assert!(segments.iter().all(|segment| segment.chars().count() <= LONGEST_SEGMENT_CHARS));
        assert_eq!(segments.concat(), text);
    }
}
