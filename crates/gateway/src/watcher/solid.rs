//! Reads solid blocks: what they pay to us is proven by receipts and recorded.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use usdt_protocol::{TronAddress, Txid};
use usdt_tron::node::MAX_LOG_RANGE;
use usdt_tron::{Block, Node, NodeError, Receipt, Sighting, Transfer};

use super::{WatchError, Watcher};
use crate::config::Watch;

/// Blocks that are read once more with every step, half an hour of them: a node's index of logs
/// can lag behind its blocks, most of all where several nodes answer under one name. The request
/// is the same one, and what is known already is not recorded twice.
pub(crate) const OVERLAP: u64 = 600;

/// The most blocks that one range goes on.
const LONGEST_RANGE: u64 = MAX_LOG_RANGE - OVERLAP;

/// Blocks whose receipts are read before they are recorded.
const RECEIPTS_RANGE: u64 = 200;

/// Requests to one node at once.
const AT_ONCE: usize = 8;

/// How far one request goes. Failures shrink it, down to one new block and no old ones: on a busy
/// chain a throttled node may never answer for a long range, and what is new must not wait for
/// what is read once more.
pub(super) struct Reach {
    watch: Watch,
    /// New blocks.
    range: u64,
    /// Old blocks before them.
    overlap: u64,
    /// Transactions in those old blocks whose receipts were looked at: what they paid to us is
    /// recorded.
    looked_at: BTreeSet<Place>,
}

impl Reach {
    pub const fn new(watch: Watch) -> Self {
        Self {
            watch,
            range: Self::longest(watch),
            overlap: OVERLAP,
            looked_at: BTreeSet::new(),
        }
    }

    const fn longest(watch: Watch) -> u64 {
        match watch {
            Watch::Logs => LONGEST_RANGE,
            Watch::Receipts => RECEIPTS_RANGE,
        }
    }

    fn shrink(&mut self) {
        self.range = (self.range / 2).max(1);
        self.overlap /= 2;
    }

    /// After the blocks up to `read` were recorded.
    fn grow(&mut self, read: u64) {
        self.range = self.range.saturating_mul(2).min(Self::longest(self.watch));
        self.overlap = self.overlap.saturating_mul(2).clamp(1, OVERLAP);
        let oldest = (read.saturating_sub(OVERLAP), Txid::from_bytes([0; 32]));
        self.looked_at = self.looked_at.split_off(&oldest);
    }
}

impl Watcher {
    /// Reads the next range of blocks after `read`, at most up to the node's solid block, and
    /// records what is in it. Returns the last block of the range.
    pub(super) async fn read_range(
        &mut self,
        node: &Node,
        read: u64,
        solid: Block,
    ) -> Result<u64, WatchError> {
        let to = solid.number.min(read.saturating_add(self.reach.range));
        let ours: BTreeSet<TronAddress> = self
            .store
            .addresses(self.chain.network)
            .await?
            .into_iter()
            .collect();
        let found = match self.chain.watch {
            Watch::Logs => self.paid_by_logs(node, &ours, read, to).await,
            Watch::Receipts => self.paid_by_blocks(node, &ours, read, to).await,
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.reach.shrink();
                return Err(error);
            }
        };
        let (places, transfers): (Vec<Place>, Vec<Vec<Transfer>>) = found.into_iter().unzip();
        let reached = (to == solid.number).then_some(solid.time);
        let now = self.clock.now();
        let recorded = self
            .store
            .record(self.chain.network, &transfers.concat(), to, reached, now)
            .await?;
        self.announcer.tell(&recorded);
        self.reach.looked_at.extend(places);
        self.reach.grow(to);
        Ok(to)
    }

    /// What is paid to us by the transactions whose logs say so, but for those that were looked
    /// at before.
    async fn paid_by_logs(
        &self,
        node: &Node,
        ours: &BTreeSet<TronAddress>,
        read: u64,
        to: u64,
    ) -> Result<Vec<Found>, WatchError> {
        let token = self.chain.token;
        let from = read.saturating_add(1).saturating_sub(self.reach.overlap);
        let recipients: Vec<TronAddress> = ours.iter().copied().collect();
        let mut new = BTreeSet::new();
        for Sighting { block, txid, .. } in node.sightings(token, &recipients, from, to).await? {
            let place = (block, txid);
            if !self.reach.looked_at.contains(&place)
                && !self.store.is_recorded(self.chain.network, txid).await?
            {
                new.insert(place);
            }
        }
        stream::iter(new)
            .map(|place| async move { Ok(to_us(&proof(node, place).await?, token, ours)) })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// What is paid to us by any transaction in the blocks after `read` up to `to`.
    async fn paid_by_blocks(
        &self,
        node: &Node,
        ours: &BTreeSet<TronAddress>,
        read: u64,
        to: u64,
    ) -> Result<Vec<Found>, WatchError> {
        let token = self.chain.token;
        let blocks: Vec<Vec<Found>> = stream::iter(read.saturating_add(1)..=to)
            .map(|block| async move {
                let receipts = node.block_receipts(block).await?;
                let found = receipts.iter().map(|receipt| to_us(receipt, token, ours));
                // Nearly all pay others.
                let found = found.filter(|(_, transfers)| !transfers.is_empty());
                Ok::<_, NodeError>(found.collect())
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(blocks.concat())
    }
}

/// The block and the ID of a transaction.
type Place = (u64, Txid);

/// A transaction, and what its receipt proves that it paid to us.
type Found = (Place, Vec<Transfer>);

fn to_us(receipt: &Receipt, token: TronAddress, ours: &BTreeSet<TronAddress>) -> Found {
    let mut transfers = receipt.transfers(token);
    transfers.retain(|transfer| ours.contains(&transfer.to));
    ((receipt.block, receipt.txid), transfers)
}

/// The receipt of a transaction that a log names.
async fn proof(node: &Node, (block, txid): Place) -> Result<Receipt, WatchError> {
    let receipt = node.solid_receipt(txid).await?;
    if receipt.block == block {
        Ok(receipt)
    } else {
        Err(WatchError::Node(NodeError::Senseless {
            call: "gettransactioninfobyid",
            why: format!("{txid} is in block {}, its log in {block}", receipt.block),
        }))
    }
}
