//! Agents over the real gate and a log in memory.

mod intake;
mod models;
mod shop;
mod story;
mod whispers;
