//! People of the staff: who may sign in, and the names behind decisions.

use super::Stored;
use crate::codes::{Coded, Moment};
use crate::error::ViewsError;
use countersign_domain::ids::PersonId;
use countersign_domain::person::PersonEvent;
use rusqlite::{Connection, params};

/// Takes one event in.
pub(super) fn take(tables: &Connection, event: &PersonEvent, happened: &Stored) -> Result<(), ViewsError> {
    match event {
        PersonEvent::Enrolled { person, roles } => {
            let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            tables
                .prepare_cached("INSERT INTO people (person, position, name, roles) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![Coded(person), happened.sql_position(), happened.text("name"), roles.join(" ")])?;
        }
        PersonEvent::RolesSet { person, roles, .. } => {
            let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            tables
                .prepare_cached("UPDATE people SET roles = ?2 WHERE person = ?1")?
                .execute(params![Coded(person), roles.join(" ")])?;
        }
        // The name stays for what they signed in their time.
        PersonEvent::Removed { person } => {
            tables.prepare_cached("UPDATE people SET roles = '' WHERE person = ?1")?.execute(params![Coded(person)])?;
            is_here(tables, person)?;
        }
        PersonEvent::Away { person, until, deputy } => {
            tables
                .prepare_cached("UPDATE people SET away_until = ?2, deputy = ?3 WHERE person = ?1")?
                .execute(params![Coded(person), Moment(*until), Coded(deputy)])?;
        }
        PersonEvent::Back { person } => is_here(tables, person)?,
        PersonEvent::KeyEnrolled { .. }
        | PersonEvent::KeyReset { .. }
        | PersonEvent::KeyRevoked { .. }
        | PersonEvent::LimitsSet { .. } => {}
    }
    Ok(())
}

fn is_here(tables: &Connection, person: &PersonId) -> Result<(), ViewsError> {
    tables
        .prepare_cached("UPDATE people SET away_until = NULL, deputy = NULL WHERE person = ?1")?
        .execute(params![Coded(person)])?;
    Ok(())
}
