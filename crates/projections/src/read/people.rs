//! People of the staff.

use crate::codes::coded;
use crate::error::ViewsError;
use crate::rows::PersonRow;
use countersign_domain::person::Role;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Everybody, in the order of their enrolment.
pub(crate) fn people(tables: &Connection, limit: u32) -> Result<Vec<PersonRow>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT person, name, roles FROM people ORDER BY position LIMIT ?1")?;
    let rows = statement.query_map(params![limit], |row| {
        let roles: String = row.get("roles")?;
        Ok(PersonRow {
            person: coded(row, "person")?,
            name: row.get("name")?,
            roles: roles.split_whitespace().filter_map(role).collect(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn role(name: &str) -> Option<Role> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}
