//! A customer who is known by name only signs in: a code goes to the address that the shop has of them, and whoever types
//! it into this conversation has the mailbox.
//!
//! What the page is told does not depend on whether the address is a customer's: an asking is answered before anybody
//! looks, the mail server is tried before anybody looks, and a code is waited for in any case.

mod address;
mod codes;

use super::options::SignInOptions;
use crate::door::{Bucket, Buckets, Neighbour, Rate};
use crate::mail::{Letter, NotSent};
use codes::{Code, Codes, Entered};
use countersign_agents::port::{AskedForCode, IntakeError};
use countersign_domain::ambient::{Clock, random_16, random_32};
use countersign_domain::conversation::SignInFailure;
use countersign_domain::ids::ConversationId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

/// Addresses, and neighbours, whose rate is remembered at once.
const MOST_REMEMBERED: usize = 10_000;
/// Letters that are under way at once; the next wait in line, which the rate in all keeps short.
const MOST_SENDING: usize = 8;

/// Of one conversation, so that one that may not ask any more uses up nobody's.
const OF_A_CONVERSATION: Rate = Rate { burst: 5, each: Duration::from_secs(10 * 60) };

/// Minutes for which a code is good.
pub(super) const GOOD_MINUTES: u64 = codes::GOOD_FOR.as_secs() / 60;

/// Why a code was not asked for, or did not sign in.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Address(#[from] address::BadAddress),
    #[error("too many codes were asked for; try again in an hour, or ask for a person")]
    TooMany,
    #[error("a code has six digits")]
    NoCode,
    #[error("this is not the code; you can try it {0} more times")]
    Wrong(u32),
    #[error("this is not the code, and it cannot be tried any more; ask for a new one")]
    Spent,
    #[error("the code is older than {GOOD_MINUTES} minutes; ask for a new one")]
    Expired,
    #[error("no code is waited for here; ask for a new one")]
    Nothing,
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

impl Refused {
    /// The code on the wire.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::TooMany => "too_many_codes",
            Self::NoCode | Self::Wrong(_) => "wrong_code",
            Self::Spent | Self::Expired | Self::Nothing => "no_code",
            Self::Intake(error) => super::session::code(error),
        }
    }
}

/// What a page is told later, if anything is to be told: that no letter goes out now, to anybody.
pub(super) type Undelivered = oneshot::Receiver<()>;

/// The codes of a listener.
pub(super) struct SignIn {
    options: SignInOptions,
    clock: Arc<dyn Clock>,
    codes: Codes,
    /// Names addresses in the table of rates, so that it holds none.
    key: [u8; 32],
    by_address: Buckets<[u8; 32]>,
    by_conversation: Buckets<ConversationId>,
    by_neighbour: Buckets<Neighbour>,
    in_all: Mutex<Bucket>,
    sending: Semaphore,
}

impl SignIn {
    pub(super) fn new(options: SignInOptions, clock: Arc<dyn Clock>) -> Arc<Self> {
        let limits = &options.limits;
        let by_address = Rate { burst: limits.per_address, each: limits.each_address };
        let by_neighbour = Rate::per_minute(limits.per_neighbour, limits.per_neighbour_and_minute);
        let in_all = Rate::per_minute(limits.in_all, limits.in_all_and_minute);
        Arc::new(Self {
            codes: Codes::new(options.entropy.as_ref()),
            key: random_32(options.entropy.as_ref()),
            by_address: Buckets::new(by_address, MOST_REMEMBERED),
            by_conversation: Buckets::new(OF_A_CONVERSATION, MOST_REMEMBERED),
            by_neighbour: Buckets::new(by_neighbour, MOST_REMEMBERED),
            in_all: Mutex::new(Bucket::new(in_all, Instant::now())),
            sending: Semaphore::new(MOST_SENDING),
            clock,
            options,
        })
    }

