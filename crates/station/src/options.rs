//! The command line of the station and of the desktop application.

use crate::error::StartError;
use crate::models;
use countersign_domain::channel::{ChatSettings, site_of};
use countersign_llm::Wire;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const USAGE: &str = "\
  --data FOLDER     where this station keeps its log, keys and views
  --sample-shop     try the sample shop, in a data folder of its own
  --assets FOLDER   policies/, tools/ and playbooks/
  --chat ADDRESS    where customers reach the chat page (default 127.0.0.1:4310; port 0: any free one)
  --desk ADDRESS    serve the desk to browsers there
  --gateway ADDRESS let agents of others call tools there, over MCP, such as 127.0.0.1:4312
  --devices ADDRESS let desktops on other machines connect there, under TLS, such as 0.0.0.0:4320
  --devices-name NAME  what other machines call this one (default: its address, or its host name)
  --idle SECONDS    end a conversation in which nothing was heard for that long (default 1800)
  --embed ORIGIN    this site may show the chat in its pages, such as https://shop.example.com; may be said again;
                    what people sign at the desk rules over --idle and --embed
  --looks FILE      how long a card is looked at before it is approved (default approvals/looks.toml in the assets)
  --mail FILE       send letters through the mail server that this file describes
  --servers FILE    further tool servers: programs that are started here, or servers that are reached over HTTP
  --model-url URL   let a language model reason at this address, such as https://api.openai.com/v1/, or one of this machine
  --model NAME      which model, as its provider names it
  --model-key FILE  a file with the key of that provider and nothing else
  --model-wire NAME what is spoken there: openai (default; most servers do), openai-responses or anthropic
  --models FILE     several providers, which model takes which step, and what may be spent: see models/models.toml in the
                    assets
  --prices FILE     what models cost (default models/prices.toml in the assets)
  --no-customers    no simulated customers come to the sample shop";

/// The first address that the chat page is offered at.
const CHAT: &str = "127.0.0.1:4310";

/// How long nothing is heard in a conversation until it is ended.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// How a station is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the log, the keys and the views lie.
    pub data_folder: PathBuf,
    /// The folder with `policies/`, `tools/` and `playbooks/`.
    pub assets: PathBuf,
    /// Whether this is the sample shop, which brings its own CRM.
    pub sample_shop: bool,
    /// Whether simulated customers come to the sample shop, at the pace that is chosen at a desk.
    pub sample_customers: bool,
    /// Where customers reach the chat page.
    pub chat: SocketAddr,
    /// The origins of the sites that may show the chat in a frame.
    pub embed: Vec<String>,
    /// Where browsers reach the desk, if they may.
    pub desk_http: Option<SocketAddr>,
    /// Where agents of others reach the gateway, if they may.
    pub gateway: Option<SocketAddr>,
    /// Where desktops on other machines connect, if they may.
    pub devices: Option<SocketAddr>,
    /// What those machines call this one.
    pub devices_name: Option<String>,
    /// The sample shop's CRM, if it does not stand beside this program.
    pub crm_command: Option<PathBuf>,
    /// Names further tool servers, started here or reached over HTTP; those of the sample shop's are reached as it says.
    pub servers: Option<PathBuf>,
    /// How long a card is looked at, at least, before it is approved.
    pub looks: PathBuf,
    /// Describes the mail server that letters go through. Without it, the sample shop's letters stay in a folder.
    pub mail: Option<PathBuf>,
    /// The one language model that reasons, if one is named.
    pub one_model: Option<OneModel>,
    /// Names language models, and which takes which step.
    pub models: Option<PathBuf>,
    /// What they cost.
    pub prices: Option<PathBuf>,
    /// How long nothing is heard in a conversation until it is ended.
    pub idle: Duration,
    /// The built chat page.
    pub chat_page: PathBuf,
    /// The built desk for browsers.
    pub desk_page: PathBuf,
}

/// One language model for everything.
#[derive(Debug, Clone)]
pub struct OneModel {
    /// Where it is.
    pub url: String,
    /// Which, as its provider names it.
    pub name: String,
    /// A file with the provider's key; a server of this machine may need none.
    pub key_file: Option<PathBuf>,
    /// What is spoken there.
    pub wire: Wire,
}

