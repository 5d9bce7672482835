//! `export-events`: the records as they are stored, one envelope a line, without what is sealed. Whoever counts for
//! themselves needs no more: who did what when, codes, amounts and times stand in the open parts.

use crate::error::StartError;
use crate::private;
use countersign_event_log::verify::{Row, Source};
use countersign_event_log_sqlite::LogFile;
use std::io::{BufWriter, Write};
use std::path::Path;

const PAGE: u64 = 1_024;

/// Writes all envelopes of the log in a data folder, while its station runs or not; how many there are.
pub(crate) fn export_events(folder: &Path, to: &Path) -> Result<u64, StartError> {
    let unreadable = |why: &dyn std::fmt::Display| StartError::NotExported(why.to_string());
    let log = LogFile::open(folder).map_err(|e| unreadable(&e))?;
    let size = log.head().map_err(|e| unreadable(&e))?.size;
    let file = |why: std::io::Error| StartError::file(to, &why);
    let mut out = BufWriter::new(private::new_file(to).map_err(file)?);
    let mut next = 0;
    let mut write = |row: Row<'_>| match row {
        Row::Record(record) if record.position == next => {
            next += 1;
            out.write_all(record.envelope).and_then(|()| out.write_all(b"\n")).map_err(file)
        }
        Row::Record(record) => Err(unreadable(&format!("record {next} is missing before {}", record.position))),
        Row::Broken { position, why } => Err(unreadable(&format!("record {position}: {why}"))),
    };
    for from in (0..size).step_by(PAGE as usize) {
        let mut written = Ok(());
        let mut take = |row: Row<'_>| {
            if written.is_ok() {
                written = write(row);
            }
        };
        log.rows(from, PAGE.min(size - from), &mut take).map_err(|e| unreadable(&e))?;
        written?;
    }
    if next < size {
        return Err(unreadable(&format!("record {next} is missing")));
    }
    let written = out.into_inner().map_err(std::io::IntoInnerError::into_error).map_err(file)?;
    written.sync_all().map_err(file)?;
    Ok(size)
}
