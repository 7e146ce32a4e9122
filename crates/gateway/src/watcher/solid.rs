//! Reads solid blocks: what they pay to us is proven by receipts and recorded.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use usdt_protocol::{TronAddress, Txid};
use usdt_tron::node::{MAX_LOG_RANGE, MAX_RECIPIENTS};
use usdt_tron::{Block, Node, NodeError, Receipt, Sighting, Transfer};

use super::{WatchError, Watcher};
use crate::config::Watch;
use crate::store::StoreError;

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
    /// Transactions in those old blocks whose receipts had nothing to record.
    fruitless: BTreeSet<(u64, Txid)>,
}

impl Reach {
    pub const fn new(watch: Watch) -> Self {
        Self {
            watch,
            range: Self::longest(watch),
            overlap: OVERLAP,
            fruitless: BTreeSet::new(),
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
        self.fruitless = self.fruitless.split_off(&oldest);
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
        let found = match self.chain.watch {
            Watch::Logs => self.receipts_of_logs(node, read, to).await,
            Watch::Receipts => receipts_of_blocks(node, read, to, self.chain.token).await,
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.reach.shrink();
                return Err(error);
            }
        };
        let ours = self.addresses().await?;
        let transfers: Vec<Transfer> = found
            .iter()
            .flat_map(|(_, transfers)| transfers)
            .filter(|transfer| ours.contains(&transfer.to))
            .cloned()
            .collect();
        let reached = (to == solid.number).then_some(solid.time);
        let now = self.clock.now();
        let recorded = self
            .store
            .record(self.chain.network, &transfers, to, reached, now)
            .await?;
        self.announcer.tell(&recorded);
        if self.chain.watch == Watch::Logs {
            for (place, _) in found {
                if !self.store.is_recorded(self.chain.network, place.1).await? {
                    self.reach.fruitless.insert(place);
                }
            }
        }
        self.reach.grow(to);
        Ok(to)
    }

    /// The transfers of the transactions whose logs say that they pay us, but for those that were
    /// looked at before.
    async fn receipts_of_logs(
        &self,
        node: &Node,
        read: u64,
        to: u64,
    ) -> Result<Vec<Found>, WatchError> {
        let from = read.saturating_add(1).saturating_sub(self.reach.overlap);
        let mut new = BTreeSet::new();
        for Sighting { block, txid, .. } in self.sightings(node, from, to).await? {
            let place = (block, txid);
            if !self.reach.fruitless.contains(&place)
                && !self.store.is_recorded(self.chain.network, txid).await?
            {
                new.insert(place);
            }
        }
        let token = self.chain.token;
        stream::iter(new)
            .map(|place| async move {
                let receipt = proof(node, place).await?;
                Ok((place, receipt.transfers(token)))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn addresses(&self) -> Result<BTreeSet<TronAddress>, StoreError> {
        let addresses = self.store.addresses(self.chain.network).await?;
        Ok(addresses.into_iter().collect())
    }

    /// The logs in these blocks that say that they pay us.
    async fn sightings(
        &self,
        node: &Node,
        from: u64,
        to: u64,
    ) -> Result<Vec<Sighting>, WatchError> {
        let ours = self.store.addresses(self.chain.network).await?;
        let mut sightings = Vec::new();
        for recipients in ours.chunks(MAX_RECIPIENTS) {
            let found = node.sightings(self.chain.token, recipients, from, to);
            sightings.extend(found.await?);
        }
        Ok(sightings)
    }
}

/// A transaction's block and ID, and the transfers that its receipt proves.
type Found = ((u64, Txid), Vec<Transfer>);

/// The transfers of every transaction in the blocks after `read` up to `to`.
async fn receipts_of_blocks(
    node: &Node,
    read: u64,
    to: u64,
    token: TronAddress,
) -> Result<Vec<Found>, WatchError> {
    let transfers = |receipt: Receipt| {
        let place = (receipt.block, receipt.txid);
        (place, receipt.transfers(token))
    };
    let blocks: Vec<Vec<Found>> = stream::iter(read.saturating_add(1)..=to)
        .map(|block| async move {
            let receipts = node.block_receipts(block).await?;
            Ok::<_, NodeError>(receipts.into_iter().map(transfers).collect())
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(blocks.into_iter().flatten().collect())
}

/// The receipt of a transaction that a log names.
async fn proof(node: &Node, (block, txid): (u64, Txid)) -> Result<Receipt, WatchError> {
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
