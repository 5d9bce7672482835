//! The line to the station: JSON over HTTP under pinned TLS, with the house's word and the token of whoever asks.

use crate::pinned;
use countersign_api::wire::device::{ConnectionCode, SignatureGiven, SignatureWanted, ToSign, WORD_HEADER};
use countersign_api::wire::error::{Problem, ProblemCode};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde_json::Value;
use std::error::Error;
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
}

/// A good answer.
pub(crate) struct Answer {
    pub(crate) value: Value,
    /// The token of the session that it began.
    pub(crate) session: Option<String>,
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
        Ok(Self { client, base, word: hex::encode(code.word) })
    }

    fn with_word(&self, request: RequestBuilder, token: Option<&str>) -> RequestBuilder {
        let request = request.header(WORD_HEADER, &self.word);
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks something that needs no signature.
    pub(crate) async fn ask(&self, path: &str, body: &impl Serialize, token: Option<&str>) -> Result<Value, Failed> {
        Ok(self.call(path, body, token, 0, |_| None).await?.value)
    }

    /// Asks something. Where the station wants a signature before it goes on, `sign` gives it or does not; at most so often.
    pub(crate) async fn call(
        &self,
        path: &str,
        body: &impl Serialize,
        token: Option<&str>,
        signatures: usize,
        sign: impl Fn(&ToSign) -> Option<String>,
    ) -> Result<Answer, Failed> {
        let mut answer = self.post(path, body, token).await?;
        for _ in 0..signatures {
            if answer.status() != StatusCode::ACCEPTED {
                break;
            }
            let wanted: SignatureWanted = answer.json().await.map_err(not_understood)?;
            let given = SignatureGiven { ticket: wanted.ticket, signature: sign(&wanted.to_sign) };
            answer = self.post("signature", &given, token).await?;
        }
        let status = answer.status();
        if !status.is_success() {
            return Err(refused(answer, status).await);
        }
        if status == StatusCode::ACCEPTED {
            tracing::error!(path, "the station asks for more signatures than this can need");
            let why = "The station asked for a signature that this does not need. Nothing more was signed; look again.";
            return Err(Problem::new(ProblemCode::CardChanged, why).into());
        }
        let session = answer.headers().get(SESSION_HEADER).and_then(|token| token.to_str().ok()).map(str::to_owned);
        Ok(Answer { value: answer.json().await.map_err(not_understood)?, session })
    }

    async fn post(&self, path: &str, body: &impl Serialize, token: Option<&str>) -> Result<Response, Failed> {
        let request = self.client.post(format!("{}/{path}", self.base)).timeout(LONGEST_CALL).json(body);
        self.with_word(request, token).send().await.map_err(lost)
    }

    /// The stream of notices.
    pub(crate) async fn notices(&self, token: &str) -> Result<Response, Failed> {
        let request = self.client.get(format!("{}/notices", self.base));
        let answer = self.with_word(request, Some(token)).send().await.map_err(lost)?;
        let status = answer.status();
        if status.is_success() { Ok(answer) } else { Err(refused(answer, status).await) }
    }
}

async fn refused(answer: Response, status: StatusCode) -> Failed {
    match answer.json::<Problem>().await {
        Ok(problem) => Failed::Problem(problem),
        Err(_) => Failed::Lost(format!(
            "The station answered {status} without a reason. Look again before you repeat what you did."
        )),
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
        "Whoever answers at this address is not the station that the connection code names: its certificate is another one. \
         Nothing was sent. Ask whoever runs the station before you connect again."
            .to_owned()
    } else if error.is_connect() {
        "The station cannot be reached. Nothing was recorded.".to_owned()
    } else {
        "The connection to the station was lost in the middle. Look again before you repeat what you did.".to_owned()
    })
}
