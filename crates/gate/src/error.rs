//! Why the gate did nothing.

use crate::checked_reply::Leak;
use crate::permit::NoPermit;
use crate::tools::ToolFailure;
use countersign_domain::action::ActionError;
use countersign_domain::agent::UnfitGrant;
use countersign_domain::change::ChangeError;
use countersign_domain::channel::UnfitChannel;
use countersign_domain::conversation::{ConversationError, TakeoverError};
use countersign_domain::customer::CustomerError;
use countersign_domain::event::UnknownEvent;
use countersign_domain::fleet::FleetError;
use countersign_domain::money::Money;
use countersign_domain::person::AwayError;
use countersign_domain::server::UnfitServer;
use countersign_domain::station::Room;
use countersign_domain::strict::NotStrict;
use countersign_event_log::log::{AppendError, ReadError};

/// Why the gate did nothing. Whatever the variant: nothing was executed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GateError {
    /// No tool by that name is configured.
    #[error("no tool {0:?} is configured; an operator must give it settings first")]
    UnknownTool(String),
    /// Its server defines the tool otherwise than it was accepted, or offers it no more.
    #[error("{0}; nothing of it runs before an administrator has looked at it under Settings, Tools")]
    NotAccepted(String),
    /// The arguments are not strict JSON.
    #[error("the arguments are not acceptable: {0}")]
    NotStrict(#[from] NotStrict),
    /// The arguments do not fit the tool's schema; the first problems, each with its place.
    #[error("the arguments do not fit the tool's schema: {}", .0.iter().map(|p| format!("{}: {}", p.0, p.1)).collect::<Vec<_>>().join("; "))]
    Schema(Vec<(String, String)>),
    /// Somebody wrote in between: look again.
    #[error("something changed in between; read again")]
    Moved,
    /// Everything is stopped.
    #[error("everything is stopped; nothing starts and no reply goes out until a person resumes")]
    Stopped,
    /// Somebody who signed it has left, so it does not start on their signature.
    #[error("somebody who signed this has left the staff; it is held again")]
    SignerLeft,
    /// The token is no agent's, or is good no more.
    #[error("this token is no agent's here, or is good no more; ask whoever gave it to you for another")]
    UnknownToken,
    /// Not one of the tools that the agent was granted.
    #[error("the tool {0:?} is not granted to this agent")]
    NotGranted(String),
    /// As many of an agent's calls are open as may be.
    #[error(
        "this agent has {0} calls that have not come to their end, which is as many as it may; wait for some of them"
    )]
    TooManyOpenCalls(u32),
    /// As much as an agent may begin within an hour.
    #[error("this agent has begun {0} within the hour, which is as many as it may; go on later")]
    BegunTooMuch(u32),
    /// A caller's own key that is none, or was used for something else.
    #[error("{0}")]
    CallKey(&'static str),
    /// A grant that does not fit.
    #[error(transparent)]
    Grant(#[from] UnfitGrant),
    /// The disk is nearly full.
    #[error("there is too little room on the station's disk{}; free some, and it goes on by itself", match .0 { Room::NoEffects => ": nothing with an effect starts, and no conversation begins", _ => " for new conversations" })]
    NoRoom(Room),
    /// The log goes on from a backup, and what was open in it is not settled.
    #[error("{0} actions that were open in the backup are not reconciled with their tools yet")]
    Unreconciled(usize),
    /// The station is ending: no call begins any more.
    #[error("the station is ending; what is stored is taken up at its next start")]
    Ending,
    /// A reply claims an effect that did not succeed.
    #[error("the reply claims that {0} succeeded, which it did not; nothing was sent")]
    UnbackedClaim(String),
    /// A reply would tell what it must not.
    #[error("the reply is kept back: {0}; nothing was sent")]
    ReplyLeaks(#[from] Leak),
    /// A rule holds or denies this reply, or it is larger than what is sent.
    #[error("the reply is kept back: {0}")]
    ReplyNotAllowed(String),
    /// The conversation has as many held actions as it may.
    #[error("this conversation has {0} held actions already; wait for a decision")]
    TooManyHeld(usize),
    /// The action refuses the command.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The conversation refuses the command.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// Somebody else has the word in the conversation.
    #[error(transparent)]
    Takeover(#[from] TakeoverError),
    /// The fleet refuses the command.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// Somebody is not said to be away, or back.
    #[error(transparent)]
    Away(#[from] AwayError),
    /// The change refuses the command, or would have no good effect.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The signature, its key or its person is not good.
    #[error("the countersignature does not hold: {0}")]
    BadSignature(&'static str),
    /// Another action on the same object was let through, and its outcome is not known yet.
    #[error(
        "another action on the same object is being carried out, or its outcome is unknown; decide once it is known"
    )]
    ObjectBusy,
    /// With this they would have approved more today than they may.
    #[error("with this, they would have approved {with_this} today, and {}; somebody else must sign it", .limit.as_ref().map_or("no limit is set for them in this currency".to_owned(), |l| format!("{l} is their limit")))]
    BeyondLimit {
        /// What they would have approved today.
        with_this: Money,
        /// Their limit in this currency, if one is set.
        limit: Option<Money>,
    },
    /// The rules ask for a signature at a device, and with this one none would be.
    #[error("the rules ask for a signature at a device of one's own, and with this last one there would be none")]
    DeviceNeeded,
    /// Settings of a channel that do not fit.
    #[error(transparent)]
    Channel(#[from] UnfitChannel),
    /// A tool server that can be none.
    #[error(transparent)]
    Server(#[from] UnfitServer),
    /// Settings of a tool that do not fit.
    #[error("{0}")]
    ToolSettings(String),
    /// Their role, or the state of the staff, does not allow it; said so that a person can read it.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The rules over people do not allow it.
    #[error("{0}")]
    NotAuthorized(#[from] countersign_policy::NotAuthorized),
    /// The card is not what the station shows now.
    #[error("the card has changed since it was shown; look again")]
    CardChanged,
    /// It was approved faster than anybody reads it.
    #[error("the card was looked at for {looked_ms} ms, and approving it takes {needed_ms} ms at least")]
    LookedTooShort {
        /// For how long it was.
        looked_ms: u64,
        /// How long it takes.
        needed_ms: u64,
    },
    /// An override that may not be.
    #[error("{}", .0.iter().map(|p| p.1.clone()).collect::<Vec<_>>().join("; "))]
    Override(Vec<(String, String)>),
    /// Nothing by that id.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The customer was erased, and with them what this needs.
    #[error("the content was erased")]
    Erased,
    /// The customer refuses the command.
    #[error(transparent)]
    Customer(#[from] CustomerError),
    /// Something keeps what should be erased.
    #[error("the erasure is not finished: {0}")]
    Erasure(String),
    /// No permit: a defect or a damaged log, never to be worked around.
    #[error("no permit: {0}")]
    NoPermit(#[from] NoPermit),
    /// The log cannot be written.
    #[error("the log took nothing: {0}")]
    Append(AppendError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A stored event is newer than this version.
    #[error(transparent)]
    UnknownEvent(#[from] UnknownEvent),
    /// The keys cannot seal or open.
    #[error("sealing failed: {0}")]
    Sealing(String),
    /// A tool server failed where that is not an outcome.
    #[error(transparent)]
    Tool(#[from] ToolFailure),
}

impl From<AppendError> for GateError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } => Self::Moved,
            other => Self::Append(other),
        }
    }
}
