//! What a desk may ask: queries, commands, decisions, notifications; exported to TypeScript.
//!
//! [`desk::Desk`] is one person's desk. The desktop shell and the browser host both put it behind three calls: `query`,
//! `command`, `decide`.

mod agent_change;
mod answers;
mod aside;
mod asking;
pub mod attempts;
mod away;
pub mod beside;
mod card_view;
mod change_view;
mod changes;
mod channels_view;
mod chat_change;
mod customers;
mod decisions;
pub mod desk;
mod devices;
mod escalating;
mod fleet_view;
mod held;
mod lists;
mod metrics;
mod more_time;
pub mod office;
mod people;
mod people_view;
pub mod presence;
mod problems;
mod rules_view;
pub mod server_change;
mod settling;
pub mod signing;
mod takeover;
mod tool_change;
mod tools_view;
mod trail;
mod undoing;
mod waits;
pub mod wire;
