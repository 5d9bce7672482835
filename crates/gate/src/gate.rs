//! The gate: its parts, and what every path through it shares.

use crate::card::Card;
use crate::changes::OpenChanges;
use crate::checked_reply::ReplyWords;
use crate::draw::{self, Scene};
use crate::erasure::Erasures;
use crate::error::GateError;
use crate::external::{Counts, Hourly};
use crate::ledgers::LedgersRead;
use crate::looks::ShortestLooks;
use crate::open_actions::OpenActions;
use crate::progress::{Listening, Progress};
use crate::records::{ActionRecord, Records};
use crate::second_look::Topics;
use crate::tools::{PinnedTool, ToolServers, Toolbox};
use countersign_domain::action::{Action, ActionBytes, ActionEvent, Command};
use countersign_domain::channel::ChatSettings;
use countersign_domain::event::{self, Draft, Fields};
use countersign_domain::ids::{ActionId, ConversationId};
use countersign_event_log::envelope::StoredEvent;
use countersign_event_log::log::Cause;
use countersign_event_log::receipt::Receipt;
use countersign_event_log::stream::StreamName;
use countersign_policy::Policies;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, MutexGuard, Notify, OwnedSemaphorePermit, Semaphore, watch};

/// An event about to be sealed and appended, with what it answers.
pub(crate) type Caused = (Draft, Option<Cause>);

/// Leave to be one of the calls that run at once.
pub(crate) type Line = OwnedSemaphorePermit;

/// The most tool calls at once.
pub(crate) const MOST_CALLS: usize = 64;

/// Between what an agent wants and what a tool does.
pub struct Gate {
    pub(crate) records: Arc<Records>,
    pub(crate) servers: Arc<dyn ToolServers>,
    toolbox: RwLock<Arc<Toolbox>>,
    policies: RwLock<Policies>,
    interface: String,
    topics: Topics,
    looks: ShortestLooks,
    reply_words: ReplyWords,
    pub(crate) open: OpenActions,
    pub(crate) open_changes: OpenChanges,
    pub(crate) erasures: Erasures,
    pub(crate) ledgers: LedgersRead,
    /// External calls that are being carried out: what is not proposed yet is open nowhere else.
    pub(crate) in_hand: Counts,
    /// What agents have begun to relay within the hour.
    pub(crate) hourly: Hourly,
    /// Who listens to what tools say while they are at work.
    pub(crate) progress: Progress,
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) due: Notify,
    tools_changed: watch::Sender<u64>,
    pub(crate) servers_changed: watch::Sender<u64>,
    chat: watch::Sender<ChatSettings>,
    rules_line: Mutex<()>,
    /// Whether what servers offer was being taken in when that ended: what is in memory may be behind the log.
    pub(crate) offers_unfinished: AtomicBool,
}

impl Gate {
    /// A gate over its records, tools and policies. `interface` names the build that draws the cards.
    pub fn new(
        records: Arc<Records>,
        servers: Arc<dyn ToolServers>,
        toolbox: Toolbox,
        policies: Policies,
        interface: &str,
    ) -> Self {
        Self {
            records,
            servers,
            toolbox: RwLock::new(Arc::new(toolbox)),
            policies: RwLock::new(policies),
            interface: interface.to_owned(),
            topics: Topics::default(),
            looks: ShortestLooks::default(),
            reply_words: ReplyWords::default(),
            open: OpenActions::default(),
            open_changes: OpenChanges::default(),
            erasures: Erasures::default(),
            ledgers: LedgersRead::default(),
            in_hand: Counts::default(),
            hourly: Hourly::default(),
            progress: Progress::default(),
            calls: Arc::new(Semaphore::new(MOST_CALLS)),
            due: Notify::new(),
            tools_changed: watch::channel(0).0,
            servers_changed: watch::channel(0).0,
            chat: watch::Sender::default(),
            rules_line: Mutex::new(()),
            offers_unfinished: AtomicBool::new(false),
        }
    }

