//! Objects, such as one order: one action on it at a time, and what people refused on it before.

use crate::event::Event;
use crate::ids::{ActionId, ConversationId};
use serde::{Deserialize, Serialize};

/// The most refusals that an object remembers.
const MOST_REFUSALS: usize = 32;

/// Where an action stands on its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A person is asked.
    Waiting,
    /// It was let through; it may happen or may have happened.
    Running,
    /// It is over.
    Ended,
    /// It is over: a person refused it.
    Refused,
}

/// An event of an object's stream, which is named by the object's pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "open")]
pub enum ObjectEvent {
    /// An action on it stands elsewhere now.
    #[serde(rename = "object.moved")]
    Moved {
        /// The action.
        action: ActionId,
        /// Its conversation.
        conversation: ConversationId,
        /// Whom it is about, pseudonymous, where that is known.
        subject: Option<String>,
        /// Where it stands.
        stage: Stage,
    },
}

impl Event for ObjectEvent {}

/// One object, folded from its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    /// What is open on it, the earliest first.
    open: Vec<(ActionId, Stage)>,
    refusals: Vec<(ConversationId, Option<String>)>,
}

impl Object {
    /// Takes an event in.
    pub fn apply(&mut self, event: &ObjectEvent) {
        let ObjectEvent::Moved { action, conversation, subject, stage } = event;
        match stage {
            Stage::Waiting | Stage::Running => match self.open.iter_mut().find(|(id, _)| id == action) {
                Some((_, known)) => *known = *stage,
                None => self.open.push((action.clone(), *stage)),
            },
            Stage::Ended | Stage::Refused => self.open.retain(|(id, _)| id != action),
        }
        if *stage == Stage::Refused {
            self.refusals.push((conversation.clone(), subject.clone()));
            let too_many = self.refusals.len().saturating_sub(MOST_REFUSALS);
            self.refusals.drain(..too_many);
        }
    }

    /// The open actions that were there before this one: all of them, if it is new.
    pub fn before(&self, action: &ActionId) -> Vec<ActionId> {
        self.open.iter().map(|(id, _)| id).take_while(|id| *id != action).cloned().collect()
    }

    /// Whether another action on it was let through and is not over.
    pub fn is_busy_beside(&self, action: &ActionId) -> bool {
        self.open.iter().any(|(id, stage)| id != action && *stage == Stage::Running)
    }

    /// How often people refused something on it in this conversation.
    pub fn refusals_in(&self, conversation: &ConversationId) -> u32 {
        let here = self.refusals.iter().filter(|(in_which, _)| in_which == conversation);
        u32::try_from(here.count()).unwrap_or(u32::MAX)
    }

    /// How often people refused what was about the same customer in other conversations.
    pub fn refusals_elsewhere(&self, conversation: &ConversationId, subject: Option<&str>) -> u32 {
        let elsewhere =
            self.refusals.iter().filter(|(in_which, about)| in_which != conversation && about.as_deref() == subject);
        u32::try_from(elsewhere.count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(n: u8) -> ActionId {
        format!("act_{n:032x}").parse().unwrap()
    }

    fn conversation(n: u8) -> ConversationId {
        format!("cnv_{n:032x}").parse().unwrap()
    }

    fn given(moves: &[(u8, Stage)]) -> Object {
        let mut object = Object::default();
        for (n, stage) in moves {
            let (action, conversation, subject) = (action(*n), conversation(*n), Some("s".to_owned()));
            object.apply(&ObjectEvent::Moved { action, conversation, subject, stage: *stage });
        }
        object
    }

    #[test]
    fn the_first_action_keeps_its_place_and_the_others_stand_behind_it() {
        let object = given(&[(1, Stage::Waiting), (2, Stage::Waiting), (1, Stage::Running), (1, Stage::Waiting)]);
        assert_eq!(object.before(&action(1)), []);
        assert_eq!(object.before(&action(2)), [action(1)]);
        assert_eq!(object.before(&action(3)), [action(1), action(2)]);
        assert_eq!(given(&[(1, Stage::Waiting), (1, Stage::Ended)]).before(&action(2)), []);
    }

    #[test]
    fn it_is_busy_while_another_may_happen() {
        let object = given(&[(1, Stage::Waiting), (2, Stage::Running)]);
        assert!(object.is_busy_beside(&action(1)) && !object.is_busy_beside(&action(2)));
        assert!(!given(&[(2, Stage::Running), (2, Stage::Ended)]).is_busy_beside(&action(1)));
    }

    #[test]
    fn refusals_count_elsewhere_about_the_same_customer_and_are_bounded() {
        let object = given(&[(1, Stage::Refused), (2, Stage::Refused), (3, Stage::Ended)]);
        assert_eq!(object.refusals_elsewhere(&conversation(1), Some("s")), 1);
        assert_eq!(object.refusals_elsewhere(&conversation(9), Some("s")), 2);
        assert_eq!(object.refusals_elsewhere(&conversation(9), None), 0);
        assert_eq!((object.refusals_in(&conversation(1)), object.refusals_in(&conversation(3))), (1, 0));
        let many: Vec<_> = (0..100).map(|n| (n, Stage::Refused)).collect();
        assert_eq!(given(&many).refusals_elsewhere(&conversation(200), Some("s")), 32);
    }
}
