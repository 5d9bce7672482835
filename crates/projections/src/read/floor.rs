//! The floor: what is wanted of it, and what there is to choose from.

use super::conversations::list;
use crate::codes::Coded;
use crate::error::ViewsError;
use crate::floor::{Floor, FloorSearch};
use crate::labels::ToolLabels;
use crate::rows::{ConversationRow, ConversationState};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::{BTreeSet, HashSet};

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
    let [intents, channels, agents, teams] = choices(tables)?;
    Ok(Floor {
        live: live.iter().map(|(_, n)| n).sum(),
        needing: live.iter().filter(|(state, _)| NEED_A_PERSON.contains(state)).map(|(_, n)| n).sum(),
        found: if wanted.is_everything() { live } else { wanted.count(tables)? },
        intents,
        channels,
        agents,
        teams,
        besides: besides(tables, labels, search, &rows)?,
        rows,
    })
}

/// What the columns of a live one hold, in order.
const CHOICES: [&str; 4] = ["intent", "channel", "agent", "team"];

/// What each of [`CHOICES`] holds among live ones, from one pass over them. The condition is that of the index
/// `conversations_live`, word for word, and the columns stand in its order.
fn choices(tables: &Connection) -> Result<[Vec<String>; CHOICES.len()], ViewsError> {
    let sql = format!("SELECT DISTINCT {} FROM conversations WHERE closed = 0 AND within IS NULL", CHOICES.join(", "));
    let mut statement = tables.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = [const { BTreeSet::new() }; CHOICES.len()];
    while let Some(row) = rows.next()? {
        for (column, values) in found.iter_mut().enumerate() {
            values.extend(row.get::<_, Option<String>>(column)?);
        }
    }
    Ok(found.map(|values| values.into_iter().collect()))
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

    fn is_everything(&self) -> bool {
        self.condition.is_empty()
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
