//! Sessions of desks over HTTP: a random token, of which only the hash is kept, names a desk.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_api::desk::Desk;
use countersign_api::office::Office;
use countersign_domain::ambient::{Entropy, random_32};
use countersign_domain::time::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Where a sign-in's answer carries the token of the new session.
const SESSION: HeaderName = HeaderName::from_static("countersign-session");
/// The most sessions at once.
const MOST_SESSIONS: usize = 64;
/// A session ends after a working day, whoever sits there.
const LONGEST_SECONDS: i64 = 12 * 60 * 60;

/// SHA-256 of a token. Tokens have 256 random bits, so that how long comparing hashes takes tells nothing of them.
pub(super) type Hash = [u8; 32];

pub(super) struct Sessions {
    office: Arc<Office>,
    /// A desk at which nobody is signed in.
    empty: fn(Arc<Office>) -> Desk,
    desks: Mutex<HashMap<Hash, (Arc<Desk>, Timestamp)>>,
    end: watch::Sender<bool>,
}

/// Thirty-two random bytes as text.
pub(super) fn token(entropy: &dyn Entropy) -> String {
    URL_SAFE_NO_PAD.encode(random_32(entropy))
}

pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token).into()
}

fn bearer(headers: &HeaderMap) -> Option<Hash> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Some(hash(value.strip_prefix("Bearer ")?))
}

impl Sessions {
    pub(super) fn new(office: Arc<Office>, empty: fn(Arc<Office>) -> Desk) -> Self {
        Self { office, empty, desks: Mutex::default(), end: watch::channel(false).0 }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, (Arc<Desk>, Timestamp)>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The desk that the request's token names; without a good one, a desk at which nobody is signed in.
    pub(super) fn desk(&self, headers: &HeaderMap) -> Arc<Desk> {
        let desks = self.current();
        let known = bearer(headers).and_then(|hash| desks.get(&hash).map(|(desk, _)| desk.clone()));
        known.unwrap_or_else(|| Arc::new((self.empty)(self.office.clone())))
    }

    /// The sessions whose day has not passed. Those whose day has end here, and their streams with them.
    fn current(&self) -> MutexGuard<'_, HashMap<Hash, (Arc<Desk>, Timestamp)>> {
        let now = self.office.gate.records().now();
        let mut desks = self.lock();
        desks.retain(|_, (desk, until)| {
            let lasts = *until > now;
            if !lasts {
                desk.leave();
            }
            lasts
        });
        desks
    }

    /// Begins a session; the answer carries its token. Where there are as many as there may be, the oldest ends: a browser that was closed
    /// never signs out, and must not keep people from their desks.
    pub(super) fn begin(&self, desk: Arc<Desk>, entropy: &dyn Entropy, answer: &mut Response) {
        let until = self.office.gate.records().now().plus_seconds(LONGEST_SECONDS);
        let mut desks = self.current();
        if desks.len() >= MOST_SESSIONS {
            let oldest = desks.iter().min_by_key(|(_, (_, until))| *until).map(|(hash, _)| *hash);
            if let Some((desk, _)) = oldest.and_then(|hash| desks.remove(&hash)) {
                desk.leave();
            }
        }
        let token = token(entropy);
        desks.insert(hash(&token), (desk, until));
        if let Ok(value) = HeaderValue::from_str(&token) {
            answer.headers_mut().insert(SESSION, value);
        }
    }

    /// Ends the sessions of the same person with the same key: a device that signs in again has left them behind.
    pub(super) fn end_those_of(&self, desk: &Desk) {
        self.current().retain(|_, (earlier, _)| {
            let stays = !earlier.is_of_same_key(desk);
            if !stays {
                earlier.leave();
            }
            stays
        });
    }

    /// Ends the session that the request's token names.
    pub(super) fn end(&self, headers: &HeaderMap) {
        if let Some(hash) = bearer(headers) {
            self.lock().remove(&hash);
        }
    }

    /// Ends all: open streams of notices close.
    pub(super) fn close(&self) {
        self.end.send_replace(true);
    }

    /// Turns true when the listener ends.
    pub(super) fn ending(&self) -> watch::Receiver<bool> {
        self.end.subscribe()
    }
}
