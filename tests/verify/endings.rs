//! What the true log goes on with where a test asks for it: a person's own wish, and how the conversation ends.

use crate::forger::Forger;
use crate::story::*;
use countersign_domain::action::ActionEvent;
use countersign_domain::conversation::{CloseReason, ConversationEvent, Received, ResolutionCode};
use countersign_domain::object::Stage;
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

impl Forger {
    /// The same by a person, who has taken the conversation over.
    pub(crate) fn asked(&mut self, n: u8, minor: i64, who: u8, name: &'static str) {
        self.proposed(n, minor, name);
        let line = self.line(name);
        line.actor = by(who);
        self.set(name, "by", json!(person(who)));
        self.set(name, "agent", json!(person(who)));
    }

    /// One in which a person asks for something in a conversation that they have, and takes it back.
    pub(crate) fn honest_with_a_wish() -> Self {
        let mut log = Self::honest();
        log.talk("taken_again", by(2), &ConversationEvent::TakenOver { by: person(2) });
        log.asked(4, LARGE, 2, "asked");
        log.link(4, "link_asked", "asked");
        log.line("link_asked").actor = by(2);
        log.set("link_asked", "by", json!(person(2)));
        log.later();
        log.held(4, 1, "held_asked", "asked", sums(LARGE, 1));
        log.moved(4, Stage::Waiting, "waiting_asked", "held_asked");
        log.later();
        let withdrawn = ActionEvent::Withdrawn { reason: "requester".into() };
        log.tell("taken_back", StreamName::action(&action(4)), by(2), &withdrawn);
        log.moved(4, Stage::Ended, "ended_asked", "taken_back");
        log.later();
        log.talk("handed_again", by(2), &ConversationEvent::HandedBack { by: person(2) });
        log.later();
        log
    }

    /// One in which the conversation ends: a person ends it, the customer takes it up again, and says that it is done.
    pub(crate) fn honest_to_the_end() -> Self {
        let mut log = Self::honest();
        log.ended();
        log
    }

    fn ended(&mut self) {
        self.talk("taken_again", by(2), &ConversationEvent::TakenOver { by: person(2) });
        let resolved = ConversationEvent::Resolved { by: person(2), code: ResolutionCode::Solved };
        self.talk("resolved", by(2), &resolved).sealed = Some(CONVERSATION_KEY);
        self.later();
        let customer = Actor::Customer(conversation().to_string());
        self.talk("reopened", customer.clone(), &ConversationEvent::Reopened { number: 1 });
        let received = ConversationEvent::Received(Received { number: 2, characters: 5, masked: 0, client: None });
        self.talk("received_again", customer.clone(), &received).sealed = Some(CONVERSATION_KEY);
        self.later();
        self.talk("closed", customer.clone(), &ConversationEvent::Closed { reason: CloseReason::CustomerDone });
        self.talk("rated", customer, &ConversationEvent::Rated { score: 4 });
        self.later();
    }
}
