//! The committed table. Each test holds the lines of its role and group; with `UPDATE=1` it puts its own in their place.

use crate::Group;
use countersign_domain::person::Role;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::PathBuf;

const HEAD: &str = "role\tcommand\tstate\tassurance\tsignature\tverdict";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("authority_matrix.tsv")
}

fn is_of(line: &str, role: Role, group: Group) -> bool {
    let mut columns = line.split('\t');
    columns.next() == Some(role.name()) && columns.next().is_some_and(|command| Group::of(command) == group)
}

/// The committed lines of a role and a group.
pub(crate) fn lines(role: Role, group: Group) -> Vec<String> {
    let table = std::fs::read_to_string(path()).unwrap();
    assert_eq!(table.lines().next(), Some(HEAD));
    table.lines().filter(|line| is_of(line, role, group)).map(str::to_owned).collect()
}

/// Puts these in their place. Other tests do the same at the same time, so the file is locked meanwhile.
pub(crate) fn put(role: Role, group: Group, found: &[String]) {
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path()).unwrap();
    file.lock().unwrap();
    let mut table = String::new();
    file.read_to_string(&mut table).unwrap();
    let others = table.lines().skip(1).filter(|line| !is_of(line, role, group)).map(str::to_owned);
    let mut all: Vec<String> = others.chain(found.iter().cloned()).collect();
    all.sort();
    file.rewind().unwrap();
    file.set_len(0).unwrap();
    file.write_all(format!("{HEAD}\n{}\n", all.join("\n")).as_bytes()).unwrap();
}
