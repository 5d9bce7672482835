//! Which kinds of events the log holds, in which versions, and where the first of each stands: a start sees at once, and
//! without reading the log, whether this program can read all of it.

use crate::error::OpenError;
use crate::rows::integer;
use countersign_domain::event::known;
use rusqlite::{Connection, params};
use std::collections::HashMap;

const TABLE: &str = "CREATE TABLE kinds (
    kind TEXT NOT NULL, schema INTEGER NOT NULL, first INTEGER NOT NULL, UNIQUE (kind, schema)
) STRICT";

/// What a log that was begun before this table gets once. A record that is no JSON is left for whoever reads it.
const FILL: &str = "INSERT INTO kinds (kind, schema, first)
    SELECT json ->> '$.kind', json ->> '$.schema', min(position)
    FROM (SELECT position, CAST(envelope AS TEXT) AS json FROM events) WHERE json_valid(json) GROUP BY 1, 2";

/// The kinds, with their versions, that the table names.
#[derive(Default)]
pub(crate) struct Kinds(HashMap<String, Vec<u32>>);

impl Kinds {
    /// Reads the table, and refuses what this program cannot read. Nothing is changed then.
    pub(crate) fn hold(db: &mut Connection) -> Result<Self, OpenError> {
        let there: bool = db.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'kinds')",
            [],
            |row| row.get(0),
        )?;
        let filling = db.transaction()?;
        if !there {
            filling.execute_batch(TABLE)?;
            filling.execute(FILL, [])?;
        }
        let mut held = Self::default();
        {
            let mut select = filling.prepare("SELECT kind, schema, first FROM kinds ORDER BY first")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let (kind, schema, first): (String, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                known::must_be_known(&kind, schema)
                    .map_err(|unknown| OpenError::Unknown { position: first.unsigned_abs(), unknown })?;
                held.0.entry(kind).or_default().push(schema);
            }
        }
        filling.commit()?;
        Ok(held)
    }

    /// Writes a kind and version down if it is the first of it, in the transaction that stores the event.
    pub(crate) fn met(&mut self, db: &Connection, kind: &str, schema: u32, position: u64) -> rusqlite::Result<()> {
        if self.0.get(kind).is_some_and(|versions| versions.contains(&schema)) {
            return Ok(());
        }
        db.prepare_cached("INSERT INTO kinds (kind, schema, first) VALUES (?1, ?2, ?3)")?.execute(params![
            kind,
            schema,
            integer(position)
        ])?;
        self.0.entry(kind.to_owned()).or_default().push(schema);
        Ok(())
    }
}
