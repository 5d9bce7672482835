//! Backup, restore and export as commands of the headless program.

use crate::backup::backup;
use crate::backup_error::BackupError;
use crate::export_events::export_events;
use crate::restore::{Restore, restore};
use countersign_domain::action::Phase;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
  backup --data FOLDER --to FILE [--with-keys]
  restore --from FILE --data FOLDER (--erased FILE | --nobody-erased) [--keys FOLDER] [--checkpoint FILE]
  export-events --data FOLDER --to FILE";

/// Runs the command that the arguments begin with; `None` if they begin with none.
pub async fn run_command(arguments: &[String]) -> Option<Result<String, String>> {
    let (word, arguments) = arguments.split_first()?;
    Some(match word.as_str() {
        "backup" => back_up(arguments).map_err(|error| format!("The backup was not made: {error}")),
        "restore" => bring_back(arguments).await.map_err(|error| format!("Nothing was restored: {error}")),
        "export-events" => events(arguments),
        _ => return None,
    })
}

/// The values behind the words that take one, and the words that stand alone.
struct Words<'a> {
    values: Vec<(&'a str, &'a str)>,
    alone: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn read(arguments: &'a [String], with_value: &[&str], alone: &[&str]) -> Result<Self, BackupError> {
        let mut words = Self { values: Vec::new(), alone: Vec::new() };
        let mut left = arguments.iter().map(String::as_str);
        while let Some(word) = left.next() {
            if alone.contains(&word) {
                words.alone.push(word);
            } else if with_value.contains(&word) {
                let value = left.next().ok_or_else(|| wrong(format!("{word} needs a value behind it.")))?;
                words.values.push((word, value));
            } else {
                return Err(wrong(format!("{word:?} is not known.")));
            }
        }
        Ok(words)
    }

    fn value(&self, word: &str) -> Option<&'a str> {
        self.values.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }

    fn path(&self, word: &str) -> Option<PathBuf> {
        self.value(word).map(PathBuf::from)
    }

    fn needed(&self, word: &str) -> Result<PathBuf, BackupError> {
        self.path(word).ok_or_else(|| wrong(format!("{word} is needed.")))
    }
}

fn wrong(why: String) -> BackupError {
    BackupError::Arguments(why)
}

fn back_up(arguments: &[String]) -> Result<String, BackupError> {
    let words = Words::read(arguments, &["--data", "--to"], &["--with-keys"])?;
    let with_keys = words.alone.contains(&"--with-keys");
    let made = backup(&words.needed("--data")?, &words.needed("--to")?, with_keys)?;
    let opens = if made.with_keys {
        "It holds the keys that open it: whoever has this file can read everything."
    } else {
        "It opens only with this station's master.key, which is not in it: keep a copy of that elsewhere, and of \
         erased.keys, which no backup holds."
    };
    let (file, size, checkpoint) = (made.file.display(), made.size, made.checkpoint);
    Ok(format!("{file} holds {size} records.\n{opens}\nIts checkpoint, to keep apart from it:\n\n{checkpoint}"))
}

async fn bring_back(arguments: &[String]) -> Result<String, BackupError> {
    let with_value = ["--from", "--data", "--erased", "--keys", "--checkpoint"];
    let words = Words::read(arguments, &with_value, &["--nobody-erased"])?;
    let erased = match (words.path("--erased"), words.alone.is_empty()) {
        (Some(list), true) => Some(list),
        (None, false) => None,
        _ => {
            let why = "Say with --erased FILE which keys were erased until now (erased.keys of the old data folder, or its \
                       newest copy), or with --nobody-erased that nobody was: a backup brings back what was erased since.";
            return Err(wrong(why.to_owned()));
        }
    };
    let asked = Restore {
        from: words.needed("--from")?,
        data: words.needed("--data")?,
        erased,
        keys: words.path("--keys"),
        checkpoint: words.path("--checkpoint"),
    };
    let made = restore(&asked).await?;
    let mut lines = vec![format!(
        "{} goes on from {} records of {}. {} erased keys were destroyed again.",
        made.log, made.before.size, made.before.log, made.erased
    )];
    lines.extend(made.last_known.map(|head| {
        format!("The old log is known to have had {} records: {} are lost.", head.size, head.size - made.before.size)
    }));
    lines.push(
        "Everything is stopped. Start the station; what was open is settled with its tools, then resume.".to_owned(),
    );
    lines.push(format!("Open in the backup: {}", made.open.len()));
    for action in made.open {
        let money = action.money.as_ref().map(|money| format!(" {money}")).unwrap_or_default();
        lines.push(format!("  {} {}{money}: {}", action.proposed.action, action.proposed.tool, stands(action.phase)));
    }
    Ok(lines.join("\n"))
}

fn events(arguments: &[String]) -> Result<String, String> {
    let words = Words::read(arguments, &["--data", "--to"], &[]).map_err(|error| error.to_string())?;
    let place = |word| words.needed(word).map_err(|error| error.to_string());
    let (data, to) = (place("--data")?, place("--to")?);
    let size = export_events(&data, &to).map_err(|error| error.to_string())?;
    Ok(format!("{size} records are in {}, one a line, without what is sealed.", to.display()))
}

fn stands(phase: Phase) -> &'static str {
    match phase {
        Phase::Proposed => "proposed",
        Phase::Allowed => "allowed, not started",
        Phase::Held => "held",
        Phase::Approved => "approved, not started",
        Phase::Waiting => "approved, can still be taken back",
        Phase::Started => "started, without an outcome",
        _ => "of unknown outcome",
    }
}
