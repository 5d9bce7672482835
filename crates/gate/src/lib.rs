//! Verdict, hold, decision, permit, execution, outcome: the only way to a tool.
//!
//! Between what an agent wants and what a tool does stands a rule and, where the rule says so, a person. Every path to
//! [`tools::ToolServers::call`] goes through a [`permit::Permit`], which is minted from the receipt of a stored verdict
//! or decision and from nothing else.

mod answer;
mod approval;
mod arguments;
mod ask;
mod authority;
mod away;
pub mod card;
pub mod changes;
mod checked_reply;
mod commit;
pub mod countersignature;
mod deadlines;
mod decide;
mod delegate;
mod draw;
mod ending;
pub mod erasure;
pub mod error;
mod escalate;
mod evidence;
mod execute;
mod external;
mod folds;
mod gate;
mod ledgers;
mod looks;
mod memory;
mod model_calls;
mod more_time;
mod offers;
mod open_actions;
pub mod open_at;
pub mod people;
pub mod permit;
mod progress;
pub mod proposal;
mod propose;
mod question;
mod quoted;
mod reading;
pub mod records;
mod recover;
mod reply;
pub mod report;
mod restored;
mod room;
pub mod rules_read;
pub mod satisfiable;
mod second_look;
mod settle;
pub mod sign_in;
mod snooze;
mod sources;
pub mod staff;
mod stop;
mod subject;
mod takeover;
mod toolbox;
pub mod tools;
mod tools_signed;
pub mod trail;
mod undo;
mod units;
mod warned;
mod whisper;

pub use answer::Answer;
pub use ask::{Ask, LONGEST_WHY_CHARS};
pub use checked_reply::{Leak, OthersData, ReplyWords, ReplyWordsFile, Secret, UnfitReplyWords};
pub use countersign_policy::PEOPLE_FILE;
pub use countersign_sealing::{
    DeviceKeys, LONGEST_PASSWORD, LONGEST_SECRET, PasswordError, RecoveryKey, SHORTEST_PASSWORD, SealingError,
    SigningKeyError, UnlockedKey, signature_holds,
};
pub use decide::{DecisionStored, LONGEST_WORDS_CHARS, OverrideJudged, SignedDecision, SigningMaterial};
pub use ending::Resolution;
pub use escalate::Escalation;
pub use external::{
    AgentCall, AgentRecord, CallCustomer, CallStands, Caller, Counted, Counts, LONGEST_ALIAS, MadeCall, RelayReport,
    Relaying, Telling,
};
pub use gate::Gate;
pub use looks::{LooksFile, ShortestLooks, UnfitLooks};
pub use open_at::open_actions;
pub use progress::{Listening, Notice, ProgressTo};
pub use reading::LONGEST_NOTED_SEARCH;
pub use reply::{LONGEST_SEGMENT_CHARS, MOST_SEGMENTS};
pub use restored::record_restore;
pub use second_look::{Topics, UnfitTopics};
pub use whisper::Whispering;
