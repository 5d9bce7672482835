//! `countersign-knowledge`: the sample shop's articles, an MCP server on standard input and output.
//!
//! `countersign-knowledge --articles FOLDER` serves until its input closes. Diagnostics go to standard error only.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use countersign_shop::{
    KnowledgeServer, Library,
    stdio::{self, Failure},
};

fn main() -> ExitCode {
    stdio::run("countersign-knowledge", run)
}

fn run() -> Result<(), Failure> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let folder = match words.as_slice() {
        [name, folder] if name == "--articles" => PathBuf::from(folder),
        _ => return Err("usage: countersign-knowledge --articles FOLDER, a folder of Markdown articles".into()),
    };
    stdio::serve(KnowledgeServer::new(Library::open(&folder)?))
}
