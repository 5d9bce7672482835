//! `countersign-knowledge`: the sample shop's articles, an MCP server on standard input and output.
//!
//! `countersign-knowledge --articles FOLDER` serves until its input closes. Diagnostics go to standard error only.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use countersign_shop::{KnowledgeServer, Library, MAX_LINE_BYTES};
use rmcp::{ServiceExt, transport::async_rw::AsyncRwTransport};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = ?error.source(), "countersign-knowledge stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let folder = match words.as_slice() {
        [name, folder] if name == "--articles" => PathBuf::from(folder),
        _ => return Err("usage: countersign-knowledge --articles FOLDER, a folder of Markdown articles".into()),
    };
    let server = KnowledgeServer::new(Library::open(&folder)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (input, output) = rmcp::transport::io::stdio();
        let transport = AsyncRwTransport::new(input, output).with_max_line_length(MAX_LINE_BYTES);
        server.serve(transport).await?.waiting().await?;
        Ok(())
    })
}
