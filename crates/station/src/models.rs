//! The language models of a station: which an operator named, by a file or by one address, what they cost, and what they
//! are told. Where none is named, the playbook reasons alone.

use crate::assets::parsed;
use crate::error::StartError;
use crate::options::{OneModel, Options};
use countersign_agents::Playbook;
use countersign_agents::model::{
    Budget, ModelName, ModelReasoner, ModelSettings, Price, Prices, Prompts, Routes, Spending,
};
use countersign_agents::reasoner::Reasoner;
use countersign_domain::conversation::ModelStep;
use countersign_domain::time::Timestamp;
use countersign_llm::{Patience, Provider, Providers, Wire};
use countersign_projections::metrics::Period;
use countersign_projections::{Views, ViewsError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const FILE: &str = "models/models.toml";
const PRICES: &str = "models/prices.toml";
/// The provider that one address on the command line is.
const ONE: &str = "model";
const DAY_MICROS: i64 = 86_400_000_000;
/// The longest key that is read, in bytes.
const LONGEST_KEY: u64 = 4 * 1024;

/// `models/models.toml` of the assets, or the file behind `--models`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelsFile {
    provider: BTreeMap<String, ProviderEntry>,
    route: BTreeMap<String, BTreeMap<ModelStep, Vec<String>>>,
    budget: BudgetEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderEntry {
    wire: String,
    url: String,
    /// A file with the key and nothing else, beside this file.
    key_file: Option<PathBuf>,
}

/// In units of the reporting currency, as decimals.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetEntry {
    call: String,
    hardest_call: String,
    conversation: String,
    /// On all calls of a day, of UTC.
    day: String,
    /// On those of a class of intent in a day.
    #[serde(default)]
    intent: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PricesFile {
    as_of: String,
    in_euros: String,
    model: Vec<PriceEntry>,
}

/// Per million tokens, as decimals.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    name: String,
    read: String,
    cached: Option<String>,
    cache_written: Option<String>,
    written: String,
}

/// What reasons: language models over the playbook, or the playbook alone.
pub(crate) async fn reasoner(
    options: &Options,
    playbook: Playbook,
    (views, size, now): (&Views, u64, Timestamp),
) -> Result<Arc<dyn Reasoner>, StartError> {
    if options.one_model.is_none() && options.models.is_none() {
        return Ok(Arc::new(playbook));
    }
    let starter = options.assets.join(FILE);
    let path = options.models.clone().unwrap_or(starter);
    let file: ModelsFile = parsed(&path)?;
    let budget = file.budget.read().map_err(|why| StartError::content(&path, why))?;
    let (providers, routes) = match &options.one_model {
        Some(one) => one_model(one)?,
        None => (providers(&path, &file.provider)?, routes(&path, &file.route)?),
    };
    let table = options.prices.clone().unwrap_or_else(|| options.assets.join(PRICES));
    let mut prices = prices(&table)?;
    for model in routes.models() {
        let Some(provider) = providers.get(&model.provider) else {
            return Err(StartError::content(&path, format!("{model} is routed to, and it names no such provider")));
        };
        if provider.is_here() {
            prices.here.insert(model.provider.clone());
        } else if !provider.has_key() {
            let why = format!(
                "{model} is routed to, and there is no key for it: what customers write would go there for nothing"
            );
            return Err(StartError::content(&path, why));
        }
        prices.of(model).map_err(|why| StartError::content(&table, why))?;
    }
    let prompt = |name: &str| {
        let path = options.assets.join("prompts").join(name);
        std::fs::read_to_string(&path).map_err(|e| StartError::file(&path, &e))
    };
    let prompts = Prompts::read(&prompt("reason.md")?, &prompt("classify.md")?);
    let prompts = prompts.map_err(|why| StartError::content(options.assets.join("prompts"), why))?;
    let models = Providers::new(providers, Patience::default()).map_err(|why| StartError::content(&path, why))?;
    let settings = ModelSettings { routes, budget, prices, prompts };
    let spent = spent_today(views, size, now).await.map_err(|why| StartError::Views(why.to_string()))?;
    Ok(Arc::new(ModelReasoner::new(playbook, settings, Arc::new(models), spent)))
}

/// What today's calls have cost, once the views hold all that the log has.
async fn spent_today(views: &Views, size: u64, now: Timestamp) -> Result<Spending, ViewsError> {
    let from = now.plus_micros(-now.micros().rem_euclid(DAY_MICROS));
    views.reached(size).await?;
    let spent = views.spent(Period { from, to: from.plus_micros(DAY_MICROS) }).await?;
    Ok(Spending::from(now, spent.value))
}

type Named = BTreeMap<String, Provider>;

fn one_model(one: &OneModel) -> Result<(Named, Routes), StartError> {
    let key = one.key_file.as_deref().map(key).transpose()?.unwrap_or_default();
    let provider = Provider::new(one.wire, &one.url, key).map_err(|why| StartError::Arguments(format!("{why}.")))?;
    let model = ModelName { provider: ONE.to_owned(), name: one.name.clone() };
    Ok((BTreeMap::from([(ONE.to_owned(), provider)]), Routes::only(&model)))
}

