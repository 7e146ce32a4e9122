//! Counts what this process has committed, for whoever follows the database and must not show anything
//! older.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Shared by the store and what follows it.
#[derive(Clone, Debug, Default)]
pub struct Commits(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    changing: AtomicU64,
    ended: Notify,
}

impl Commits {
    /// Tells of a write transaction that has ended, maybe by a commit, before anybody is answered.
    /// `may_change` unless it can have changed no payment that was there before.
    pub fn ended(&self, may_change: bool) {
        if may_change {
            self.0.changing.fetch_add(1, Ordering::SeqCst);
        }
        self.0.ended.notify_one();
    }

    /// How many may have changed a payment.
    pub fn changing(&self) -> u64 {
        self.0.changing.load(Ordering::SeqCst)
    }

    /// Returns once one has ended since the last call, for the one who follows.
    pub async fn any(&self) {
        self.0.ended.notified().await;
    }
}
