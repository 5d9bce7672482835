//! Agents over the real gate and a log in memory.

mod intake;
mod shop;
mod story;
mod whispers;
