//! What a desk may ask and say.

use super::agents::AgentGrant;
use super::channels::ChatSettings;
use super::conversation::{FloorSearch, WhisperScope};
use super::metrics::{Counted, Slice};
use super::people::{ChangeRequest, CustomerOf};
use super::servers::NewServer;
use super::session::SampleCustomersPace;
use super::tools::ToolSettings;
use super::trail::TrailSearch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Questions. They change nothing but what the trail says of who read it. Answer types stand beside each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "query", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Query {
    /// -> `SessionView`; needs no sign-in.
    Session,
    /// -> `Waits`.
    Waits,
    /// -> `ApprovalsView`.
    Approvals,
    /// -> `CardView`.
    Card {
        /// The action.
        action: String,
    },
    /// -> `OverridePreview`.
    PreviewOverride {
        /// The action.
        action: String,
        /// All arguments as changed.
        #[ts(type = "Record<string, unknown>")]
        arguments: Value,
    },
    /// -> `ConversationsView`.
    Conversations {
        /// Which of them.
        #[serde(default)]
        #[ts(optional)]
        search: Option<Box<FloorSearch>>,
    },
    /// -> `EscalationsView`.
    Escalations,
    /// -> `TranscriptView`.
    Conversation {
        /// The conversation.
        conversation: String,
    },
    /// -> `WhisperPreview`: what the agent would read, and make of it.
    WhisperPreview {
        /// The words as they are written, at most 500 characters.
        text: String,
    },
    /// -> `ToolFormsView`.
    ToolForms {
        /// The conversation in which one would be used.
        conversation: String,
    },
    /// -> `OutcomeView`.
    Outcome {
        /// The action.
        action: String,
    },
    /// -> `PeopleView`.
    People,
    /// -> `ToolsView`, with what each did from this moment on.
    Tools {
        /// From here on.
        from: String,
    },
    /// -> `ServerView`, once the tool server was asked anew what it defines.
    ServerTest {
        /// Its name.
        server: String,
    },
    /// -> `ServerTried`: what a server says that is none here yet.
    ServerTry {
        /// All of it.
        server: Box<NewServer>,
    },
    /// -> `ChangeAhead`: what these settings would change.
    ToolChange {
        /// The settings as they would be.
        settings: Box<ToolSettings>,
        /// Hash of what its server defines, where that would be accepted with them.
        #[serde(default)]
        definition: Option<String>,
    },
    /// -> `ChangeAhead`: what these settings would change.
    ChatChange {
        /// The settings as they would be.
        settings: ChatSettings,
    },
    /// -> `FleetView`: agents and tools, and what agents asked for in this period.
    Fleet {
        /// From here on.
        from: String,
        /// Up to here, and not including it; at most 100 days later.
        to: String,
    },
    /// -> `ChangeAhead`: what this grant would change.
    AgentChange {
        /// The agent.
        agent: String,
        /// What it may do as it would be.
        grant: AgentGrant,
        /// Whether it has another token then.
        new_token: bool,
    },
    /// -> `PoliciesView`, with what each rule did from this moment on.
    Policies {
        /// From here on.
        from: String,
    },
    /// -> `ChannelsView`.
    Channels,
    /// -> `CustomerView`.
    Customer {
        /// Whose.
        of: CustomerOf,
    },
    /// -> `ErasureAhead`. It reads the whole log.
    ErasureAhead {
        /// Whose.
        of: CustomerOf,
    },
    /// -> `TrailView`.
    Trail {
        /// What to look for.
        search: Box<TrailSearch>,
    },
    /// -> `TrailChoices`.
    TrailChoices,
    /// -> `RecordView`. That somebody reads it is recorded.
    Record {
        /// Its position in the log.
        #[ts(type = "number")]
        position: u64,
    },
    /// -> `MetricsView`: of the conversations that ended in this period, beside the period before.
    Metrics {
        /// From here on.
        from: String,
        /// Up to here, and not including it; at most 100 days later.
        to: String,
        /// Minutes that the desk's time zone is ahead of UTC: where its days begin.
        offset_minutes: i32,
    },
    /// -> `CountedView`: the conversations behind a figure.
    Counted {
        /// From here on.
        from: String,
        /// Up to here, and not including it.
        to: String,
        /// Which figure.
        counted: Counted,
        /// Only those of one kind.
        slice: Option<Slice>,
    },
    /// -> `CaseFile`. That it leaves the house is recorded before.
    CaseFile {
        /// The conversation.
        conversation: String,
    },
}

