//! The tree as it grows record by record, held against tiles and checkpoints on the way.

use super::lineage::{Lineage, Signs};
use super::report::{Finding, Findings, Proved};
use super::source::{Against, Head, KeptNote, NoteOrigin, Source, Unreadable};
use crate::checkpoint::TreeHead;
use crate::tiles::{Filling, WIDTH};
use crate::tree::Hash;
use std::collections::BTreeMap;

pub(crate) struct Trunk {
    filling: Filling,
    keeps_tiles: bool,
    tiles: u64,
    /// What checkpoints say, by size.
    roots: BTreeMap<u64, Vec<(NoteOrigin, Hash)>>,
    /// The largest size whose root was found to be the one that was signed.
    good: u64,
}

impl Trunk {
    /// Reads every checkpoint at hand; what is wrong with one of them is found at once.
    pub(crate) fn new(
        head: &Head,
        lineage: &Lineage,
        against: &Against,
        findings: &mut Findings,
        proved: &mut Proved,
    ) -> Self {
        let mut roots: BTreeMap<u64, Vec<(NoteOrigin, Hash)>> = BTreeMap::new();
        let last = head.size.saturating_sub(1);
        proved.signed = against.key.is_some();
        for kept in head.notes.iter().chain(&against.notes) {
            match read(kept, head, lineage, against.key.as_ref()) {
                Ok(Some(signed)) => roots.entry(signed.size).or_default().push((kept.origin.clone(), signed.root)),
                Ok(None) => proved.lost += 1,
                Err((position, why)) => {
                    let at = kept.size.map_or(last, |size| size.saturating_sub(1).min(last));
                    findings.add(Finding::at(position.unwrap_or(at), why));
                }
            }
        }
        let filling = Filling::default();
        let mut trunk = Self { filling, keeps_tiles: head.tiles.is_some(), tiles: 0, roots, good: 0 };
        trunk.hold(0, findings, proved);
        trunk
    }

    /// Takes the next leaf in.
    pub(crate) fn grow(
        &mut self,
        leaf: Hash,
        source: &dyn Source,
        findings: &mut Findings,
        proved: &mut Proved,
    ) -> Result<(), Unreadable> {
        for (at, tile) in self.filling.append(leaf) {
            if !self.keeps_tiles {
                continue;
            }
            self.tiles += 1;
            let width = WIDTH.saturating_pow(u32::from(at.level));
            let first = at.index.saturating_mul(WIDTH).saturating_mul(width);
            match source.tile(at)? {
                Some(kept) if kept == tile => proved.tiles += 1,
                Some(kept) => {
                    let differs = kept.hashes().iter().zip(tile.hashes()).position(|(a, b)| a != b).unwrap_or(0) as u64;
                    let from = first.saturating_add(differs.saturating_mul(width));
                    let what = "the record is not the one whose hash the tile over it holds";
                    findings.add(Finding::within(from, from.saturating_add(width - 1), what));
                }
                None => {
                    let until = first.saturating_add(WIDTH.saturating_mul(width)) - 1;
                    findings.add(Finding::within(first, until, "the tile of hashes over these records is missing"));
                }
            }
        }
        self.hold(self.filling.size(), findings, proved);
        Ok(())
    }

    fn hold(&mut self, size: u64, findings: &mut Findings, proved: &mut Proved) {
        let Some(signed) = self.roots.remove(&size) else { return };
        let root = self.root();
        for (origin, expected) in signed {
            if root == expected {
                self.good = size;
                match origin {
                    NoteOrigin::Newest => proved.newest += 1,
                    NoteOrigin::Kept => proved.kept += 1,
                    NoteOrigin::SecondFile => proved.second_file += 1,
                    NoteOrigin::Outside => {
                        proved.outside += 1;
                        proved.outside_size = proved.outside_size.max(size);
                    }
                }
            } else {
                let what = format!("the records are not those that {} signs", named(&origin, size));
                findings.add(Finding::within(self.good, size.saturating_sub(1).max(self.good), what));
            }
        }
    }

    /// The root so far.
    pub(crate) fn root(&self) -> Hash {
        self.filling.frontier().root()
    }

    /// What is left to say at the end.
    pub(crate) fn end(self, head: &Head, findings: &mut Findings) -> Hash {
        let frontier = self.filling.frontier();
        let size = frontier.size();
        let last = size.saturating_sub(1);
        for (beyond, origins) in self.roots {
            for (origin, _) in origins {
                let signs = named(&origin, beyond);
                findings.add(Finding::at(
                    size,
                    format!("the log ends here, and {signs} covers {beyond} records: it was rolled back or cut"),
                ));
            }
        }
        // Where a record is missing, that has been said, and the edge and the tiles only follow from it.
        if size != head.size {
            return frontier.root();
        }
        if head.frontier.as_ref().is_some_and(|kept| *kept != frontier.to_bytes()) {
            let what = "the right edge of the tree that the log keeps is not that of its records";
            findings.add(Finding::within(self.good.min(last), last, what));
        }
        if head.tiles.is_some_and(|kept| kept != self.tiles) {
            let what = format!(
                "the log keeps {} tiles of hashes, and its records make {}",
                head.tiles.unwrap_or(0),
                self.tiles
            );
            findings.add(Finding::at(last, what));
        }
        frontier.root()
    }
}

fn named(origin: &NoteOrigin, size: u64) -> String {
    match origin {
        NoteOrigin::Newest => "the newest checkpoint".to_owned(),
        NoteOrigin::Kept => format!("the checkpoint kept over {size} records"),
        NoteOrigin::SecondFile => "the checkpoint in the second file".to_owned(),
        NoteOrigin::Outside => "the checkpoint from outside".to_owned(),
    }
}

/// Reads a note, whose signature must hold where a key is known; nothing where its records are known to be lost.
fn read(
    kept: &KeptNote,
    head: &Head,
    lineage: &Lineage,
    key: Option<&[u8; 32]>,
) -> Result<Option<TreeHead>, (Option<u64>, String)> {
    let name = named(&kept.origin, kept.size.unwrap_or(head.size));
    let named = |(position, why): (Option<u64>, String)| (position, format!("{name} does not count: {why}"));
    let broken = |why: crate::checkpoint::CheckpointError| (None, format!("{name} does not hold: {why}"));
    let said = TreeHead::parse(&kept.note).map_err(broken)?;
    let signs = lineage.signer(&said, key).map_err(named)?;
    let (Signs::Here(key) | Signs::Lost(key)) = &signs;
    let signed = key.as_ref().map_or(Ok(said), |key| TreeHead::verify(&kept.note, key)).map_err(broken)?;
    match kept.size {
        Some(size) if size != signed.size => {
            Err((None, format!("{name} signs another number of records, {}", signed.size)))
        }
        _ => Ok(matches!(signs, Signs::Here(_)).then_some(signed)),
    }
}
