//! Channels: how customers come in, from which sites, and within which bounds.

use crate::event::Event;
use serde::{Deserialize, Serialize};

/// The most sites that may show the chat.
const MOST_SITES: usize = 20;
/// The longest a conversation may be silent, in seconds: 7 days.
const LONGEST_IDLE: u32 = 7 * 24 * 60 * 60;
/// The most conversations that one station holds lines to; beside them its page needs connections.
pub const MOST_CONNECTED: u32 = 1_500;
/// The most new conversations a minute.
const MOST_OPENS: u32 = 6_000;
/// The most messages a minute in one conversation, and at once.
const MOST_MESSAGES: u32 = 600;

/// How the chat behaves, as far as people change it at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Messages that may come at once before the rate counts.
    pub message_burst: u32,
}

impl Default for ChatSettings {
    /// For a listener that only this machine reaches: everybody comes from its one address, and what counts per address
    /// would bound the whole team's customers.
    fn default() -> Self {
        Self {
            sites: Vec::new(),
            idle_seconds: 30 * 60,
            connected: 1_000,
            connected_per_address: 1_000,
            opens_per_minute: 300,
            opens_per_minute_and_address: 300,
            messages_per_minute: 20,
            message_burst: 5,
        }
    }
}

/// Why settings of a channel are refused: by field, in words for whoever wants them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitChannel(String);

impl ChatSettings {
    /// Refuses what could not be kept, or would let nobody in.
    pub fn check(&self) -> Result<(), UnfitChannel> {
        let within = |what: &str, value: u32, most: u32| match (1..=most).contains(&value) {
            true => Ok(()),
            false => Err(UnfitChannel(format!("{what} must be a number from 1 to {most}, and is {value}"))),
        };
        within("the time after which a silent conversation ends, in seconds,", self.idle_seconds, LONGEST_IDLE)?;
        within("conversations at once", self.connected, MOST_CONNECTED)?;
        within("conversations at once from one address", self.connected_per_address, self.connected)?;
        within("new conversations a minute", self.opens_per_minute, MOST_OPENS)?;
        within(
            "new conversations a minute from one address",
            self.opens_per_minute_and_address,
            self.opens_per_minute,
        )?;
        within("messages a minute", self.messages_per_minute, MOST_MESSAGES)?;
        within("messages at once", self.message_burst, MOST_MESSAGES)?;
        if self.sites.len() > MOST_SITES {
            return Err(UnfitChannel(format!("at most {MOST_SITES} sites may show the chat")));
        }
        for (index, site) in self.sites.iter().enumerate() {
            if site_of(site).as_ref() != Some(site) {
                let why = format!("{site:?} is not the origin of a site, such as https://shop.example.com");
                return Err(UnfitChannel(why));
            }
            if self.sites.iter().take(index).any(|other| other == site) {
                return Err(UnfitChannel(format!("{site} is named twice")));
            }
        }
        Ok(())
    }
}

/// An origin and nothing more: what says which sites may frame the chat holds no path, no wildcard, no second word.
pub fn site_of(text: &str) -> Option<String> {
    let origin = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let host = origin.strip_prefix("https://").or(origin.strip_prefix("http://"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let is_host = !host.is_empty() && host.len() <= 255 && host.bytes().all(plain);
    is_host.then_some(origin)
}

/// What happens to a channel: its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ChannelEvent {
    /// The chat behaves in this way from here on, whatever it was started with. Follows from a change that people signed.
    #[serde(rename = "channel.chat_set")]
    ChatSet {
        /// All of it.
        settings: ChatSettings,
    },
}

impl Event for ChannelEvent {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_nobody_in_or_is_no_origin_is_refused() {
        let refused = |edit: fn(&mut ChatSettings)| {
            let mut settings = ChatSettings::default();
            edit(&mut settings);
            settings.check().is_err()
        };
        assert!(!refused(|_| {}));
        assert!(!refused(|s| s.sites = vec!["https://a.example".into(), "http://localhost:8080".into()]));
        assert!(refused(|s| s.idle_seconds = 0));
        assert!(refused(|s| s.idle_seconds = LONGEST_IDLE + 1));
        assert!(refused(|s| s.connected = 0));
        assert!(refused(|s| s.connected = MOST_CONNECTED + 1));
        assert!(refused(|s| s.connected_per_address = s.connected + 1));
        assert!(refused(|s| s.opens_per_minute_and_address = s.opens_per_minute + 1));
        assert!(refused(|s| s.messages_per_minute = 0));
        assert!(refused(|s| s.message_burst = MOST_MESSAGES + 1));
        assert!(refused(|s| s.sites = vec!["https://a.example".into(), "https://a.example".into()]));
        for site in ["*", "https://*", "https://a/b", "https://a;", "https://a b", "https://", "a.example", "HTTPS://A"]
        {
            let settings = ChatSettings { sites: vec![site.to_owned()], ..ChatSettings::default() };
            assert!(settings.check().is_err(), "{site}");
        }
    }
}
