//! Tells the log what became of transfers and payments.

use crate::payments::judge::ReviewReason;
use crate::store::Recorded;

/// Tells what recording transfers changed.
pub fn log(recorded: &Recorded) {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;

    use tempfile::NamedTempFile;
    use usdt_protocol::Txid;

    use super::*;

    #[test]
    fn the_log_is_not_flooded_by_dust() {
        let file = NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(Mutex::new(file.reopen().unwrap()))
            .finish();
        let [dust, money] = [1, 2].map(|byte| Txid::from_bytes([byte; 32]));
        let recorded = Recorded {
            reviews: vec![(dust, ReviewReason::Dust), (money, ReviewReason::NoMatch)],
            ..Recorded::default()
        };
        tracing::subscriber::with_default(subscriber, || log(&recorded));
        let told = fs::read_to_string(file.path()).unwrap();
        assert!(told.contains(&money.to_string()), "{told}");
        assert!(!told.contains(&dust.to_string()), "{told}");
    }
}