    /// Says what a second look at a card knows of words: without it, it knows none.
    pub fn with_topics(mut self, topics: Topics) -> Self {
        self.topics = topics;
        self
    }

    /// Says how long a card is looked at, at least, before it is approved: without it, nothing is asked for.
    pub fn with_looks(mut self, looks: ShortestLooks) -> Self {
        self.looks = looks;
        self
    }

    /// Says what a model's reply is held against: without it, only for secrets and what is somebody else's.
    pub fn with_reply_words(mut self, words: ReplyWords) -> Self {
        self.reply_words = words;
        self
    }

    pub(crate) fn reply_words(&self) -> &ReplyWords {
        &self.reply_words
    }

    /// How long this card is looked at, at least, before it is approved, in milliseconds.
    pub fn shortest_look_ms(&self, card: &Card) -> u64 {
        self.looks.of(card)
    }

    /// Counts how often people added or removed a tool server.
    pub fn servers_changed(&self) -> watch::Receiver<u64> {
        self.servers_changed.subscribe()
    }

    /// Listens to what tools say of how far they are that are called for a conversation, from now on.
    pub fn listen(&self, conversation: &ConversationId) -> Listening {
        self.progress.listen(conversation)
    }

    pub(crate) fn topics(&self) -> &Topics {
        &self.topics
    }

    /// The log and its keys.
    pub fn records(&self) -> &Arc<Records> {
        &self.records
    }

