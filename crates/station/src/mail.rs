//! Where letters go, and what signs customers in by one: two files of an operator's.

use crate::assets::parsed;
use crate::error::StartError;
use crate::options::Options;
use countersign_agents::Agents;
use countersign_channels::chat::{CodeWords, SignInLimits, SignInOptions};
use countersign_channels::mail::{Credentials, Mail, MailFolder, Sender, SmtpServer, SmtpTls};
use countersign_domain::ambient::Entropy;
use countersign_domain::tool::EffectClass;
use countersign_gate::sign_in::AddressLookup;
use countersign_gate::tools::Toolbox;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The sample shop's letters, in the data folder.
const FOLDER: &str = "mail";
const SIGN_IN: &str = "channels/sign-in.toml";

/// `channels/sign-in.toml` of the assets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInFile {
    lookup: AddressLookup,
    letter: LetterFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterFile {
    from: String,
    subject: String,
    text: String,
}

/// The file behind `--mail`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    host: String,
    port: u16,
    tls: Encryption,
    user: Option<String>,
    /// A file with the password and nothing else.
    password_file: Option<PathBuf>,
    /// One more certificate authority to trust, PEM.
    authority_file: Option<PathBuf>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Encryption {
    Implicit,
    StartTls,
    None,
}

/// How customers are signed in by a code, if the assets say how.
pub(crate) fn sign_in(
    options: &Options,
    agents: &Agents,
    toolbox: &Toolbox,
    entropy: Arc<dyn Entropy>,
) -> Result<Option<SignInOptions>, StartError> {
    let path = options.assets.join(SIGN_IN);
    if !path.exists() {
        return Ok(None);
    }
    let SignInFile { lookup, letter } = parsed(&path)?;
    let is_read = |tool: &str| toolbox.get(tool).is_some_and(|tool| tool.settings.effect == EffectClass::Read);
    if !is_read(&lookup.tool) {
        return Err(StartError::content(path, format!("{} is no tool with the effect \"read\"", lookup.tool)));
    }
    let from: Sender = letter.from.parse().map_err(|e| StartError::content(&path, e))?;
    let words = CodeWords::new(letter.subject, letter.text).map_err(|e| StartError::content(&path, e))?;
    let mail: Arc<dyn Mail> = match &options.mail {
        Some(file) => Arc::new(server(file, from)?),
        None => {
            let folder = options.data_folder.join(FOLDER);
            Arc::new(MailFolder::new(folder.clone(), from).map_err(|e| StartError::file(&folder, &e))?)
        }
    };
    let limits = SignInLimits::on_loopback();
    Ok(Some(SignInOptions { sign_ins: agents.sign_ins(lookup), mail, words, entropy, limits }))
}

fn server(path: &Path, from: Sender) -> Result<SmtpServer, StartError> {
    let file: MailFile = parsed(path)?;
    // What it names lies beside it, wherever the station is started from.
    let beside = |name: &PathBuf| path.parent().unwrap_or(Path::new(".")).join(name);
    let credentials = match (file.user, &file.password_file) {
        (None, None) => None,
        (Some(user), Some(name)) => {
            let named = beside(name);
            let password = std::fs::read_to_string(&named).map_err(|e| StartError::file(&named, &e))?;
            Some(Credentials { user, password: password.trim_end_matches(['\r', '\n']).to_owned() })
        }
        _ => return Err(StartError::content(path, "user and password_file go together; name both, or neither")),
    };
    let authority = match &file.authority_file {
        Some(name) => {
            let named = beside(name);
            Some(std::fs::read(&named).map_err(|e| StartError::file(&named, &e))?)
        }
        None => None,
    };
    let tls = match file.tls {
        Encryption::Implicit => SmtpTls::Implicit,
        Encryption::StartTls => SmtpTls::StartTls,
        Encryption::None => SmtpTls::None,
    };
    SmtpServer::new(&file.host, file.port, tls, credentials, authority.as_deref(), from)
        .map_err(|e| StartError::content(path, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), "secret\n").unwrap();
        let path = folder.path().join("mail.toml");
        std::fs::write(&path, text).unwrap();
        let from = "service@shop.example.com".parse().unwrap();
        server(&path, from).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mail_server_is_described_whole_and_never_without_encryption_elsewhere() {
        let whole = "host = \"mail.example.com\"\nport = 465\ntls = \"implicit\"\nuser = \"shop\"\n\
                     password_file = \"password\"\n";
        assert_eq!(described(whole), Ok(()));
        assert_eq!(described(&whole.replace("implicit", "starttls")), Ok(()));
        assert!(described(&whole.replace("implicit", "none")).unwrap_err().contains("unencrypted"));
        assert!(described(&whole.replace("user = \"shop\"\n", "")).unwrap_err().contains("go together"));
        assert!(described(&whole.replace("\"password\"", "\"nowhere\"")).unwrap_err().contains("nowhere"));
        assert!(described(&format!("{whole}password = \"secret\"\n")).is_err(), "no secret stands in this file");
        assert!(described("host = \"mail.example.com\"\nport = 25\n").is_err(), "TLS is said, never guessed");
    }
}
