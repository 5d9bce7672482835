//! One connection from its first frame to its last: wakes for a frame, for news of the conversation, for the heartbeat,
//! and does one thing at a time.

use super::frame::{Asked, BadFrame, Offer, Told};
use super::line::{HangUp, Line};
use super::listener::House;
use super::name;
use super::outbox::{Outbox, Stopped};
use super::sign_in::{GOOD_MINUTES, Refused, SignIn, Undelivered};
use super::token;
use crate::door::{Bucket, Drain, Neighbour, Rate};
use axum::extract::ws::Message;
use countersign_agents::port::{Identity, IntakeError};
use countersign_domain::conversation::{Assurance, ConversationError};
use countersign_domain::ids::ConversationId;
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

/// Unanswered pings after which the other side is taken for gone.
const MOST_UNANSWERED: u32 = 2;
/// Frames of any kind that go on being taken, a minute.
const FRAMES_PER_MINUTE: u32 = 120;

enum Wake {
    Heard(Option<Result<Message, axum::Error>>),
    News(Result<(), HangUp>),
    Undelivered,
    Heartbeat,
    TooLate,
    Stopping,
}

/// One connection.
pub(super) struct Session {
    house: Arc<House>,
    neighbour: Neighbour,
    line: Line,
    outbox: Option<Outbox>,
    /// Tells, should no letter go out for the code that was asked for last.
    undelivered: Option<Undelivered>,
    frames: Bucket,
    strikes: u32,
    unanswered: u32,
}

impl Session {
    pub(super) fn new(house: Arc<House>, neighbour: Neighbour, line: Line) -> Self {
        let rate = Rate::per_minute(house.limits.frame_burst, FRAMES_PER_MINUTE);
        let frames = Bucket::new(rate, Instant::now());
        Self { house, neighbour, line, outbox: None, undelivered: None, frames, strikes: 0, unanswered: 0 }
    }

    /// Serves the connection until it ends, and closes it.
    pub(super) async fn run(mut self, drain: Drain) {
        let why = match self.serve(drain).await {
            Ok(never) => match never {},
            Err(why) => why,
        };
        tracing::debug!(?why, "a customer's connection ended");
        self.line.hang_up(why).await;
    }

