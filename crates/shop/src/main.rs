//! `countersign-crm`: the sample shop's CRM, an MCP server on standard input and output, or over HTTP with `--listen`.
//!
//! `countersign-crm --data FILE` serves until its input closes. `countersign-crm --data FILE list-refunds`,
//! `list-changes` and `list-notes` print what is stored, as JSON. Diagnostics go to standard error only.

mod command_line;

use std::{io::Write, process::ExitCode};

use command_line::{CommandLine, Task, USAGE};
use countersign_shop::{
    CrmServer, Database, Faults,
    http::{self, Listen},
    stdio::{self, Failure},
};
use serde::Serialize;

fn main() -> ExitCode {
    stdio::run("countersign-crm", run)
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
        Task::Serve => {
            let server = CrmServer::new(database, Faults::read(|name| std::env::var_os(name))?);
            match asked.listen {
                None => stdio::serve(server),
                Some(address) => http::serve(server, Listen::new(&address, asked.token_file.as_deref())?),
            }
        }
        Task::ListRefunds => print(&database.list_refunds()?),
        Task::ListChanges => print(&database.list_changes()?),
        Task::ListNotes => print(&database.list_notes()?),
    }
}

fn print(rows: &impl Serialize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, rows)?;
    out.write_all(b"\n")?;
    Ok(())
}
