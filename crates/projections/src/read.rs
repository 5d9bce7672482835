//! The questions, each a function over one snapshot.

pub(crate) mod actions;
pub(crate) mod conversations;
pub(crate) mod counts;
pub(crate) mod fleet;
pub(crate) mod floor;
pub(crate) mod metrics;
pub(crate) mod people;
pub(crate) mod promises;
pub(crate) mod spending;
pub(crate) mod trail;
pub(crate) mod transcript;
mod whispers;
