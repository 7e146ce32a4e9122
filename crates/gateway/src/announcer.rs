//! Tells payers, the webhook worker and the log what became of payments.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::changes::Changes;
use crate::store::Recorded;

/// Whoever records transfers tells of it here.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    pub changes: Changes,
    /// Wakes the webhook worker.
    pub credited: Arc<Notify>,
}

impl Announcer {
    pub fn tell(&self, recorded: &Recorded) {
        self.changes.announce(&recorded.credited);
        self.changes.announce(&recorded.expired);
        if !recorded.credited.is_empty() {
            self.credited.notify_one();
        }
        for payment in &recorded.credited {
            tracing::info!(%payment, "payment paid");
        }
        for payment in &recorded.expired {
            tracing::info!(%payment, "payment expired");
        }
        for (txid, reason) in &recorded.reviews {
            tracing::warn!(%txid, reason = reason.as_str(), "a transfer waits for review");
        }
    }
}