impl Options {
    /// How the chat behaves until people have signed otherwise.
    pub(crate) fn chat_settings(&self) -> ChatSettings {
        let idle_seconds = u32::try_from(self.idle.as_secs()).unwrap_or(u32::MAX);
        ChatSettings { sites: self.embed.clone(), idle_seconds, ..ChatSettings::default() }
    }

    /// From the command line, without the program's name.
    pub fn from_environment_and_args(args: impl Iterator<Item = String>) -> Result<Self, StartError> {
        let bad = |why: String| StartError::Arguments(why);
        let mut args = args;
        let (mut data, mut assets, mut chat, mut desk, mut mail, mut servers) = (None, None, None, None, None, None);
        let (mut models, mut prices, mut model) = (None, None, ModelArgs::default());
        let (mut looks, mut devices, mut devices_name, mut gateway) = (None, None, None, None);
        let (mut sample_shop, mut sample_customers, mut embed) = (false, true, Vec::new());
        let mut idle = IDLE;
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or_else(|| bad(format!("{name} needs a value behind it.")));
            match name.as_str() {
                "--data" => data = Some(PathBuf::from(value()?)),
                "--assets" => assets = Some(PathBuf::from(value()?)),
                "--chat" => chat = Some(address(&value()?)?),
                "--desk" => desk = Some(address(&value()?)?),
                "--gateway" => gateway = Some(address(&value()?)?),
                "--devices" => devices = Some(any_address(&value()?)?),
                "--devices-name" => devices_name = Some(host_name(&value()?)?),
                "--servers" => servers = Some(PathBuf::from(value()?)),
                "--looks" => looks = Some(PathBuf::from(value()?)),
                "--models" => models = Some(PathBuf::from(value()?)),
                "--prices" => prices = Some(PathBuf::from(value()?)),
                "--model-url" => model.url = Some(value()?),
                "--model" => model.name = Some(value()?),
                "--model-key" => model.key_file = Some(PathBuf::from(value()?)),
                "--model-wire" => model.wire = Some(wire(&value()?)?),
                "--mail" => mail = Some(PathBuf::from(value()?)),
                "--idle" => idle = seconds(&value()?)?,
                "--sample-shop" => sample_shop = true,
                "--embed" => {
                    let site = site(&value()?)?;
                    if !embed.contains(&site) {
                        embed.push(site);
                    }
                }
                "--no-customers" => sample_customers = false,
                _ => return Err(bad(format!("{name:?} is not known."))),
            }
        }
        if !sample_shop {
            let why = "This version runs the sample shop only: start it with --sample-shop. \
                       Your own tool servers come with Settings.";
            return Err(bad(why.to_owned()));
        }
        let assets = match assets {
            Some(folder) => folder,
            None => find_assets()
                .ok_or_else(|| bad("The assets folder was not found; say where with --assets.".to_owned()))?,
        };
        let data_folder = match data {
            Some(folder) => folder,
            None => default_data(sample_shop).ok_or_else(|| {
                bad("Neither HOME nor XDG_DATA_HOME is set; say where the data go with --data.".to_owned())
            })?,
        };
        let ui = assets.parent().unwrap_or(Path::new(".")).join("ui");
        let default = CHAT.parse().map_err(|_| bad("The default chat address is malformed.".to_owned()))?;
        Ok(Self {
            data_folder: std::path::absolute(&data_folder).map_err(|e| StartError::file(&data_folder, &e))?,
            sample_shop,
            sample_customers: sample_shop && sample_customers,
            chat: chat.unwrap_or(default),
            embed,
            desk_http: desk,
            gateway,
            devices,
            devices_name,
            looks: looks.unwrap_or_else(|| assets.join("approvals/looks.toml")),
            mail,
            one_model: model.read(models.is_some())?,
            models,
            prices,
            servers,
            idle,
            crm_command: std::env::var_os("COUNTERSIGN_CRM_COMMAND").map(PathBuf::from),
            chat_page: ui.join("dist-chat"),
            desk_page: ui.join("dist"),
            assets,
        })
    }
}

/// What was said of one model.
#[derive(Default)]
struct ModelArgs {
    url: Option<String>,
    name: Option<String>,
    key_file: Option<PathBuf>,
    wire: Option<Wire>,
}

