//! Where the gateway is, and with which token.

use http::{HeaderValue, Uri};
use std::net::IpAddr;

/// What is said to whoever asks, and to whoever asks wrongly.
pub(crate) const USAGE: &str = "\
The gateway of a Countersign station on standard streams, for agents whose clients only start processes.

  countersign-mcp [--gateway ADDRESS] [--token-file FILE]

  --gateway ADDRESS   where the gateway answers, such as http://127.0.0.1:4312/mcp;
                      else what COUNTERSIGN_GATEWAY says
  --token-file FILE   a file with the agent's token and nothing else;
                      else the token is what COUNTERSIGN_TOKEN says

A person lets the agent in at a desk, under Agents, and is given its token there.
";
const GATEWAY: &str = "COUNTERSIGN_GATEWAY";
const TOKEN: &str = "COUNTERSIGN_TOKEN";
/// The longest file that is read as a token, in bytes.
const LONGEST_TOKEN: u64 = 4 * 1024;

/// Where, and as whom.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) address: Uri,
    pub(crate) bearer: HeaderValue,
}

/// Why nothing can be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAccess {
    #[error("{0:?} is nothing that this program knows.")]
    Unknown(String),
    #[error("{0} is followed by nothing.")]
    Nothing(String),
    #[error("It was not said where the gateway is.")]
    NoAddress,
    #[error("{0:?} is no address of a gateway: it is like http://127.0.0.1:4312/mcp.")]
    Address(String),
    #[error(
        "{0:?} is another machine. The token would cross the network for everybody to read; the gateway of a station is on \
         its own machine."
    )]
    Elsewhere(String),
    #[error("The agent's token was not given.")]
    NoToken,
    #[error("The file {file:?} cannot be read: {why}.")]
    TokenFile { file: String, why: String },
    #[error("What was given as the token is none.")]
    Token,
}

impl Access {
    /// From the words behind the program's name, and where they say nothing from the environment.
    pub(crate) fn of(
        words: impl Iterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, NoAccess> {
        let (mut gateway, mut file) = (None, None);
        let mut words = words;
        while let Some(word) = words.next() {
            let place = match word.as_str() {
                "--gateway" => &mut gateway,
                "--token-file" => &mut file,
                _ => return Err(NoAccess::Unknown(word)),
            };
            *place = Some(words.next().ok_or(NoAccess::Nothing(word))?);
        }
        let gateway = gateway.or_else(|| environment(GATEWAY)).ok_or(NoAccess::NoAddress)?;
        let token = match file {
            Some(file) => read(&file).map_err(|why| NoAccess::TokenFile { file, why })?,
            None => environment(TOKEN).ok_or(NoAccess::NoToken)?,
        };
        let token = token.trim();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| NoAccess::Token)?;
        if token.is_empty() {
            return Err(NoAccess::Token);
        }
        // Nothing prints it.
        bearer.set_sensitive(true);
        Ok(Self { address: address(&gateway)?, bearer })
    }
}

fn read(file: &str) -> Result<String, String> {
    let length = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if length > LONGEST_TOKEN {
        return Err("it is longer than any token".to_owned());
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

fn address(text: &str) -> Result<Uri, NoAccess> {
    let none = || NoAccess::Address(text.to_owned());
    let uri: Uri = text.parse().map_err(|_| none())?;
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or_else(none)?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if here { Ok(uri) } else { Err(NoAccess::Elsewhere(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str], environment: &[(&str, &str)]) -> Result<(String, String), NoAccess> {
        let words = words.iter().map(|word| (*word).to_owned());
        let named =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let access = Access::of(words, named)?;
        assert!(!format!("{access:?}").contains("csa_"), "a token is printed by nothing");
        Ok((access.address.to_string(), access.bearer.to_str().unwrap().to_owned()))
    }

    #[test]
    fn words_come_before_the_environment_and_a_token_from_a_file_is_trimmed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "csa_bot_1\n").unwrap();
        let environment = [(GATEWAY, "http://[::1]:1/mcp"), (TOKEN, "csa_bot_2")];
        let here = "http://127.0.0.1:4312/mcp";
        let given = of(&["--gateway", here, "--token-file", file.path().to_str().unwrap()], &environment).unwrap();
        assert_eq!(given, (here.to_owned(), "Bearer csa_bot_1".to_owned()));
        assert_eq!(of(&[], &environment).unwrap(), ("http://[::1]:1/mcp".to_owned(), "Bearer csa_bot_2".to_owned()));
    }

    #[test]
    fn what_is_missing_or_wrong_is_said_before_anything_is_asked() {
        let token = [(TOKEN, "csa_bot_1")];
        assert_eq!(of(&[], &token), Err(NoAccess::NoAddress));
        assert_eq!(of(&["--verbose"], &token), Err(NoAccess::Unknown("--verbose".into())));
        assert_eq!(of(&["--gateway"], &token), Err(NoAccess::Nothing("--gateway".into())));
        assert_eq!(of(&["--gateway", "http://localhost:1/mcp"], &[]), Err(NoAccess::NoToken));
        assert_eq!(of(&["--gateway", "http://localhost:1/mcp"], &[(TOKEN, " \n")]), Err(NoAccess::Token));
        assert_eq!(of(&["--gateway", "http://localhost:1/mcp"], &[(TOKEN, "a\u{1}b")]), Err(NoAccess::Token));
        for wrong in ["127.0.0.1:4312", "https://127.0.0.1/mcp", "ftp://127.0.0.1/mcp", "http://", "a b"] {
            assert_eq!(of(&["--gateway", wrong], &token), Err(NoAccess::Address(wrong.into())), "{wrong}");
        }
        for away in ["http://station.example.com/mcp", "http://127.0.0.1.example.com/mcp", "http://10.0.0.7:4399/mcp"] {
            assert_eq!(of(&["--gateway", away], &token), Err(NoAccess::Elsewhere(away.into())), "{away}");
        }
        let missing = of(&["--gateway", "http://localhost:1/mcp", "--token-file", "/nowhere/at/all"], &token);
        assert!(matches!(missing, Err(NoAccess::TokenFile { .. })), "{missing:?}");
    }
}
