//! The Approvals queue, one card, and what an override would do.

use super::conversation::TakenBy;
use countersign_domain::tool::EffectClass;
use countersign_gate::card::{Card, CardBar};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Money on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Money {
    /// Minor units (cents).
    #[ts(type = "number")]
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// A rule that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Rule {
    /// Its name in the policy files.
    pub id: String,
    /// Why, in plain words.
    pub reason: String,
}

/// The answer to `approvals`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ApprovalsView {
    /// The log position up to which this is folded.
    #[ts(type = "number")]
    pub as_of: u64,
    /// Held actions, nearest deadline first, but for those that are put off.
    pub held: Vec<ActionRow>,
    /// Held actions that are put off, the next to come back first.
    pub snoozed: Vec<ActionRow>,
    /// In how many milliseconds one of them is back, or waits for more people than whom it is with: nothing else tells of it.
    #[ts(type = "number | null")]
    pub next_in_ms: Option<u64>,
    /// Those of `held` that wait for the person at this desk: they may decide, did not ask for it, have not signed it, and
    /// it is not somebody else's to decide. Near its deadline it waits for all. For whoever is away: those that nobody at work
    /// could decide.
    pub for_you: Vec<String>,
    /// Approved, and can still be taken back: the next to start first.
    pub waiting: Vec<ActionRow>,
    /// Outcomes that nobody knows: may have happened, was not tried again.
    pub unknown: Vec<ActionRow>,
    /// Decided or ended lately, newest first, at most 50.
    pub decided: Vec<ActionRow>,
}

/// One action in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ActionRow {
    /// The action.
    pub action: String,
    /// Its conversation.
    pub conversation: String,
    /// Where it is seen: its conversation, or the one that an agent of others relays and that it belongs to.
    pub seen_in: String,
    /// `chat`; `mcp` for the call of an agent of others.
    pub channel: String,
    /// The agent that asks; where a person asks, their id.
    pub agent: String,
    /// `server.tool`.
    pub tool: String,
    /// What running it does to the world.
    #[ts(type = "\"read\" | \"reversible\" | \"irreversible\"")]
    pub effect: EffectClass,
    /// One word, such as "Refund".
    pub noun: String,
    /// The amount as decided, or as proposed while undecided.
    pub money: Option<Money>,
    /// The customer's name as far as known; absent if erased or never said.
    pub customer: Option<String>,
    /// Whether the customer is erased: names, words and arguments are gone for good.
    pub erased: bool,
    /// The object, for people, such as "order 1042".
    pub object: Option<String>,
    /// Where it stands.
    pub state: ActionState,
    /// When it was proposed.
    pub proposed_at: String,
    /// When it expires, while held; when it starts, while it can be taken back.
    pub deadline: Option<String>,
    /// Set while it is put off.
    pub snoozed: Option<Snoozed>,
    /// Whose it is to decide, while it is delegated.
    pub delegated: Option<Delegated>,
    /// When the last thing happened to it.
    pub changed_at: String,
    /// How many contradictions there were between words, arguments and facts when it came to wait.
    pub contradictions: u32,
    /// The person who asks for it in the agent's place.
    pub asked_by: Option<AskedBy>,
    /// The person who decided, by name.
    pub decided_by: Option<String>,
    /// A short plain remark, such as the rule that holds it, or why it failed.
    pub remark: Option<String>,
}

/// What somebody has approved today in one currency, and may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ApproverDay {
    /// So much before this.
    pub approved: Money,
    /// Their limit; absent where none is set in this currency, and then they approve nothing in it.
    pub limit: Option<Money>,
}

/// A held action that is put off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Snoozed {
    /// When it comes back by itself.
    pub until: String,
    /// Who put it off, by name; absent once erased.
    pub by: Option<String>,
}

/// A held action that is somebody's to decide. Whoever else may decide it still may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Delegated {
    /// Whose it is.
    pub to: String,
    /// Their name; absent once erased.
    pub name: Option<String>,
    /// Whether they took it themself.
    pub taken: bool,
    /// Who handed it to them, by name; absent once erased.
    pub by: Option<String>,
    /// Set while they are away.
    pub away: Option<StandIn>,
}