/// Commands that need no card. Each answers with `SessionView`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Command {
    /// First run: the first person, with a password of at least 12 characters. Without a second one, one-person mode.
    SetUp {
        /// The person's name.
        name: String,
        /// Their password.
        password: String,
        /// The one-time token that the console shows; only for a desk over HTTP.
        token: Option<String>,
        /// A second person from the beginning: then one-person mode never is.
        #[serde(default)]
        second: Option<SecondPerson>,
    },
    /// Signs in and unlocks the signing key.
    SignIn {
        /// The person's id.
        person: String,
        /// Their password.
        password: String,
    },
    /// Wipes the signing key and ends the session.
    SignOut,
    /// Nothing with an effect starts after this, and no agent reply goes out; or, of an agent or a tool, nothing at all.
    Stop {
        /// Whether ending it takes two people. That of an agent or a tool never does.
        #[serde(default)]
        takes_two: bool,
        /// Only this; absent for everything.
        #[serde(default)]
        #[ts(optional)]
        part: Option<Part>,
    },
    /// Ends a stop that one person ends.
    Resume {
        /// Only of this; absent for everything.
        #[serde(default)]
        #[ts(optional)]
        part: Option<Part>,
        /// Why an agent or a tool goes on, at most 500 characters; required then.
        #[serde(default)]
        #[ts(optional)]
        why: Option<String>,
    },
    /// Proposes a change, and signs it first.
    ProposeChange {
        /// What is to be different.
        request: ChangeRequest,
        /// Why, for whoever signs next and for the trail.
        why: Option<String>,
    },
    /// Signs a change that somebody else proposed.
    SignChange {
        /// The change.
        change: String,
        /// The digest of the change that was on screen.
        digest: String,
    },
    /// Refuses a change that somebody else proposed.
    RefuseChange {
        /// The change.
        change: String,
        /// Why; required.
        why: String,
    },
    /// Takes back a change that one proposed oneself.
    WithdrawChange {
        /// The change.
        change: String,
    },
    /// Makes a recovery key in the place of the one before; the answer shows it, once.
    NewRecoveryKey,
    /// Gives the person at this desk the word in a conversation: the agent says and starts nothing in it any more.
    TakeOver {
        /// The conversation.
        conversation: String,
    },
    /// Gives a held action more time before it expires.
    MoreTime {
        /// The action.
        action: String,
        /// The deadline that its card shows.
        saw: String,
    },
    /// Puts a held action off, so that nobody is told of it before, or brings it back.
    Snooze {
        /// The action.
        action: String,
        /// For so many minutes from now; absent to bring it back.
        minutes: Option<u32>,
    },
    /// Hands a held action to somebody who can decide it, or to everybody again; whoever else may decide it still may.
    Delegate {
        /// The action.
        action: String,
        /// The person whose it is to decide; absent to make it everybody's.
        to: Option<String>,
    },
    /// Says that somebody is away until a time, and who decides meanwhile what was handed to them.
    GoAway {
        /// The person; absent for whoever says it.
        person: Option<String>,
        /// Until when, at most 90 days ahead.
        until: String,
        /// Who stands in.
        deputy: String,
    },
    /// Says that somebody is back before that time.
    ComeBack {
        /// The person; absent for whoever says it.
        person: Option<String>,
    },
    /// Takes the approval of an action back before it starts: it is held again.
    Undo {
        /// The action.
        action: String,
    },
    /// Calls for a colleague in the conversation of a held action, which stays held.
    Escalate {
        /// The action that one looks at.
        action: String,
        /// Why, for whoever takes it up, at most 500 characters; required.
        note: String,
    },
    /// Writes to the customer in a conversation that one has taken over.
    Reply {
        /// The conversation.
        conversation: String,
        /// The words, at most 2,000 characters.
        text: String,
        /// The position of the transcript that was on screen: it answers what stood there.
        #[ts(type = "number")]
        seen: u64,
        /// The desk's own id of it, at most 64 characters; sent again, it is stored once.
        client: String,
    },
    /// Records a search of the trail with which the person at this desk stays.
    NoteSearch {
        /// As it was written, at most 400 characters.
        search: String,
    },
    /// Verifies the station's log now. How it stands is in the session.
    VerifyNow,
    /// Gives the agent the word again.
    HandBack {
        /// The conversation.
        conversation: String,
    },
    /// Asks for a tool call in a conversation that one has taken over: rules let it run, or somebody else decides. The answer
    /// comes once it has run or waits.
    UseTool {
        /// The conversation.
        conversation: String,
        /// `server.tool`.
        tool: String,
        /// All arguments.
        #[ts(type = "Record<string, unknown>")]
        arguments: Value,
        /// Why, for whoever decides on it, at most 500 characters; may be empty.
        why: String,
        /// The desk's own id of it, at most 64 characters; sent again, it is asked for once.
        client: String,
    },
    /// Takes back what one had asked for and that has not started.
    TakeBack {
        /// The action.
        action: String,
    },
    /// Whispers to the agent in a conversation that it has: it reads the words, and the customer never does.
    Whisper {
        /// The conversation.
        conversation: String,
        /// The words, at most 500 characters.
        text: String,
        /// How long they count.
        scope: WhisperScope,
        /// The desk's own id of it, at most 64 characters; sent again, it is stored once.
        client: String,
    },
    /// Takes down what one has promised the customer, in a conversation that one has taken over.
    Promise {
        /// The conversation.
        conversation: String,
        /// The words, at most 500 characters.
        text: String,
        /// Until when it is to be kept, if that was said.
        due: Option<String>,
    },
    /// Says that a promise was kept.
    KeepPromise {
        /// The conversation.
        conversation: String,
        /// The promise's number.
        number: u32,
    },
    /// Ends a conversation that one has taken over. The customer takes it up again by writing.
    Resolve {
        /// The conversation.
        conversation: String,
        /// What came of it: one of `TranscriptView.resolutions`.
        code: String,
        /// A note for whoever reads it later, at most 500 characters.
        note: String,
        /// The position of the transcript that was on screen: what the customer wrote later keeps it open.
        #[ts(type = "number")]
        seen: u64,
    },
    /// Says which held action is open at this desk, for everybody else to see while it is; none ends that. It is no record.
    LookAt {
        /// The action.
        action: Option<String>,
    },
    /// In which conversation this desk is told what a model writes while it writes it; none ends that. It is no record.
    Listen {
        /// The conversation.
        conversation: Option<String>,
    },
    /// At what pace the sample shop's simulated customers come from now on, also after a restart.
    SetSampleCustomers {
        /// The pace.
        pace: SampleCustomersPace,
    },
}

/// What can be stopped alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "part", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Part {
    /// An agent.
    Agent {
        /// Its name.
        name: String,
    },
    /// A tool.
    Tool {
        /// `server.tool`.
        name: String,
    },
}

/// The second person of a first run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SecondPerson {
    /// The person's name.
    pub name: String,
    /// Their password.
    pub password: String,
}

/// What a station tells its desks unasked. A desk refetches what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "notice", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Notice {
    /// The views stand at this position now.
    Changed {
        /// The log position.
        #[ts(type = "number")]
        as_of: u64,
    },
    /// What a model writes now in the conversation that this desk listens to, whole; empty once it is over. Nothing of it is
    /// stored or sent yet.
    Provisional {
        /// The conversation.
        conversation: String,
        /// The words so far.
        text: String,
    },
    /// Who looks at which held action now, at all desks.
    Looking {
        /// Everybody.
        looking: Vec<Looking>,
    },
}

/// Somebody looks at a held action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Looking {
    /// The action.
    pub action: String,
    /// Who.
    pub person: String,
}
