//! Which model takes which step of which class of intent, and who comes next where it does not answer; and what may be
//! spent.

use countersign_domain::conversation::ModelStep;
use std::collections::BTreeMap;

/// The class of intent whose route every class takes that has none of its own.
pub const ANY_INTENT: &str = "any";
/// The most models of one route.
const MOST_MODELS: usize = 6;

/// A model, as operators name it: `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName {
    /// The provider, as the operator named it.
    pub provider: String,
    /// The model, as the provider names it.
    pub name: String,
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.name)
    }
}

impl std::str::FromStr for ModelName {
    type Err = RoutesError;

    fn from_str(text: &str) -> Result<Self, RoutesError> {
        match text.split_once('/') {
            Some((provider, name)) if !provider.is_empty() && !name.is_empty() => {
                Ok(Self { provider: provider.to_owned(), name: name.to_owned() })
            }
            _ => Err(RoutesError::Name(text.to_owned())),
        }
    }
}

/// What is wrong with routes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutesError {
    /// No name of a model.
    #[error("{0:?} is no model: write provider/model, such as anthropic/claude-sonnet-4-6")]
    Name(String),
    /// No route for every class.
    #[error("there is no route \"{ANY_INTENT}\", which classes of intent take that have none of their own")]
    NoAny,
    /// Too many models, or none.
    #[error("the route of {intent:?} for {step} names {count} models: name 1 to {MOST_MODELS}")]
    Count {
        /// The class of intent.
        intent: String,
        /// The step.
        step: &'static str,
        /// How many.
        count: usize,
    },
    /// A step is missing.
    #[error("the route of {ANY_INTENT:?} says nothing of the step {0}")]
    NoStep(&'static str),
}

/// Class of intent × step -> models, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes(BTreeMap<String, BTreeMap<ModelStep, Vec<ModelName>>>);

impl Routes {
    /// Checks a table. A class takes the steps of [`ANY_INTENT`] that it does not say itself.
    pub fn new(table: BTreeMap<String, BTreeMap<ModelStep, Vec<ModelName>>>) -> Result<Self, RoutesError> {
        let any = table.get(ANY_INTENT).ok_or(RoutesError::NoAny)?;
        if let Some(missing) = ModelStep::ALL.into_iter().find(|step| !any.contains_key(step)) {
            return Err(RoutesError::NoStep(missing.name()));
        }
        for (intent, steps) in &table {
            for (step, models) in steps {
                if !(1..=MOST_MODELS).contains(&models.len()) {
                    let (intent, step) = (intent.clone(), step.name());
                    return Err(RoutesError::Count { intent, step, count: models.len() });
                }
            }
        }
        Ok(Self(table))
    }

    /// One model for everything.
    pub fn only(model: &ModelName) -> Self {
        let steps = ModelStep::ALL.into_iter().map(|step| (step, vec![model.clone()])).collect();
        Self(BTreeMap::from([(ANY_INTENT.to_owned(), steps)]))
    }

    /// The models for a step, in order.
    pub fn of(&self, intent: &str, step: ModelStep) -> &[ModelName] {
        let own = self.0.get(intent).and_then(|steps| steps.get(&step));
        let any = || self.0.get(ANY_INTENT).and_then(|steps| steps.get(&step));
        own.or_else(any).map_or(&[], Vec::as_slice)
    }

    /// Every model that is named.
    pub fn models(&self) -> impl Iterator<Item = &ModelName> {
        self.0.values().flat_map(BTreeMap::values).flatten()
    }
}

/// What may be spent on models, in millionths of the reporting currency's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// On one call.
    pub call_micros: u64,
    /// On one conversation.
    pub conversation_micros: u64,
    /// On one call for the hardest steps.
    pub hardest_micros: u64,
    /// On all calls of a day.
    pub day_micros: u64,
    /// On those of a class of intent in a day, where that is said.
    pub intent_micros: BTreeMap<String, u64>,
}
