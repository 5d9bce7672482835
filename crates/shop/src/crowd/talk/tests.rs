//! What customers of every temper say to what they hear.

use super::*;
use crate::crowd::cards::Card;
use crate::crowd::visitor::Town;
use crate::crowd::words::Tongues;
use rand::SeedableRng;

struct Scene {
    tongues: Tongues,
    town: Town,
}

impl Scene {
    fn new() -> Self {
        Self { tongues: Tongues::read().unwrap(), town: Town::read().unwrap() }
    }

    fn talk(&mut self, wish: Wish, temper: Temper, language: &str, seed: u64) -> Talk<'_> {
        let mut chance = StdRng::seed_from_u64(seed);
        let card = Card { wish, temper, language: language.to_owned(), signed_in: false };
        let visitor = self.town.send(card, &mut chance).unwrap();
        let words = self.tongues.of(&visitor.card.language).unwrap();
        let mut talk = Talk::new(visitor, words, chance);
        talk.wishes.truncate(1);
        talk
    }
}

fn said(next: Next) -> String {
    match next {
        Next::Say(words) => words,
        other => panic!("{other:?}"),
    }
}

fn after(talk: &mut Talk<'_>, heard: &str) -> Next {
    talk.hears(false, heard);
    talk.answers()
}

#[test]
fn a_clear_customer_says_all_of_it_and_thanks_when_it_is_done() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Clear, "en", 5);
    let first = said(talk.opens());
    assert!(first.contains(&talk.visitor().fill("{order}")) && first.contains(&talk.visitor().fill("{postcode}")));
    let reason = said(after(&mut talk, "What is the reason? Was it damaged, late, not as described?"));
    assert!(!reason.is_empty());
    talk.is_checked(true);
    assert_eq!(after(&mut talk, "A colleague is checking the refund. You will hear the result here."), Next::Wait);
    talk.is_checked(false);
    let end = after(&mut talk, "€129.00 for order 1 is on its way back. Is there anything else that I can do?");
    assert!(matches!(end, Next::Go(Some(_))), "{end:?}");
}

#[test]
fn nobody_thanks_for_a_no_and_somebody_angry_asks_for_a_person() {
    let mut scene = Scene::new();
    let no = "A colleague looked at the refund of €129.00 and did not approve it. Nothing was paid back.";
    for seed in 0..8 {
        let mut talk = scene.talk(Wish::Refund, Temper::Clear, "en", seed);
        said(talk.opens());
        match after(&mut talk, no) {
            Next::Say(words) => assert!(words.contains("person"), "{words}"),
            next => assert_eq!(next, Next::Go(None)),
        }
        let mut talk = scene.talk(Wish::Refund, Temper::Angry, "en", seed);
        said(talk.opens());
        assert!(said(after(&mut talk, no)).contains("person"));
    }
}

#[test]
fn a_vague_customer_is_asked_for_everything_in_their_own_language() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Vague, "de", 5);
    let first = said(talk.opens());
    assert!(!first.contains(&talk.visitor().fill("{order}")));
    let both =
        said(after(&mut talk, "Ich sehe nach. Wie lautet die Bestellnummer, und an welche Postleitzahl ging sie?"));
    assert!(both.contains(&talk.visitor().fill("{order}")) && both.contains(&talk.visitor().fill("{postcode}")));
    assert!(said(after(&mut talk, "Um welchen Artikel geht es: 1, 2?")).contains(&talk.visitor().fill("{item}")));
    assert!(matches!(after(&mut talk, "Kann ich noch etwas tun?"), Next::Go(None)));
}

#[test]
fn whoever_changes_their_mind_leaves_it_and_wants_something_else() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Cancel, Temper::ChangesMind, "en", 5);
    said(talk.opens());
    said(after(&mut talk, "What is the order number, and the postcode that it was sent to?"));
    assert!(said(after(&mut talk, "May I ask why?")).contains("leave it"));
    let next = said(after(&mut talk, "All right, I leave it. Can I do anything else?"));
    assert!(next.to_lowercase().contains("my"), "{next}");
}

#[test]
fn whoever_is_hostile_tries_it_first_and_then_says_what_they_want() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Hostile, "en", 5);
    let first = said(talk.opens());
    let second = said(after(&mut talk, "I am not sure what you need. What would you like?"));
    assert_ne!(first, second);
}

#[test]
fn whoever_loses_the_line_loses_it_once_and_then_answers_what_they_had_heard() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Drops, "en", 5);
    said(talk.opens());
    assert!(matches!(after(&mut talk, "What is the reason?"), Next::LoseLine(_)));
    assert!(talk.has_heard());
    said(talk.answers());
}

#[test]
fn somebody_angry_does_not_wait_and_nobody_waits_for_ever() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Angry, "en", 5);
    said(talk.opens());
    talk.is_checked(true);
    said(talk.loses_patience());
    assert_eq!(talk.loses_patience(), Next::Wait);
    assert_eq!(talk.loses_patience(), Next::Go(None));
}

#[test]
fn a_person_is_answered_a_few_times_and_told_what_they_ask() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Clear, "en", 5);
    said(talk.opens());
    talk.is_answered_by(true);
    talk.hears(true, "How much was it?");
    assert!(said(talk.answers()).contains(&talk.visitor().fill("{amount}")));
    for _ in 0..MOST_TO_A_PERSON {
        talk.hears(true, "I look into it.");
        said(talk.answers());
    }
    talk.hears(true, "It is done.");
    assert!(matches!(talk.answers(), Next::Go(_)));
}

#[test]
fn no_shop_keeps_anybody_talking_for_ever() {
    let mut scene = Scene::new();
    let mut talk = scene.talk(Wish::Refund, Temper::Clear, "en", 5);
    said(talk.opens());
    let questions = ["What is the reason?", "What is the order number?", "What is the postcode that", "how much"];
    let answered = (0..100).take_while(|n| matches!(after(&mut talk, questions[n % 4]), Next::Say(_))).count();
    assert!(answered < usize::try_from(MOST_SAID).unwrap(), "{answered}");
}
