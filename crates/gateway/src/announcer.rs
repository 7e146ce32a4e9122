//! Tells payers, the webhook worker and the log what became of payments.

use std::sync::Arc;

use tokio::sync::Notify;
use usdt_protocol::PaymentId;

use crate::changes::Changes;
use crate::payments::judge::ReviewReason;
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
        self.changes.announce(&recorded.shown);
        self.paid(&recorded.credited);
        for payment in &recorded.credited {
            tracing::info!(%payment, "payment paid");
        }
        for payment in &recorded.expired {
            tracing::info!(%payment, "payment expired");
        }
        for (txid, reason) in &recorded.reviews {
            if *reason == ReviewReason::Dust {
                tracing::debug!(%txid, "dust came in");
            } else {
                tracing::warn!(%txid, reason = reason.as_str(), "a transfer waits for review");
            }
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;

    use tempfile::NamedTempFile;
    use usdt_protocol::Txid;

    use super::*;

    #[test]
    fn the_log_is_not_flooded_by_dust() {
        let log = NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(Mutex::new(log.reopen().unwrap()))
            .finish();
        let [dust, money] = [1, 2].map(|byte| Txid::from_bytes([byte; 32]));
        let recorded = Recorded {
            reviews: vec![(dust, ReviewReason::Dust), (money, ReviewReason::NoMatch)],
            ..Recorded::default()
        };
        tracing::subscriber::with_default(subscriber, || Announcer::default().tell(&recorded));
        let log = fs::read_to_string(log.path()).unwrap();
        assert!(log.contains(&money.to_string()), "{log}");
        assert!(!log.contains(&dust.to_string()), "{log}");
    }
}
