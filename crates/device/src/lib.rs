//! A desk on another machine. Its station is reached over TLS with a pinned certificate; its person's key lies here, never
//! leaves, and signs only what this side has seen for itself to be what its window showed.
//!
//! [`DeviceDesk`] has the calls of a desk; [`Connection`] is where its station is and which keys lie here.

mod checks;
mod connection;
mod desk;
mod following;
mod keys;
mod line;
mod pinned;

pub use connection::{Connection, ConnectionError};
pub use desk::DeviceDesk;
pub use following::Told;
pub use line::Failed;
