//! Failures of the core as a person reads them: what happened, why, what to do. Internals go to the log file.

use crate::wire::device::NoConnectionCode;
use crate::wire::error::{Problem, ProblemCode};
use countersign_domain::action::ActionError;
use countersign_domain::change::ChangeError;
use countersign_domain::conversation::{ConversationError, TakeoverError};
use countersign_domain::fleet::FleetError;
use countersign_domain::money::Money;
use countersign_domain::person::AwayError;
use countersign_gate::error::GateError;
use countersign_gate::tools::ToolFailure;

impl Problem {
    /// A problem without a field.
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    pub(crate) fn of_field(field: &str, message: impl Into<String>) -> Self {
        Self { code: ProblemCode::Invalid, message: message.into(), field: Some(field.to_owned()) }
    }

    /// An approval without the password that its rules ask for.
    pub fn step_up_needed() -> Self {
        let why = "Approving this asks for your password again, in the application's own window. Nothing was decided.";
        Self::of_field("password", why)
    }

    pub(crate) fn sign_in_needed() -> Self {
        Self::new(ProblemCode::SignInNeeded, "Nobody is signed in at this desk.")
    }
}

impl From<NoConnectionCode> for Problem {
    fn from(why: NoConnectionCode) -> Self {
        Self::of_field("code", capital(&format!("{why}.")))
    }
}

