//! Follows what operators decide about transfers in review, in processes of their own, and tells those in this
//! one who wait for it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::PaymentId;

use crate::announcer::Announcer;
use crate::store::{Decided, Store, StoreError};

const POLL: Duration = Duration::from_millis(500);

/// Looks for new decisions.
pub struct ReviewFollower {
    pub store: Store,
    pub announcer: Announcer,
}

impl ReviewFollower {
    /// Follows until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut last = None;
        loop {
            if let Err(error) = self.step(&mut last).await {
                tracing::error!(%error, "decisions about transfers cannot be read");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Tells of the decisions after number `last`, and moves it.
    async fn step(&self, last: &mut Option<i64>) -> Result<(), StoreError> {
        let Some(known) = *last else {
            *last = Some(self.store.last_decision().await?);
            return Ok(());
        };
        let decided = self.store.decided_since(known).await?;
        let (accepted, shown): (Vec<Decided>, Vec<Decided>) =
            decided.iter().partition(|one| one.accepted);
        let payments = |decided: Vec<Decided>| -> Vec<PaymentId> {
            decided.into_iter().map(|one| one.payment).collect()
        };
        let accepted = payments(accepted);
        self.announcer.changes.announce(&payments(shown));
        self.announcer.paid(&accepted);
        for payment in &accepted {
            tracing::info!(%payment, "a transfer was accepted from review");
        }
        *last = decided.last().map(|one| one.number).or(*last);
        Ok(())
    }
}
