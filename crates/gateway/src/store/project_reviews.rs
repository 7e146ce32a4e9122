//! Transfers at one project's addresses that wait for a decision, as the project sees them, and those that
//! belong to a payment.

use std::collections::BTreeMap;

use usdt_protocol::{PaymentId, UtcTime};
use usdt_tron::Network;

use super::reviews::{recorded_transfer, recorded_transfers};
use super::row;
use super::{RecordedTransfer, Store, StoreError, TransferId};
use crate::payments::ProjectId;

impl Store {
    /// What waits for a decision, without dust, in the order in which it was recorded: at most so many behind
    /// a place.
    pub async fn reviews_of(
        &self,
        project: ProjectId,
        behind: Option<(UtcTime, TransferId)>,
        at_most: usize,
    ) -> Result<Vec<RecordedTransfer>, StoreError> {
        let (at, txid, position) = match behind {
            Some((at, id)) => (at.millis(), id.txid.to_string(), i64::from(id.position)),
            None => (-1, String::new(), 0),
        };
        sqlx::query(self.dialect.waiting_transfers())
            .bind(project)
            .bind(at)
            .bind(txid)
            .bind(position)
            .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(recorded_transfer)
            .collect()
    }

    /// A recorded transfer, if it came to an address of the project's.
    pub async fn transfer_of(
        &self,
        project: ProjectId,
        network: Network,
        id: TransferId,
    ) -> Result<Option<RecordedTransfer>, StoreError> {
        sqlx::query(recorded_transfers!(
            "WHERE t.network = $1 AND t.txid = $2 AND t.log_position = $3 AND a.project_id = $4"
        ))
        .bind(network.as_str())
        .bind(id.txid.to_string())
        .bind(i64::from(id.position))
        .bind(project)
        .fetch_optional(&self.readers)
        .await?
        .map(|row| recorded_transfer(&row))
        .transpose()
    }

    /// The transfers that have paid a payment, were added to it, had its exact amount, or are shown with
    /// it, in the order in which they were mined.
    pub async fn transfers_for(&self, id: PaymentId) -> Result<Vec<RecordedTransfer>, StoreError> {
        let mut all = BTreeMap::new();
        for statement in [
            recorded_transfers!("WHERE t.payment_id = $1"),
            recorded_transfers!(
                "JOIN review_links l ON l.network = t.network AND l.txid = t.txid
                     AND l.log_position = t.log_position
                 WHERE l.payment_id = $1"
            ),
        ] {
            let rows = sqlx::query(statement).bind(row::id_to_db(id));
            for row in rows.fetch_all(&self.readers).await? {
                let recorded = recorded_transfer(&row)?;
                let transfer = &recorded.transfer;
                let place = (transfer.block, transfer.txid, transfer.log_position);
                all.insert(place, recorded);
            }
        }
        Ok(all.into_values().collect())
    }
}
