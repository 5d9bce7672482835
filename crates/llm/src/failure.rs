//! What a call of a model came to where it did not answer.

use countersign_domain::conversation::ModelCallEnd;
use genai::Error;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// The longest that a provider may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) end: ModelCallEnd,
    /// For people. Providers repeat in their errors what they were sent, so nothing of theirs is in it.
    pub(crate) why: String,
    /// How long the provider asks us to wait.
    pub(crate) wait: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(end: ModelCallEnd, why: impl Into<String>) -> Self {
        Self { end, why: why.into(), wait: None }
    }

    pub(crate) fn of(error: &Error) -> Self {
        let Some(status) = error.status() else { return Self::without_status(error) };
        let end = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ModelCallEnd::WrongKey,
            StatusCode::NOT_FOUND => ModelCallEnd::UnknownModel,
            StatusCode::TOO_MANY_REQUESTS => ModelCallEnd::RateLimited,
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => ModelCallEnd::Overloaded,
            _ => ModelCallEnd::NotTaken,
        };
        let why = format!("{}: its server answered {}.", end.in_words(), status.as_u16());
        Self { end, why, wait: error.headers().and_then(wait) }
    }

    fn without_status(error: &Error) -> Self {
        let end = match error {
            Error::WebModelCall { webc_error: genai::webc::Error::Reqwest(error), .. } => {
                // Where nobody was reached nothing was taken; else the provider may have begun.
                if error.is_connect() { ModelCallEnd::Unreachable } else { ModelCallEnd::TimedOut }
            }
            // A stream that did not begin says within why.
            Error::WebStream { error, .. } if error.is::<Error>() => {
                return error.downcast_ref().map_or_else(|| Self::new(ModelCallEnd::Garbled, "It failed."), Self::of);
            }
            Error::WebStream { error, .. } => match error.downcast_ref::<reqwest::Error>() {
                Some(error) if error.is_connect() => ModelCallEnd::Unreachable,
                _ => ModelCallEnd::TimedOut,
            },
            // Within a stream that had begun.
            Error::ChatResponse { .. } => ModelCallEnd::Overloaded,
            Error::RequiresApiKey { .. } | Error::NoAuthData { .. } | Error::NoAuthResolver { .. } => {
                ModelCallEnd::WrongKey
            }
            _ => ModelCallEnd::Garbled,
        };
        Self::new(end, format!("{}.", end.in_words()))
    }

    /// Whether the same call may do better a little later, and this one cost nothing.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.end, ModelCallEnd::Unreachable | ModelCallEnd::RateLimited | ModelCallEnd::Overloaded)
    }

    /// Whether it says something of the model, and not of this one request.
    pub(crate) fn is_the_model_s(&self) -> bool {
        self.may_pass()
            || matches!(self.end, ModelCallEnd::TimedOut | ModelCallEnd::WrongKey | ModelCallEnd::UnknownModel)
    }
}

/// What `retry-after` says, in seconds, or `retry-after-ms`.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    let seconds = if seconds.is_finite() { seconds.clamp(0.0, LONGEST_WAIT.as_secs_f64()) } else { return None };
    Some(Duration::from_secs_f64(seconds))
}
