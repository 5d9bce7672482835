//! The floor: what is wanted of it, and what there is to choose from.

use super::conversations::list;
use crate::codes::Coded;
use crate::error::ViewsError;
use crate::floor::{Floor, FloorSearch};
use crate::labels::ToolLabels;
use crate::rows::{ConversationRow, ConversationState};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::HashSet;

const LIVE: [ConversationState; 6] = [
    ConversationState::Unknown,
    ConversationState::Escalated,
    ConversationState::Held,
    ConversationState::Person,
    ConversationState::Agent,
    ConversationState::Customer,
];
const NEED_A_PERSON: [ConversationState; 3] =
    [ConversationState::Unknown, ConversationState::Escalated, ConversationState::Held];
const CLOSED: i64 = ConversationState::Closed as i64;
/// So many of those that ended last are looked through for what is wanted.
const LATELY: u32 = 200;

pub(crate) fn floor(tables: &Connection, labels: &ToolLabels, search: &FloorSearch) -> Result<Floor, ViewsError> {
    let live = Wanted::of(&FloorSearch::default()).count(tables)?;
    let wanted = Wanted::of(search);
    let mut rows = wanted.live(tables, labels, search.first)?;
    let left = search.first.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    rows.extend(wanted.lately_closed(tables, labels, left)?);
    Ok(Floor {
        live: live.iter().map(|(_, n)| n).sum(),
        needing: live.iter().filter(|(state, _)| NEED_A_PERSON.contains(state)).map(|(_, n)| n).sum(),
        found: wanted.count(tables)?,
        intents: choices(tables, "intent")?,
        channels: choices(tables, "channel")?,
        agents: choices(tables, "agent")?,
        teams: choices(tables, "team")?,
        besides: besides(tables, labels, search, &rows)?,
        rows,
    })
}

/// What a column holds among live ones. The condition is that of the index `conversations_live`, word for word.
fn choices(tables: &Connection, column: &str) -> Result<Vec<String>, ViewsError> {
    let sql =
        format!("SELECT DISTINCT {column} FROM conversations WHERE closed = 0 AND {column} IS NOT NULL ORDER BY 1");
    let mut statement = tables.prepare_cached(&sql)?;
    let all = statement.query_map([], |row| row.get(0))?;
    Ok(all.collect::<Result<_, _>>()?)
}

fn besides(
    tables: &Connection,
    labels: &ToolLabels,
    search: &FloorSearch,
    rows: &[ConversationRow],
) -> Result<Vec<ConversationRow>, ViewsError> {
    let listed: HashSet<_> = rows.iter().map(|row| &row.conversation).collect();
    let missing: Vec<_> = search.besides.iter().filter(|id| !listed.contains(id)).map(Coded).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; missing.len()].join(", ");
    list(tables, labels, &format!("WHERE c.conversation IN ({places}) ORDER BY c.urgency, c.rank, c.id"), missing)
}

/// What is wanted, as a condition over the columns and the values in it.
struct Wanted {
    condition: String,
    values: Vec<Value>,
}

impl Wanted {
    fn of(search: &FloorSearch) -> Self {
        let mut wanted = Self { condition: String::new(), values: Vec::new() };
        if !search.states.is_empty() {
            let places = vec!["?"; search.states.len()].join(", ");
            wanted.condition.push_str(&format!(" AND c.urgency IN ({places})"));
            wanted.values.extend(search.states.iter().map(|state| Value::from(*state as i64)));
        }
        for (column, value) in
            [("intent", &search.intent), ("channel", &search.channel), ("agent", &search.agent), ("team", &search.team)]
        {
            if let Some(value) = value {
                wanted.condition.push_str(&format!(" AND c.{column} = ?"));
                wanted.values.push(Value::from(value.clone()));
            }
        }
        wanted
    }

    fn values(&self, more: u32) -> Vec<Value> {
        self.values.iter().cloned().chain([Value::from(more)]).collect()
    }

    fn live(&self, tables: &Connection, labels: &ToolLabels, most: u32) -> Result<Vec<ConversationRow>, ViewsError> {
        let which = format!("WHERE c.urgency < {CLOSED}{} ORDER BY c.urgency, c.rank, c.id LIMIT ?", self.condition);
        list(tables, labels, &which, self.values(most))
    }

    /// However many have ended, only the last are looked through.
    fn lately_closed(
        &self,
        tables: &Connection,
        labels: &ToolLabels,
        most: u32,
    ) -> Result<Vec<ConversationRow>, ViewsError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let which = format!(
            "WHERE c.id IN (SELECT id FROM conversations WHERE urgency = {CLOSED} ORDER BY rank LIMIT {LATELY}){}
             ORDER BY c.urgency, c.rank, c.id LIMIT ?",
            self.condition
        );
        list(tables, labels, &which, self.values(most))
    }

    /// How many live ones are wanted, by what they wait for, the most urgent first.
    fn count(&self, tables: &Connection) -> Result<Vec<(ConversationState, u32)>, ViewsError> {
        let sql = format!(
            "SELECT c.urgency, count(*) FROM conversations c WHERE c.urgency < {CLOSED}{} GROUP BY c.urgency",
            self.condition
        );
        let mut statement = tables.prepare_cached(&sql)?;
        let counts = statement.query_map(params_from_iter(&self.values), |row| {
            let (urgency, count): (i64, u32) = (row.get(0)?, row.get(1)?);
            Ok(LIVE.into_iter().find(|state| *state as i64 == urgency).map(|state| (state, count)))
        })?;
        // The index alone answers: it has the urgency and not the state.
        Ok(counts.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }
}
