//! Channels: how customers reach the station, and how it reaches them. Chat, and letters out.

pub mod chat;
pub mod door;
pub mod mail;
