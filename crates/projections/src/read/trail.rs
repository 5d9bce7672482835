//! Searches over the trail. Words and facets are one question to the text index, which answers newest first; what no index
//! holds is compared record by record, and at most so many records that an answer never takes long.

use crate::amounts;
use crate::codes::{coded, moment, money, signed, unsigned};
use crate::error::ViewsError;
use crate::facets::{self, Facet};
use crate::labels::{self, ToolLabels};
use crate::text_index;
use crate::trail::{MOST_TRAIL_ROWS, TrailChoices, TrailFilter, TrailPage, TrailRow, TrailSearch, Who};
use countersign_domain::ids::PersonId;
use countersign_domain::money::Money;
use countersign_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most records that one answer compares one by one; it says where to look on.
const MOST_COMPARED: usize = 4_000;
/// A kind that so many of the latest records have, one in so many at least, is compared: the index would have to walk past
/// nearly everything that it holds.
const LATEST: u32 = 400;
const COMMON: u32 = 4;
/// The most choices of one filter.
const MOST_CHOICES: usize = 200;

const ROW: &str = "
SELECT t.position, t.at, k.value AS kind, w.facet AS who_facet, w.value AS who, o.value AS about, t.minor, t.currency,
    t.code, COALESCE(t.text, e.text) AS text, t.arguments AS changed, c.conversation, c.customer,
    COALESCE(c.erased, 0) AS erased, a.action, a.tool, a.proposed_arguments, a.proposed_minor, a.proposed_currency,
    wp.name AS who_name, op.name AS about_name
FROM trail t
JOIN facets k ON k.id = t.kind
LEFT JOIN facets w ON w.id = t.who
LEFT JOIN facets o ON o.id = t.about
LEFT JOIN people wp ON wp.person = w.value
LEFT JOIN people op ON op.person = o.value
LEFT JOIN entries e ON e.position = t.position AND e.kind IN (
    'opened', 'customer', 'agent', 'person', 'relayed', 'step'
)
LEFT JOIN conversations c ON c.id = t.conversation
LEFT JOIN actions a ON a.position = t.action
WHERE t.position = ?1";

/// Records, newest first.
pub(crate) fn search(tables: &Connection, labels: &ToolLabels, search: &TrailSearch) -> Result<TrailPage, ViewsError> {
    let mut page =
        TrailPage { rows: Vec::new(), next: None, indexed: text_index::indexed_to(tables)?, unknown: Vec::new() };
    let Some((from, until)) = range(tables, search)? else {
        question(tables, search, 0, &mut page.unknown)?;
        return Ok(page);
    };
    let asked = question(tables, search, until, &mut page.unknown)?;
    if !page.unknown.is_empty() {
        return Ok(page);
    }
    let limit = usize::try_from(search.limit.clamp(1, MOST_TRAIL_ROWS)).unwrap_or(1);
    let mut statement = match &asked.index {
        Some(_) => tables.prepare_cached(
            "SELECT rowid FROM words WHERE words MATCH ?3 AND rowid >= ?1 AND rowid < ?2 ORDER BY rowid DESC",
        )?,
        None if search.conversation.is_some() => tables.prepare_cached(
            "SELECT t.position FROM conversations c JOIN trail t ON t.conversation = c.id
             WHERE c.conversation = ?3 AND t.position >= ?1 AND t.position < ?2 ORDER BY t.position DESC",
        )?,
        None => tables.prepare_cached(
            "SELECT position FROM trail WHERE position >= ?1 AND position < ?2 AND ?3 IS NULL ORDER BY position DESC",
        )?,
    };
    let third = asked.index.as_deref().or(search.conversation.as_ref().map(|id| id.as_str()));
    let mut positions = statement.query(params![from, until, third])?;
    let mut compared = 0;
    while let Some(found) = positions.next()? {
        let position: i64 = found.get(0)?;
        // Where this answer ends, the next one looks on behind it.
        if page.rows.len() == limit || compared == MOST_COMPARED {
            page.next = Some(unsigned(position) + 1);
            break;
        }
        compared += 1;
        if let Some(row) = whole(tables, labels, position)?.filter(|row| row.holds(labels, search, &asked.kinds)) {
            page.rows.push(row.shown);
        }
    }
    Ok(page)
}