    /// The pinned tools.
    pub fn toolbox(&self) -> Arc<Toolbox> {
        self.toolbox.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The policies in force.
    pub fn policies(&self) -> Policies {
        self.policies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other policies in force. What is held keeps its verdict until somebody decides, and is judged again then.
    pub fn put_policies(&self, policies: Policies) {
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = policies;
    }

    /// Puts other settings of tools in force, with the rules that were made for them.
    pub(crate) fn put_rules(&self, toolbox: Toolbox, policies: Policies) {
        *self.toolbox.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(toolbox);
        self.put_policies(policies);
        self.tools_changed.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Tells when tools are treated otherwise.
    pub fn tools_changed(&self) -> watch::Receiver<u64> {
        self.tools_changed.subscribe()
    }

    /// How the chat behaves, and tells when that changes.
    pub fn chat(&self) -> watch::Receiver<ChatSettings> {
        self.chat.subscribe()
    }

    pub(crate) fn put_chat(&self, settings: ChatSettings) {
        self.chat.send_replace(settings);
    }

    /// Held by whoever makes other rules, or other settings of tools, and puts them in force: one after the other.
    pub async fn rules_line(&self) -> MutexGuard<'_, ()> {
        self.rules_line.lock().await
    }

    /// Waits until whoever is putting other rules in force has done so: until then everything is refused as moved.
    pub async fn rules_settled(&self) {
        drop(self.rules_line().await);
    }

    /// Waits until no tool call is running, and lets none begin behind that: for an orderly end.
    pub async fn drained(&self) {
        let all = u32::try_from(MOST_CALLS).unwrap_or(u32::MAX);
        let _all = self.calls.acquire_many(all).await;
        self.calls.close();
    }

    /// A line to the tools, of which there are [`MOST_CALLS`]. Taken before `started` is stored: a call that waits in
    /// line has not started, and a stop still stops it.
    pub(crate) async fn line(&self) -> Result<Line, GateError> {
        self.calls.clone().acquire_owned().await.map_err(|_| GateError::Ending)
    }

    pub(crate) fn pinned(&self, name: &str) -> Result<PinnedTool, GateError> {
        self.toolbox().get(name).cloned().ok_or_else(|| GateError::UnknownTool(name.to_owned()))
    }

    /// The tool of an action, as long as its definition is the one that was pinned when it was proposed.
    pub(crate) fn tool_of(&self, action: &Action) -> Result<PinnedTool, GateError> {
        let tool = self.pinned(&action.proposed.tool)?;
        if action.proposal < tool.signed.since {
            let why = format!("{} has come to mean something else since it was proposed", action.proposed.tool);
            Err(GateError::Tool(crate::tools::ToolFailure::DefinitionChanged(why)))
        } else if tool.hash == action.proposed.definition {
            Ok(tool)
        } else {
            let why = format!("{} is defined otherwise than when it was proposed", action.proposed.tool);
            Err(GateError::Tool(crate::tools::ToolFailure::DefinitionChanged(why)))
        }
    }

    /// The card of an action as it stands now.
    pub async fn card(&self, id: &ActionId) -> Result<(Card, ActionRecord), GateError> {
        let record = self.records.action(id).await?;
        let card = self.draw(&record).await?;
        Ok((card, record))
    }

    pub(crate) async fn draw(&self, record: &ActionRecord) -> Result<Card, GateError> {
        let tool = self.tool_of(&record.action)?;
        let (_, conversation) = self.records.conversation(&record.action.proposed.conversation).await?;
        let mut others = Vec::new();
        for id in &record.action.standing.open {
            others.push(self.records.action_state(id).await?.proposed);
        }
        let person = match &record.action.proposed.by {
            Some(by) => Some(self.records.person(by).await?.1.unwrap_or_else(|| by.to_string())),
            None => None,
        };
        let whisper = match &record.action.proposed.whisper {
            Some(whisper) => {
                let name = self.records.person(&whisper.by).await?.1.unwrap_or_else(|| whisper.by.to_string());
                Some((whisper.number, name))
            }
            None => None,
        };
        let sealed = draw::gather(record)?;
        let earlier = self.earlier(record, &conversation, &sealed).await?;
        let mut before = Vec::new();
        for decided in self.decided_before(record, &conversation, &tool, &sealed).await? {
            let by = decided.decided.person();
            let name = self.records.person(by).await?.1.unwrap_or_else(|| by.to_string());
            before.push((decided, name));
        }
        let relayed = self.relayed_for(&conversation, record.action.proposal).await?;
        let scene = Scene {
            before: &before,
            relayed: relayed.as_ref(),
            earlier: &earlier,
            person: person.as_deref(),
            whisper: whisper.as_ref().map(|(number, name)| (*number, name.as_str())),
            others: &others,
            record,
            conversation: &conversation,
            tool: &tool,
            interface: &self.interface,
            topics: &self.topics,
        };
        draw::card(&scene, sealed)
    }

    /// Brings the list of open actions forward by what was just stored, and wakes whoever waits for deadlines.
    pub(crate) fn took(&self, before: &Action, receipt: &Receipt) -> Result<Action, GateError> {
        let stream = StreamName::action(&before.proposed.action);
        let mut after = before.clone();
        let new = |e: &&StoredEvent| e.envelope.stream == stream && e.envelope.version >= before.version;
        for stored in receipt.events().iter().filter(new) {
            after.apply(&crate::records::read(stored)?);
        }
        self.open.put(&after);
        self.due.notify_one();
        Ok(after)
    }

    /// What exactly would be called: the bytes that the digest covers.
    pub(crate) fn bytes(&self, action: &Action, arguments: serde_json::Value, salt: &str) -> ActionBytes {
        ActionBytes {
            tool: action.proposed.tool.clone(),
            server: action.proposed.server.clone(),
            definition: action.proposed.definition.clone(),
            arguments,
            salt: salt.to_owned(),
        }
    }
}

/// An action carried forward by a draft that is not stored yet: to decide what may follow in the same append.
pub(crate) fn ahead(action: &Action, draft: &Draft) -> Result<Action, GateError> {
    let happened: ActionEvent = event::read(&draft.kind, draft.schema, &draft.open)?;
    let mut next = action.clone();
    next.apply(&happened);
    Ok(next)
}

/// A command without anything sealed.
pub(crate) fn plain(action: &Action, command: Command) -> Result<Draft, GateError> {
    Ok(action.decide(command, Fields::new())?)
}
