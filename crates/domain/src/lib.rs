//! Pure nouns and rules of Countersign: one file per concept, each with its commands, events, state, `decide` and `apply`.
//!
//! Nothing here reads a clock, draws on the system's randomness or touches a disk: times are arguments and random bytes
//! come through a port, so a seed replays a whole shift.

pub mod action;
pub mod agent;
pub mod alias;
pub mod ambient;
pub mod authority;
pub mod call;
pub mod canonical;
pub mod case;
pub mod change;
pub mod channel;
pub mod commitment;
pub mod conversation;
pub mod customer;
pub mod event;
pub mod fleet;
pub mod hexadecimal;
pub mod hidden;
pub mod ids;
pub mod ledger;
pub mod masking;
pub mod money;
pub mod object;
pub mod person;
pub mod rulebook;
pub mod server;
pub mod station;
pub mod strict;
pub mod time;
pub mod tool;
pub mod trail;
pub mod verdict;
pub mod wording;
