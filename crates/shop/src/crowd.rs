//! Simulated customers: they come at a pace, and talk over the chat's WebSocket as any customer's page does.
//!
//! Who comes, with what wish and which temper, follows from a seed; what they write lies in `assets/shop/talk`. They wait
//! for what is answered, not for a time: only reading and typing take one, and their patience ends. They are never many:
//! see [`Pace`]. `countersign-customers` is this as a program.

mod cards;
mod line;
mod pace;
mod street;
mod talk;
mod token;
mod visit;
mod visitor;
mod words;

pub use line::{ChatAddress, NoAddress};
pub use pace::{Pace, Told};
pub use street::{Crowd, CrowdError};
