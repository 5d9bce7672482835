//! Calls that stop in the middle for a signature: the station asks the device in its answer, and goes on with what the
//! device sends next. Nothing is held open meanwhile but a task, and that for seconds.

use super::problems::Failed;
use super::sessions::{self, Hash};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign_api::office::Office;
use countersign_api::signing::{Device, SignatureComing};
use countersign_api::wire::device::{SignatureGiven, SignatureWanted, ToSign};
use countersign_api::wire::error::{Problem, ProblemCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a device has to sign. It asks nobody: the person has decided already.
const LONGEST_SIGNING: Duration = Duration::from_secs(20);
/// Calls that wait for a signature at once.
const MOST_WAITING: usize = 256;

type Signature = Option<String>;

enum Step {
    Sign(ToSign, oneshot::Sender<Signature>),
    Done(Response),
}

struct Waiting {
    answer: oneshot::Sender<Signature>,
    steps: mpsc::Receiver<Step>,
}

tokio::task_local! {
    /// Where the call that runs now says what it needs.
    static STEPS: mpsc::Sender<Step>;
}

/// The device at the other end of the call that asks it.
pub(super) struct AtTheOtherEnd;

impl Device for AtTheOtherEnd {
    fn sign(&self, what: ToSign) -> SignatureComing<'_> {
        Box::pin(async move {
            let steps = STEPS.try_with(mpsc::Sender::clone).map_err(|_| not_signed("it was not asked"))?;
            let (answer, answered) = oneshot::channel();
            steps.send(Step::Sign(what, answer)).await.map_err(|_| not_signed("it is gone"))?;
            match timeout(LONGEST_SIGNING, answered).await {
                Ok(Ok(Some(signature))) => Ok(signature),
                Ok(Ok(None)) => Err(not_signed("it holds that this is not what it showed")),
                _ => Err(not_signed("it did not answer in time")),
            }
        })
    }
}

fn not_signed(why: &str) -> Problem {
    let message = format!("Your device did not sign this: {why}. Nothing was recorded; look again.");
    Problem::new(ProblemCode::CardChanged, message)
}

/// Calls that wait for their device.
pub(super) struct Calls {
    office: Arc<Office>,
    waiting: Mutex<HashMap<Hash, Waiting>>,
}

impl Calls {
    pub(super) fn new(office: Arc<Office>) -> Self {
        Self { office, waiting: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call. It is carried out to its end, also if the device goes away in the middle of it.
    pub(super) async fn begin<F>(&self, call: F) -> Response
    where
        F: Future<Output = Result<Response, Failed>> + Send + 'static,
    {
        let (tell, steps) = mpsc::channel(1);
        let done = tell.clone();
        let work = STEPS.scope(tell, call);
        tokio::spawn(async move {
            let response = work.await.unwrap_or_else(IntoResponse::into_response);
            let _nobody_listens = done.send(Step::Done(response)).await;
        });
        self.next(steps).await
    }

    /// Goes on with what the device answered.
    pub(super) async fn go_on(&self, given: SignatureGiven) -> Response {
        let waiting = self.lock().remove(&sessions::hash(&given.ticket));
        let steps = waiting.and_then(|Waiting { answer, steps }| answer.send(given.signature).ok().map(|()| steps));
        match steps {
            Some(steps) => self.next(steps).await,
            None => {
                let late = "This signature came too late, or was not asked for. Nothing was recorded.";
                Failed::from(Problem::new(ProblemCode::Unavailable, late)).into_response()
            }
        }
    }

    async fn next(&self, mut steps: mpsc::Receiver<Step>) -> Response {
        match steps.recv().await {
            Some(Step::Done(response)) => response,
            Some(Step::Sign(to_sign, answer)) => {
                let ticket = sessions::token(self.office.entropy.as_ref());
                let mut waiting = self.lock();
                waiting.retain(|_, one| !one.answer.is_closed());
                if waiting.len() >= MOST_WAITING {
                    let why = "Too many devices are asked for a signature at once. Wait a few seconds.";
                    return Failed::from(Problem::new(ProblemCode::Unavailable, why)).into_response();
                }
                waiting.insert(sessions::hash(&ticket), Waiting { answer, steps });
                (StatusCode::ACCEPTED, Json(SignatureWanted { ticket, to_sign })).into_response()
            }
            None => Failed::from(Problem::new(ProblemCode::Unavailable, "The station is ending.")).into_response(),
        }
    }
}
