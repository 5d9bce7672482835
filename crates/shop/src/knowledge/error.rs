//! What can go wrong with the articles, worded for whoever called.

use std::path::PathBuf;

use crate::calls::Refusal;

/// A refusal or failure.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// No article has this id.
    #[error("There is no article with this id. Take the id from a search.")]
    NoSuchArticle,
    /// The query is punctuation, or words that say nothing.
    #[error("The query holds no word to search for. Ask in a few plain words.")]
    NoWords,
    /// An argument is missing, unknown, malformed or out of bounds.
    #[error("The arguments were not accepted: {0}.")]
    InvalidArguments(String),
    /// Too many calls at once.
    #[error("The articles are busy. Try again shortly.")]
    Busy,
    /// The folder of articles could not be read.
    #[error("The articles in {} could not be read: {why}", .folder.display())]
    Folder {
        /// Where.
        folder: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A file is no article.
    #[error("The article {article} {why}.")]
    Article {
        /// Which.
        article: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The index failed.
    #[error("The index of the articles failed: {0}")]
    Index(#[from] rusqlite::Error),
}

impl Refusal for KnowledgeError {
    fn busy() -> Self {
        Self::Busy
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchArticle => "no_such_article",
            Self::NoWords => "no_words",
            Self::InvalidArguments(_) => "invalid_arguments",
            Self::Busy => "busy",
            Self::Folder { .. } | Self::Article { .. } => "damaged",
            Self::Index(_) => "index",
        }
    }
}
