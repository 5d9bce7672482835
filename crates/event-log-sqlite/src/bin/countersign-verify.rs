//! `countersign-verify PATH`: whether a log, or a case exported from one, is what it claims to be. It needs nothing of a
//! station: it reads, says what it found, and ends with 0 (holds), 1 (wrong, with the first bad position) or 2 (unreadable).

use countersign_domain::ids::LogId;
use countersign_event_log::checkpoint::TreeHead;
use countersign_event_log::verify::{
    Against, Case, Depth, KeptNote, NoteOrigin, Report, Source, Unreadable, verify, verify_case,
};
use countersign_event_log_sqlite::{LogFile, VERIFIER_KEY};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
countersign-verify [OPTIONS] PATH

  PATH                a data folder, its log.db, or a case that was exported
  --key FILE          the station's verifier key as you got it from somewhere else (its text or its file); without it,
                      the one that lies beside the log is taken, which whoever replaced the log can replace too
  --checkpoint FILE   a checkpoint that somebody else holds; may be given several times
  --bytes             look at bytes and tree only, not at what the records say
  --threads N         how many threads to use (default: as many as there are cores)

It ends with 0 if everything holds, with 1 if something is wrong, and with 2 if the log cannot be read.";

#[derive(Default)]
struct Options {
    path: Option<PathBuf>,
    key: Option<String>,
    checkpoints: Vec<PathBuf>,
    bytes: bool,
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let done = options(std::env::args().skip(1)).and_then(|options| run(&options));
    let (lines, code) = match done {
        Ok(report) => (report.in_words(), if report.is_good() { 0 } else { 1 }),
        Err(why) => (vec![why], 2),
    };
    let _ = writeln!(std::io::stdout(), "{}", lines.join("\n"));
    ExitCode::from(code)
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(word) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{word} needs a value behind it.\n\n{USAGE}"));
        match word.as_str() {
            "--key" => options.key = Some(value()?),
            "--checkpoint" => options.checkpoints.push(value()?.into()),
            "--bytes" => options.bytes = true,
            "--threads" => {
                let threads = value()?.parse().map_err(|_| format!("--threads takes a number.\n\n{USAGE}"))?;
                options.threads = Some(threads);
            }
            "--help" => return Err(USAGE.to_owned()),
            _ if word.starts_with("--") || options.path.is_some() => {
                return Err(format!("{word:?} is not known.\n\n{USAGE}"));
            }
            _ => options.path = Some(word.into()),
        }
    }
    if options.path.is_none() { Err(USAGE.to_owned()) } else { Ok(options) }
}

fn run(options: &Options) -> Result<Report, String> {
    let path = options.path.as_deref().unwrap_or(Path::new("."));
    let told = |why: Unreadable| why.to_string();
    if let Some(case) = case(path)? {
        return verified_case(&case, options);
    }
    let log = LogFile::open(path).map_err(told)?;
    let mut notes = Vec::from_iter(log.second_note().map_err(told)?);
    notes.extend(outside(options)?);
    let depth = if options.bytes { Depth::Bytes } else { Depth::Meaning };
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or_else(cores).clamp(1, 64);
    let key = key(options, &log)?;
    verify(&log, &Against { key, notes, depth, threads }).map_err(told)
}

/// The case in a file, if it is one: a database begins otherwise.
fn case(path: &Path) -> Result<Option<Case>, String> {
    let unreadable = |e: std::io::Error| format!("{} could not be read: {e}", path.display());
    if path.is_dir() {
        return Ok(None);
    }
    let mut first = [0; 1];
    std::fs::File::open(path).and_then(|mut file| file.read(&mut first)).map_err(unreadable)?;
    if first != *b"{" {
        return Ok(None);
    }
    let text = std::fs::read(path).map_err(unreadable)?;
    serde_json::from_slice(&text).map(Some).map_err(|e| format!("{} is no case: {e}", path.display()))
}

fn verified_case(case: &Case, options: &Options) -> Result<Report, String> {
    let key = options.key.as_deref().map(given_key).transpose()?;
    if key.as_ref().is_some_and(|(of, _)| *of != case.log) {
        return Err("the key is that of another log".to_owned());
    }
    let depth = if options.bytes { Depth::Bytes } else { Depth::Meaning };
    let (key, notes) = (key.map(|(_, key)| key), outside(options)?);
    Ok(verify_case(case, &Against { key, notes, depth, threads: 1 }))
}

fn outside(options: &Options) -> Result<Vec<KeptNote>, String> {
    let read = |path: &PathBuf| {
        let note = std::fs::read_to_string(path).map_err(|e| format!("{} could not be read: {e}", path.display()))?;
        Ok(KeptNote { origin: NoteOrigin::Outside, size: None, note })
    };
    options.checkpoints.iter().map(read).collect()
}

/// A verifier key, given by its text or its file.
fn given_key(given: &str) -> Result<(LogId, [u8; 32]), String> {
    if let Some(key) = TreeHead::read_verifier_key(given) {
        return Ok(key);
    }
    let text = std::fs::read_to_string(given).map_err(|e| format!("the key {given} could not be read: {e}"))?;
    TreeHead::read_verifier_key(&text).ok_or_else(|| format!("{given} is no verifier key of a Countersign log"))
}

/// The key that checkpoints must be signed with, if there is one at hand.
fn key(options: &Options, log: &LogFile) -> Result<Option<[u8; 32]>, String> {
    let (of, key) = match &options.key {
        Some(given) => given_key(given)?,
        None => match std::fs::read_to_string(log.beside(VERIFIER_KEY)) {
            Ok(text) => TreeHead::read_verifier_key(&text).ok_or("the key beside the log is no verifier key")?,
            Err(_) => return Ok(None),
        },
    };
    let head = log.head().map_err(|why| why.to_string())?;
    if of == head.log {
        return Ok(Some(key));
    }
    Err(match head.earlier.iter().any(|earlier| earlier.log == of) {
        true => format!(
            "the key is that of {of}, which ended in a backup: give the key of {}, the log that goes on from it",
            head.log
        ),
        false => format!("the key is that of another log, {of}"),
    })
}
