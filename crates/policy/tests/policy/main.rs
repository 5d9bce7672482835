//! Policy as people meet it: the starter rules, what rules add up to, and what a wrong file is told.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod judging;
mod orders;
mod refusals;
mod shop;
mod starter;
