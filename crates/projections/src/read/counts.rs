//! How many records of some kinds there are, by the rule or the tool that they name. It is the question of a search over the
//! trail, put to the same index, so that a number is the length of the list that it opens.

use crate::codes::unsigned;
use crate::error::ViewsError;
use crate::facets::{self, Facet, mark};
use crate::read::trail::first_at;
use crate::trail::{CountBy, Counts};
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, params};

/// From a moment on.
pub(crate) fn counts(tables: &Connection, by: CountBy, kinds: &[&str], from: Timestamp) -> Result<Counts, ViewsError> {
    let first = first_at(tables, from)?;
    let facet = match by {
        CountBy::Rule => Facet::Rule,
        CountBy::Tool => Facet::Tool,
    };
    let mut of_kinds = facets::values(tables, Facet::Kind)?;
    of_kinds.retain(|(_, kind)| kinds.contains(&kind.as_str()));
    let mut counting = tables.prepare_cached("SELECT count(*) FROM words WHERE words MATCH ?1 AND rowid >= ?2")?;
    let mut counts = Counts::new();
    for (id, value) in facets::values(tables, facet)? {
        let mut counted = Vec::new();
        for (kind_id, kind) in &of_kinds {
            let asked = format!("marks : (\"{}\" AND \"{}\")", mark(id), mark(*kind_id));
            let count: i64 = counting.query_row(params![asked, first], |row| row.get(0))?;
            if count > 0 {
                counted.push((kind.clone(), unsigned(count)));
            }
        }
        counts.insert(value, counted);
    }
    Ok(counts)
}
