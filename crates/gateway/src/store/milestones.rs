//! What has happened at least once, for the list of a first day.

use usdt_tron::Network;

use super::{Store, StoreError};

impl Store {
    /// Whether a payment on the network was ever paid by a transfer.
    pub async fn has_paid(&self, network: Network) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM payments WHERE network = $1 AND paid_at IS NOT NULL LIMIT 1",
        )
        .bind(network.as_str())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some())
    }

    /// Whether a merchant's server ever took a webhook.
    pub async fn has_delivered_webhook(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM webhook_events WHERE state = 'delivered' LIMIT 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }
}
