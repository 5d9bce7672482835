//! The rows of the summary: what was measured, what stands beside it, and whether a goal holds.

use serde_json::{Value, json};

/// What is asked of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// The value over what stands beside it.
    RatioAtLeast(f64),
    /// The same.
    RatioAtMost(f64),
    /// The value itself.
    AtMost(f64),
}

/// One measured figure.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    /// In the same unit.
    beside: Option<f64>,
    goal: Option<Goal>,
}

impl Row {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value: Some(value), unit, beside: None, goal: None }
    }

    /// A row whose figure this run could not measure.
    pub(crate) fn not_measured(name: impl Into<String>, unit: &'static str) -> Self {
        Self { name: name.into(), value: None, unit, beside: None, goal: None }
    }

    pub(crate) fn beside(self, beside: f64) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// The same, where what stands beside could perhaps not be measured.
    pub(crate) fn perhaps_beside(self, beside: Option<f64>) -> Self {
        Self { beside, ..self }
    }

    pub(crate) fn goal(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    fn ratio(&self) -> Option<f64> {
        Some(self.value? / self.beside.filter(|b| *b > 0.0)?)
    }

    /// Whether the goal holds; `None` without a goal. What could not be measured does not hold.
    fn holds(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::RatioAtLeast(least) => self.ratio().is_some_and(|ratio| ratio >= least),
            Goal::RatioAtMost(most) => self.ratio().is_some_and(|ratio| ratio <= most),
            Goal::AtMost(most) => self.value.is_some_and(|value| value <= most),
        })
    }

    fn json(&self) -> Value {
        let goal = self.goal.map(|goal| match goal {
            Goal::RatioAtLeast(number) | Goal::RatioAtMost(number) | Goal::AtMost(number) => number,
        });
        json!({
            "name": self.name, "value": self.value.map(short), "unit": self.unit, "beside": self.beside.map(short),
            "ratio": self.ratio().map(short), "goal": goal, "holds": self.holds(),
        })
    }
}

/// Four significant digits say all that such a measurement can.
fn short(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap()
}

/// The summary's text.
pub(crate) fn to_json(rows: &[Row]) -> String {
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
    serde_json::to_string_pretty(&rows).unwrap() + "\n"
}

/// The summary for people.
pub(crate) fn print(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    println!("\n{:width$}  {:>12} {:9} {:>10} {:>8}  {:10} holds", "", "value", "unit", "beside", "ratio", "goal");
    for row in rows {
        let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), |n| short(n).to_string());
        let value = row.value.map_or_else(|| "not measured".to_owned(), |n| short(n).to_string());
        let ratio = row.ratio().map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
        let goal = match row.goal {
            Some(Goal::RatioAtLeast(n)) => format!("ratio ≥ {n}"),
            Some(Goal::RatioAtMost(n)) => format!("ratio ≤ {n}"),
            Some(Goal::AtMost(n)) => format!("≤ {n}"),
            None => "-".to_owned(),
        };
        let holds = row.holds().map_or("-", |holds| if holds { "yes" } else { "NO" });
        let beside = number(row.beside);
        println!("{:width$}  {value:>12} {:9} {beside:>10} {ratio:>8}  {goal:10} {holds}", row.name, row.unit);
    }
}
