//! Language models of several providers behind the port of the agents: asked over the network, with patience, retries
//! before anything was answered, and rest for what fails. What a provider says is bounded, and never trusted.

mod breaker;
mod client;
mod failure;
mod provider;
mod retry;

pub use client::{Patience, Providers};
pub use provider::{Provider, ProviderError, Wire};