    /// The folder in which codes are to be looked for, where no mail goes out.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.options.mail.folder()
    }

    /// Stores that a code is asked for; a letter goes out behind that, if the address is a customer's.
    pub(super) async fn ask(
        self: &Arc<Self>,
        conversation: &ConversationId,
        neighbour: &Neighbour,
        typed: &str,
    ) -> Result<Undelivered, Refused> {
        let address = address::checked(typed)?;
        let now = Instant::now();
        // The asker's own allowance first, so that nobody uses up everybody's, or a customer's, with refused attempts.
        let may = self.by_conversation.take(conversation, now)
            && self.by_neighbour.take(neighbour, now)
            && self.by_address.take(&self.name_of(&address), now)
            && self.in_all.lock().unwrap_or_else(PoisonError::into_inner).take(now);
        if !may {
            return Err(Refused::TooMany);
        }
        let asked = self.options.sign_ins.ask(conversation, &address).await?;
        let code = Code::random(self.options.entropy.as_ref());
        if !self.codes.wait(conversation, asked.number(), &code, Instant::now()) {
            return Err(Refused::TooMany);
        }
        let (undelivered, told) = oneshot::channel();
        let (here, conversation) = (Arc::clone(self), conversation.clone());
        tokio::spawn(async move {
            let number = asked.number();
            if let Err(reason) = here.deliver(&conversation, asked, code, undelivered).await {
                here.options.sign_ins.fail(&conversation, number, reason).await;
            }
        });
        Ok(told)
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        asked: Box<dyn AskedForCode>,
        code: Code,
        undelivered: oneshot::Sender<()>,
    ) -> Result<(), SignInFailure> {
        let number = asked.number();
        let _place = self.sending.acquire().await.map_err(|_| SignInFailure::NotSent)?;
        let failed = |error: NotSent| {
            tracing::warn!(%conversation, %error, "a code for signing in was not sent");
            SignInFailure::NotSent
        };
        // Tried before anybody looks whose the address is: whether it fails says nothing of the address.
        if let Err(error) = self.options.mail.reach().await {
            self.codes.forget(conversation, number);
            let _ = undelivered.send(());
            return Err(failed(error));
        }
        let owner = match asked.owner().await {
            Ok(owner) => owner,
            Err(SignInFailure::NotLookedUp) => {
                self.codes.forget(conversation, number);
                let _ = undelivered.send(());
                return Err(SignInFailure::NotLookedUp);
            }
            // Nothing is stored: a record more or less in the log would tell the customer's page that it is nobody's.
            Err(reason) => {
                tracing::info!(%conversation, reason = reason.in_words(), "no code was sent");
                return Ok(());
            }
        };
        let words = &self.options.words;
        let letter = Letter {
            to: owner.address.clone(),
            subject: words.subject.clone(),
            text: words.text(code.as_str(), GOOD_MINUTES),
            at: self.clock.now(),
            id: random_16(self.options.entropy.as_ref()).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        self.codes.proves(conversation, number, owner);
        // From here on the page is told nothing, and nothing is stored: that a letter to somebody fails says that there is
        // somebody.
        let _traced = self.options.mail.send(&letter).await.map_err(failed);
        Ok(())
    }

    /// Tries a code. The right one binds the conversation to the customer, once; should that not be stored, it stays good.
    pub(super) async fn enter(&self, conversation: &ConversationId, typed: &str) -> Result<(), Refused> {
        let code = Code::typed(typed).ok_or(Refused::NoCode)?;
        match self.codes.enter(conversation, &code, Instant::now()) {
            Entered::Right { number, owner, waiting } => {
                let stored = self.options.sign_ins.sign_in(conversation, number, &owner).await;
                if let Err(IntakeError::Unavailable) = stored {
                    self.codes.put_back(conversation, waiting);
                }
                Ok(stored?)
            }
            Entered::Wrong { left } => Err(Refused::Wrong(left)),
            Entered::Spent { number } => {
                self.options.sign_ins.fail(conversation, number, SignInFailure::WrongCodes).await;
                Err(Refused::Spent)
            }
            Entered::Expired => Err(Refused::Expired),
            Entered::Nothing => Err(Refused::Nothing),
        }
    }

    fn name_of(&self, address: &str) -> [u8; 32] {
        match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mac) => mac.chain_update(address.as_bytes()).finalize().into_bytes().into(),
            // HMAC takes keys of every length, so this cannot be.
            Err(_) => self.key,
        }
    }
}
