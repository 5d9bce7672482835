//! What can be no server.

use super::address::{ServerAddress, is_header};
use super::{AddedServer, ServerReach};
use crate::{hexadecimal, hidden};
use std::collections::BTreeSet;
use std::path::Path;

const LONGEST_WORD: usize = 4_096;
const MOST_ARGUMENTS: usize = 64;
const MOST_VARIABLES: usize = 64;
/// Servers that are part of the station itself.
const BUILT_IN: &[&str] = &["channel"];
/// How the name of a variable ends that holds a credential. Every other variable may decide what a program does, as loaders,
/// interpreters and package launchers read many: its value is read by whoever signs.
const HOLDS_A_CREDENTIAL: &[&str] =
    &["KEY", "APIKEY", "TOKEN", "PAT", "SECRET", "PASSWORD", "PASSWD", "PASS", "CREDENTIAL", "CREDENTIALS", "DSN"];
/// What else than a program's own variables begins so: what loaders, interpreters, package launchers and the like read.
const NOT_ITS_OWN: &[&str] = &[
    "LD_", "DYLD_", "PYTHON", "NODE_", "NPM_", "UV_", "PIP_", "BUN_", "DENO_", "GIT_", "SSH_", "JAVA_", "JDK_",
    "DOTNET_", "CORECLR_", "GEM_", "BUNDLE_", "RUBY", "PERL", "PHP", "LUA_", "OPENSSL_", "SSL_", "DOCKER_", "XDG_",
    "GCONV_",
];

/// Why it is no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitServer {
    /// Its name.
    #[error("a server's name has 1 to 64 letters, digits, - or _, and is none of the station's own")]
    Name,
    /// Its program, arguments, folder or variables.
    #[error("{0}")]
    Program(String),
    /// Its address.
    #[error("{0}")]
    Address(String),
    /// A secret of its.
    #[error("{0}")]
    Secret(String),
}

impl AddedServer {
    /// Refuses what could not be started or reached, or not be told apart, or would hide from whoever signs what runs.
    pub fn check(&self) -> Result<(), UnfitServer> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = (1..=64).contains(&self.name.len()) && self.name.bytes().all(letter);
        if !is_name || BUILT_IN.contains(&self.name.as_str()) {
            return Err(UnfitServer::Name);
        }
        if self.secrets.iter().any(|secret| hexadecimal::bytes::<32>(&secret.fingerprint).is_none()) {
            return Err(UnfitServer::Secret("a secret is named without its fingerprint".to_owned()));
        }
        match &self.reach {
            ServerReach::Program { .. } => self.check_program(),
            ServerReach::Address { url } => self.check_address(url),
        }
    }

    fn check_program(&self) -> Result<(), UnfitServer> {
        let ServerReach::Program { command, arguments, folder, environment } = &self.reach else { return Ok(()) };
        let refuse = |why: String| Err(UnfitServer::Program(why));
        let words = [command].into_iter().chain(arguments).chain(folder).chain(environment.values());
        if words.clone().any(|word| word.len() > LONGEST_WORD || word.contains('\0')) {
            return refuse(format!(
                "what it is started with has parts of more than {LONGEST_WORD} bytes, or with a zero byte"
            ));
        }
        if words.clone().any(|word| can_deceive(word)) {
            return refuse("what it is started with has a line break, or characters that look like others".to_owned());
        }
        if !Path::new(command).is_absolute() {
            return refuse("write the whole path of its program: nothing is searched for".to_owned());
        }
        if folder.as_ref().is_some_and(|folder| !Path::new(folder).is_absolute()) {
            return refuse("write the whole path of its folder".to_owned());
        }
        let mut names = BTreeSet::new();
        let secret = self.secrets.iter().map(|secret| &secret.name);
        for name in environment.keys().chain(secret) {
            if !is_variable(name) {
                return refuse(format!("{name:?} is no name of a variable"));
            }
            if !names.insert(name) {
                return refuse(format!("the variable {name} stands there twice"));
            }
        }
        if arguments.len() > MOST_ARGUMENTS || names.len() > MOST_VARIABLES {
            return refuse(format!("at most {MOST_ARGUMENTS} arguments and {MOST_VARIABLES} variables"));
        }
        match self.secrets.iter().find(|secret| !is_credential(&secret.name)) {
            Some(secret) => Err(UnfitServer::Secret(format!(
                "{} may decide what the program does, so whoever signs must read it: a variable is kept secret that is named \
                 as a credential of the program's own is, such as HOTEL_TOKEN or API_KEY",
                secret.name
            ))),
            None => Ok(()),
        }
    }

    fn check_address(&self, url: &str) -> Result<(), UnfitServer> {
        ServerAddress::read(url)?;
        match self.secrets.as_slice() {
            [] => Ok(()),
            [one] if is_header(&one.name) => Ok(()),
            [one] => Err(UnfitServer::Secret(format!("{:?} is no header that can show who asks", one.name))),
            _ => Err(UnfitServer::Secret("one header shows who asks".to_owned())),
        }
    }
}

