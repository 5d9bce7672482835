//! Composition root: puts log, keys, gate, agents, channels and desks together, in one process.

mod added_servers;
mod ambient;
mod archive;
mod assets;
mod backup;
mod backup_error;
mod commands;
mod desk_http;
mod diagnostics;
mod error;
mod export_case;
mod export_events;
pub mod forgetting;
mod gateway_http;
mod idle;
mod left_off;
mod machine;
mod mail;
mod models;
mod options;
mod policy_watch;
mod private;
mod recovery;
mod restore;
mod rules_at_start;
mod sample_customers;
mod sample_shop;
mod server_places;
mod site_secret;
mod start;
mod tool_servers;
mod unfinished;
mod verification;

/// Many threads allocate small things at once, and the system's allocator takes noticeably longer for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use ambient::{SystemClock, SystemEntropy};
pub use backup::{BackedUp, backup};
pub use backup_error::BackupError;
pub use commands::run_command;
pub use diagnostics::begin_diagnostics;
pub use error::StartError;
pub use export_case::export_case;
pub use options::Options;
pub use recovery::recover;
pub use restore::{Restore, RestoredFolder, restore};
pub use site_secret::sign_customer_in;
pub use start::Station;