/// Somebody is away whose action it is, or would be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct StandIn {
    /// Until when.
    pub until: String,
    /// Whose it is meanwhile; absent where their deputy cannot decide it or is away too, and it waits for everybody.
    pub deputy: Option<TakenBy>,
}

/// Somebody to whom an action can be delegated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Delegate {
    /// Who.
    pub person: String,
    /// Their name; absent once erased.
    pub name: Option<String>,
    /// Set while they are away.
    pub away: Option<StandIn>,
}

/// What puts a held card aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardAside {
    /// Set while it is put off.
    pub snoozed: Option<Snoozed>,
    /// Set while it is delegated.
    pub delegated: Option<Delegated>,
    /// Why the signed-in person may not put it off, or bring it back.
    pub may_not_snooze_reason: Option<String>,
    /// Why they may not delegate it.
    pub may_not_delegate_reason: Option<String>,
    /// To whom it can be delegated: themself, and whom it is with, included.
    pub delegates: Vec<Delegate>,
}

/// The person who asks for an action in the agent's place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct AskedBy {
    /// Who.
    pub person: String,
    /// Their name; absent once erased.
    pub name: Option<String>,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ActionState {
    /// Proposed, being judged.
    Proposed,
    /// Waits for a person.
    Held,
    /// Allowed by a rule, not yet started.
    Allowed,
    /// Denied by a rule.
    Denied,
    /// Approved or overridden, not yet started.
    Approved,
    /// The same, and it can still be taken back before it starts.
    Waiting,
    /// Refused by a person.
    Rejected,
    /// Its deadline passed; nothing ran. Not a person's no.
    Expired,
    /// Taken back before a decision.
    Withdrawn,
    /// Running at the tool.
    Started,
    /// Done.
    Succeeded,
    /// Did not happen.
    Failed,
    /// May have happened; was not tried again.
    Unknown,
    /// Unknown before, now known to have happened.
    SettledHappened,
    /// Unknown before, now known not to have happened, and never will.
    SettledDidNotHappen,
    /// Unknown before; it happened and was made good.
    SettledCompensated,
}

/// The answer to `card`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardView {
    /// What is shown, and signed by its digest.
    pub card: Card,
    /// SHA-256 of the canonical card, hexadecimal.
    pub card_digest: String,
    /// Where the action stands now.
    pub state: ActionState,
    /// Set once decided: who, what, when, why.
    pub decision: Option<DecisionView>,
    /// What came of it, in plain words.
    pub outcome: Option<String>,
    /// Whether the signed-in person may decide; else why not.
    pub may_decide: bool,
    /// Why the person may not decide.
    pub may_not_reason: Option<String>,
    /// Why the person may override or reject, and not approve: they have signed, and another must; or it is beyond their limit.
    pub may_not_approve_reason: Option<String>,
    /// Whether approving it asks for the password again.
    pub step_up: bool,
    /// What the person has approved today in its currency, while it is held, where they have limits.
    pub day: Option<ApproverDay>,
    /// Whether the person asked for it themself and can still take it back.
    pub may_take_back: bool,
    /// Why the signed-in person may not give it more time, while it is held.
    pub may_not_more_time_reason: Option<String>,
    /// What puts it aside, while it is held.
    pub aside: Option<CardAside>,
    /// When it starts, while its approval can be taken back.
    pub starts_at: Option<String>,
    /// Why the signed-in person may not take the approval back, while others may.
    pub may_not_undo_reason: Option<String>,
    /// What the operator offers as words to begin a rejection with.
    pub guidance: Vec<String>,
    /// Set while its outcome is unknown: how people settle it.
    pub settling: Option<SettlingView>,
    /// Whether a person is asked for in its conversation.
    pub escalation: CardEscalation,
    /// How long it is looked at, at least, before it is approved, in milliseconds.
    #[ts(type = "number")]
    pub shortest_look_ms: u64,
}

