//! Holds the shape of the house: who may import whom, where time and chance may enter, how large a file may grow,
//! and that the documents tell the truth. A failure says what to change.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "architecture/documents.rs"]
mod documents;
#[path = "architecture/edges.rs"]
mod edges;
#[path = "architecture/interface.rs"]
mod interface;
#[path = "architecture/sources.rs"]
mod sources;
#[path = "architecture/tree.rs"]
mod tree;
