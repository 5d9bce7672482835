//! One customer's side of a conversation, without a line: what is said to what was heard, and when patience ends.

use super::cards::{Temper, Wish};
use super::visitor::Visitor;
use super::words::{Cue, Words, one};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Nobody writes more messages in a conversation than this.
const MOST_SAID: u32 = 14;
/// Whoever is asked the same thing more often gives up.
const MOST_ASKED: u32 = 3;
/// What is said to a person before one thanks them and goes.
const MOST_TO_A_PERSON: u32 = 3;

/// What a customer does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Say(String),
    /// Waits on.
    Wait,
    /// Goes, with a last word or without.
    Go(Option<String>),
    /// The line is lost; they come back after this time, or never.
    LoseLine(Option<Duration>),
}

/// What it is about at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The agent has the word and nothing is being checked.
    Talking,
    /// Somebody checks something.
    Checking,
    /// A person was asked for, or it was noted for one.
    Noted,
    /// A person answers.
    WithPerson,
}

pub(super) struct Talk<'w> {
    visitor: Visitor,
    words: &'w Words,
    chance: StdRng,
    state: State,
    /// What was heard since one last said something.
    heard: String,
    /// What is still wanted; the first is what it is about now.
    wishes: VecDeque<Wish>,
    asked: BTreeMap<Cue, u32>,
    said: u32,
    to_a_person: u32,
    impatient: u32,
    lost: bool,
    left_it: bool,
}

impl<'w> Talk<'w> {
    pub(super) fn new(visitor: Visitor, words: &'w Words, mut chance: StdRng) -> Self {
        let mut wishes = VecDeque::from([visitor.card.wish]);
        if visitor.card.wish == Wish::Move {
            wishes = VecDeque::from([Wish::Book, Wish::Move]);
        } else if chance.random_ratio(1, 4) {
            wishes.push_back(if visitor.card.wish == Wish::Question { Wish::Status } else { Wish::Question });
        }
        Self {
            visitor,
            words,
            chance,
            state: State::Talking,
            heard: String::new(),
            wishes,
            asked: BTreeMap::new(),
            said: 0,
            to_a_person: 0,
            impatient: 0,
            lost: false,
            left_it: false,
        }
    }

    pub(super) fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// The first words.
    pub(super) fn opens(&mut self) -> Next {
        let whole = matches!(self.visitor.card.temper, Temper::Clear | Temper::Drops);
        let lead = match self.visitor.card.temper {
            Temper::Angry => self.one_of(|words| &words.says().angry),
            Temper::Hostile => return self.say_one_of(|words| &words.says().hostile),
            _ => None,
        };
        let wish = self.wish(whole);
        match (lead, wish) {
            (Some(lead), Some(wish)) => self.say(format!("{lead} {wish}")),
            (_, Some(wish)) => self.say(wish),
            _ => Next::Go(None),
        }
    }

    /// Something was said to this customer.
    pub(super) fn hears(&mut self, from_a_person: bool, text: &str) {
        if from_a_person {
            self.state = State::WithPerson;
        }
        if !self.heard.is_empty() {
            self.heard.push(' ');
        }
        self.heard.push_str(text);
        self.impatient = 0;
    }

    /// Somebody checks something, or no longer.
    pub(super) fn is_checked(&mut self, checked: bool) {
        self.state = match (self.state, checked) {
            (State::WithPerson, _) => State::WithPerson,
            (_, true) => State::Checking,
            (State::Checking, false) => State::Talking,
            (state, false) => state,
        };
    }

    /// It was noted for a person.
    pub(super) fn is_noted(&mut self) {
        if self.state != State::WithPerson {
            self.state = State::Noted;
        }
    }

    /// Who answers from now on.
    pub(super) fn is_answered_by(&mut self, a_person: bool) {
        self.state = if a_person { State::WithPerson } else { State::Talking };
    }

    /// Whether there is something to answer.
    pub(super) fn has_heard(&self) -> bool {
        !self.heard.is_empty()
    }

    /// What is done about what was heard.
    pub(super) fn answers(&mut self) -> Next {
        let heard = std::mem::take(&mut self.heard);
        let cue = self.words.cue(&heard);
        if self.said >= MOST_SAID {
            return self.goes();
        }
        if self.visitor.card.temper == Temper::Drops && !self.lost && self.said > 0 {
            self.lost = true;
            let back = self.chance.random_ratio(2, 3).then(|| Duration::from_secs(self.chance.random_range(6..20)));
            self.heard = heard;
            return Next::LoseLine(back);
        }
        if let Some(cue) = cue
            && let Some(answer) = self.words.answer(cue, &mut self.chance)
        {
            return self.answers_question(cue, &answer);
        }
        match self.state {
            State::WithPerson => self.answers_person(),
            State::Checking => Next::Wait,
            State::Noted => self.waits_for_person(),
            State::Talking => self.answers_agent(cue),
        }
    }

