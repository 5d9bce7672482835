//! Files that a person saves from the desk: what the station says, in their folder of downloads. The page neither writes
//! a file nor names one.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_api::desk::Desk;
use countersign_api::wire::command::Query;
use countersign_api::wire::customer::CustomerView;
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_api::wire::people::CustomerOf;
use serde_json::Value;
use tauri::{AppHandle, Manager, State};

/// How many files of one name there may be.
const MOST_OF_A_NAME: u32 = 99;

/// Saves the certificate of a customer's erasure; where.
#[tauri::command]
pub(crate) async fn save_certificate(app: AppHandle, desk: State<'_, Arc<Desk>>, of: Value) -> Result<String, Problem> {
    let of: CustomerOf = serde_json::from_value(of).map_err(|e| crate::commands::malformed("customer", &e))?;
    let view = desk.query(Query::Customer { of }).await?;
    let view: CustomerView = serde_json::from_value(view).map_err(|e| crate::commands::malformed("answer", &e))?;
    let (Some(certificate), Some(words)) = (view.certificate, view.certificate_words) else {
        return Err(Problem::new(ProblemCode::NotFound, "This customer was not erased: there is no certificate."));
    };
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir());
    let folder = folder.map_err(|error| not_saved(&error.to_string()))?;
    let name = format!("erasure-{}", certificate.customer.get(..12).unwrap_or_default());
    let path = save(&folder, &name, &words).map_err(|error| not_saved(&error.to_string()))?;
    Ok(path.display().to_string())
}

fn not_saved(why: &str) -> Problem {
    let message = format!("The certificate could not be saved: {why}. It stands in the log; try again.");
    Problem::new(ProblemCode::Unavailable, message)
}

/// Writes a text file under a name that is still free.
fn save(folder: &Path, name: &str, words: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let (mut file, path) = free(folder, name)?;
    file.write_all(words.as_bytes())?;
    file.sync_all()?;
    Ok(path)
}

fn free(folder: &Path, name: &str) -> std::io::Result<(File, PathBuf)> {
    for n in 1..=MOST_OF_A_NAME {
        let path = folder.join(if n == 1 { format!("{name}.txt") } else { format!("{name}-{n}.txt") });
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
        let first = save(&folder, "erasure-abc", "one").unwrap();
        let second = save(&folder, "erasure-abc", "two").unwrap();
        assert_eq!((first.file_name().unwrap(), second.file_name().unwrap()), {
            ("erasure-abc.txt".as_ref(), "erasure-abc-2.txt".as_ref())
        });
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "one");
        assert_eq!(std::fs::read_to_string(&second).unwrap(), "two");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
