//! Settings, Channels: where customers come in, from which sites, and within which bounds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The answer to `channels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChannelsView {
    /// The chat, as far as it is changed at no desk.
    pub chat: ChatView,
    /// How the chat behaves, as far as people change it at the desk.
    pub settings: ChatSettings,
    /// When people last signed that; absent where it is as the station was started.
    pub signed_at: Option<String>,
    /// Why the person at this desk may not propose another; absent if they may.
    pub may_not_propose: Option<String>,
    /// Desktops on other machines.
    pub devices: DevicesView,
    /// Within what time a person answers, by the reason for which one was asked for.
    pub answers: Vec<AnswerTime>,
}

/// Whether desktops on other machines may connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "devices", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum DevicesView {
    /// The station was started without it.
    Off,
    /// They may.
    Open {
        /// What they connect with; absent for whoever is no administrator.
        code: Option<String>,
    },
}

/// The chat, as far as it is changed at no desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChatView {
    /// Where customers reach the hosted page.
    pub address: Option<String>,
    /// Whether the site may sign customers in with tokens that it signed.
    pub site_signs_in: bool,
    /// Where one-time codes go that sign customers in; absent where there are none.
    pub codes: Option<LettersTo>,
    /// The most actions of a conversation that are held at once.
    pub held_actions: u32,
    /// The largest frame that is read, in bytes.
    pub frame_bytes: u32,
}

/// Where letters go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "to", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum LettersTo {
    /// Through a mail server.
    Server {
        /// Its host and port.
        name: String,
    },
    /// Into a folder: the sample shop's mailboxes.
    Folder {
        /// Its path.
        name: String,
    },
}

/// How the chat behaves, as far as people change it at the desk. The log's form is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChatSettings {
    /// Sites that may show it in their pages, each as an origin such as `https://shop.example.com`.
    pub sites: Vec<String>,
    /// A conversation in which nothing is heard for so many seconds ends.
    pub idle_seconds: u32,
    /// Conversations connected at once, in all.
    pub connected: u32,
    /// Conversations connected at once, from one address.
    pub connected_per_address: u32,
    /// New conversations a minute, in all.
    pub opens_per_minute: u32,
    /// New conversations a minute, from one address.
    pub opens_per_minute_and_address: u32,
    /// Messages a minute in one conversation.
    pub messages_per_minute: u32,
    /// Messages that may come at once.
    pub message_burst: u32,
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
