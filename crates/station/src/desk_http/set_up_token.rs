//! The one-time token of the first set-up over HTTP: printed on the console, good for an hour, a few tries and one
//! person. Only its hash is kept.

use super::sessions;
use countersign_api::wire::error::{Problem, ProblemCode};
use countersign_domain::time::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long the token is good for.
const GOOD_FOR_SECONDS: i64 = 60 * 60;
/// Wrong tokens before the right one is void: nobody can guess it, and whoever tries is told so.
const MOST_TRIES: u32 = 10;

pub(super) struct SetUpToken {
    hash: sessions::Hash,
    until: Timestamp,
    state: Mutex<State>,
}

struct State {
    tries: u32,
    used: bool,
}

impl SetUpToken {
    pub(super) fn new(token: &str, now: Timestamp) -> Self {
        let until = now.plus_seconds(GOOD_FOR_SECONDS);
        Self { hash: sessions::hash(token), until, state: Mutex::new(State { tries: MOST_TRIES, used: false }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the token and it is still good. A wrong one costs a try.
    pub(super) fn check(&self, given: Option<&str>, now: Timestamp) -> Result<(), Problem> {
        let mut state = self.state();
        if state.used {
            return Err(used());
        }
        if state.tries == 0 {
            return Err(refused("Too many wrong tokens were tried, so the token is void."));
        }
        if now >= self.until {
            return Err(refused("The one-time token is older than an hour, so it is void."));
        }
        match given {
            Some(given) if sessions::hash(given) == self.hash => Ok(()),
            Some(_) => {
                state.tries -= 1;
                Err(wrong())
            }
            None => Err(wrong()),
        }
    }

    /// The first person is set up: the token is good for nothing any more.
    pub(super) fn use_up(&self) {
        self.state().used = true;
    }
}

/// What is said once the first person is set up.
pub(super) fn used() -> Problem {
    Problem::new(ProblemCode::Forbidden, "The first person is enrolled already; sign in.")
}

fn wrong() -> Problem {
    of_token(
        "The first set-up in a browser needs the one-time token that the station printed on its console.".to_owned(),
    )
}

fn refused(why: &str) -> Problem {
    of_token(format!("{why} Restart the station: it prints another one."))
}

fn of_token(message: String) -> Problem {
    Problem { code: ProblemCode::Invalid, message, field: Some("token".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000).unwrap().plus_seconds(second)
    }

    #[test]
    fn it_is_good_for_an_hour_and_for_one_person() {
        let token = SetUpToken::new("right", at(0));
        assert!(token.check(Some("right"), at(3_599)).is_ok());
        // A set-up that came to nothing, for a short password, may be tried again.
        assert!(token.check(Some("right"), at(3_599)).is_ok());
        assert!(token.check(Some("right"), at(3_600)).unwrap_err().message.contains("older than an hour"));
        token.use_up();
        assert_eq!(token.check(Some("right"), at(1)).unwrap_err().code, ProblemCode::Forbidden);
    }

    #[test]
    fn ten_guesses_void_it_and_asking_without_one_costs_nothing() {
        let token = SetUpToken::new("right", at(0));
        for _ in 0..50 {
            assert!(token.check(None, at(1)).is_err());
        }
        for n in 0..MOST_TRIES {
            assert!(token.check(Some("right"), at(1)).is_ok(), "after {n} guesses");
            assert!(token.check(Some(&format!("guess {n}")), at(1)).is_err());
        }
        assert!(token.check(Some("right"), at(1)).unwrap_err().message.contains("Too many wrong tokens"));
    }
}
