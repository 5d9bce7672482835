//! Customers with addresses, and the letters that went to them: the ports of signing in, in memory.

use super::store::Store;
use async_trait::async_trait;
use countersign_agents::port::{AddressOwner, AskedForCode, IntakeError, SeenWhat, SignIns};
use countersign_channels::mail::{Letter, Mail, NotSent};
use countersign_domain::conversation::{ConversationError, SignInFailure};
use countersign_domain::ids::ConversationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Whom the shop knows: Ana, and Bo.
pub(crate) struct People {
    store: Arc<Store>,
    asked: Mutex<HashMap<ConversationId, u32>>,
    pub(crate) failed: watch::Sender<Vec<SignInFailure>>,
    pub(crate) signed_in: Mutex<Vec<(ConversationId, String)>>,
}

impl People {
    pub(crate) fn of(store: Arc<Store>) -> Self {
        let (asked, signed_in) = (Mutex::default(), Mutex::default());
        Self { store, asked, failed: watch::Sender::default(), signed_in }
    }

    pub(crate) fn askings(&self) -> u32 {
        self.asked.lock().unwrap().values().sum()
    }

    /// Resolves once this was stored as the reason why nothing came of it.
    pub(crate) async fn fails(&self, reason: SignInFailure) {
        self.failed.subscribe().wait_for(|all| all.contains(&reason)).await.unwrap();
    }
}

struct Asked(u32, String);

#[async_trait]
impl SignIns for People {
    async fn ask(&self, conversation: &ConversationId, address: &str) -> Result<Box<dyn AskedForCode>, IntakeError> {
        if self.signed_in.lock().unwrap().iter().any(|(known, _)| known == conversation) {
            return Err(ConversationError::SignedIn.into());
        }
        let mut asked = self.asked.lock().unwrap();
        let number = asked.entry(conversation.clone()).or_default();
        *number += 1;
        Ok(Box::new(Asked(*number, address.to_owned())))
    }

    async fn fail(&self, _: &ConversationId, _: u32, reason: SignInFailure) {
        self.failed.send_modify(|all| all.push(reason));
    }

    async fn sign_in(&self, conversation: &ConversationId, _: u32, owner: &AddressOwner) -> Result<(), IntakeError> {
        if self.store.is_refusing() {
            return Err(IntakeError::Unavailable);
        }
        self.signed_in.lock().unwrap().push((conversation.clone(), owner.subject.clone()));
        self.store.put(conversation, SeenWhat::SignedIn { name: owner.name.clone() });
        Ok(())
    }
}

#[async_trait]
impl AskedForCode for Asked {
    fn number(&self) -> u32 {
        self.0
    }

    async fn owner(self: Box<Self>) -> Result<AddressOwner, SignInFailure> {
        let (subject, name) = match self.1.as_str() {
            "ana@example.com" => ("C-2001", "Ana Ruiz"),
            "bo@example.com" => ("C-2002", "Bo Lind"),
            "down@example.com" => return Err(SignInFailure::NotLookedUp),
            _ => return Err(SignInFailure::UnknownAddress),
        };
        Ok(AddressOwner { subject: subject.into(), address: self.1, name: Some(name.into()) })
    }
}

/// Letters, by address; and how often somebody asked whether one would be taken.
#[derive(Default)]
pub(crate) struct Postbox {
    letters: watch::Sender<Vec<(String, String)>>,
    pub(crate) reached: Mutex<u32>,
    /// Whether nobody's letter goes out.
    pub(crate) down: Mutex<bool>,
    /// Whether every letter is refused, though the server answers.
    pub(crate) refuses: Mutex<bool>,
}

impl Postbox {
    pub(crate) fn letters(&self) -> usize {
        self.letters.borrow().len()
    }

    /// The code in the nth letter, from 1, and to whom it went, once it is there.
    pub(crate) async fn code(&self, nth: usize) -> (String, String) {
        let mut letters = self.letters.subscribe();
        let all = letters.wait_for(|all| all.len() >= nth).await.unwrap();
        let (to, text) = &all[nth - 1];
        (to.clone(), text.strip_prefix("Code: ").unwrap()[..6].to_owned())
    }
}

#[async_trait]
impl Mail for Postbox {
    async fn reach(&self) -> Result<(), NotSent> {
        *self.reached.lock().unwrap() += 1;
        if *self.down.lock().unwrap() { Err(NotSent::Unreachable("no connection came about")) } else { Ok(()) }
    }

    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        if *self.refuses.lock().unwrap() {
            return Err(NotSent::Refused(Some(550)));
        }
        assert!(!letter.subject.contains(char::is_numeric), "the code stands on no locked screen");
        self.letters.send_modify(|all| all.push((letter.to.clone(), letter.text.clone())));
        Ok(())
    }
}
