//! From what a server answered to what the gate stores: one value, of bounded size, cut visibly.

use countersign_gate::tools::{LARGEST_ANSWER_BYTES, ToolAnswer, ToolFailure};
use rmcp::model::{CallToolResult, ContentBlock, ErrorCode, ErrorData, ServerResult};
use serde_json::{Value, json};

/// Where a result keeps its images, sounds and resources as they came, beside its words.
pub(crate) const AS_IT_CAME: &str = "mcp_content";

/// The result of a call. What is no final answer may have happened.
pub(crate) fn of_result(result: ServerResult) -> Result<ToolAnswer, ToolFailure> {
    match result {
        ServerResult::CallToolResult(result) => Ok(of_tool(result)),
        // An answer without any content.
        ServerResult::EmptyResult(_) => Ok(ToolAnswer { result: Value::Null, is_error: false }),
        _ => Err(ToolFailure::ConnectionLost("it answered what is no result of a tool".to_owned())),
    }
}

/// A protocol error. Only a refusal of the request itself says that nothing happened. The server's words stay out of a
/// failure, which may be traced: they may be personal.
pub(crate) fn of_error(error: &ErrorData) -> Result<ToolAnswer, ToolFailure> {
    match error.code {
        ErrorCode::INVALID_REQUEST | ErrorCode::METHOD_NOT_FOUND | ErrorCode::INVALID_PARAMS => {
            Ok(ToolAnswer { result: Value::String(cut(error.message.to_string())), is_error: true })
        }
        ErrorCode(code) => Err(ToolFailure::ConnectionLost(format!("it reported the protocol error {code}"))),
    }
}

fn of_tool(result: CallToolResult) -> ToolAnswer {
    let is_error = result.is_error == Some(true);
    let result = match result.structured_content {
        Some(value) if !value.is_null() => bounded(value),
        // Why it failed is told in words.
        _ if is_error => Value::String(cut(text(&result.content, true))),
        _ => whole(&result.content),
    };
    ToolAnswer { result, is_error }
}

/// A structure that is too large becomes its own text, cut: a part of a structure would look whole.
fn bounded(value: Value) -> Value {
    let text = value.to_string();
    if text.len() <= LARGEST_ANSWER_BYTES { value } else { Value::String(cut(text)) }
}

/// Words are words. What has images, sounds or resources in it is kept with them where there is room: agents of others get
/// them as they came, and whoever reads sees where they stood.
fn whole(content: &[ContentBlock]) -> Value {
    let only_words = content.iter().all(|block| matches!(block, ContentBlock::Text(_)));
    if !only_words && let Ok(blocks) = serde_json::to_value(content) {
        let kept = json!({ "in_words": text(content, false), AS_IT_CAME: blocks });
        if kept.to_string().len() <= LARGEST_ANSWER_BYTES {
            return kept;
        }
    }
    Value::String(cut(text(content, true)))
}

fn text(content: &[ContentBlock], left_out: bool) -> String {
    let parts: Vec<&str> = content
        .iter()
        .map(|block| match block {
            ContentBlock::Text(text) => text.text.as_str(),
            ContentBlock::Image(_) if left_out => "[an image, left out]",
            ContentBlock::Image(_) => "[an image]",
            ContentBlock::Audio(_) if left_out => "[a sound, left out]",
            ContentBlock::Audio(_) => "[a sound]",
            _ if left_out => "[an attachment, left out]",
            _ => "[an attachment]",
        })
        .collect();
    parts.join("\n")
}

/// At most [`LARGEST_ANSWER_BYTES`] as it is stored, with the notice that it was cut.
fn cut(mut text: String) -> String {
    let stored: usize = text.chars().map(stored_bytes).sum();
    if stored <= LARGEST_ANSWER_BYTES {
        return text;
    }
    let notice = format!(" [cut: the answer had {} bytes]", text.len());
    let mut room = LARGEST_ANSWER_BYTES.saturating_sub(notice.len());
    let fits = text.char_indices().find_map(|(at, c)| match room.checked_sub(stored_bytes(c)) {
        Some(left) => {
            room = left;
            None
        }
        None => Some(at),
    });
    text.truncate(fits.unwrap_or(text.len()));
    text.push_str(&notice);
    text
}

/// The bytes that a character takes as JSON: an answer of control characters is stored six times as long as it came.
fn stored_bytes(c: char) -> usize {
    match c {
        '"' | '\\' => 2,
        c if c < ' ' => 6,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_over_the_limit_is_cut_visibly_and_never_in_a_character() {
        let cut = cut("é".repeat(LARGEST_ANSWER_BYTES));
        assert!(cut.len() <= LARGEST_ANSWER_BYTES);
        assert!(cut.ends_with("[cut: the answer had 2097152 bytes]"), "{}", &cut[cut.len() - 60..]);
        let hidden = super::cut("\u{1}".repeat(LARGEST_ANSWER_BYTES / 2));
        assert!(
            json!(hidden).to_string().len() <= LARGEST_ANSWER_BYTES + 2,
            "what is stored is bounded, not what came"
        );
        assert_eq!(super::cut("plain \"words\"".to_owned()), "plain \"words\"");
        let Value::String(large) = bounded(json!({ "rows": "x".repeat(LARGEST_ANSWER_BYTES) })) else {
            panic!("a structure that is too large is text")
        };
        assert!(large.len() <= LARGEST_ANSWER_BYTES && large.starts_with("{\"rows\":"));
        assert_eq!(bounded(json!({ "a": 1 })), json!({ "a": 1 }));
    }

    #[test]
    fn an_image_is_kept_as_it_came_where_there_is_room_and_otherwise_said_to_be_left_out() {
        let of = |data: &str| {
            let blocks = vec![ContentBlock::text("See:"), ContentBlock::image(data, "image/png")];
            of_tool(CallToolResult::success(blocks)).result
        };
        let image = json!({ "type": "image", "data": "aGk=", "mimeType": "image/png" });
        let kept = json!({ "in_words": "See:\n[an image]", AS_IT_CAME: [{ "type": "text", "text": "See:" }, image] });
        assert_eq!(of("aGk="), kept);
        assert_eq!(of(&"A".repeat(LARGEST_ANSWER_BYTES)), json!("See:\n[an image, left out]"));
        let failed = of_tool(CallToolResult::error(vec![ContentBlock::image("aGk=", "image/png")]));
        assert_eq!(failed, ToolAnswer { result: json!("[an image, left out]"), is_error: true });
    }

    #[test]
    fn only_a_refused_request_says_that_nothing_happened() {
        let refused = of_error(&ErrorData::invalid_params("no such tool", None)).unwrap();
        assert_eq!(refused, ToolAnswer { result: json!("no such tool"), is_error: true });
        let broken = of_error(&ErrorData::internal_error("Ana Ruiz, half done", None)).unwrap_err();
        assert!(broken.may_have_happened());
        assert!(!broken.to_string().contains("Ana"));
    }
}
