//! `countersign-crm`: the sample shop's CRM, an MCP server on standard input and output.
//!
//! `countersign-crm --data FILE` serves until its input closes. `countersign-crm --data FILE list-refunds`,
//! `list-changes` and `list-notes` print what is stored, as JSON. Diagnostics go to standard error only.

mod command_line;

use std::{io::Write, process::ExitCode};

use command_line::{CommandLine, Task, USAGE};
use countersign_shop::{CrmServer, Database, Faults, MAX_LINE_BYTES};
use rmcp::{ServiceExt, transport::async_rw::AsyncRwTransport};
use serde::Serialize;

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
            tracing::error!(cause = ?error.source(), "countersign-crm stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let asked = CommandLine::read(std::env::args_os().skip(1))?;
    if let Task::Help = asked.task {
        std::io::stdout().write_all(USAGE.as_bytes())?;
        return Ok(());
    }
    let database = Database::open(&asked.data, asked.sample_day.as_deref())?;
    match asked.task {
        Task::Help => Ok(()),
        Task::Serve => serve(CrmServer::new(database, Faults::read(|name| std::env::var_os(name))?)),
        Task::ListRefunds => print(&database.list_refunds()?),
        Task::ListChanges => print(&database.list_changes()?),
        Task::ListNotes => print(&database.list_notes()?),
    }
}

fn serve(server: CrmServer) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let (input, output) = rmcp::transport::io::stdio();
        let transport = AsyncRwTransport::new(input, output).with_max_line_length(MAX_LINE_BYTES);
        server.serve(transport).await?.waiting().await?;
        Ok(())
    });
    // A call that hangs by a fault switch must not keep the process alive once its client has gone.
    runtime.shutdown_background();
    served
}

fn print(rows: &impl Serialize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, rows)?;
    out.write_all(b"\n")?;
    Ok(())
}