fn is_variable(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&name.len()) && name.bytes().all(letter) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a variable of that name holds a credential, and cannot make a program run something else.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    HOLDS_A_CREDENTIAL.contains(&last) && !NOT_ITS_OWN.iter().any(|begin| name.starts_with(begin))
}

/// Whether a part can look like something else than it is: with a line break, say, or a space that is none.
fn can_deceive(word: &str) -> bool {
    word.chars().any(|c| hidden::is_hidden(c) || (c.is_whitespace() && c != ' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::KeptSecret;

    fn program(edit: impl FnOnce(&mut AddedServer)) -> Result<(), UnfitServer> {
        let mut server = AddedServer {
            name: "hotel".into(),
            reach: ServerReach::Program {
                command: "/usr/bin/hotel".into(),
                arguments: vec!["--books".into()],
                folder: None,
                environment: [("LANG".into(), "C".into())].into(),
            },
            secrets: vec![kept("HOTEL_KEY")],
        };
        edit(&mut server);
        server.check()
    }

    fn kept(name: &str) -> KeptSecret {
        KeptSecret { name: name.into(), fingerprint: "7".repeat(64) }
    }

    #[test]
    fn nothing_that_decides_what_runs_is_hidden_from_whoever_signs() {
        assert_eq!(program(|_| {}), Ok(()));
        for name in [
            "LD_PRELOAD",
            "ld_library_path",
            "PATH",
            "NODE_OPTIONS",
            "PYTHONSTARTUP",
            "BASH_ENV",
            "NPM_CONFIG_REGISTRY",
            "npm_config_node_options",
            "NPM_TOKEN",
            "UV_INDEX_URL",
            "HOME",
            "HTTPS_PROXY",
            "GIT_EXTERNAL_DIFF",
            "MONKEY",
        ] {
            let refused = program(|server| server.secrets.push(kept(name))).unwrap_err();
            assert!(refused.to_string().contains("must read it"), "{name}: {refused}");
        }
    }

    #[test]
    fn what_could_not_be_started_or_told_apart_is_refused() {
        for name in ["", "channel", "a.b", "a b", &"x".repeat(65)] {
            assert_eq!(program(|server| server.name = name.into()), Err(UnfitServer::Name), "{name}");
        }
        let edited = |edit: fn(&mut String, &mut Vec<String>, &mut Option<String>)| {
            program(|server| {
                if let ServerReach::Program { command, arguments, folder, .. } = &mut server.reach {
                    edit(command, arguments, folder);
                }
            })
        };
        assert!(edited(|command, _, _| *command = "hotel".into()).is_err());
        for word in ["a\0b", "a\n/usr/bin/other", "a\u{a0}b", "a\u{202e}b", "a\u{200b}b"] {
            let refused = program(|server| {
                if let ServerReach::Program { arguments, .. } = &mut server.reach {
                    arguments.push(word.into());
                }
            });
            assert!(refused.is_err(), "{word:?}");
        }
        for name in ["API_KEY", "HOTEL_TOKEN", "db_password", "SENTRY_DSN"] {
            assert_eq!(program(|server| server.secrets.push(kept(name))), Ok(()), "{name}");
        }
        assert!(edited(|_, arguments, _| *arguments = vec![String::new(); 65]).is_err());
        assert!(edited(|_, _, folder| *folder = Some("books".into())).is_err());
        assert!(program(|server| server.secrets.push(kept("LANG"))).is_err(), "twice");
        assert!(program(|server| server.secrets.push(kept("A=B"))).is_err());
        assert!(program(|server| server.secrets[0].fingerprint = "7".into()).is_err());
        let address = |url: &str, names: &[&str]| {
            let secrets = names.iter().map(|name| kept(name)).collect();
            AddedServer { name: "hotel".into(), reach: ServerReach::Address { url: url.into() }, secrets }.check()
        };
        assert_eq!(address("https://hotel.example.com/mcp", &["authorization"]), Ok(()));
        assert_eq!(address("http://127.0.0.1:1/mcp", &[]), Ok(()));
        assert!(address("http://hotel.example.com/mcp", &["authorization"]).is_err());
        assert!(address("https://hotel.example.com/mcp", &["host"]).is_err());
        assert!(address("https://hotel.example.com/mcp", &["authorization", "x-api-key"]).is_err());
    }
}
