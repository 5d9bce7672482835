//! Files that a person saves from the desk: what the station says, in their folder of downloads. The page neither writes
//! a file nor names one.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use countersign_api::wire::command::Query;
use countersign_api::wire::customer::CustomerView;
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::people::CustomerOf;
use countersign_api::wire::trail::CaseFile;
use serde_json::Value;
use tauri::{AppHandle, Manager, State};

use crate::seat::{Refused, Seat};

/// How many files of one name there may be.
const MOST_OF_A_NAME: u32 = 99;

/// Saves the certificate of a customer's erasure; where.
#[tauri::command]
pub(crate) async fn save_certificate(app: AppHandle, seat: State<'_, Seat>, of: Value) -> Result<String, Refused> {
    let of: CustomerOf = serde_json::from_value(of).map_err(|e| crate::commands::malformed("customer", &e))?;
    let view = seat.query(Query::Customer { of }).await?;
    let view: CustomerView = serde_json::from_value(view).map_err(|e| crate::commands::malformed("answer", &e))?;
    let (Some(certificate), Some(words)) = (view.certificate, view.certificate_words) else {
        let why = "This customer was not erased: there is no certificate.";
        return Err(Problem::new(ProblemCode::NotFound, why).into());
    };
    let name = format!("erasure-{}", certificate.customer.get(..12).unwrap_or_default());
    let saved = downloads(&app).and_then(|folder| save(&folder, &name, "txt", &words).map_err(|e| e.to_string()));
    saved.map(|path| path.display().to_string()).map_err(|error| not_saved(&error).into())
}

/// Saves a conversation as a file that proves itself; where.
#[tauri::command]
pub(crate) async fn save_case(app: AppHandle, seat: State<'_, Seat>, conversation: String) -> Result<String, Refused> {
    let case = seat.query(Query::CaseFile { conversation }).await?;
    let case: CaseFile = serde_json::from_value(case).map_err(|e| crate::commands::malformed("answer", &e))?;
    let name = case.name.trim_end_matches(".json");
    let saved = downloads(&app).and_then(|folder| save(&folder, name, "json", &case.text).map_err(|e| e.to_string()));
    saved.map(|path| path.display().to_string()).map_err(|why| {
        let message = format!("The case could not be saved: {why}. That it was made stands in the trail; try again.");
        Problem::new(ProblemCode::Unavailable, message).into()
    })
}

fn downloads(app: &AppHandle) -> Result<PathBuf, String> {
    app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(|error| error.to_string())
}

fn not_saved(why: &str) -> Problem {
    let message = format!("The certificate could not be saved: {why}. It stands in the log; try again.");
    Problem::new(ProblemCode::Unavailable, message)
}

/// Writes a text file under a name that is still free.
fn save(folder: &Path, name: &str, ending: &str, words: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let (mut file, path) = free(folder, name, ending)?;
    file.write_all(words.as_bytes())?;
    file.sync_all()?;
    Ok(path)
}

fn free(folder: &Path, name: &str, ending: &str) -> std::io::Result<(File, PathBuf)> {
    for n in 1..=MOST_OF_A_NAME {
        let path = folder.join(if n == 1 { format!("{name}.{ending}") } else { format!("{name}-{n}.{ending}") });
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::new(ErrorKind::AlreadyExists, "there are too many of its name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_never_takes_the_place_of_another() {
        let folder = std::env::temp_dir().join(format!("countersign-saving-{}", std::process::id()));
        let first = save(&folder, "erasure-abc", "txt", "one").unwrap();
        let second = save(&folder, "erasure-abc", "txt", "two").unwrap();
        assert_eq!((first.file_name().unwrap(), second.file_name().unwrap()), {
            ("erasure-abc.txt".as_ref(), "erasure-abc-2.txt".as_ref())
        });
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second).unwrap(), "two");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
