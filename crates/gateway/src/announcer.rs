//! Tells payers, the webhook worker and the log what became of payments.

use std::sync::Arc;

use tokio::sync::Notify;
use usdt_protocol::PaymentId;

use crate::changes::Changes;
use crate::store::Recorded;

/// Shared by all that changes payments in this process.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    pub changes: Changes,
    /// Wakes the webhook worker after a credit.
    pub credited: Arc<Notify>,
}

impl Announcer {
    /// Tells what recording transfers changed.
    pub fn tell(&self, recorded: &Recorded) {
        self.changes.announce(&recorded.expired);
        self.paid(&recorded.credited);
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

    /// Tells that payments received money.
    pub fn paid(&self, payments: &[PaymentId]) {
        self.changes.announce(payments);
        if !payments.is_empty() {
            self.credited.notify_one();
        }
    }
}
