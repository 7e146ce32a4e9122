//! How one project stands: what must not be missing before it takes real money.

use super::addresses::MOST_ADDRESSES;
use super::row::RowExt as _;
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// Beyond so many it is enough to know that there are many.
const MOST_COUNTED: i64 = 1_000;

/// What the database knows of a project beside its settings.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether the last attempt to reach the receiver failed.
    pub receiver_fails: bool,
    /// Payments that were paid, counted to a thousand.
    pub payments_paid: u64,
    /// Events that were delivered, counted to one.
    pub events_delivered: u64,
    /// Events that were given up, counted to a thousand.
    pub events_failed: u64,
    /// Transfers that wait for a decision, counted to a thousand.
    pub reviews_waiting: u64,
    /// Addresses that new payments may be given.
    pub addresses_offered: u64,
    /// Those of them at which no amount is reserved.
    pub addresses_unused: u64,
    /// Addresses that can still be derived from the account key.
    pub addresses_derivable: u64,
    /// Whether the token can be transferred, as far as that is known.
    pub token_usable: bool,
}

impl Store {
    pub async fn standing(&self, project: ProjectId) -> Result<Option<Standing>, StoreError> {
        // The orders make PostgreSQL take the indexes that have them, and not read all for a few.
        let row = sqlx::query(
            "SELECT j.receiver_fails,
                 (SELECT count(*) FROM (SELECT 1 FROM payments
                     WHERE project_id = j.id AND status <> 'pending' AND status = 'paid'
                     ORDER BY created_at LIMIT $2) p) AS paid,
                 (SELECT count(*) FROM (SELECT 1 FROM webhook_events
                     WHERE project_id = j.id AND state = 'delivered'
                     ORDER BY created_at LIMIT 1) e) AS delivered,
                 (SELECT count(*) FROM (SELECT 1 FROM webhook_events
                     WHERE project_id = j.id AND state IN ('pending', 'failed', 'no_url')
                         AND state = 'failed' LIMIT $2) e) AS failed,
                 (SELECT count(*) FROM addresses WHERE project_id = j.id) AS addresses,
                 (SELECT count(*) FROM account_keys WHERE project_id = j.id) AS keys,
                 (SELECT count(*) FROM tokens
                     WHERE network = j.network AND (paused = 1 OR deprecated = 1)) AS unusable
             FROM projects j WHERE j.id = $1",
        )
        .bind(project)
        .bind(MOST_COUNTED)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let waiting = sqlx::query(self.dialect.count_waiting())
            .bind(project)
            .bind(MOST_COUNTED)
            .fetch_one(&self.readers)
            .await?;
        let offered = sqlx::query(self.dialect.count_offered())
            .bind(project)
            .fetch_one(&self.readers)
            .await?;
        let derivable = if row.flag("keys")? {
            MOST_ADDRESSES.saturating_sub(row.integer("addresses")?)
        } else {
            0
        };
        Ok(Some(Standing {
            receiver_fails: row.flag("receiver_fails")?,
            payments_paid: row.unsigned("paid")?,
            events_delivered: row.unsigned("delivered")?,
            events_failed: row.unsigned("failed")?,
            reviews_waiting: waiting.unsigned("count")?,
            addresses_offered: offered.unsigned("offered")?,
            addresses_unused: offered.unsigned("unused")?,
            addresses_derivable: u64::try_from(derivable).unwrap_or_default(),
            token_usable: !row.flag("unusable")?,
        }))
    }
}
