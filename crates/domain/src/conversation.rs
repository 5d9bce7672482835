//! Conversations: what a customer and an agent said, what the agent proposed, and what each turn cost.

mod command;
mod event;
mod follows;
mod model;
mod relayed;
mod sign_in;
mod state;
#[cfg(test)]
mod tests;
mod whisper;

pub use command::{
    BEST_SCORE, ConversationError, LONGEST_MESSAGE_CHARS, LONGEST_NOTE_CHARS, MOST_HELD_ACTIONS, MOST_MESSAGES,
    MOST_PROMISES, MOST_REPLIES, MOST_SIGN_INS, TakeoverError, Worded,
};
pub use event::{
    Answered, Assurance, CALL_CHANNEL, CloseReason, ConversationEvent, EXTERNAL_CHANNEL, EscalationReason, Opened,
    Promised, Pulled, REPORTING_CURRENCY, Reasoner, Received, Replied, ResolutionCode, SignInFailure, SignInProof,
    SignedIn, Turned, UNCLEAR_INTENT,
};
pub use follows::NotNext;
pub use model::{
    AskedIn, LONGEST_MODEL_NAME, MOST_ASKED, MOST_MODEL_CALLS, ModelCallEnd, ModelCalled, ModelSaid, ModelStep, Spent,
    Tokens,
};
pub use relayed::{
    LONGEST_RELAYED_CHARS, MOST_RELAYED, MOST_SPANS, Relayed, SpanNames, SpanOperation, Spanned, Speaker,
};
pub use state::Conversation;
pub use whisper::{
    LONGEST_WHISPER_CHARS, MOST_WHISPERS, Whisper, WhisperReceipted, WhisperScope, Whispered, whispered_words,
};
