//! The line to the station: JSON over HTTP under pinned TLS, with the house's word and, once signed in, a session's token.

use crate::pinned;
use countersign_api::wire::device::{ConnectionCode, SignatureGiven, SignatureWanted, ToSign, WORD_HEADER};
use countersign_api::wire::error::{Problem, ProblemCode};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const SESSION_HEADER: &str = "countersign-session";
const LONGEST_CONNECTING: Duration = Duration::from_secs(10);
/// Longer than any call of a desk: a case reads the whole log.
const LONGEST_CALL: Duration = Duration::from_secs(120);

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The station says so.
    Problem(Problem),
    /// The station cannot be reached; why, in a sentence.
    Lost(String),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Failed {
    /// As a problem like any other.
    pub fn problem(self) -> Problem {
        match self {
            Failed::Problem(problem) => problem,
            Failed::Lost(why) => Problem::new(ProblemCode::Unavailable, why),
        }
    }
}

pub(crate) struct Line {
    client: Client,
    base: String,
    word: String,
    token: Mutex<Option<String>>,
}

impl Line {
    pub(crate) fn to(code: &ConnectionCode) -> Result<Self, Failed> {
        let unusable = |error: &dyn Error| Failed::Lost(format!("No secure connection can be made here: {error}."));
        let tls = pinned::client(code.pin).map_err(|error| unusable(&error))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .http1_only()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(LONGEST_CONNECTING)
            .build()
            .map_err(|error| unusable(&error))?;
        let base = format!("https://{}/api", code.authority());
        Ok(Self { client, base, word: hex::encode(code.word), token: Mutex::default() })
    }

    fn token(&self) -> MutexGuard<'_, Option<String>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget_session(&self) {
        *self.token() = None;
    }

    fn with_word(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(WORD_HEADER, &self.word);
        match &*self.token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks something; wherever the station wants a signature before it goes on, `sign` gives it or does not.
    pub(crate) async fn call(
        &self,
        path: &str,
        body: &impl Serialize,
        sign: impl Fn(&ToSign) -> Option<String>,
    ) -> Result<Value, Failed> {
        let mut answer = self.post(path, body).await?;
        loop {
            if answer.status() != StatusCode::ACCEPTED {
                return self.value(answer).await;
            }
            let wanted: SignatureWanted = answer.json().await.map_err(not_understood)?;
            let given = SignatureGiven { ticket: wanted.ticket, signature: sign(&wanted.to_sign) };
            answer = self.post("signature", &given).await?;
        }
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, Failed> {
        let request = self.client.post(format!("{}/{path}", self.base)).timeout(LONGEST_CALL).json(body);
        self.with_word(request).send().await.map_err(lost)
    }

    async fn value(&self, answer: Response) -> Result<Value, Failed> {
        if let Some(token) = answer.headers().get(SESSION_HEADER).and_then(|token| token.to_str().ok()) {
            *self.token() = Some(token.to_owned());
        }
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.map_err(not_understood);
        }
        Err(refused(answer, status).await)
    }

    /// The stream of notices.
    pub(crate) async fn notices(&self) -> Result<Response, Failed> {
        let request = self.client.get(format!("{}/notices", self.base));
        let answer = self.with_word(request).send().await.map_err(lost)?;
        let status = answer.status();
        if status.is_success() { Ok(answer) } else { Err(refused(answer, status).await) }
    }
}

async fn refused(answer: Response, status: StatusCode) -> Failed {
    match answer.json::<Problem>().await {
        Ok(problem) => Failed::Problem(problem),
        Err(_) => Failed::Lost(format!("The station answered {status} without a reason. Nothing was recorded.")),
    }
}

fn not_understood(error: reqwest::Error) -> Failed {
    tracing::warn!(%error, "the station's answer was not understood");
    Failed::Lost("The station's answer did not come whole. Look again before you repeat what you did.".to_owned())
}

/// What is in the way, as far as a person can do something about it.
fn lost(error: reqwest::Error) -> Failed {
    let mut cause: Option<&dyn Error> = Some(&error);
    let mut said = String::new();
    while let Some(one) = cause {
        said.push_str(&one.to_string());
        said.push(' ');
        cause = one.source();
    }
    tracing::debug!(said, "the station was not reached");
    Failed::Lost(if said.contains("invalid peer certificate") {
        "Whoever answers at this address is not the station that this desktop was connected to: its certificate is another \
         one. Nothing was sent. Ask whoever runs the station before you connect again."
            .to_owned()
    } else if error.is_connect() {
        "The station cannot be reached. Nothing was recorded.".to_owned()
    } else {
        "The connection to the station was lost in the middle. Look again before you repeat what you did.".to_owned()
    })
}
