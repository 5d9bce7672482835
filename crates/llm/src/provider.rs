//! Who provides models, and how they are spoken to.

use genai::adapter::AdapterKind;
use genai::resolver::{AuthData, Endpoint};
use genai::{ModelIden, ServiceTarget};
use std::net::IpAddr;
use zeroize::Zeroizing;

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Anthropic's messages.
    Anthropic,
    /// OpenAI's chat completions, which most servers speak: vLLM, Ollama, llama.cpp.
    OpenAi,
    /// OpenAI's responses.
    OpenAiResponses,
}

impl Wire {
    /// From its name in settings.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "anthropic" => Some(Self::Anthropic),
            "openai" => Some(Self::OpenAi),
            "openai-responses" => Some(Self::OpenAiResponses),
            _ => None,
        }
    }

    fn adapter(self) -> AdapterKind {
        match self {
            Self::Anthropic => AdapterKind::Anthropic,
            Self::OpenAi => AdapterKind::OpenAI,
            Self::OpenAiResponses => AdapterKind::OpenAIResp,
        }
    }
}

/// Why a provider cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No URL.
    #[error("{0:?} is no address of a provider: write one such as https://api.openai.com/v1/")]
    Url(String),
    /// A key would go over the network for everybody to read.
    #[error(
        "{0:?} is reached over the network without TLS; a key and what customers write would be read on the way: use https"
    )]
    NoTls(String),
    /// No client could be made.
    #[error("no connection to providers could be set up: {0}")]
    Client(String),
}

/// A provider of models.
#[derive(Clone)]
pub struct Provider {
    wire: Wire,
    url: String,
    is_here: bool,
    key: Zeroizing<String>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("wire", &self.wire).field("url", &self.url).finish_non_exhaustive()
    }
}

impl Provider {
    /// At an address, with a key; a server of this machine may need none.
    pub fn new(wire: Wire, url: &str, key: Zeroizing<String>) -> Result<Self, ProviderError> {
        let parsed = reqwest::Url::parse(url).map_err(|_| ProviderError::Url(url.to_owned()))?;
        let host = parsed.host_str().ok_or_else(|| ProviderError::Url(url.to_owned()))?;
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        match parsed.scheme() {
            "https" => {}
            "http" if here => {}
            "http" => return Err(ProviderError::NoTls(url.to_owned())),
            _ => return Err(ProviderError::Url(url.to_owned())),
        }
        // What is behind the last slash would be taken off.
        let url = if url.ends_with('/') { url.to_owned() } else { format!("{url}/") };
        Ok(Self { wire, url, is_here: here, key })
    }

    /// Whether it runs on this machine.
    pub fn is_here(&self) -> bool {
        self.is_here
    }

    /// Whether it is shown a key.
    pub fn has_key(&self) -> bool {
        !self.key.is_empty()
    }

    pub(crate) fn target(&self, model: &str) -> ServiceTarget {
        ServiceTarget {
            endpoint: Endpoint::from_owned(self.url.as_str()),
            auth: AuthData::from_single(self.key.as_str()),
            model: ModelIden::new(self.wire.adapter(), model),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_over_no_network_in_the_open_and_are_in_no_word_of_ours() {
        let key = || Zeroizing::new("sk-secret".to_owned());
        assert!(Provider::new(Wire::OpenAi, "http://127.0.0.1:8000/v1", key()).is_ok());
        assert!(Provider::new(Wire::OpenAi, "http://[::1]:8000/v1", key()).is_ok());
        let far = Provider::new(Wire::OpenAi, "http://models.example.com/v1/", key()).unwrap_err();
        assert!(matches!(far, ProviderError::NoTls(_)));
        assert!(Provider::new(Wire::OpenAi, "ftp://127.0.0.1/", key()).is_err());
        let provider = Provider::new(Wire::Anthropic, "https://api.anthropic.com/v1/", key()).unwrap();
        assert!(!format!("{provider:?}").contains("secret"));
    }
}
