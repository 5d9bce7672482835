//! Channels: how customers reach the station. Chat, so far.

pub mod chat;
pub mod door;
