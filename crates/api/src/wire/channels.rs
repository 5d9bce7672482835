//! Settings, Channels: where customers come in, from which sites, and within which bounds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChannelsView {
    /// The chat.
    pub chat: ChatView,
    /// Within what time a person answers, by the reason for which one was asked for.
    pub answers: Vec<AnswerTime>,
}

/// The chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChatView {
    /// Where customers reach the hosted page.
    pub address: Option<String>,
    /// The sites that may show it in a frame.
    pub embed: Vec<String>,
    /// Whether the site may sign customers in with tokens that it signed.
    pub site_signs_in: bool,
    /// Seconds after which a conversation ends in which nothing is heard.
    #[ts(type = "number")]
    pub idle_seconds: u64,
    /// The most actions of a conversation that are held at once.
    pub held_actions: u32,
    /// Conversations connected at once, in all.
    pub sockets: u32,
    /// Conversations connected at once, from one address.
    pub sockets_per_address: u32,
    /// New conversations a minute, in all.
    pub opens_per_minute: u32,
    /// New conversations a minute, from one address.
    pub opens_per_minute_and_address: u32,
    /// Messages a minute in one conversation.
    pub messages_per_minute: u32,
    /// Messages that may come at once.
    pub message_burst: u32,
    /// The largest frame that is read, in bytes.
    pub frame_bytes: u32,
}

/// Within what time a person answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AnswerTime {
    /// Why one was asked for, in words.
    pub reason: String,
    /// Seconds.
    #[ts(type = "number")]
    pub seconds: u64,
}
