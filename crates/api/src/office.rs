//! What all desks of a station share.

use crate::attempts::Attempts;
use crate::presence::Presence;
use crate::wire::channels::ChatView;
use crate::wire::command::Notice;
use crate::wire::session::SampleCustomersPace;
use crate::wire::tools::ServerView;
use countersign_agents::ReplyTimes;
use countersign_agents::reasoner::Reasoner;
use countersign_domain::ambient::Entropy;
use countersign_domain::ids::ConversationId;
use countersign_domain::person::KeyKind;
use countersign_domain::server::AddedServer;
use countersign_domain::time::Timestamp;
use countersign_domain::tool::ToolDefinition;
use countersign_gate::tools::ToolFailure;
use countersign_gate::{DeviceKeys, Gate};
use countersign_projections::Views;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;

/// What a desk shows of the station.
#[derive(Debug, Clone)]
pub struct StationFacts {
    /// The station's name.
    pub name: String,
    /// Whether this is the sample shop.
    pub sample_shop: bool,
    /// Where the data lie.
    pub data_folder: PathBuf,
    /// Where customers reach the hosted chat page.
    pub chat_address: Option<String>,
    /// Where external agents reach the gateway, where they may.
    pub gateway_address: Option<String>,
    /// What desktops on other machines connect with, where they may.
    pub connection_code: Option<String>,
    /// The chat, as Settings shows it.
    pub chat: ChatView,
}

/// The sample shop's simulated customers.
pub trait SampleCustomers: Send + Sync {
    /// At what pace they come while somebody is signed in.
    fn pace(&self) -> SampleCustomersPace;

    /// Chooses the pace from now on. `Err`: why it was not kept, and so does not hold.
    fn choose(&self, pace: SampleCustomersPace) -> Result<(), String>;
}

/// Counts who is signed in at any desk.
#[derive(Debug, Clone, Default)]
pub struct Here(watch::Sender<usize>);

/// Somebody is signed in, until this is dropped.
#[derive(Debug)]
pub(crate) struct IsHere(watch::Sender<usize>);

impl Here {
    /// How many are signed in.
    pub fn count(&self) -> watch::Receiver<usize> {
        self.0.subscribe()
    }

    pub(crate) fn one_more(&self) -> IsHere {
        self.0.send_modify(|count| *count += 1);
        IsHere(self.0.clone())
    }
}

impl Drop for IsHere {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// A case as a file.
#[derive(Debug, Clone)]
pub struct CaseText {
    /// What stands in it.
    pub text: String,
    /// How many records it holds.
    pub records: u64,
    /// The size of the log under whose checkpoint they stand.
    pub size: u64,
}

/// A case on its way, or why there is none.
pub type CaseWanted<'a> = Pin<Box<dyn Future<Output = Result<CaseText, String>> + Send + 'a>>;

/// Makes cases of conversations, which verify without the station.
pub trait Cases: Send + Sync {
    /// The case of a conversation. It reads the whole log.
    fn case(&self, conversation: ConversationId) -> CaseWanted<'_>;
}

/// How the station's verification of its own log stands.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// Whether it looks right now.
    pub running: bool,
    /// The last time that everything held.
    pub verified: Option<Verified>,
    /// What is wrong.
    pub wrong: Option<Wrong>,
    /// Why it could not look the last time, and when.
    pub unreadable: Option<(String, Timestamp)>,
}

/// A verification that found nothing wrong.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Records, from the first one on.
    pub records: u64,
    /// When it ended.
    pub at: Timestamp,
    /// What was held against what, in sentences.
    pub proved: Vec<String>,
}

/// A record that is not what it was.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its position; of a range, the first.
    pub position: u64,
    /// The last position of the range, where it cannot be told more closely.
    pub until: Option<u64>,
    /// What is wrong, in plain words.
    pub what: String,
    /// When it was found first.
    pub found: Timestamp,
    /// When it was last looked at.
    pub looked: Timestamp,
}

/// What a tool server defines, once it has said so.
pub type Defines<'a> = Pin<Box<dyn Future<Output = Result<Vec<ToolDefinition>, ToolFailure>> + Send + 'a>>;

/// What a server said that was tried out.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSaid {
    /// What it calls itself.
    pub name: String,
    /// In which version.
    pub version: String,
    /// The revision of the protocol that was agreed on.
    pub protocol: String,
    /// What it defines.
    pub tools: Vec<ToolDefinition>,
}

/// A server that is being tried out; or why it did not answer as one, in words.
pub type TriedOut<'a> = Pin<Box<dyn Future<Output = Result<ServerSaid, String>> + Send + 'a>>;

/// The tool servers, as people look at them.
pub trait ToolServersSeen: Send + Sync {
    /// How each was when it was last asked, by name.
    fn all(&self) -> Vec<ServerView>;
    /// Asks one anew what it defines; absent if there is none of that name.
    fn test<'a>(&'a self, server: &'a str) -> Option<Defines<'a>>;
    /// Connects to one that is none here, asks what it defines, and lets it go. `secrets` are the values of its secrets, by
    /// name.
    fn try_out(&self, server: AddedServer, secrets: BTreeMap<String, String>) -> TriedOut<'_>;
    /// Looks whether a program can be started, without starting it. `Err`: why not, in words.
    fn look(&self, server: &AddedServer) -> Result<(), String>;
}

/// What all desks of a station share.
pub struct Office {
    /// The tool servers.
    pub servers: Arc<dyn ToolServersSeen>,
    /// What reasons for the agent.
    pub reasoner: Arc<dyn Reasoner>,
    /// The gate.
    pub gate: Arc<Gate>,
    /// The read models.
    pub views: Arc<Views>,
    /// The station.
    pub facts: StationFacts,
    /// Set while a policy file does not parse; the old rules stay in force.
    pub policy_problem: watch::Receiver<Option<String>>,
    /// Set while the station's machine needs somebody: its disk is nearly full, or its clock was set.
    pub machine_problem: watch::Receiver<Option<String>>,
    /// Within what time people answer.
    pub reply_times: ReplyTimes,
    /// Tells desks that views moved.
    pub notices: watch::Receiver<Notice>,
    /// Conversations as files that prove themselves.
    pub cases: Arc<dyn Cases>,
    /// How the verification of the log stands.
    pub verification: watch::Receiver<Verification>,
    /// Counts who asked for a verification now.
    pub verify_now: watch::Sender<u64>,
    /// Randomness for ids.
    pub entropy: Arc<dyn Entropy>,
    /// Signing keys on this device.
    pub device_keys: DeviceKeys,
    /// Signing keys that the station holds for browser desks.
    pub station_keys: DeviceKeys,
    /// Sign-ins that failed lately.
    pub attempts: Attempts,
    /// Held while a password is compared.
    pub sign_in_line: Arc<tokio::sync::Mutex<()>>,
    /// Who is signed in.
    pub here: Here,
    /// Who looks at what.
    pub presence: Presence,
    /// The sample shop's simulated customers, if there are any.
    pub sample_customers: Option<Arc<dyn SampleCustomers>>,
}

impl Office {
    pub(crate) fn keys(&self, held: KeyKind) -> &DeviceKeys {
        match held {
            KeyKind::Device => &self.device_keys,
            KeyKind::Station => &self.station_keys,
        }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.gate.records().now().micros() / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_signed_in_counts_until_they_leave() {
        let here = Here::default();
        let count = here.count();
        let (one, other) = (here.one_more(), here.one_more());
        assert_eq!(*count.borrow(), 2);
        drop(one);
        assert_eq!(*count.borrow(), 1);
        drop(other);
        assert_eq!(*count.borrow(), 0);
    }
}
