//! Being away: until a time, and with somebody who decides meanwhile what was handed to them. Nothing of anybody's authority
//! moves by it: a deputy decides what they may decide themself, and nothing more.

use super::{Person, PersonEvent};
use crate::authority::{Command, may};
use crate::ids::PersonId;
use crate::station::Staff;
use crate::time::Timestamp;

/// The most days ahead that somebody can be away until.
pub const MOST_DAYS_AWAY: i64 = 90;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Somebody is away. It ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Until when.
    pub until: Timestamp,
    /// Who decides meanwhile what was handed to them.
    pub deputy: PersonId,
}

/// Why nobody is said to be away, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AwayError {
    /// They are not, or no longer, on the staff.
    #[error("this person is not on the staff")]
    NotHere,
    /// Nothing is ever handed to them.
    #[error("this person decides no held actions, so there is nothing for a deputy to decide")]
    DecidesNothing,
    /// It would be over already.
    #[error("the time until which somebody is away lies ahead")]
    Past,
    /// It would be longer than anybody looks ahead.
    #[error("nobody is away for more than {MOST_DAYS_AWAY} days; choose an earlier day")]
    TooFar,
    /// Nobody is their own deputy.
    #[error("somebody else is the deputy, and not whoever is away")]
    OwnDeputy,
    /// The deputy is not, or no longer, on the staff.
    #[error("the deputy is not on the staff; choose somebody else")]
    DeputyNotHere,
    /// The deputy decides nothing, or cannot sign.
    #[error("the deputy does not decide held actions, or cannot sign; choose somebody else")]
    DeputyDecidesNothing,
    /// They are away in this very way.
    #[error("that is how it is said already")]
    AsItWas,
    /// They are here.
    #[error("this person is not away")]
    NotAway,
}

impl Person {
    /// How they are away at a time; nothing while they are here.
    pub fn away_at(&self, now: Timestamp) -> Option<&Away> {
        self.away.as_ref().filter(|away| now < away.until)
    }

    /// They are away until a time, and the deputy decides meanwhile.
    pub fn go_away(
        &self,
        until: Timestamp,
        deputy: &Person,
        staff: &Staff,
        now: Timestamp,
    ) -> Result<PersonEvent, AwayError> {
        let (Some(person), true) = (&self.id, self.is_here()) else { return Err(AwayError::NotHere) };
        let (Some(stand_in), true) = (&deputy.id, deputy.is_here()) else { return Err(AwayError::DeputyNotHere) };
        if until <= now {
            return Err(AwayError::Past);
        }
        let event = PersonEvent::Away { person: person.clone(), until, deputy: stand_in.clone() };
        self.may_be_away(until, deputy, staff, now)?;
        match &self.away {
            Some(away) if away.until == until && away.deputy == *stand_in => Err(AwayError::AsItWas),
            _ => Ok(event),
        }
    }

    /// What must hold of whoever is away and of their deputy, whenever it is looked at: for whoever reads it in the log.
    pub fn may_be_away(
        &self,
        until: Timestamp,
        deputy: &Person,
        staff: &Staff,
        now: Timestamp,
    ) -> Result<(), AwayError> {
        if until > now.plus_seconds(MOST_DAYS_AWAY * DAY_SECONDS) {
            return Err(AwayError::TooFar);
        }
        if self.id == deputy.id {
            return Err(AwayError::OwnDeputy);
        }
        may(self, Command::Decide, staff).map_err(|_| AwayError::DecidesNothing)?;
        may(deputy, Command::Decide, staff).map_err(|_| AwayError::DeputyDecidesNothing)
    }

    /// They are back before the time has passed.
    pub fn come_back(&self, now: Timestamp) -> Result<PersonEvent, AwayError> {
        match (&self.id, self.away_at(now)) {
            (Some(person), Some(_)) => Ok(PersonEvent::Back { person: person.clone() }),
            _ => Err(AwayError::NotAway),
        }
    }
}