/// Whether a person is asked for in the conversation of a card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct CardEscalation {
    /// Why, in plain words; absent while nobody is asked for.
    pub reason: Option<String>,
    /// Since when.
    pub at: Option<String>,
    /// The person who called for a colleague, where no agent did.
    pub by: Option<TakenBy>,
    /// What they, or the agent, noted.
    pub note: Option<String>,
    /// Why the signed-in person cannot call for a colleague; absent if they can.
    pub may_not_reason: Option<String>,
}

/// An unknown outcome that people may settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SettlingView {
    /// Why the signed-in person may not propose what became of it; absent if they may.
    pub may_not_propose: Option<String>,
    /// Until then the tool may still be carrying it out, and nobody settles it by hand; absent once it is over.
    pub from: Option<String>,
    /// What somebody proposed that waits for a second person.
    pub proposed: Option<SettlementProposed>,
}

/// A settlement that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct SettlementProposed {
    /// `happened`, `did_not_happen` or `compensated`.
    pub how: String,
    /// Who proposed it, by name.
    pub by: String,
}

/// A decision, as recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct DecisionView {
    /// `approve`, `override` or `reject`.
    pub decision: String,
    /// Who, by name.
    pub person: String,
    /// When.
    pub at: String,
    /// Their words to the agent.
    pub words: Option<String>,
    /// Arguments that an override changed: name, from, to, for people.
    pub changes: Vec<ChangeView>,
    /// Which key signed: `device` or `station`.
    pub signed_by: String,
    /// Whether they typed their password again for it.
    pub step_up: bool,
    /// The key's id.
    pub key: String,
}

/// One changed argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct ChangeView {
    /// The argument's name for people.
    pub label: String,
    /// What the agent proposed.
    pub from: String,
    /// What the person signed.
    pub to: String,
}

/// The answer to `preview_override`: what the changed arguments would do, before anybody signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct OverridePreview {
    /// The headline with the changed values.
    pub headline: String,
    /// The effect with the changed values.
    pub effect: Option<String>,
    /// The bar with the changed values.
    pub bar: Option<CardBar>,
    /// The amount with the changed values.
    pub money: Option<Money>,
    /// What is wrong, by argument; empty if it can be signed.
    pub problems: Vec<FieldProblem>,
    /// What changed.
    pub changes: Vec<ChangeView>,
    /// What policy says of the changed action with the person as co-author, in plain words:
    /// "Policy read again with your values: still one supervisor".
    pub verdict: String,
    /// Whether signing it now would let it run.
    pub signable: bool,
    /// Whether signing it asks for the password again.
    pub step_up: bool,
    /// The words that the agent will be told, apart from the person's own.
    pub agent_is_told: String,
}

/// What is wrong with one argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct FieldProblem {
    /// The argument; empty for the whole.
    pub name: String,
    /// The limit and the reason.
    pub message: String,
}

/// A decision as a desk sends it. The signing side takes card and arguments from what it handed out, not from here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct DecisionRequest {
    /// The action.
    pub action: String,
    /// The digest of the card that was on screen.
    pub card_digest: String,
    /// What the person decided.
    pub choice: Choice,
    /// How long the card was on screen, in milliseconds. It counts for no longer than the card has been at this desk.
    #[ts(type = "number")]
    pub looked_ms: u64,
    /// The person's password, where the rules ask for it again. It stays with the signing side, and is sent no further.
    #[serde(default, skip_serializing)]
    #[ts(optional, type = "string")]
    pub password: Option<Password>,
}

/// A password on its way to what tries it. It is neither written anywhere nor sent on.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "choice", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Choice {
    /// As proposed.
    Approve,
    /// With these arguments instead, and why. All arguments, not only the changed ones.
    Override {
        /// The arguments that the person signs.
        #[ts(type = "Record<string, unknown>")]
        arguments: Value,
        /// Why, as the agent and the trail read it; required.
        why: String,
    },
    /// Not at all, and what the agent should do instead; required.
    Reject {
        /// Guidance, as the agent reads it.
        guidance: String,
    },
}

/// The answer to a decision: it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct DecisionReceipt {
    /// Where the decision stands in the log.
    #[ts(type = "number")]
    pub position: u64,
    /// Where the action stands now.
    pub state: ActionState,
}