fn providers(path: &Path, entries: &BTreeMap<String, ProviderEntry>) -> Result<Named, StartError> {
    let mut providers = BTreeMap::new();
    for (name, entry) in entries {
        let bad = |why: &dyn std::fmt::Display| StartError::content(path, format!("the provider {name}: {why}"));
        let wire = Wire::named(&entry.wire).ok_or_else(|| bad(&wires(&entry.wire)))?;
        // What it names lies beside it, wherever the station is started from.
        let beside = |name: &PathBuf| path.parent().unwrap_or(Path::new(".")).join(name);
        let key = entry.key_file.as_ref().map(|file| key(&beside(file))).transpose()?.unwrap_or_default();
        providers.insert(name.clone(), Provider::new(wire, &entry.url, key).map_err(|why| bad(&why))?);
    }
    Ok(providers)
}

pub(crate) fn wires(name: &str) -> String {
    format!("{name:?} is nothing that providers speak here: write anthropic, openai or openai-responses")
}

fn routes(path: &Path, table: &BTreeMap<String, BTreeMap<ModelStep, Vec<String>>>) -> Result<Routes, StartError> {
    let mut routes = BTreeMap::new();
    for (intent, steps) in table {
        let mut of = BTreeMap::new();
        for (step, models) in steps {
            let models = models.iter().map(|name| name.parse()).collect::<Result<Vec<ModelName>, _>>();
            of.insert(*step, models.map_err(|why| StartError::content(path, why))?);
        }
        routes.insert(intent.clone(), of);
    }
    Routes::new(routes).map_err(|why| StartError::content(path, why))
}

fn prices(path: &Path) -> Result<Prices, StartError> {
    let file: PricesFile = parsed(path)?;
    let bad = |why: String| StartError::content(path, why);
    let read = |text: &str| micros(text).map_err(|why| StartError::content(path, why));
    let mut models = BTreeMap::new();
    for entry in &file.model {
        let full = read(&entry.read)?;
        let or_full = |text: &Option<String>| text.as_deref().map_or(Ok(full), read);
        let price = Price {
            read: full,
            cached: or_full(&entry.cached)?,
            cache_written: or_full(&entry.cache_written)?,
            written: read(&entry.written)?,
        };
        if models.insert(entry.name.clone(), price).is_some() {
            return Err(bad(format!("{:?} has two prices", entry.name)));
        }
    }
    Ok(Prices { as_of: file.as_of.clone(), worth_micros: read(&file.in_euros)?, models, here: BTreeSet::new() })
}

impl BudgetEntry {
    fn read(&self) -> Result<Budget, String> {
        Ok(Budget {
            call_micros: micros(&self.call)?,
            hardest_micros: micros(&self.hardest_call)?,
            conversation_micros: micros(&self.conversation)?,
            day_micros: micros(&self.day)?,
            intent_micros: self
                .intent
                .iter()
                .map(|(intent, most)| Ok((intent.clone(), micros(most)?)))
                .collect::<Result<_, String>>()?,
        })
    }
}

/// A decimal such as `0.075` in millionths, exactly.
fn micros(text: &str) -> Result<u64, String> {
    let why = || format!("{text:?} is no amount such as \"0.25\", with at most six digits behind the point");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return Err(why());
    }
    let parse = |part: &str| part.parse::<u64>().ok();
    let fraction = parse(&format!("{fraction:0<6}"));
    let micros = parse(whole).and_then(|whole| whole.checked_mul(1_000_000)?.checked_add(fraction?));
    micros.filter(|micros| *micros <= 1_000_000_000_000).ok_or_else(why)
}

/// A key from a file that holds nothing else.
fn key(path: &Path) -> Result<Zeroizing<String>, StartError> {
    let size = std::fs::metadata(path).map_err(|e| StartError::file(path, &e))?.len();
    if size > LONGEST_KEY {
        return Err(StartError::content(path, "is longer than any key"));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|e| StartError::file(path, &e))?);
    let key = Zeroizing::new(text.trim().to_owned());
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(StartError::content(path, "holds no key: write the key and nothing else"));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        assert_eq!(micros("0.075"), Ok(75_000));
        assert_eq!(micros("15"), Ok(15_000_000));
        assert_eq!(micros("0.000001"), Ok(1));
        for bad in ["", ".5", "1.", "-1", "1e3", "0.0000001", "1,5", "99999999999999999999"] {
            assert!(micros(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_starter_table_routes_every_step_to_models_that_have_a_price() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets");
        let file: ModelsFile = parsed(&assets.join(FILE)).unwrap();
        let routes = routes(Path::new(FILE), &file.route).unwrap();
        let prices = prices(&assets.join(PRICES)).unwrap();
        for model in routes.models() {
            assert!(prices.of(model).is_ok(), "{model}");
            assert!(file.provider.contains_key(&model.provider), "{model}");
        }
        providers(Path::new(FILE), &file.provider).unwrap();
        file.budget.read().unwrap();
    }
}
