//! The file: folded in any pieces it is the same, a crash loses and doubles nothing, and what it cannot read stops it.

use crate::canvas::{Parts, ToldLog, dump, open};
use crate::story::{Story, conversation, held};
use countersign_domain::action::{ActionEvent, SettledHow, VoidReason};
use countersign_domain::conversation::{CloseReason, ConversationEvent, EscalationReason, Speaker};
use countersign_domain::event::{Draft, Fields, fields};
use countersign_domain::tool::EffectClass;
use countersign_event_log::stream::StreamName;
use countersign_projections::ViewsError;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;

fn story() -> Story {
    let mut story = Story::default();
    story.enrolled(1, "Sam Okafor");
    story.at(1).opened(1, Some("Ana Ruiz"));
    story.at(2).says(1, 1, "My lamp arrived broken");
    story.at(3).proposes(1, 1);
    story.at(4).holds(1, 2, 900);
    story.at(5).overrides(1, 1, 1, "One of two");
    story.at(6).starts(1);
    story.at(7).succeeds(1, 80);
    story.at(8).answers(1, "Done.");
    story.at(9).turn_ends(1, 1, 1, "refund");
    story
}

async fn folded(folder: &Path, story: &Story, size: u64) {
    let views = open(folder, ToldLog::up_to(story, size), Parts::of(story)).await;
    views.reached(size).await.unwrap();
    views.indexed(size).await.unwrap();
    views.close().await;
}

fn size(story: &Story) -> u64 {
    story.events.len() as u64
}

#[tokio::test]
async fn the_file_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let story = story();
    let views = open(folder.path(), ToldLog::whole(&story), Parts::of(&story)).await;
    views.reached(size(&story)).await.unwrap();
    #[cfg(unix)]
    for file in std::fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
    views.close().await;
}

#[tokio::test]
async fn a_start_reads_only_what_lies_behind_the_cursor() {
    let (folder, story) = (tempfile::tempdir().unwrap(), story());
    folded(folder.path(), &story, 5).await;
    // The parts before the cursor cannot be opened any more: whoever read them again would stop.
    let mut parts = Parts::of(&story);
    parts.broken = (0..5).collect();
    let views = open(folder.path(), ToldLog::whole(&story), parts).await;
    assert_eq!(views.reached(size(&story)).await.unwrap(), size(&story));
    views.close().await;
}

#[tokio::test]
async fn a_crash_between_commits_loses_and_doubles_nothing() {
    let story = story();
    let clean = tempfile::tempdir().unwrap();
    folded(clean.path(), &story, size(&story)).await;
    for crashed_at in 1..size(&story) {
        let (running, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let views = open(running.path(), ToldLog::up_to(&story, crashed_at), Parts::of(&story)).await;
        views.indexed(crashed_at).await.unwrap();
        // What a machine that stops here would find: the files as they are, nothing closed.
        for name in ["views.db", "views.db-wal"] {
            std::fs::copy(running.path().join(name), crashed.path().join(name)).unwrap();
        }
        views.close().await;
        folded(crashed.path(), &story, size(&story)).await;
        assert_eq!(dump(crashed.path()), dump(clean.path()), "crashed at {crashed_at}");
    }
}

#[tokio::test]
async fn a_batch_that_cannot_be_folded_leaves_nothing_behind_and_says_where() {
    let (folder, clean, story) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), story());
    let mut parts = Parts::of(&story);
    parts.broken = [4].into();
    // Position 3 proposes; 4 is the link, which has no part; 6 overrides.
    parts.broken.insert(6);
    let views = open(folder.path(), ToldLog::whole(&story), parts).await;
    let Err(ViewsError::Stopped(why)) = views.reached(size(&story)).await else { panic!("folded a broken part") };
    assert!(matches!(*why, ViewsError::Sealed { position: 6, .. }), "{why}");
    assert!(matches!(views.held().await, Err(ViewsError::Stopped(_))), "stale rows are not shown as the present");
    assert_eq!(*views.folded().borrow(), 0);
    views.close().await;
    assert!(dump(folder.path())["entries"].is_empty());
    folded(folder.path(), &story, size(&story)).await;
    folded(clean.path(), &story, size(&story)).await;
    assert_eq!(dump(folder.path()), dump(clean.path()));
}

#[tokio::test]
async fn an_unknown_kind_or_a_newer_version_stops_the_fold_and_names_position_and_kind() {
    let newer = Draft { schema: 2, ..Draft::open(&ConversationEvent::Closed { reason: CloseReason::Idle }) };
    let kind = |kind: &str| Draft { kind: kind.into(), schema: 1, open: json!({}), sealed: Fields::new() };
    let stream = StreamName::conversation(&conversation(1));
    for draft in [kind("action.teleported"), kind("weather.changed"), kind("fleet.sunk"), kind(""), newer] {
        let (folder, mut story) = (tempfile::tempdir().unwrap(), story());
        let position = story.put(stream.clone(), draft.clone());
        let views = open(folder.path(), ToldLog::whole(&story), Parts::of(&story)).await;
        let Err(ViewsError::Stopped(why)) = views.reached(position + 1).await else { panic!("folded {draft:?}") };
        let ViewsError::UnknownEvent { position: named, why: unknown } = why.as_ref() else { panic!("{why}") };
        assert_eq!((*named, &unknown.kind), (position, &draft.kind));
        assert!(views.failure().borrow().is_some());
        views.close().await;
    }
}

