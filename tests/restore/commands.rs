//! The commands as people run them, and what lies on disk before and after.

use countersign_tests::process::program;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// The headless program with these arguments, not yet run.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program("countersign-station"));
    command.args(arguments);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(arguments: &[&str]) -> Result<String, String> {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    if status.success() { Ok(out) } else { Err(err) }
}

/// The exit code of the verifier, and what it says.
pub(crate) fn verify(arguments: &[&Path]) -> (i32, String) {
    let done = Command::new(program("countersign-verify")).args(arguments).output().unwrap();
    (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
}

/// Makes a backup; what the command says.
pub(crate) fn backup(data: &Path, to: &Path) -> Result<String, String> {
    run(&["backup", "--data", text(data), "--to", text(to)])
}

/// Restores a backup with the keys of a folder, as if nobody had been erased since.
pub(crate) fn restore(from: &Path, data: &Path, keys: &Path) -> Result<String, String> {
    run(&["restore", "--from", text(from), "--data", text(data), "--keys", text(keys), "--nobody-erased"])
}

/// Restores with further words.
pub(crate) fn restore_with(from: &Path, data: &Path, keys: &Path, more: &[&str]) -> Result<String, String> {
    let mut arguments = vec!["restore", "--from", text(from), "--data", text(data), "--keys", text(keys)];
    arguments.extend(more);
    run(&arguments)
}

/// The CRM is another system: it goes on as it is, whatever is restored here.
pub(crate) fn same_crm(old: &Path, new: &Path) {
    std::fs::create_dir(new.join("crm")).unwrap();
    for entry in std::fs::read_dir(old.join("crm")).unwrap().flatten() {
        std::fs::copy(entry.path(), new.join("crm").join(entry.file_name())).unwrap();
    }
}

/// The hash of every file of a folder by name, but of those that a reader of SQLite's may make.
pub(crate) fn hashes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && !name.ends_with("-shm") {
            found.insert(name, Sha256::digest(std::fs::read(entry.path()).unwrap()).to_vec());
        }
    }
    found
}
