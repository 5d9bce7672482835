//! Words in the trail.

use crate::canvas::{Parts, ToldLog, find, open, told};
use crate::story::{Story, at, conversation};
use countersign_projections::{TrailPage, TrailSearch, ViewsError, Who};

fn story() -> Story {
    let mut story = Story::default();
    story.at(1).opened(1, Some("Ana Ruíz"));
    story.at(2).says(1, 1, "The lamp that I ordered arrived broken");
    story.at(3).answers(1, "I am sorry that your lamp is broken.");
    story.at(4).opened(2, None);
    story.at(5).says(2, 1, "Where is my parcel? OR is it lost");
    story
}

fn positions(page: &TrailPage) -> Vec<u64> {
    page.rows.iter().map(|row| row.position).collect()
}

#[tokio::test]
async fn a_search_finds_words_beginnings_and_names_and_says_where() {
    let told = told(&story()).await;
    let found = find(&told.views, "broken lamp").await;
    assert_eq!((positions(&found), found.next, found.indexed), (vec![2, 1], None, 5), "newest first");
    let said = &found.rows[1];
    assert_eq!((said.conversation.clone(), said.at, said.who.clone()), (Some(conversation(1)), at(2), Who::Customer));
    assert_eq!(said.text.as_deref(), Some("The lamp that I ordered arrived broken"));
    assert_eq!(found.rows[0].who, Who::Agent { name: "clerk".into() });
    assert_eq!(positions(&find(&told.views, "ruiz").await), [2, 1, 0], "a customer's name finds their conversation");
    assert_eq!(positions(&find(&told.views, "ruiz sorry").await), [2]);
    assert_eq!(positions(&find(&told.views, "parc").await), [4]);
    assert_eq!(positions(&find(&told.views, "").await), [4, 3, 2, 1, 0], "nothing asked for is everything");
}

#[tokio::test]
async fn a_search_does_not_find_what_was_not_said_and_reads_no_operators() {
    let told = told(&story()).await;
    for text in ["refund", "lamp parcel", "lamp OR parcel", "text:lamp", "lam*p", "marks:lamp", "l"] {
        assert_eq!(find(&told.views, text).await.rows, [], "{text:?}");
    }
    let long = TrailSearch { words: "x".repeat(300), ..TrailSearch::default() };
    assert!(matches!(told.views.trail(long).await, Err(ViewsError::SearchTooLong)));
}

#[tokio::test]
async fn the_index_follows_the_fold_and_says_how_far_it_is() {
    let story = story();
    let folder = tempfile::tempdir().unwrap();
    let log = ToldLog::up_to(&story, 2);
    let views = open(folder.path(), log.clone(), Parts::of(&story)).await;
    assert_eq!(views.indexed(2).await.unwrap(), 2);
    assert_eq!(find(&views, "parcel").await.rows, []);
    log.grows_to(5);
    assert_eq!(views.indexed(5).await.unwrap(), 5);
    assert_eq!((views.indexed_to(), *views.folded().borrow()), (5, 5));
    let found = find(&views, "parcel").await;
    assert_eq!((found.indexed, found.rows.len()), (5, 1));
    views.close().await;
}