    fn answers_question(&mut self, cue: Cue, answer: &str) -> Next {
        let asked = self.asked.entry(cue).or_default();
        *asked += 1;
        if *asked > MOST_ASKED {
            return self.goes();
        }
        let details = matches!(cue, Cue::Reason | Cue::Why | Cue::Slot | Cue::Address);
        if self.visitor.card.temper == Temper::ChangesMind && details && !self.left_it {
            self.left_it = true;
            self.wishes.pop_front();
            if self.wishes.is_empty() {
                self.wishes.push_back(Wish::Status);
            }
            return self.say_one_of(|words| &words.says().leaves_it);
        }
        let answer = self.visitor.fill(answer);
        self.say(answer)
    }

    fn answers_agent(&mut self, cue: Option<Cue>) -> Next {
        match cue {
            Some(Cue::About | Cue::Unclear) => {
                let times = self.asked.entry(Cue::Unclear).or_default();
                *times += 1;
                let times = *times;
                match (times, self.wish(times > 1)) {
                    (1 | 2, Some(wish)) => self.say(wish),
                    (MOST_ASKED, _) => self.say_one_of(|words| &words.says().asks_for_person),
                    _ => self.goes(),
                }
            }
            Some(Cue::Refused) if self.visitor.card.temper == Temper::Angry || self.chance.random_ratio(1, 3) => {
                self.say_one_of(|words| &words.says().asks_for_person)
            }
            // Nobody thanks for a no.
            Some(Cue::Refused) => Next::Go(None),
            Some(Cue::AnythingElse) if self.left_it && !self.wishes.is_empty() => {
                self.left_it = false;
                self.visitor.card.temper = Temper::Vague;
                self.says_wish()
            }
            Some(Cue::Noted) => {
                self.is_noted();
                self.waits_for_person()
            }
            _ => {
                // What was wanted was done, told, or refused.
                self.wishes.pop_front();
                self.asked.clear();
                if self.wishes.is_empty() { self.goes() } else { self.says_wish() }
            }
        }
    }

    fn answers_person(&mut self) -> Next {
        self.to_a_person += 1;
        if self.to_a_person > MOST_TO_A_PERSON {
            return self.goes();
        }
        self.say_one_of(|words| &words.says().to_a_person)
    }

    fn waits_for_person(&mut self) -> Next {
        if self.visitor.card.temper == Temper::Hostile { self.goes() } else { Next::Wait }
    }

    /// Nothing was heard for as long as [`Self::patience`] says.
    pub(super) fn loses_patience(&mut self) -> Next {
        self.impatient += 1;
        let angry = self.visitor.card.temper == Temper::Angry;
        match self.state {
            State::Checking | State::Noted if self.impatient == 1 && angry => {
                self.say_one_of(|words| &words.says().angry_waits)
            }
            State::Checking if self.impatient == 1 => self.say_one_of(|words| &words.says().waits),
            State::Checking | State::Noted | State::WithPerson if self.impatient < 3 => Next::Wait,
            _ => Next::Go(None),
        }
    }

    /// How long silence is borne.
    pub(super) fn patience(&self) -> Duration {
        let seconds = match (self.state, self.visitor.card.temper) {
            (State::Checking | State::Noted, Temper::Angry) => 25,
            (State::Checking | State::Noted, _) => 75,
            (State::WithPerson, _) => 120,
            (State::Talking, _) => 30,
        };
        Duration::from_secs(seconds)
    }

    fn wish(&mut self, whole: bool) -> Option<String> {
        let wish = self.wishes.front()?;
        let words = self.words.wish(*wish, whole, &mut self.chance)?;
        Some(self.visitor.fill(&words))
    }

    fn says_wish(&mut self) -> Next {
        match self.wish(self.visitor.card.temper == Temper::Clear) {
            Some(wish) => self.say(wish),
            None => self.goes(),
        }
    }

    fn say(&mut self, words: String) -> Next {
        self.said += 1;
        Next::Say(words)
    }

    fn one_of(&mut self, ways: impl Fn(&'w Words) -> &'w Vec<String>) -> Option<String> {
        one(ways(self.words), &mut self.chance)
    }

    fn say_one_of(&mut self, ways: impl Fn(&'w Words) -> &'w Vec<String>) -> Next {
        match self.one_of(ways) {
            Some(words) => self.say(words),
            None => self.goes(),
        }
    }

    /// Politely, where one has a word for it.
    fn goes(&mut self) -> Next {
        let polite = !matches!(self.visitor.card.temper, Temper::Angry | Temper::Hostile);
        let thanks = self.one_of(|words| &words.says().thanks);
        Next::Go(thanks.filter(|_| polite && self.said < MOST_SAID))
    }
}

#[cfg(test)]
mod tests;
