//! `countersign-knowledge`: the sample shop's articles, an MCP server on standard input and output, or over HTTP.
//!
//! `countersign-knowledge --articles FOLDER` serves until its input closes; with `--listen ADDRESS` it serves on this
//! machine, prints its URL, and asks for the bearer token that `--token-file FILE` holds. Diagnostics go to standard
//! error only.

use std::{path::PathBuf, process::ExitCode};

use countersign_shop::{
    KnowledgeServer, Library,
    http::{self, Listen},
    stdio::{self, Failure},
};

const USAGE: &str = "usage: countersign-knowledge --articles FOLDER [--listen ADDRESS --token-file FILE], a folder of Markdown articles";

fn main() -> ExitCode {
    stdio::run("countersign-knowledge", run)
}

fn run() -> Result<(), Failure> {
    let (mut articles, mut listen, mut token_file) = (None, None, None);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.to_str() {
            Some("--articles") => articles = Some(PathBuf::from(value)),
            Some("--listen") => listen = Some(value.into_string().map_err(|_| USAGE)?),
            Some("--token-file") => token_file = Some(PathBuf::from(value)),
            _ => return Err(USAGE.into()),
        }
    }
    let server = KnowledgeServer::new(Library::open(&articles.ok_or(USAGE)?)?);
    match listen {
        None => stdio::serve(server),
        Some(address) => http::serve(server, Listen::new(&address, token_file.as_deref())?),
    }
}