impl From<GateError> for Problem {
    fn from(error: GateError) -> Self {
        use ProblemCode::{CardChanged, Forbidden, Invalid, NoLongerHeld, NotFound, Unavailable};
        let text = error.to_string();
        match error {
            GateError::NotFound(what) => Self::new(NotFound, format!("There is no such {what} here.")),
            GateError::CardChanged => Self::new(
                CardChanged,
                "What the card shows has changed since you opened it. Nothing was decided; look again.",
            ),
            GateError::Moved | GateError::Action(ActionError::WrongPhase { .. }) => Self::new(
                NoLongerHeld,
                "Somebody or something was first: this action is no longer waiting. Your decision was not recorded.",
            ),
            GateError::Action(ActionError::SignedAlready) => {
                Self::new(Forbidden, "You have signed this already; another person must sign too.")
            }
            GateError::Action(
                why @ (ActionError::NoMoreTime
                | ActionError::BackTooLate
                | ActionError::NotSnoozed
                | ActionError::TheirsAlready
                | ActionError::CannotDecide),
            ) => Self::new(Invalid, format!("{}.", capital(&why.to_string()))),
            GateError::Action(ActionError::StepUpNeeded) => Self::step_up_needed(),
            GateError::Action(ActionError::Denied) => {
                Self::new(Invalid, "A rule denies the action with these values, whoever signs. Nothing was decided.")
            }
            GateError::Action(_) => Self::new(CardChanged, format!("Nothing was decided: {text}. Look again.")),
            GateError::LookedTooShort { looked_ms, needed_ms } => Self::new(
                Invalid,
                format!(
                    "You looked at this for {} s, and approving it takes {} s at least. Nothing was decided; look at it, \
                     then approve it.",
                    tenths(looked_ms),
                    tenths(needed_ms)
                ),
            ),
            GateError::Override(problems) => {
                let (field, message) = problems.into_iter().next().unwrap_or_default();
                Self { code: Invalid, message, field: Some(field).filter(|f| !f.is_empty()) }
            }
            GateError::Change(why) => {
                let code = match why {
                    ChangeError::NotWaiting | ChangeError::Late => NoLongerHeld,
                    ChangeError::Outdated | ChangeError::DoesNotFit(_) | ChangeError::OnePersonModeEnded => CardChanged,
                    ChangeError::NotAllowed(_)
                    | ChangeError::SignedAlready
                    | ChangeError::NotFirst
                    | ChangeError::TooSoonAfterReset => Forbidden,
                    ChangeError::NotDue | ChangeError::Impossible(_) => Invalid,
                };
                Self::new(code, format!("{}. Nothing was signed.", capital(&text)))
            }
            GateError::Away(why) => {
                let field = match why {
                    AwayError::Past | AwayError::TooFar => "until",
                    AwayError::OwnDeputy | AwayError::DeputyNotHere | AwayError::DeputyDecidesNothing => "deputy",
                    AwayError::NotHere | AwayError::DecidesNothing | AwayError::AsItWas | AwayError::NotAway => {
                        "person"
                    }
                };
                Self::of_field(field, format!("{}. Nothing was changed.", capital(&text)))
            }
            GateError::ToolSettings(_) | GateError::Channel(_) | GateError::Grant(_) | GateError::Server(_) => {
                Self::of_field("settings", format!("{}. Nothing was proposed.", capital(&text)))
            }
            GateError::DeviceNeeded => Self::new(
                Forbidden,
                "The rules ask for a signature at a device of one's own. A browser's is signed by the station, so \
                 somebody must sign this in the application's window. Nothing was decided.",
            ),
            GateError::NotAuthorized(_) => Self::new(Forbidden, format!("That is not yours to do: {text}.")),
            GateError::BadSignature(why) => {
                Self::new(Forbidden, format!("The signature was not accepted: {why}. Nothing was decided."))
            }
            GateError::ObjectBusy => Self::new(
                Invalid,
                "Another action on the same object is being carried out, or its outcome is not known yet. Nothing was \
                 decided; decide once it is known, or reject this one.",
            ),
            GateError::BeyondLimit { with_this, limit } => {
                let why = beyond_limit(&with_this, limit.as_ref());
                Self::new(Forbidden, format!("{why} Nothing was decided; somebody else must sign it."))
            }
            GateError::Takeover(TakeoverError::AlreadyTheirs) => {
                Self::new(Invalid, "You have this conversation already.")
            }
            GateError::Takeover(TakeoverError::NotTheirs) => {
                Self::new(Invalid, "You do not have this conversation. Take it over first.")
            }
            GateError::Takeover(TakeoverError::StillAsked) => Self::new(
                Invalid,
                "What a person asked for in this conversation still waits, or its outcome is not known. See how it ends, or \
                 take it back; then hand the conversation back.",
            ),
            GateError::Takeover(
                why @ (TakeoverError::Unread
                | TakeoverError::DueBefore
                | TakeoverError::NoPromise
                | TakeoverError::AlreadyEscalated(_)
                | TakeoverError::TakenOver),
            ) => Self::new(Invalid, format!("{}. Nothing was stored.", capital(&why.to_string()))),
            GateError::Conversation(ConversationError::UnderWay) => Self::new(
                Invalid,
                "Something that was asked for in this conversation is still under way, or its outcome is not known. Hand \
                 it back, and the agent tells the customer how it ended; or settle it first.",
            ),
            GateError::Takeover(TakeoverError::NotLive(why)) | GateError::Conversation(why) => {
                Self::new(Invalid, format!("{}. Nothing was sent.", capital(&why.to_string())))
            }
            GateError::ReplyNotAllowed(why) => {
                Self::new(Forbidden, format!("A rule keeps this reply back: {why} Nothing was sent."))
            }
            GateError::NotAllowed(why) => Self::new(Forbidden, format!("That is not yours to do: {why}.")),
            GateError::Customer(why) => Self::new(Invalid, format!("That cannot be done: {why}.")),
            GateError::Fleet(FleetError::AlreadyStopped) => Self::new(Invalid, "Everything is stopped already."),
            GateError::Fleet(FleetError::TakesTwo) => {
                Self::new(Invalid, "This stop ends with two signatures: propose to resume under Settings, People.")
            }
            GateError::Fleet(FleetError::NotStopped) => Self::new(Invalid, "Nothing is stopped."),
            GateError::Fleet(FleetError::NoReason) => Self::of_field("why", sentence(&error)),
            GateError::Fleet(FleetError::PartAlreadyStopped(_) | FleetError::PartNotStopped(_)) => {
                Self::new(Invalid, sentence(&error))
            }
            GateError::Erased => {
                Self::new(ProblemCode::Erased, "The customer is erased, and with them what this card showed.")
            }
            GateError::Unreconciled(open) => {
                let actions = if open == 1 { "1 action".to_owned() } else { format!("{open} actions") };
                Self::new(
                    Invalid,
                    format!(
                        "This log goes on from a backup, and {actions} that it held open may have happened since. \
                         Everything stays stopped until each is settled with its tool."
                    ),
                )
            }
            GateError::Tool(ToolFailure::DefinitionChanged(_)) | GateError::UnknownTool(_) => Self::new(
                Unavailable,
                "The tool is not what it was when this was proposed, so nothing can be decided on this card. \
                 It expires at its deadline unless the former tool comes back.",
            ),
            GateError::NotAccepted(_) => Self::new(Unavailable, format!("{}. Nothing was done.", capital(&text))),
            GateError::NoRoom(_) => Self::new(
                Unavailable,
                "The station's disk is nearly full, so this was not begun. Free some room; it goes on by itself.",
            ),
            GateError::Ending => Self::new(Unavailable, "The station is ending. Start it again, then look again."),
            GateError::Append(_) | GateError::Read(_) => Self::new(
                Unavailable,
                "The log cannot be used now, so nothing is decided and nothing runs. Check the disk, then restart the station.",
            ),
            other => {
                tracing::warn!(%other, "a request failed");
                Self::new(Invalid, format!("That did not work: {text}."))
            }
        }
    }
}

/// Seconds, cut to tenths: what was a little too short never reads as if it were enough.
fn tenths(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

/// Why something may not be, where nobody has tried.
pub(crate) fn sentence(why: &GateError) -> String {
    capital(&format!("{}.", why.to_string().trim_end_matches('.')))
}

pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Why somebody cannot approve this as well today.
pub(crate) fn beyond_limit(with_this: &Money, limit: Option<&Money>) -> String {
    let limit = limit.map_or_else(
        || "No limit is set for you in this currency".to_owned(),
        |limit| format!("Your limit is {limit} a day"),
    );
    format!("{limit}. With this you would have approved {with_this} today.")
}