impl ModelArgs {
    fn read(self, several: bool) -> Result<Option<OneModel>, StartError> {
        let bad = |why: &str| Err(StartError::Arguments(why.to_owned()));
        match (self.url, self.name) {
            (None, None) if self.key_file.is_none() && self.wire.is_none() => Ok(None),
            (Some(_), Some(_)) if several => bad("--models and --model-url exclude each other: name one of both."),
            (Some(url), Some(name)) => {
                let wire = self.wire.unwrap_or(Wire::OpenAi);
                Ok(Some(OneModel { url, name, key_file: self.key_file, wire }))
            }
            _ => bad("A language model needs --model-url and --model: where it is, and which."),
        }
    }
}

fn wire(text: &str) -> Result<Wire, StartError> {
    Wire::named(text).ok_or_else(|| StartError::Arguments(format!("{}.", models::wires(text))))
}

fn seconds(text: &str) -> Result<Duration, StartError> {
    match text.parse::<u64>() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err(StartError::Arguments(format!("{text:?} is no number of seconds from 1 to 86400."))),
    }
}

fn address(text: &str) -> Result<SocketAddr, StartError> {
    let parsed = any_address(text)?;
    check_loopback(parsed)?;
    Ok(parsed)
}

fn any_address(text: &str) -> Result<SocketAddr, StartError> {
    text.parse().map_err(|_| StartError::Arguments(format!("{text:?} is not an address such as 127.0.0.1:4310.")))
}

fn host_name(text: &str) -> Result<String, StartError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !text.is_empty() && text.len() <= 253 && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(StartError::Arguments(format!("{text:?} is not the name of a machine, such as station.example.com.")))
}

fn site(text: &str) -> Result<String, StartError> {
    let why = || format!("{text:?} is not the origin of a site, such as https://shop.example.com.");
    site_of(text).ok_or_else(|| StartError::Arguments(why()))
}

/// Customers' chat, the browser desk and the gateway are served without TLS, and so to this machine alone.
pub(crate) fn check_loopback(address: SocketAddr) -> Result<(), StartError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let why = format!("{address} is reached from other machines, which needs TLS; only loopback addresses are taken.");
    Err(StartError::Arguments(why))
}

/// The assets beside this program or above it, as in a checkout.
fn find_assets() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let beside_or_above = program.ancestors().skip(1).map(|folder| folder.join("assets"));
    beside_or_above.chain([PathBuf::from("assets")]).find(|folder| folder.join("policies").is_dir())
}

fn default_data(sample_shop: bool) -> Option<PathBuf> {
    let name = if sample_shop { "countersign-sample-shop" } else { "countersign" };
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        let args = args.iter().map(|a| (*a).to_owned());
        Options::from_environment_and_args(args).map_err(|e| e.to_string())
    }

    #[test]
    fn only_loopback_is_listened_on_and_unknown_words_are_named() {
        let all = ["--data", "/tmp/x", "--assets", "/a", "--sample-shop", "--chat", "127.0.0.1:0", "--desk", "[::1]:0"];
        let options = parse(&all).unwrap();
        assert!(options.sample_shop && options.desk_http.is_some());
        for beyond in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            for listener in ["--chat", "--desk", "--gateway"] {
                let refused = parse(&["--sample-shop", "--assets", "/a", listener, beyond]).unwrap_err();
                assert!(refused.contains("TLS"), "{refused}");
            }
        }
        assert!(parse(&["--assets", "/a", "--verbose"]).unwrap_err().contains("\"--verbose\" is not known"));
        assert!(parse(&["--assets", "/a"]).unwrap_err().contains("--sample-shop"));
        for wrong in ["0", "-1", "soon", "86401"] {
            assert!(parse(&["--sample-shop", "--assets", "/a", "--idle", wrong]).unwrap_err().contains("seconds"));
        }
        let sites = ["https://Shop.example.com/", "http://localhost:8080", "http://[::1]:80"];
        let embedding: Vec<&str> = sites.iter().flat_map(|site| ["--embed", site]).collect();
        let embed = parse(&[&all[..], &embedding[..]].concat()).unwrap().embed;
        assert_eq!(embed, ["https://shop.example.com", "http://localhost:8080", "http://[::1]:80"]);
        for no_site in
            ["*", "https://*.example.com", "shop.example.com", "https://a.example/x", "https://a;b", "https://", "null"]
        {
            let refused = parse(&["--sample-shop", "--assets", "/a", "--embed", no_site]).unwrap_err();
            assert!(refused.contains("origin of a site"), "{refused}");
        }
        assert!(parse(&["--data"]).unwrap_err().contains("needs a value"));
    }
}
