//! All articles, and the search over their passages: SQLite's FTS5 in memory, built from the files at start.
//!
//! BM25 ranks passages; it would always find one. So a passage counts only if it holds enough of what the query asks
//! for, its rarer words counting more.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Article, KnowledgeError};

/// The share of the query's weight that a passage must hold.
const ENOUGH: f64 = 0.4;
/// The most passages of one answer.
const MOST_PASSAGES: usize = 5;
/// The most words of a query that are looked at.
const MOST_WORDS: usize = 40;
/// The largest file, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// Words that say nothing of a subject, in the languages of the shop.
const EMPTY: &str = "a an and are as at be been but by can could did do does for from get go got had has have how i if in is it \
     its just may me my need of on one or our out please shall should so some than that the their them then there these they this to \
     up us want was we were what when where which who why will with would you your about any am im id ive like tell know \
     el la los las un una de del que qué en y a por para con mi me es se puedo puede cómo cuánto cuánta cuándo qué hay tengo \
     der die das ein eine einen und ist in im zu zum zur den dem des mit für von auf wie was wann wo ich sie mir mein meine kann \
     man es gibt haben hat le les des du une et est je vous il à au aux pour sur dans que quel quelle quels quelles comment combien \
     quand où mon ma mes puis peut on ai avez";

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Outcome {
    Passage,
    Nothing,
}

/// What `search_articles` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// `passage`: there is one; `nothing`: no passage says enough of what was asked.
    pub found: Outcome,
    /// The best passage, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FoundPassage")]
    pub best: Option<FoundPassage>,
    /// The best passages, at most five, best first.
    pub passages: Vec<FoundPassage>,
}

/// A passage with its place, to be cited by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPassage {
    /// The article's id.
    pub article_id: String,
    /// The article's title.
    pub title: String,
    /// The heading above the passage.
    pub heading: String,
    /// Its lines in the article's text, such as 8 or 8-9.
    pub lines: String,
    /// Its words.
    pub text: String,
    /// How much of the query's weight it holds, in thousandths.
    pub holds_permille: i64,
}

/// The articles and their index.
#[derive(Debug)]
pub struct Library {
    articles: BTreeMap<String, Article>,
    index: Mutex<Connection>,
}

impl Library {
    /// Reads every `.md` file of a folder.
    pub fn open(folder: &Path) -> Result<Self, KnowledgeError> {
        let failed = |why| KnowledgeError::Folder { folder: folder.to_owned(), why };
        let mut articles = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".md")) else { continue };
            if std::fs::metadata(&path).map_err(failed)?.len() > LARGEST_FILE {
                return Err(KnowledgeError::Article { article: id.to_owned(), why: "is larger than 256 kB" });
            }
            articles.insert(id.to_owned(), Article::read(id, &std::fs::read_to_string(&path).map_err(failed)?)?);
        }
        let index = Connection::open_in_memory()?;
        index.execute_batch(
            "CREATE VIRTUAL TABLE passages USING fts5 (
                 title, also, heading, body, article UNINDEXED, lines UNINDEXED,
                 tokenize = 'porter unicode61 remove_diacritics 2')",
        )?;
        for article in articles.values() {
            for passage in article.passages() {
                let lines = match (passage.first_line, passage.last_line) {
                    (first, last) if first == last => first.to_string(),
                    (first, last) => format!("{first}-{last}"),
                };
                index.execute(
                    "INSERT INTO passages (title, also, heading, body, article, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![article.title, article.also, passage.heading, passage.text, article.article_id, lines],
                )?;
            }
        }
        Ok(Self { articles, index: Mutex::new(index) })
    }

    /// A whole article.
    pub fn article(&self, id: &str) -> Result<Article, KnowledgeError> {
        self.articles.get(id.trim()).cloned().ok_or(KnowledgeError::NoSuchArticle)
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.articles.len()
    }

    /// The passages that say most of what the query asks for.
    pub fn search(&self, query: &str) -> Result<Found, KnowledgeError> {
        let words = telling_words(query);
        if words.is_empty() {
            return Err(KnowledgeError::NoWords);
        }
        let index = self.index();
        let all: i64 = index.query_row("SELECT count(*) FROM passages", [], |row| row.get(0))?;
        let mut weight = 0.0;
        let mut held: BTreeMap<i64, f64> = BTreeMap::new();
        for word in &words {
            let mut having = index.prepare_cached("SELECT rowid FROM passages WHERE passages MATCH ?1")?;
            let rows = having.query_map([quoted(word)], |row| row.get(0))?.collect::<Result<BTreeSet<i64>, _>>()?;
            let of_word = (1.0 + all as f64 / (1.0 + rows.len() as f64)).ln();
            weight += of_word;
            for row in rows {
                *held.entry(row).or_default() += of_word;
            }
        }
        let any = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" OR ");
        let mut ranked = index.prepare_cached(
            "SELECT rowid, article, title, heading, lines, body FROM passages WHERE passages MATCH ?1
             ORDER BY bm25(passages, 6.0, 5.0, 4.0, 1.0), rowid LIMIT 40",
        )?;
        let rows = ranked.query_map([any], |row| {
            let share = held.get(&row.get(0)?).copied().unwrap_or_default() / weight;
            // Between 0 and 1000, so the cast cuts nothing but the fraction.
            let holds_permille = (1000.0 * share) as i64;
            Ok(FoundPassage {
                article_id: row.get(1)?,
                title: row.get(2)?,
                heading: row.get(3)?,
                lines: row.get(4)?,
                text: row.get(5)?,
                holds_permille,
            })
        })?;
        let mut passages = rows.collect::<Result<Vec<_>, _>>()?;
        passages.retain(|passage| passage.holds_permille as f64 >= 1000.0 * ENOUGH);
        // Stable: among those that hold the same, BM25's order stays.
        passages.sort_by_key(|passage| -passage.holds_permille);
        passages.truncate(MOST_PASSAGES);
        let best = passages.first().cloned();
        let found = if best.is_some() { Outcome::Passage } else { Outcome::Nothing };
        Ok(Found { found, best, passages })
    }

    fn index(&self) -> MutexGuard<'_, Connection> {
        // Reads only: whoever panicked has left nothing half done.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The words of a query that say something, each once.
fn telling_words(query: &str) -> Vec<String> {
    let empty: BTreeSet<&str> = EMPTY.split_whitespace().collect();
    let mut words: Vec<String> = Vec::new();
    for word in query.to_lowercase().replace(['\'', '’'], " ").split(|c: char| !c.is_alphanumeric()) {
        let telling = word.chars().count() > 1 && !empty.contains(word);
        if telling && words.len() < MOST_WORDS && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// A word as FTS5 takes it literally.
fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}
