//! What all desks of a station share.

use crate::wire::command::Notice;
use countersign_domain::ambient::Entropy;
use countersign_domain::person::KeyKind;
use countersign_gate::{DeviceKeys, Gate};
use countersign_projections::Views;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// What a desk shows of the station.
#[derive(Debug, Clone)]
pub struct StationFacts {
    /// The station's name.
    pub name: String,
    /// Whether this is the sample shop.
    pub sample_shop: bool,
    /// Where the data lie.
    pub data_folder: PathBuf,
    /// Where customers reach the hosted chat page.
    pub chat_address: Option<String>,
}

/// What all desks of a station share.
pub struct Office {
    /// The gate.
    pub gate: Arc<Gate>,
    /// The read models.
    pub views: Arc<Views>,
    /// The station.
    pub facts: StationFacts,
    /// Set while a policy file does not parse; the old rules stay in force.
    pub policy_problem: watch::Receiver<Option<String>>,
    /// Tells desks that views moved.
    pub notices: watch::Receiver<Notice>,
    /// Randomness for ids.
    pub entropy: Arc<dyn Entropy>,
    /// Signing keys on this device.
    pub device_keys: DeviceKeys,
    /// Signing keys that the station holds for browser desks.
    pub station_keys: DeviceKeys,
    /// When sign-ins failed lately, in milliseconds of the station's clock.
    pub failed: Mutex<VecDeque<i64>>,
    /// Held while a password is compared.
    pub sign_in_line: Arc<tokio::sync::Mutex<()>>,
}

/// After so many failures within a minute, nobody signs in until it has passed.
const MOST_FAILURES: usize = 5;
const MINUTE_MS: i64 = 60_000;

impl Office {
    pub(crate) fn keys(&self, held: KeyKind) -> &DeviceKeys {
        match held {
            KeyKind::Device => &self.device_keys,
            KeyKind::Station => &self.station_keys,
        }
    }

    fn now_ms(&self) -> i64 {
        self.gate.records().now().micros() / 1_000
    }

    /// Seconds to wait before anybody may try to sign in again; 0 if they may now.
    pub(crate) fn seconds_to_wait(&self) -> i64 {
        let now = self.now_ms();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|at| now.saturating_sub(*at) < MINUTE_MS);
        match failed.front() {
            Some(first) if failed.len() >= MOST_FAILURES => (MINUTE_MS - (now - first)).max(1_000) / 1_000,
            _ => 0,
        }
    }

    pub(crate) fn sign_in_failed(&self) {
        let now = self.now_ms();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= MOST_FAILURES {
            failed.pop_front();
        }
        failed.push_back(now);
    }
}
