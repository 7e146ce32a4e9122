//! Compares what the watcher has recorded with the indexer's list of transfers.
//!
//! The indexer reads the chain by another way than the node's logs, so that a gap in one of them
//! does not stay unseen. It is only believed as far as a receipt proves it.

use std::collections::BTreeSet;

use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::Transfer;

use super::{AuditError, Auditor};
use crate::store::{AlarmKind, AuditedAddress, Cursor, Detector};

/// Seconds before the last comparison that are compared once more, since the indexer may list a
/// transfer late.
const OVERLAP_SECONDS: i64 = 1_800;

/// How far back the first comparison of an address looks, and one after a long pause.
const LONGEST_SECONDS: i64 = 7 * 86_400;

/// How long the indexer may take to list a transfer.
const LAG_SECONDS: i64 = 600;

impl Auditor {
    /// Compares the transfers to all addresses that a payment may still come to.
    pub(super) async fn compare_with_indexer(&self) -> Result<(), AuditError> {
        let network = self.chain.network;
        let cursor = self.store.cursor(network).await?;
        let cursor = cursor.ok_or(AuditError::NothingRead)?;
        let mut doubt = None;
        for address in self.store.addresses_in_use(network).await? {
            match self.compare(&address, cursor).await? {
                None => {
                    self.store
                        .set_compared_until(network, address.address, cursor.time)
                        .await?;
                }
                unproven => doubt = unproven,
            }
        }
        doubt.map_or(Ok(()), |txid| Err(AuditError::NoReceipt(txid)))
    }

    /// Compares one address; returns a transaction of which the node has no receipt, or not yet.
    pub(super) async fn compare(
        &self,
        audited: &AuditedAddress,
        cursor: Cursor,
    ) -> Result<Option<Txid>, AuditError> {
        let (network, address) = (self.chain.network, audited.address);
        let last = audited.compared_until.unwrap_or(audited.watched_from);
        let since = last
            .max(cursor.time.plus_seconds(-LONGEST_SECONDS))
            .plus_seconds(-OVERLAP_SECONDS);
        let listed = self.chain.indexed_transfers(address, since).await?;
        let recorded = self
            .store
            .recorded_transactions(network, address, since)
            .await?;
        let known: BTreeSet<Txid> = recorded.iter().map(|(txid, _)| *txid).collect();
        let mut doubt = None;
        for txid in listed.difference(&known) {
            if !self.look_up_missed(*txid, cursor).await? {
                doubt = Some(*txid);
            }
        }
        let settled = cursor.time.plus_seconds(-LAG_SECONDS);
        for (txid, block_time) in recorded {
            if listed.contains(&txid) {
                let subject = txid.to_string();
                self.set_alarm(AlarmKind::UnknownToIndexer, &subject, None)
                    .await?;
            } else if (since..settled).contains(&block_time) {
                self.look_up_unlisted(txid, address, block_time).await?;
            }
        }
        Ok(doubt)
    }

    /// Records a transfer that only the indexer knows, if its receipt proves it. `false` where
    /// there is no receipt.
    async fn look_up_missed(&self, txid: Txid, cursor: Cursor) -> Result<bool, AuditError> {
        let network = self.chain.network;
        let receipt = self
            .ask(async |node| node.find_solid_receipt(txid).await)
            .await?;
        let Some(receipt) = receipt else {
            return Ok(false);
        };
        if receipt.block > cursor.block {
            // The watcher is about to come there.
            return Ok(true);
        }
        let ours = self.store.addresses(network).await?;
        let transfers: Vec<Transfer> = receipt
            .transfers(self.chain.token)
            .into_iter()
            .filter(|transfer| ours.contains(&transfer.to))
            .collect();
        let recorded = self
            .store
            .record_found(network, &transfers, Detector::Indexer, self.clock.now())
            .await?;
        self.announcer.tell(&recorded);
        if !(recorded.credited.is_empty() && recorded.reviews.is_empty()) {
            let detail = format!(
                "block {}: {} payments credited, {} transfers put into review",
                receipt.block,
                recorded.credited.len(),
                recorded.reviews.len()
            );
            self.set_alarm(
                AlarmKind::MissedByWatcher,
                &txid.to_string(),
                Some(detail.as_str()),
            )
            .await?;
        }
        Ok(true)
    }

    /// Looks again at a transfer that the indexer does not list.
    async fn look_up_unlisted(
        &self,
        txid: Txid,
        address: TronAddress,
        block_time: UtcTime,
    ) -> Result<(), AuditError> {
        let receipt = self
            .ask(async |node| node.find_solid_receipt(txid).await)
            .await?;
        let proven = receipt.is_some_and(|receipt| {
            receipt
                .transfers(self.chain.token)
                .iter()
                .any(|transfer| transfer.to == address)
        });
        let (kind, detail) = if proven {
            (
                AlarmKind::UnknownToIndexer,
                format!("mined at {block_time} UTC; its receipt proves it"),
            )
        } else {
            (
                AlarmKind::Unproven,
                format!("mined at {block_time} UTC, and the node has no receipt that proves it"),
            )
        };
        self.set_alarm(kind, &txid.to_string(), Some(detail.as_str()))
            .await?;
        Ok(())
    }
}
