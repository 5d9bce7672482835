//! Knowledge: the shop's articles as a second MCP server, found by their words.

mod article;
mod error;
mod library;
mod server;

pub use article::{Article, Passage};
pub use error::KnowledgeError;
pub use library::{Found, FoundPassage, Library, Outcome};
pub use server::KnowledgeServer;
