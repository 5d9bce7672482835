//! Tests in the real window: the application's own binary under Xvfb, driven over WebDriver as a person would.
//!
//! Each window has a display, a session bus, a home and a runtime folder of its own, and at most two are open at a time.

// Everything here runs under test, where a panic is the way to fail; clippy sees that only inside #[test] functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod afar;
mod at_the_desk;
mod bus;
mod by_keys;
mod closing;
mod compliance;
mod display;
mod driver;
mod frame;
mod guarded;
mod killed;
mod locking;
mod markup;
mod notices;
mod opening;
mod promised;
mod recording;
mod shift;
mod single;
mod slots;
mod story;
mod window;
mod wishes;