/// One record.
pub(crate) fn row(tables: &Connection, labels: &ToolLabels, position: u64) -> Result<Option<TrailRow>, ViewsError> {
    Ok(whole(tables, labels, signed(position))?.map(|row| row.shown))
}

/// What filters can be set to.
pub(crate) fn choices(tables: &Connection) -> Result<TrailChoices, ViewsError> {
    let of = |facet| -> Result<Vec<String>, ViewsError> {
        let mut values: Vec<String> = facets::values(tables, facet)?.into_iter().map(|(_, value)| value).collect();
        values.sort();
        values.truncate(MOST_CHOICES);
        Ok(values)
    };
    let names = names(tables)?;
    let mut people: Vec<String> = of(Facet::Person)?.iter().filter_map(|id| names.get(id).cloned()).collect();
    people.sort();
    people.dedup();
    Ok(TrailChoices {
        people,
        agents: of(Facet::Agent)?,
        tools: of(Facet::Tool)?,
        rules: of(Facet::Rule)?,
        decisions: of(Facet::Decision)?,
        kinds: of(Facet::Kind)?,
    })
}

fn names(tables: &Connection) -> Result<BTreeMap<String, String>, ViewsError> {
    let mut statement = tables.prepare_cached("SELECT person, name FROM people WHERE name IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is asked of whom.
struct Asked {
    /// The question to the text index; `None` where nothing is asked of it.
    index: Option<String>,
    /// The kinds of which a record must have one; empty where the index knows or nobody asks.
    kinds: Vec<String>,
}

fn question(
    tables: &Connection,
    search: &TrailSearch,
    until: i64,
    unknown: &mut Vec<TrailFilter>,
) -> Result<Asked, ViewsError> {
    let mut parts = Vec::new();
    let mut in_columns = |columns: &str, text: &str| -> Result<(), ViewsError> {
        let query = text_index::query(text)?;
        if !query.is_empty() {
            parts.push(format!("{columns} : ({query})"));
        }
        Ok(())
    };
    in_columns("{text customer arguments}", &search.words)?;
    if let Some(customer) = &search.customer {
        in_columns("customer", customer)?;
    }
    if let Some(order) = &search.order {
        // Whole: an order number is no beginning of another.
        in_columns("arguments", &format!("{order} "))?;
    }
    let names = names(tables)?;
    let mut kinds = Vec::new();
    for (filter, facet, wanted) in [
        (TrailFilter::Person, Facet::Person, &search.person),
        (TrailFilter::Agent, Facet::Agent, &search.agent),
        (TrailFilter::Tool, Facet::Tool, &search.tool),
        (TrailFilter::Rule, Facet::Rule, &search.rule),
        (TrailFilter::Decision, Facet::Decision, &search.decision),
        (TrailFilter::Kind, Facet::Kind, &search.kind),
    ] {
        let Some(wanted) = wanted else { continue };
        let wanted = wanted.to_lowercase();
        let (mut parted, mut exact) = (Vec::new(), Vec::new());
        for (id, value) in facets::values(tables, facet)? {
            let called = if facet == Facet::Person { names.get(&value) } else { Some(&value) };
            let Some(called) = called.map(|name| name.to_lowercase()) else { continue };
            if called == wanted {
                exact.push((id, value));
            } else if called.contains(&wanted) {
                parted.push((id, value));
            }
        }
        // What is named whole is that one: refund-over-50 is not refund-over-500.
        let found = if exact.is_empty() { parted } else { exact };
        let marks: Vec<String> = found.iter().map(|(id, _)| facets::mark(*id)).collect();
        match any_of(&marks) {
            None => unknown.push(filter),
            Some(_) if facet == Facet::Kind && !parts.is_empty() && common(tables, &found, until)? => {
                kinds = found.into_iter().map(|(_, value)| value).collect();
            }
            Some(part) => parts.push(part),
        }
    }
    if search.least.is_some() || search.most.is_some() || search.currency.is_some() {
        let wanted = amounts::digits_between(search.least, search.most);
        let known = facets::values(tables, Facet::Digits)?;
        let marks: Vec<String> = known
            .into_iter()
            .filter(|(_, digits)| wanted.contains(&digits.as_str()))
            .map(|(id, _)| facets::mark(id))
            .collect();
        // No amount has that many digits: nothing is found, and nothing is called unknown.
        parts.push(any_of(&marks).unwrap_or_else(|| format!("marks : {}", facets::mark(0))));
    }
    Ok(Asked { index: (!parts.is_empty()).then(|| parts.join(" AND ")), kinds })
}

/// Whether many of the latest records before a position have one of these kinds.
fn common(tables: &Connection, kinds: &[(i64, String)], until: i64) -> Result<bool, ViewsError> {
    let mut latest =
        tables.prepare_cached("SELECT kind FROM trail WHERE position < ?1 ORDER BY position DESC LIMIT ?2")?;
    let mut rows = latest.query(params![until, LATEST])?;
    let (mut seen, mut have) = (0, 0);
    while let Some(row) = rows.next()? {
        let kind: i64 = row.get(0)?;
        seen += 1;
        have += u32::from(kinds.iter().any(|(id, _)| *id == kind));
    }
    Ok(have * COMMON >= seen)
}

fn any_of(marks: &[String]) -> Option<String> {
    let marks: Vec<String> = marks.iter().map(|mark| format!("\"{mark}\"")).collect();
    (!marks.is_empty()).then(|| format!("marks : ({})", marks.join(" OR ")))
}

/// Positions between which records may lie; `None` where none can.
fn range(tables: &Connection, search: &TrailSearch) -> Result<Option<(i64, i64)>, ViewsError> {
    let (mut from, mut until) = (0, search.before.map_or(i64::MAX, signed));
    if let Some(moment) = search.from {
        from = first_at(tables, moment)?;
    }
    if let Some(moment) = search.until {
        until = until.min(first_at(tables, moment)?);
    }
    if let Some(conversation) = &search.conversation {
        let (first, last): (Option<i64>, Option<i64>) = tables
            .prepare_cached(
                "SELECT MIN(t.position), MAX(t.position) FROM conversations c JOIN trail t ON t.conversation = c.id
                 WHERE c.conversation = ?1",
            )?
            .query_row(params![conversation.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((first, last)) = first.zip(last) else { return Ok(None) };
        from = from.max(first);
        until = until.min(last + 1);
    }
    Ok((from < until).then_some((from, until)))
}

/// The first position that was stored at this moment or later. Times never run backwards, so halving finds it.
pub(crate) fn first_at(tables: &Connection, moment: Timestamp) -> Result<i64, ViewsError> {
    let end: Option<i64> = tables.prepare_cached("SELECT MAX(position) FROM trail")?.query_row([], |row| row.get(0))?;
    let (mut low, mut high) = (0, end.map_or(0, |end| end + 1));
    let mut next =
        tables.prepare_cached("SELECT position, at FROM trail WHERE position >= ?1 ORDER BY position LIMIT 1")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found = next.query_row(params![middle], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        match found.optional()? {
            Some((position, at)) if at < moment.micros() => low = position + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// A record with what only a comparison needs.
struct Whole {
    shown: TrailRow,
    arguments: Option<Value>,
}

impl Whole {
    /// What no index holds or was asked for.
    fn holds(&self, labels: &ToolLabels, search: &TrailSearch, kinds: &[String]) -> bool {
        let row = &self.shown;
        let amount = |money: &Money| {
            let thousandths = amounts::thousandths(money);
            search.least.is_none_or(|least| thousandths >= i128::from(least))
                && search.most.is_none_or(|most| thousandths <= i128::from(most))
                && search.currency.as_ref().is_none_or(|currency| money.currency == *currency)
        };
        let ranged = search.least.is_some() || search.most.is_some() || search.currency.is_some();
        let object = |wanted: &String| {
            let (tool, arguments) = (row.tool.as_deref()?, self.arguments.as_ref()?);
            Some(labels::object_value(labels, tool, arguments)?.to_lowercase() == wanted.trim().to_lowercase())
        };
        (kinds.is_empty() || kinds.contains(&row.kind))
            && (!ranged || row.money.as_ref().is_some_and(amount))
            && (search.conversation.is_none() || row.conversation == search.conversation)
            // A tool without a label does not say which argument is its object: any one is.
            && search.order.as_ref().is_none_or(|wanted| object(wanted).unwrap_or(!labelled(labels, row)))
    }
}

fn labelled(labels: &ToolLabels, row: &TrailRow) -> bool {
    let label = row.tool.as_ref().and_then(|tool| labels.get(tool));
    label.is_some_and(|label| label.object_argument.is_some())
}

fn whole(tables: &Connection, labels: &ToolLabels, position: i64) -> Result<Option<Whole>, ViewsError> {
    let mut statement = tables.prepare_cached(ROW)?;
    Ok(statement.query_row(params![position], |row| read(row, labels)).optional()?)
}

fn read(row: &Row<'_>, labels: &ToolLabels) -> rusqlite::Result<Whole> {
    let kind: String = row.get("kind")?;
    let tool: Option<String> = row.get("tool")?;
    let customer: Option<String> = row.get("customer")?;
    let changed: Option<String> = row.get("changed")?;
    let arguments = changed.or(row.get("proposed_arguments")?).and_then(|text| serde_json::from_str(&text).ok());
    let money_now = money(row, "minor", "currency")?;
    let proposed = money(row, "proposed_minor", "proposed_currency")?;
    let words = tool
        .as_ref()
        .map(|tool| labels::wording(labels, tool, arguments.as_ref(), money_now.as_ref(), customer.as_deref()));
    let shown = TrailRow {
        position: unsigned(row.get("position")?),
        at: moment(row, "at")?,
        who: who(row, &kind)?,
        about: match row.get::<_, Option<String>>("about")? {
            Some(_) => Some((coded::<PersonId>(row, "about")?, row.get("about_name")?)),
            None => None,
        },
        conversation: row.get::<_, Option<String>>("conversation")?.map(|_| coded(row, "conversation")).transpose()?,
        erased: row.get("erased")?,
        action: row.get::<_, Option<String>>("action")?.map(|_| coded(row, "action")).transpose()?,
        noun: words.as_ref().map(|words| words.noun.clone()),
        object: words.and_then(|words| words.object),
        money_before: proposed.filter(|before| kind == "action.overridden" && money_now.as_ref() != Some(before)),
        money: money_now,
        code: row.get("code")?,
        text: row.get("text")?,
        kind,
        customer,
        tool,
    };
    Ok(Whole { shown, arguments })
}

/// The kinds that customers cause.
const BY_CUSTOMERS: [&str; 6] = [
    "conversation.opened",
    "conversation.received",
    "conversation.reopened",
    "conversation.rated",
    "conversation.sign_in_asked",
    "conversation.signed_in",
];

fn who(row: &Row<'_>, kind: &str) -> rusqlite::Result<Who> {
    let facet: Option<String> = row.get("who_facet")?;
    Ok(match facet.as_deref() {
        Some("agent") => Who::Agent { name: row.get("who")? },
        Some(_) => Who::Person { person: coded(row, "who")?, name: row.get("who_name")? },
        None if BY_CUSTOMERS.contains(&kind) => Who::Customer,
        // It is closed by the customer, or by the station for its reasons.
        None if kind == "conversation.closed" && row.get_ref("code")?.as_str_or_null()? == Some("customer_done") => {
            Who::Customer
        }
        None => Who::Gate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::TABLES;

    #[test]
    fn a_search_walks_an_index_and_sorts_nothing() {
        let tables = Connection::open_in_memory().unwrap();
        tables.execute_batch(TABLES).unwrap();
        for sql in [
            "SELECT rowid FROM words WHERE words MATCH 'a' AND rowid >= 1 AND rowid < 9 ORDER BY rowid DESC",
            "SELECT t.position FROM conversations c JOIN trail t ON t.conversation = c.id
             WHERE c.conversation = 'c' AND t.position >= 1 AND t.position < 9 ORDER BY t.position DESC",
            "SELECT position FROM trail WHERE position >= 1 AND position < 9 ORDER BY position DESC",
            &ROW.replace("?1", "1"),
        ] {
            let mut statement = tables.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
            assert!(plan.iter().all(|step| !step.contains("TEMP B-TREE")), "{sql}: {plan:?}");
            let scans = |step: &&String| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE");
            assert!(plan.iter().find(scans).is_none(), "{sql}: {plan:?}");
        }
    }
}
