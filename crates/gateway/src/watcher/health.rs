//! How well the chain is being read, for `/healthz`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use usdt_protocol::UtcTime;
use usdt_tron::NodeError;

use super::WatchError;

/// The state of one watcher. `/healthz` is public, so an error is a fixed word here, and only the
/// log has what the node said.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    /// The last solid block that was read.
    pub solid_block: Option<u64>,
    /// Times are RFC 3339, in UTC.
    pub solid_time: Option<String>,
    pub last_read_at: Option<String>,
    /// Why the last step failed; `None` after one that succeeded.
    pub error: Option<&'static str>,
}

/// A watcher's health, written by it and read by others.
#[derive(Clone, Debug, Default)]
pub struct SharedHealth(Arc<Mutex<Health>>);

impl SharedHealth {
    pub(super) fn read_up_to(&self, block: u64, solid_time: UtcTime, now: UtcTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Health {
            solid_block: Some(block),
            solid_time: Some(solid_time.rfc3339()),
            last_read_at: Some(now.rfc3339()),
            error: None,
        };
    }

    pub(super) fn failed(&self, error: &WatchError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).error = Some(match error {
            WatchError::Node(NodeError::Unreachable(_)) => "node_unreachable",
            WatchError::Node(NodeError::Throttled { .. }) => "node_throttles",
            WatchError::Node(NodeError::Refused(_) | NodeError::Misconfigured(_)) => "node_refuses",
            WatchError::Node(NodeError::Senseless { .. }) => "node_answers_senselessly",
            WatchError::NodeBehind { .. } => "node_behind",
            WatchError::NodeAhead { .. } => "node_ahead",
            WatchError::FromTheFuture(_) => "node_ahead_of_clock",
            WatchError::Stale(_) => "node_stale",
            WatchError::Store(_) => "database_fails",
        });
    }

    pub fn snapshot(&self) -> Health {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
