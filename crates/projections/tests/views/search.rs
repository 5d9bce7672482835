//! The text index.

use crate::canvas::{Parts, ToldLog, open, told};
use crate::story::{Story, at, conversation};
use countersign_projections::{Found, FoundKind, ViewsError};

fn story() -> Story {
    let mut story = Story::default();
    story.at(1).opened(1, Some("Ana Ruíz"));
    story.at(2).says(1, 1, "The lamp that I ordered arrived broken");
    story.at(3).answers(1, "I am sorry that your lamp is broken.");
    story.at(4).opened(2, None);
    story.at(5).says(2, 1, "Where is my parcel? OR is it lost");
    story
}

#[tokio::test]
async fn a_search_finds_words_beginnings_and_names_and_says_where() {
    let told = told(&story()).await;
    let found = told.views.search("broken lamp", 10).await.unwrap();
    assert_eq!(found.as_of, 5);
    assert_eq!(found.value.iter().map(|f| f.position).collect::<Vec<_>>(), [2, 1], "newest first");
    assert_eq!(
        found.value[1],
        Found {
            position: 1,
            conversation: conversation(1),
            at: at(2),
            kind: FoundKind::Customer,
            text: "The lamp that I ordered arrived broken".into(),
        }
    );
    let named = told.views.search("ruiz", 10).await.unwrap().value;
    assert_eq!(named.iter().map(|f| (f.position, f.kind)).collect::<Vec<_>>(), [(0, FoundKind::Opened)]);
    assert_eq!(told.views.search("parc", 10).await.unwrap().value.len(), 1);
    assert_eq!(told.views.search("lamp", 1).await.unwrap().value.len(), 1);
}

#[tokio::test]
async fn a_search_does_not_find_what_was_not_said_and_reads_no_operators() {
    let told = told(&story()).await;
    for text in ["refund", "lamp parcel", "lamp OR parcel", "text:lamp", "lam*p", "", " ", "\"", "* - ("] {
        assert_eq!(told.views.search(text, 10).await.unwrap().value, [], "{text:?}");
    }
    assert!(matches!(told.views.search(&"x".repeat(300), 10).await, Err(ViewsError::SearchTooLong)));
}

#[tokio::test]
async fn the_index_follows_the_fold_and_says_how_far_it_is() {
    let story = story();
    let folder = tempfile::tempdir().unwrap();
    let log = ToldLog::up_to(&story, 2);
    let views = open(folder.path(), log.clone(), Parts::of(&story)).await;
    assert_eq!(views.indexed(2).await.unwrap(), 2);
    assert_eq!(views.search("parcel", 10).await.unwrap().value, []);
    log.grows_to(5);
    assert_eq!(views.indexed(5).await.unwrap(), 5);
    assert_eq!((views.indexed_to(), *views.folded().borrow()), (5, 5));
    let found = views.search("parcel", 10).await.unwrap();
    assert_eq!((found.as_of, found.value.len()), (5, 1));
    views.close().await;
}
