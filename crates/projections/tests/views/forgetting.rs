//! Forgetting: no word of an erased conversation in any file, while the views run; and the rows are those of a fold that
//! never knew the words.

use crate::canvas::{Parts, ToldLog, dump, find, labels};
use crate::story::{Story, conversation};
use countersign_domain::event::Fields;
use countersign_event_log::envelope::StoredEvent;
use countersign_projections::{OpenParts, PartUnreadable, TrailSearch, Views};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const MESSAGES: u32 = 200;

/// Two customers who talk by turns, with everything that puts words into rows.
fn story() -> Story {
    let mut story = Story::default();
    story.enrolled(1, "Sam Okafor");
    story.at(1).opened(1, Some("Zephyrine Quill"));
    story.at(1).opened(2, Some("Bo Lind"));
    for n in 1..=MESSAGES {
        let padding = "and more of it ".repeat(n as usize % 40);
        story.at(i64::from(n) + 1).says(1, n, &format!("Xylophone{n} broke {padding}"));
        story.says(2, n, &format!("Marimba{n} is fine {padding}"));
    }
    for (action, conversation) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        story.proposes(action, conversation);
    }
    story.holds(1, 2, 900);
    story.overrides(1, 1, 1, "Overquix to less");
    story.starts(1);
    story.succeeds(1, 80);
    story.holds(2, 1, 900);
    story.rejects(2, 1, "Refusequix it");
    story.allows(3);
    story.starts(3);
    story.fails(3, Some("Failquix said the tool"));
    story.holds(4, 1, 900);
    story.answers(1, "Answerquix is done");
    story.answers(2, "Glockenspiel is done");
    story.turn_ends(1, 1, MESSAGES, "refund");
    story
}

/// Parts of which some are erased from some moment on.
struct Erasable {
    parts: Parts,
    of_erased: BTreeSet<u64>,
    gone: Arc<AtomicBool>,
}

impl OpenParts for Erasable {
    fn fields(&self, event: &StoredEvent) -> Result<Option<Fields>, PartUnreadable> {
        let erased = self.gone.load(Ordering::SeqCst) && self.of_erased.contains(&event.envelope.position);
        if erased { Ok(None) } else { self.parts.fields(event) }
    }
}

fn positions_of_first(story: &Story) -> BTreeSet<u64> {
    let of_first = |stream: &str| {
        [
            &conversation(1).to_string(),
            "act_00000000000000000000000000000001",
            "act_00000000000000000000000000000002",
            "act_00000000000000000000000000000003",
        ]
        .iter()
        .any(|id| stream.ends_with(*id))
    };
    story.events.iter().filter(|e| of_first(e.envelope.stream.as_str())).map(|e| e.envelope.position).collect()
}

async fn open(folder: &Path, log: Arc<ToldLog>, story: &Story, gone: Arc<AtomicBool>) -> Views {
    let parts = Erasable { parts: Parts::of(story), of_erased: positions_of_first(story), gone };
    Views::open(folder, log, Arc::new(parts), labels()).await.unwrap()
}

/// Whether any file holds these letters, in any case.
fn holds(folder: &Path, word: &str) -> bool {
    let word = word.to_lowercase();
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap().to_ascii_lowercase();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    })
}

#[tokio::test]
async fn no_file_holds_a_word_of_an_erased_conversation_while_the_views_run_and_rows_are_as_if_folded_anew() {
    let (folder, clean) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (story, gone) = (story(), Arc::new(AtomicBool::new(false)));
    let size = story.events.len() as u64;
    // The last two are stored after the erasure.
    let log = ToldLog::up_to(&story, size - 2);
    let views = open(folder.path(), log.clone(), &story, gone.clone()).await;
    views.indexed(size - 2).await.unwrap();
    let said = ["zephyrine", "quill", "xylophone", "xylophone7 ", "overquix", "refusequix", "failquix", "answerquix"];
    for word in &said[..7] {
        assert!(holds(folder.path(), word), "{word} was never there");
    }

    gone.store(true, Ordering::SeqCst);
    let mut told = views.folded();
    told.borrow_and_update();
    views.forget(vec![conversation(1)]).await.unwrap();
    assert!(told.has_changed().unwrap(), "whoever shows it looks again");
    for word in said {
        assert!(!holds(folder.path(), word), "{word} is still in a file");
    }
    assert!(find(&views, "xylophone7 broke").await.rows.is_empty());
    assert_eq!(find(&views, "marimba7 fine").await.rows.len(), 1);
    let transcript = views.transcript(&conversation(1)).await.unwrap().value.unwrap();
    let refused = TrailSearch { decision: Some("reject".into()), limit: 9, ..TrailSearch::default() };
    let found = views.trail(refused).await.unwrap().value.rows;
    assert_eq!(found.len(), 1, "what people decided is found, and says nothing of what was said");
    assert_eq!((&found[0].customer, &found[0].text, &found[0].object, found[0].erased), (&None, &None, &None, true));
    assert_eq!((transcript.row.customer, transcript.row.line, transcript.row.erased), (None, None, true));

    log.grows_to(size);
    views.indexed(size).await.unwrap();
    assert_eq!(find(&views, "glockenspiel").await.rows.len(), 1, "the views go on");
    views.close().await;
    let views = open(clean.path(), ToldLog::whole(&story), &story, gone).await;
    views.indexed(size).await.unwrap();
    views.close().await;
    assert_eq!(dump(folder.path()), dump(clean.path()));
    #[cfg(unix)]
    for file in std::fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn forgetting_what_is_not_folded_yet_or_was_forgotten_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (story, gone) = (story(), Arc::new(AtomicBool::new(true)));
    let log = ToldLog::up_to(&story, 1);
    let views = open(folder.path(), log.clone(), &story, gone).await;
    views.reached(1).await.unwrap();
    views.forget(vec![conversation(1), conversation(9)]).await.unwrap();
    log.grows_to(story.events.len() as u64);
    views.indexed(story.events.len() as u64).await.unwrap();
    views.forget(vec![conversation(1)]).await.unwrap();
    let before = dump(folder.path());
    views.forget(vec![conversation(1)]).await.unwrap();
    assert_eq!(dump(folder.path()), before);
    assert!(!holds(folder.path(), "xylophone"));
    views.close().await;
    assert!(views.forget(vec![conversation(1)]).await.is_err());
}