#[tokio::test]
async fn an_event_without_what_it_follows_from_stops_the_fold() {
    let mut orphan = Story::default();
    orphan.says(1, 1, "Hello");
    let mut homeless = Story::default();
    homeless.starts(1);
    for story in [orphan, homeless] {
        let folder = tempfile::tempdir().unwrap();
        let views = open(folder.path(), ToldLog::whole(&story), Parts::of(&story)).await;
        let Err(ViewsError::Stopped(why)) = views.reached(1).await else { panic!("folded an orphan") };
        assert!(matches!(*why, ViewsError::OutOfPlace { position: 0, .. }), "{why}");
        views.close().await;
    }
}

#[tokio::test]
async fn a_file_of_another_layout_is_folded_again() {
    let change = |sql: &'static str| {
        move |folder: &Path| {
            let connection = Connection::open(folder.join("views.db")).unwrap();
            connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        }
    };
    type Change = Box<dyn Fn(&Path)>;
    let changes: [(&str, Change); 5] = [
        ("newer", Box::new(change("PRAGMA user_version = 999; DELETE FROM entries; DROP TABLE actions"))),
        ("foreign", Box::new(change("PRAGMA application_id = 7; DROP TABLE actions"))),
        ("another log", Box::new(change("UPDATE cursor SET log = 'log_x'; DELETE FROM entries"))),
        ("ahead of the log", Box::new(change("UPDATE cursor SET next = 1000; DELETE FROM entries"))),
        ("damaged", Box::new(|folder| std::fs::write(folder.join("views.db"), b"no database at all").unwrap())),
    ];
    let (clean, story) = (tempfile::tempdir().unwrap(), story());
    folded(clean.path(), &story, size(&story)).await;
    for (what, change) in changes {
        let folder = tempfile::tempdir().unwrap();
        folded(folder.path(), &story, size(&story)).await;
        change(folder.path());
        folded(folder.path(), &story, size(&story)).await;
        assert_eq!(dump(folder.path()), dump(clean.path()), "{what}");
    }
}

#[tokio::test]
async fn views_of_one_log_are_not_taken_for_anothers() {
    let (folder, story) = (tempfile::tempdir().unwrap(), story());
    folded(folder.path(), &story, size(&story)).await;
    let mut other = Story::default();
    other.opened(7, Some("Somebody else"));
    let views = open(folder.path(), ToldLog::of_another_id(&other), Parts::of(&other)).await;
    views.reached(1).await.unwrap();
    let rows = views.floor(crate::canvas::most(10)).await.unwrap();
    assert_eq!((rows.as_of, rows.value.rows.len()), (1, 1));
    assert_eq!(rows.value.rows[0].conversation, conversation(7));
    views.close().await;
}

/// Any order of events that names only what was begun: the fold need not like it, only treat it the same every time.
fn any_story() -> impl Strategy<Value = Story> {
    proptest::collection::vec((0..20_u8, 0..3_u32, 0..4_u32), 1..60).prop_map(|steps| {
        let mut story = Story::default();
        story.enrolled(1, "Sam Okafor");
        story.opened(0, Some("Ana Ruiz"));
        story.external(1, "external", &[]);
        story.external(2, "mcp", &["trace", "c-7"]);
        for n in 0..4 {
            story.proposes(n, n % 3);
        }
        let (mut message, mut proposed, mut named) = (0, 4, false);
        for (second, (step, c, a)) in steps.into_iter().enumerate() {
            story.now = i64::try_from(second).unwrap();
            match step {
                0 | 1 => {
                    message += 1;
                    story.says(c, message, &format!("word{message} lamp"));
                }
                2 => drop(story.answers(c, "answer")),
                3 => drop(story.turn_ends(c, message, message.saturating_sub(a), "refund")),
                4 => drop(story.talk(
                    c,
                    ConversationEvent::Escalated { reason: EscalationReason::Denied, pulled: None },
                    fields([("note", json!("note"))]),
                )),
                5 => drop(story.talk(c, ConversationEvent::Closed { reason: CloseReason::Idle }, Fields::new())),
                6 => {
                    story.proposes_with(proposed, c, "crm.find_order", EffectClass::Read, None);
                    proposed += 1;
                }
                7 | 8 => drop(story.holds(a, 1 + u8::try_from(c).unwrap(), 100 + i64::from(c))),
                9 => drop(story.approves(a, c, 1, 2)),
                10 => drop(story.approves(a, c, 2, 2)),
                11 => drop(story.overrides(a, c, 1, "words")),
                12 => drop(story.rejects(a, c, "no")),
                13 => drop(story.act(
                    a,
                    ActionEvent::Voided { reason: VoidReason::EvidenceChanged, held: held(1, 300) },
                    Fields::new(),
                )),
                14 => drop(story.starts(a)),
                15 => drop(story.succeeds(a, 5)),
                16 => drop(story.is_unknown(a)),
                17 if !std::mem::replace(&mut named, true) => drop(story.named("c-7", 1)),
                18 => drop(story.relays(1, message, [Speaker::Customer, Speaker::Agent][a as usize % 2], "words")),
                _ => drop(story.act(
                    a,
                    ActionEvent::Settled { how: SettledHow::Happened, by: "probe".into() },
                    Fields::new(),
                )),
            }
        }
        story
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn folded_in_pieces_or_at_once_the_file_is_the_same(
        story in any_story(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (whole, pieces) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut sizes: Vec<u64> = cuts.iter().map(|cut| cut.index(story.events.len()) as u64).collect();
        sizes.sort_unstable();
        sizes.push(size(&story));
        runtime.block_on(async {
            folded(whole.path(), &story, size(&story)).await;
            for size in sizes {
                folded(pieces.path(), &story, size).await;
            }
        });
        prop_assert_eq!(dump(pieces.path()), dump(whole.path()));
    }
}
