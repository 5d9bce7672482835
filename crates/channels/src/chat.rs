//! Chat over WebSocket, with the hosted page. One listener for customers only: nothing of the desk is served here.
//!
//! The protocol is JSON text frames, described in `frame.rs`. A channel stores nothing: every message goes through
//! [`countersign_agents::port::Conversations`], and what is pushed is read from there by position, so that a lost
//! connection loses nothing and doubles nothing.

mod frame;
mod line;
mod listener;
mod name;
mod options;
mod outbox;
mod page;
mod session;
mod sign_in;
mod token;

pub use listener::{listener, serve};
pub use options::{
    ChatLimits, ChatOptions, CodeWords, NoCodeInWords, SignInLimits, SignInOptions, SiteSecret, WeakSecret,
};
pub use token::customer_token;
