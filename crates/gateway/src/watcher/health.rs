//! How well the chain is being read, for `/healthz`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use usdt_protocol::UtcTime;
use usdt_tron::Block;

use super::WatchError;

/// The state of one watcher.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    /// The newest solid block that was read to the end.
    pub solid_block: Option<u64>,
    pub solid_time: Option<UtcTime>,
    pub last_read_at: Option<UtcTime>,
    /// Why the last step failed; `None` after one that succeeded.
    pub error: Option<String>,
}

/// A watcher's health, written by it and read by others.
#[derive(Clone, Debug, Default)]
pub struct SharedHealth(Arc<Mutex<Health>>);

impl SharedHealth {
    pub(super) fn read_up_to(&self, solid: Block, now: UtcTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Health {
            solid_block: Some(solid.number),
            solid_time: Some(solid.time),
            last_read_at: Some(now),
            error: None,
        };
    }

    pub(super) fn failed(&self, error: &WatchError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error.to_string());
    }

    pub fn snapshot(&self) -> Health {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
