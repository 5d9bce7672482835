//! An article: Markdown with a title and other words for it, cut into passages that can be cited by their lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::KnowledgeError;

/// A whole article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Article {
    /// Its id, such as returns-how-long.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// The whole text as it stands in the file, in which lines are counted.
    pub text: String,
    /// Other words for its subject, in other languages too: found by, never shown.
    #[serde(skip)]
    pub(super) also: String,
}

/// A paragraph under its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The heading above it.
    pub heading: String,
    /// Its first line in the file, from 1.
    pub first_line: usize,
    /// Its last line.
    pub last_line: usize,
    /// Its words.
    pub text: String,
}

impl Article {
    /// Reads a file. `title` and `also` stand between two lines of `---` at its head.
    pub(super) fn read(article_id: &str, text: &str) -> Result<Self, KnowledgeError> {
        let wrong = |why: &'static str| KnowledgeError::Article { article: article_id.to_owned(), why };
        let head =
            text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).ok_or(wrong("has no head"))?.0;
        let field = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim).map(str::to_owned)
        };
        let article = Self {
            article_id: article_id.to_owned(),
            title: field("title").ok_or(wrong("has no title"))?,
            also: field("also").unwrap_or_default(),
            text: text.to_owned(),
        };
        if article.passages().is_empty() {
            return Err(wrong("has no passage under a heading"));
        }
        Ok(article)
    }

    /// Its paragraphs, each under the heading that stands above it.
    pub fn passages(&self) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        let (mut heading, mut open) = (None::<&str>, false);
        for (line, text) in (1..).zip(self.text.lines()) {
            if let Some(words) = text.strip_prefix("## ") {
                heading = Some(words.trim());
                open = false;
            } else if text.trim().is_empty() {
                open = false;
            } else if let Some(heading) = heading {
                match passages.last_mut().filter(|_| open) {
                    Some(passage) => {
                        passage.last_line = line;
                        passage.text.push(' ');
                        passage.text.push_str(text.trim());
                    }
                    None => passages.push(Passage {
                        heading: heading.to_owned(),
                        first_line: line,
                        last_line: line,
                        text: text.trim().to_owned(),
                    }),
                }
                open = true;
            }
        }
        passages
    }
}