    async fn serve(&mut self, mut drain: Drain) -> Result<std::convert::Infallible, HangUp> {
        let start = Instant::now();
        let mut heartbeat = interval_at(start + self.house.limits.heartbeat, self.house.limits.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut first_frame = std::pin::pin!(sleep_until(start + self.house.limits.first_frame));
        loop {
            let wake = tokio::select! {
                heard = self.line.hear() => Wake::Heard(heard),
                news = Outbox::news(&mut self.outbox) => Wake::News(news),
                _ = heartbeat.tick() => Wake::Heartbeat,
                () = undelivered(&mut self.undelivered) => Wake::Undelivered,
                () = &mut first_frame, if self.outbox.is_none() => Wake::TooLate,
                () = drain.begins() => Wake::Stopping,
            };
            match wake {
                Wake::Heard(heard) => self.hear(heard).await?,
                Wake::News(news) => {
                    news?;
                    self.send_on().await?;
                }
                Wake::Undelivered => {
                    let words = "no code can be sent now; try again in a few minutes, or ask for a person";
                    self.line.tell(&Told::error("not_sent", words)).await?;
                }
                Wake::Heartbeat => self.beat().await?,
                Wake::TooLate => {
                    self.line.tell(&Told::error("too_late", "no conversation was opened or resumed in time")).await?;
                    return Err(HangUp::Broken);
                }
                Wake::Stopping => return Err(HangUp::Stopping),
            }
        }
    }

    async fn beat(&mut self) -> Result<(), HangUp> {
        if self.unanswered >= MOST_UNANSWERED {
            return Err(HangUp::Silent);
        }
        self.unanswered += 1;
        self.line.ping().await
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), HangUp> {
        let Some(heard) = heard else { return Err(HangUp::Gone) };
        self.unanswered = 0;
        if !self.frames.take(Instant::now()) {
            self.line.tell(&Told::error("flood", "far too many frames; resume in a minute")).await?;
            return Err(HangUp::Broken);
        }
        let most = self.house.limits.frame_bytes;
        match heard {
            Ok(Message::Text(text)) if text.len() > most => {
                self.strike("too_large", format!("the frame has {} bytes; at most {most} are taken", text.len())).await
            }
            Ok(Message::Text(text)) => match Asked::read(text.as_str()) {
                Ok(asked) => self.answer(asked).await,
                Err(bad @ (BadFrame::NotJson | BadFrame::Unknown | BadFrame::ClientId)) => {
                    self.strike("malformed", bad).await
                }
            },
            Ok(Message::Binary(_)) => self.strike("binary", "frames are text; this one was binary").await,
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => Ok(()),
            // Nothing behind such a frame can be read any more.
            Err(_) => {
                let words = format!("the frame was no valid text, or far larger than {most} bytes");
                self.line.tell(&Told::error("unreadable", words)).await?;
                Err(HangUp::Broken)
            }
        }
    }

    async fn answer(&mut self, asked: Asked) -> Result<(), HangUp> {
        match (asked, self.outbox.is_some()) {
            (Asked::Open { name, token }, false) => match self.identity(name, token) {
                Ok(identity) => self.open(identity).await,
                Err((code, message)) => self.strike(code, message).await,
            },
            (Asked::Resume { conversation, secret, after, log }, false) => {
                let log_is_this = log.is_none_or(|log| log == self.house.conversations.log().as_str());
                self.resume(&conversation, &secret, after.filter(|_| log_is_this)).await
            }
            (Asked::Message { client_id, text }, true) => self.message(client_id, &text).await,
            (Asked::Done {}, true) => self.about_its_end(async |house, id| house.conversations.done(id).await).await,
            (Asked::Rate { score }, true) => {
                self.about_its_end(async |house, id| house.conversations.rate(id, score).await).await
            }
            (Asked::SignIn { address }, true) => self.sign_in(&address).await,
            (Asked::Code { code }, true) => self.code(&code).await,
            (
                Asked::Message { .. } | Asked::Done {} | Asked::Rate { .. } | Asked::SignIn { .. } | Asked::Code { .. },
                false,
            ) => self.strike("out_of_turn", "open or resume a conversation first").await,
            (Asked::Open { .. } | Asked::Resume { .. }, true) => {
                self.strike("out_of_turn", "this connection carries a conversation already").await
            }
        }
    }

    /// Who it is, as far as can be checked. A token that does not hold is refused, never read as a mere name.
    fn identity(&self, name: Option<String>, token: Option<String>) -> Result<Identity, (&'static str, String)> {
        match (name, token) {
            (Some(_), Some(_)) => Err(("malformed", "send a name or a token, not both".to_owned())),
            (None, Some(token)) => {
                let signed_in = token::verify(&token, self.house.site_secret.as_ref(), self.house.clock.now())
                    .map_err(|bad| ("token", bad.to_string()))?;
                let (name, subject) = (signed_in.name, Some(signed_in.subject));
                Ok(Identity { assurance: Assurance::Verified, name, subject })
            }
            (name, None) => {
                let name = name.as_deref().map(name::checked).transpose();
                let name = name.map_err(|bad| ("name", bad.to_string()))?.flatten();
                let assurance = if name.is_some() { Assurance::Claimed } else { Assurance::Anonymous };
                Ok(Identity { assurance, name, subject: None })
            }
        }
    }

    async fn open(&mut self, identity: Identity) -> Result<(), HangUp> {
        if !self.house.may_open(&self.neighbour) {
            let words = "too many new conversations at once; try again in a minute";
            self.line.tell(&Told::error("too_many_conversations", words)).await?;
            return Err(HangUp::TryAgain);
        }
        let assurance = identity.assurance;
        match self.house.conversations.begin("chat", identity).await {
            Ok(begun) => {
                let outbox = Outbox::behind(&*self.house.conversations, begun.conversation.clone(), None);
                self.outbox = Some(outbox);
                let (conversation, secret) = (begun.conversation, begun.secret);
                let log = self.house.conversations.log();
                let sign_in = self.offer(assurance);
                self.line.tell(&Told::Opened { conversation, secret, assurance, log, sign_in }).await?;
                self.send_on().await
            }
            Err(error) => self.give_up(error).await,
        }
    }

    async fn resume(&mut self, conversation: &str, secret: &str, after: Option<u64>) -> Result<(), HangUp> {
        let Ok(conversation) = conversation.parse() else {
            return self.strike(code(&IntakeError::NotYours), IntakeError::NotYours).await;
        };
        match self.house.conversations.resume(&conversation, secret).await {
            Ok(assurance) => {
                self.outbox = Some(Outbox::behind(&*self.house.conversations, conversation, after));
                let (log, sign_in) = (self.house.conversations.log(), self.offer(assurance));
                self.line.tell(&Told::Resumed { log, sign_in }).await?;
                self.send_on().await
            }
            Err(error @ IntakeError::NotYours) => self.strike(code(&error), error).await,
            Err(error @ (IntakeError::Conversation(_) | IntakeError::Unavailable)) => self.give_up(error).await,
        }
    }

    async fn message(&mut self, client_id: String, text: &str) -> Result<(), HangUp> {
        let Some(outbox) = self.outbox.as_mut() else { return Ok(()) };
        let conversation = outbox.conversation().clone();
        let refused = |code, message: String, client_id| Told::Error { code, message, client_id: Some(client_id) };
        if !self.house.may_say(&conversation) {
            let words = "messages come too fast; this one was not taken, send it again in a few seconds".to_owned();
            return self.line.tell(&refused("too_fast", words, client_id)).await;
        }
        match self.house.conversations.receive(&conversation, text, Some(&client_id)).await {
            Ok(accepted) => {
                let position = accepted.position;
                outbox.accepted(position, &client_id);
                self.line.tell(&Told::Accepted { client_id, position }).await
            }
            Err(error) => self.line.tell(&refused(code(&error), error.to_string(), client_id)).await,
        }
    }

    /// What came of it is told by what is stored.
    async fn about_its_end(
        &mut self,
        say: impl AsyncFnOnce(&House, &ConversationId) -> Result<(), IntakeError>,
    ) -> Result<(), HangUp> {
        let Some(outbox) = &self.outbox else { return Ok(()) };
        if !self.house.may_say(outbox.conversation()) {
            return self.line.tell(&Told::error("too_fast", "that came too fast; try again in a few seconds")).await;
        }
        match say(&self.house, outbox.conversation()).await {
            Ok(()) => Ok(()),
            Err(error) => self.line.tell(&Told::error(code(&error), error)).await,
        }
    }

    /// What a customer is offered whom nobody has verified.
    fn offer(&self, assurance: Assurance) -> Option<Offer> {
        let sign_in = self.house.sign_in.as_ref().filter(|_| assurance != Assurance::Verified)?;
        Some(Offer { folder: sign_in.folder().map(|folder| folder.display().to_string()) })
    }

    async fn sign_in(&mut self, address: &str) -> Result<(), HangUp> {
        let Some((sign_in, conversation)) = self.signing_in() else { return self.not_offered().await };
        match sign_in.ask(&conversation, &self.neighbour, address).await {
            Ok(undelivered) => {
                self.undelivered = Some(undelivered);
                self.line.tell(&Told::CodeAsked { good_minutes: GOOD_MINUTES }).await
            }
            Err(refused) => self.refuse(refused).await,
        }
    }

    /// What comes of the right code is told by what is stored.
    async fn code(&mut self, code: &str) -> Result<(), HangUp> {
        let Some((sign_in, conversation)) = self.signing_in() else { return self.not_offered().await };
        match sign_in.enter(&conversation, code).await {
            Ok(()) => Ok(()),
            Err(refused) => self.refuse(refused).await,
        }
    }

    fn signing_in(&self) -> Option<(Arc<SignIn>, ConversationId)> {
        Some((self.house.sign_in.clone()?, self.outbox.as_ref()?.conversation().clone()))
    }

    async fn not_offered(&mut self) -> Result<(), HangUp> {
        self.strike("not_offered", "nobody is signed in by a code here").await
    }

    async fn refuse(&mut self, refused: Refused) -> Result<(), HangUp> {
        self.line.tell(&Told::error(refused.code(), refused)).await
    }

    async fn send_on(&mut self) -> Result<(), HangUp> {
        let Some(outbox) = self.outbox.as_mut() else { return Ok(()) };
        match outbox.send_on(&*self.house.conversations, &mut self.line).await {
            Ok(()) => Ok(()),
            Err(Stopped::Line(why)) => Err(why),
            Err(Stopped::Intake(error)) => self.give_up(error).await,
        }
    }

    /// Says what is wrong with a frame; the line is closed when this happens too often.
    async fn strike(&mut self, code: &'static str, message: impl ToString) -> Result<(), HangUp> {
        self.strikes += 1;
        self.line.tell(&Told::error(code, message)).await?;
        if self.strikes >= self.house.limits.strikes { Err(HangUp::Broken) } else { Ok(()) }
    }

    /// Says why the conversation cannot go on here now, and ends the line; the page resumes by position.
    async fn give_up(&mut self, error: IntakeError) -> Result<(), HangUp> {
        self.line.tell(&Told::error(code(&error), error)).await?;
        Err(HangUp::TryAgain)
    }
}

/// Resolves when no letter goes out for a code; never, where one does or none was asked for.
async fn undelivered(waited: &mut Option<Undelivered>) {
    if let Some(told) = waited
        && let Ok(()) = told.await
    {
        *waited = None;
        return;
    }
    *waited = None;
    std::future::pending().await
}

pub(super) fn code(error: &IntakeError) -> &'static str {
    match error {
        IntakeError::NotYours => "cannot_resume",
        IntakeError::Conversation(ConversationError::Closed | ConversationError::ForGood) => "ended",
        IntakeError::Conversation(ConversationError::UnderWay) => "under_way",
        IntakeError::Conversation(ConversationError::NoScore | ConversationError::NotToRate) => "not_rated",
        IntakeError::Conversation(ConversationError::SignedIn) => "signed_in",
        IntakeError::Conversation(ConversationError::TooManySignIns) => "too_many_codes",
        IntakeError::Conversation(ConversationError::NoSignIn) => "no_code",
        IntakeError::Conversation(ConversationError::Empty) => "empty",
        IntakeError::Conversation(ConversationError::TooLong(..)) => "too_long",
        IntakeError::Conversation(ConversationError::TooMany) => "too_many_messages",
        IntakeError::Conversation(
            ConversationError::AlreadyOpen
            | ConversationError::NotOpen
            | ConversationError::NotACustomers
            | ConversationError::NotRelayed
            | ConversationError::TooManyRelayed
            | ConversationError::TooManySpans
            | ConversationError::TooManyModelCalls,
        )
        | IntakeError::Unavailable => "unavailable",
    }
}
