//! What a desk is told to do, without a card.

use super::{Desk, State, parse};
use crate::aside;
use crate::asking;
use crate::attempts::Place;
use crate::away;
use crate::changes;
use crate::escalating;
use crate::fleet_view;
use crate::more_time;
use crate::office::Office;
use crate::people;
use crate::takeover;
use crate::undoing;
use crate::wire::command::Command;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::session::{SampleCustomersPace, SessionView};
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Desk {
    /// Carries out a command that needs no card, at the application's own window.
    pub async fn command(&self, command: Command) -> Result<SessionView, Problem> {
        self.command_from(&Place::window(), command).await
    }

    /// Carries out a command that needs no card, for whoever sits at this place.
    pub async fn command_from(&self, place: &Place, command: Command) -> Result<SessionView, Problem> {
        let (mut recovery_key, mut asked) = (None, None);
        match command {
            Command::SetUp { .. } | Command::SignIn { .. } if self.device.is_some() => {
                let why = "A desktop on another machine signs in with the key of its own.";
                return Err(Problem::new(ProblemCode::Forbidden, why));
            }
            Command::SetUp { name, password, token: _, second } => {
                let signed_in = people::set_up(&self.office, self.held, &name, password, second).await?;
                let by = signed_in.person.clone();
                self.lock().signed_in = Some(Arc::new(signed_in));
                // Without it the station works as well; Settings makes another.
                recovery_key = self.office.gate.new_recovery_key(&by).await.ok();
            }
            Command::SignIn { person, password } => {
                let signed_in = people::sign_in(&self.office, place, self.held, &person, password).await?;
                self.take_turn(State { signed_in: Some(Arc::new(signed_in)), ..State::default() });
            }
            Command::SignOut => self.leave(),
            Command::Stop { takes_two, part } => {
                let (gate, by) = (&self.office.gate, self.still_here().await?.person.clone());
                match (part, takes_two) {
                    (Some(part), _) => gate.stop_part(fleet_view::part(&self.office, part).await?, by).await?,
                    (None, false) => gate.stop(by).await?,
                    (None, true) => gate.stop_until_two_resume(by).await?,
                };
            }
            Command::Resume { part, why } => {
                let (gate, by) = (&self.office.gate, self.still_here().await?.person.clone());
                match part {
                    Some(part) => {
                        let part = fleet_view::part(&self.office, part).await?;
                        gate.resume_part(part, by, &why.unwrap_or_default()).await?
                    }
                    None => gate.resume(by).await?,
                };
            }
            Command::TakeOver { conversation } => {
                let by = self.still_here().await?.person.clone();
                self.office.gate.take_over(&parse(&conversation)?, by).await?;
            }
            Command::MoreTime { action, saw } => {
                let by = self.still_here().await?.person.clone();
                more_time::give(&self.office, &parse(&action)?, &by, &saw).await?;
            }
            Command::Snooze { action, minutes } => {
                let by = self.still_here().await?.person.clone();
                aside::snooze(&self.office, &parse(&action)?, &by, minutes).await?;
            }
            Command::Delegate { action, to } => {
                let by = self.still_here().await?.person.clone();
                let to = to.as_deref().map(parse).transpose()?;
                aside::delegate(&self.office, &parse(&action)?, &by, to.as_ref()).await?;
            }
            Command::GoAway { person, until, deputy } => {
                let by = self.still_here().await?.person.clone();
                away::go(&self.office, &by, person.as_deref(), &until, &deputy).await?;
            }
            Command::ComeBack { person } => {
                let by = self.still_here().await?.person.clone();
                away::back(&self.office, &by, person.as_deref()).await?;
            }
            Command::Undo { action } => {
                let by = self.still_here().await?.person.clone();
                undoing::undo(&self.office, &parse(&action)?, &by).await?;
            }
            Command::Escalate { action, note } => {
                let by = self.still_here().await?.person.clone();
                escalating::escalate(&self.office, parse(&action)?, by, note).await?;
            }
            Command::Reply { conversation, text, seen, client } => {
                let by = self.still_here().await?.person.clone();
                takeover::reply(&self.office, &conversation, by, text, seen, client).await?;
            }
            Command::NoteSearch { search } => {
                let by = self.still_here().await?.person.clone();
                self.office.gate.note_search(&search, &by).await?;
            }
            Command::VerifyNow => {
                self.still_here().await?;
                self.office.verify_now.send_modify(|asked| *asked = asked.wrapping_add(1));
            }
            Command::HandBack { conversation } => {
                let by = self.still_here().await?.person.clone();
                self.office.gate.hand_back(&parse(&conversation)?, by).await?;
            }
            Command::UseTool { conversation, tool, arguments, why, client } => {
                let by = self.still_here().await?.person.clone();
                let action = asking::ask(&self.office, &conversation, by, tool, &arguments, why, client).await?;
                asked = Some(action.to_string());
            }
            Command::TakeBack { action } => {
                let by = self.still_here().await?.person.clone();
                self.office.gate.take_back(&parse(&action)?, &by).await?;
            }
            Command::Whisper { conversation, text, scope, client } => {
                let by = self.still_here().await?.person.clone();
                takeover::whisper(&self.office, &conversation, by, text, scope, client).await?;
            }
            Command::Promise { conversation, text, due } => {
                let by = self.still_here().await?.person.clone();
                takeover::promise(&self.office, &conversation, by, &text, due.as_deref()).await?;
            }
            Command::KeepPromise { conversation, number } => {
                let by = self.still_here().await?.person.clone();
                self.office.gate.keep_promise(&parse(&conversation)?, by, number).await?;
            }
            Command::Resolve { conversation, code, note, seen } => {
                let by = self.still_here().await?.person.clone();
                takeover::resolve(&self.office, &conversation, by, &code, note, seen).await?;
            }
            Command::LookAt { action } => {
                let by = self.still_here().await?.person.clone();
                match action {
                    // A desk that hears nothing has gone, or never came.
                    Some(action) if self.heard_by.load(Ordering::Relaxed) > 0 => {
                        self.presence.at(&by, &parse(&action)?);
                    }
                    _ => self.presence.away(),
                }
            }
            Command::Listen { conversation } => {
                self.still_here().await?;
                let conversation = conversation.map(|id| parse(&id)).transpose()?;
                self.listens.send_replace(conversation.filter(|_| self.heard_by.load(Ordering::Relaxed) > 0));
            }
            Command::SetSampleCustomers { pace } => {
                self.still_here().await?;
                choose_pace(&self.office, pace)?;
            }
            Command::ProposeChange { request, why } => {
                self.still_here().await?;
                changes::request(self, request, why).await?;
            }
            Command::SignChange { change, digest } => {
                self.still_here().await?;
                changes::countersign(self, &change, &digest).await?;
            }
            Command::RefuseChange { change, why } => {
                self.still_here().await?;
                changes::refuse(self, &change, &why).await?;
            }
            Command::WithdrawChange { change } => {
                self.still_here().await?;
                changes::withdraw(self, &change).await?;
            }
            Command::NewRecoveryKey => {
                let by = self.still_here().await?.person.clone();
                recovery_key = Some(self.office.gate.new_recovery_key(&by).await?);
            }
        }
        let mut session = self.session().await?;
        session.asked = asked;
        session.recovery_key = recovery_key.map(|key| key.as_str().to_owned());
        Ok(session)
    }
}

fn choose_pace(office: &Office, pace: SampleCustomersPace) -> Result<(), Problem> {
    let Some(customers) = &office.sample_customers else {
        return Err(Problem::new(ProblemCode::NotFound, "Only the sample shop has simulated customers."));
    };
    customers.choose(pace).map_err(|why| {
        let message = format!("The pace could not be kept, so it was not changed: {why}. Try again.");
        Problem::new(ProblemCode::Unavailable, message)
    })
}
