//! Proves transactions by receipts from solid blocks, from whichever source gives one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use usdt_protocol::{TronAddress, Txid};
use usdt_tron::{Node, NodeError, Receipt, Transfer};

use super::Context;

/// The block and the ID of a transaction.
pub(super) type Place = (u64, Txid);

/// A transaction, and what its receipt proves that it paid to us.
pub(super) type Found = (Place, Vec<Transfer>);

/// Transactions in the last blocks whose receipts were looked at: what they paid to us is recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct LookedAt(Arc<Mutex<BTreeSet<Place>>>);

impl LookedAt {
    pub fn contains(&self, place: &Place) -> bool {
        self.places().contains(place)
    }

    /// Adds what was looked at, and forgets what is older than `oldest`.
    pub fn add(&self, found: &[Found], oldest: u64) {
        let mut places = self.places();
        places.extend(found.iter().map(|(place, _)| *place));
        let kept = places.split_off(&(oldest, Txid::from_bytes([0; 32])));
        *places = kept;
    }

    fn places(&self) -> MutexGuard<'_, BTreeSet<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn to_us(receipt: &Receipt, token: TronAddress, ours: &BTreeSet<TronAddress>) -> Found {
    let mut transfers = receipt.transfers(token);
    transfers.retain(|transfer| ours.contains(&transfer.to));
    ((receipt.block, receipt.txid), transfers)
}

impl Context {
    /// The receipt of a transaction that a log names.
    pub(super) async fn proof(&self, node: &Node, place: Place) -> Result<Receipt, NodeError> {
        match receipt(node, place).await {
            Ok(receipt) => Ok(receipt),
            Err(error) => self.other_proof(node, place, error).await,
        }
    }

    /// The same where the node does not give it by the transaction's ID: it may by the block's number,
    /// and another source may have it too.
    pub(super) async fn other_proof(
        &self,
        node: &Node,
        place: Place,
        error: NodeError,
    ) -> Result<Receipt, NodeError> {
        let is_there = matches!(
            error,
            NodeError::Refused { .. } | NodeError::Senseless { .. }
        );
        if is_there && let Ok(receipt) = receipt_in_block(node, place).await {
            return Ok(receipt);
        }
        for other in self.chain.other_sources(node) {
            if let Ok(receipt) = receipt(other, place).await {
                return Ok(receipt);
            }
        }
        Err(error)
    }
}

async fn receipt(node: &Node, (block, txid): Place) -> Result<Receipt, NodeError> {
    let receipt = node.solid_receipt(txid).await?;
    if receipt.block == block {
        Ok(receipt)
    } else {
        Err(NodeError::Senseless {
            call: "gettransactioninfobyid",
            why: format!("{txid} is in block {}, its log in {block}", receipt.block),
        })
    }
}

async fn receipt_in_block(node: &Node, (block, txid): Place) -> Result<Receipt, NodeError> {
    let receipts = node.block_receipts(block).await?;
    receipts
        .into_iter()
        .find(|receipt| receipt.txid == txid)
        .ok_or_else(|| NodeError::Senseless {
            call: "gettransactioninfobyblocknum",
            why: format!("block {block} has no receipt of {txid}"),
        })
}
