//! Every log keeps the same promises: one suite, run against the log in memory and the log on SQLite, and what only
//! a log on disk can promise.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "log_conformance/disk.rs"]
mod disk;
#[path = "log_conformance/dropping.rs"]
mod dropping;
#[path = "log_conformance/events.rs"]
mod events;
#[path = "log_conformance/logs.rs"]
mod logs;
#[path = "log_conformance/suite.rs"]
mod suite;
#[path = "log_conformance/tree.rs"]
mod tree;

macro_rules! every_log {
    ($($suite:ident::$test:ident)*) => {
        mod in_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::$suite::$test::<crate::logs::Memory>().await;
            })*
        }
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::$suite::$test::<crate::logs::Sqlite>().await;
            })*
        }
    };
}

every_log! {
    suite::an_append_stores_all_streams_or_none
    suite::a_version_that_does_not_hold_is_a_conflict
    suite::a_guard_is_checked_and_not_written
    suite::one_append_may_write_a_stream_twice
    suite::an_event_may_answer_an_earlier_one_of_its_append
    suite::what_is_out_of_bounds_is_refused
    suite::envelopes_and_sealed_parts_come_back_byte_for_byte
    suite::a_hundred_deciding_tasks_lose_no_increment
    suite::a_limit_holds_when_many_reserve_at_once
    suite::a_refused_decision_leaves_nothing_and_fails_nobody_else
    suite::a_panicking_decision_is_refused_and_the_log_goes_on
    suite::a_kept_fold_sees_plain_appends_too
    suite::positions_and_versions_have_no_gaps_under_concurrency
    suite::recorded_at_never_runs_backwards
    suite::a_follower_wakes_when_the_log_grows
    suite::the_streams_of_a_concept_are_all_of_it_and_of_no_other
    dropping::dropped_bytes_are_gone_and_envelopes_hashes_and_tree_stay
    tree::the_checkpoint_signs_what_is_stored
    tree::proofs_lead_from_any_record_to_the_checkpoint
}
