//! Every kind of event that was ever written, with the version of its open part that is written today. Stored bytes never
//! change: what an older version wrote is lifted to today's form when it is read.
//!
//! A new kind: a line here, a sample in `tests/golden/samples`, and its golden file. A changed form: the version goes up,
//! and an upcaster says what the older one meant. A new optional field needs neither.

use super::UnknownEvent;
use serde_json::Value;
use std::borrow::Cow;

/// Lifts an open part by one version. Pure: it knows nothing but what stands in it.
pub type Upcast = fn(Value) -> Value;

/// A kind of event.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// `concept.what_happened`.
    pub kind: &'static str,
    /// From version 1 to 2, from 2 to 3, and so on: as many as there were versions before today's.
    pub upcasts: &'static [Upcast],
}

impl Known {
    /// The version that is written today, from 1.
    pub fn schema(&self) -> u32 {
        u32::try_from(self.upcasts.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// An open part of this kind, as it was written under `schema`, in today's form.
    pub fn lift<'a>(&self, schema: u32, open: &'a Value) -> Result<Cow<'a, Value>, UnknownEvent> {
        self.must_read(schema)?;
        let written = usize::try_from(schema).unwrap_or(usize::MAX);
        let upcasts = self.upcasts.iter().skip(written.saturating_sub(1));
        Ok(upcasts.fold(Cow::Borrowed(open), |open, upcast| Cow::Owned(upcast(open.into_owned()))))
    }

    /// Refuses a version that this program cannot read.
    pub fn must_read(&self, schema: u32) -> Result<(), UnknownEvent> {
        let why = match schema {
            0 => "versions count from 1, so this is damaged",
            _ if schema > self.schema() => NEWER,
            _ => return Ok(()),
        };
        Err(UnknownEvent { kind: self.kind.to_owned(), schema, why: why.to_owned() })
    }
}

/// What to do about events from the future.
const NEWER: &str = "it was written by a newer version of Countersign; update to open this log";

const fn first(kind: &'static str) -> Known {
    Known { kind, upcasts: &[] }
}

/// All of them, sorted by kind.
pub const KNOWN: &[Known] = &[
    first("action.allowed"),
    first("action.approved"),
    first("action.deadline_moved"),
    first("action.delegated"),
    first("action.denied"),
    first("action.expired"),
    first("action.failed"),
    first("action.held"),
    first("action.overridden"),
    first("action.proposed"),
    first("action.rejected"),
    first("action.settled"),
    first("action.snoozed"),
    first("action.started"),
    first("action.succeeded"),
    first("action.superseded"),
    first("action.unknown"),
    first("action.voided"),
    first("action.waiting"),
    first("action.withdrawn"),
    first("agent.granted"),
    first("agent.revoked"),
    first("alias.given"),
    first("call.made"),
    first("case.exported"),
    first("case.opened"),
    first("change.expired"),
    first("change.proposed"),
    first("change.refused"),
    first("change.signed"),
    first("change.took_effect"),
    first("change.withdrawn"),
    first("channel.chat_set"),
    first("conversation.answered"),
    first("conversation.closed"),
    first("conversation.escalated"),
    first("conversation.handed_back"),
    first("conversation.model_called"),
    first("conversation.opened"),
    first("conversation.promise_kept"),
    first("conversation.promised"),
    first("conversation.proposed"),
    first("conversation.rated"),
    first("conversation.received"),
    first("conversation.relayed"),
    first("conversation.reopened"),
    first("conversation.replied"),
    first("conversation.resolved"),
    first("conversation.sign_in_asked"),
    first("conversation.sign_in_failed"),
    first("conversation.signed_in"),
    first("conversation.spanned"),
    first("conversation.taken_over"),
    first("conversation.turned"),
    first("conversation.whisper_receipted"),
    first("conversation.whispered"),
    first("customer.erased"),
    first("customer.erasure_done"),
    first("customer.erasure_ordered"),
    first("customer.hold_lifted"),
    first("customer.hold_placed"),
    first("fleet.part_resumed"),
    first("fleet.part_stopped"),
    first("fleet.resume_takes_two"),
    first("fleet.resumed"),
    first("fleet.stopped"),
    first("fleet.stopped_by_restore"),
    first("ledger.released"),
    first("ledger.reserved"),
    first("object.moved"),
    first("person.away"),
    first("person.back"),
    first("person.enrolled"),
    first("person.key_enrolled"),
    first("person.key_reset"),
    first("person.key_revoked"),
    first("person.limits_set"),
    first("person.removed"),
    first("person.roles_set"),
    first("server.added"),
    first("server.removed"),
    first("station.agent_joined"),
    first("station.clock_jumped"),
    first("station.erased_again"),
    first("station.person_joined"),
    first("station.person_left"),
    first("station.policy_in_force"),
    first("station.recovery_key_made"),
    first("station.restored"),
    first("station.room_changed"),
    first("station.set_up"),
    first("tool.offered"),
    first("tool.pinned"),
    first("tool.settings_set"),
    first("trail.searched"),
];

/// A kind by its name.
pub fn known(kind: &str) -> Option<&'static Known> {
    KNOWN.binary_search_by(|known| known.kind.cmp(kind)).ok().and_then(|at| KNOWN.get(at))
}

/// Refuses a kind or version that this program cannot read.
pub fn must_be_known(kind: &str, schema: u32) -> Result<&'static Known, UnknownEvent> {
    let found = known(kind).ok_or_else(|| UnknownEvent { kind: kind.to_owned(), schema, why: NEWER.to_owned() })?;
    found.must_read(schema).map(|()| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_are_sorted_and_stand_once() {
        assert!(KNOWN.is_sorted_by(|a, b| a.kind < b.kind));
        assert!(KNOWN.iter().all(|k| known(k.kind).is_some_and(|found| found.kind == k.kind)));
    }

    #[test]
    fn an_older_form_is_lifted_step_by_step_and_a_newer_one_is_refused() {
        fn cents(open: Value) -> Value {
            json!({ "minor": open.get("cents"), "currency": "EUR" })
        }
        fn nested(open: Value) -> Value {
            json!({ "money": open })
        }
        let kind = Known { kind: "test.paid", upcasts: &[cents, nested] };
        assert_eq!(kind.schema(), 3);
        let today = json!({ "money": { "minor": 5, "currency": "EUR" } });
        assert_eq!(*kind.lift(1, &json!({ "cents": 5 })).unwrap(), today);
        assert_eq!(*kind.lift(2, &json!({ "minor": 5, "currency": "EUR" })).unwrap(), today);
        assert_eq!(*kind.lift(3, &today).unwrap(), today);
        assert!(kind.lift(4, &today).unwrap_err().to_string().contains("update to open this log"));
        assert!(kind.lift(0, &today).is_err());
    }

    #[test]
    fn an_unknown_kind_says_what_to_do() {
        let refused = must_be_known("action.teleported", 1).unwrap_err().to_string();
        assert!(refused.contains("action.teleported") && refused.contains("update to open this log"), "{refused}");
        assert!(must_be_known("action.held", 2).unwrap_err().to_string().contains("schema 2"));
        assert!(must_be_known("action.held", 1).is_ok());
    }
}
