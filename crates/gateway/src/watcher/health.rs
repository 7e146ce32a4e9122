//! How well the chain is being read, for `/healthz`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
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
#[derive(Clone, Debug)]
pub struct SharedHealth(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    health: Health,
    /// When the chain was last read, or else when the watcher was made: by a clock that cannot
    /// be set wrong.
    read_at: Instant,
}

impl Default for SharedHealth {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            health: Health::default(),
            read_at: Instant::now(),
        })))
    }
}

impl SharedHealth {
    pub(super) fn read_up_to(&self, block: u64, solid_time: UtcTime, now: UtcTime) {
        *self.state() = State {
            health: Health {
                solid_block: Some(block),
                solid_time: Some(solid_time.rfc3339()),
                last_read_at: Some(now.rfc3339()),
                error: None,
            },
            read_at: Instant::now(),
        };
    }

    pub(super) fn failed(&self, error: &WatchError) {
        self.state().health.error = Some(match error {
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
        self.state().health.clone()
    }

    /// How long ago the chain was last read up to a node's newest solid block.
    pub fn unread_for(&self) -> Duration {
        self.state().read_at.elapsed()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
