//! What a range of solid blocks has paid to us, by each way in which that can be found.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use usdt_protocol::TronAddress;
use usdt_tron::{Node, NodeError, Receipt};

use super::proof::{Found, Place, to_us};
use super::{Context, Ours, WatchError};

/// Requests to one node at once.
const AT_ONCE: usize = 8;

/// Questions for one block's receipts. Of several nodes behind one name, another may have come to the
/// block.
const ATTEMPTS: u32 = 4;

/// The receipts of a block that is said to be solid.
pub(super) async fn block_receipts(node: &Node, block: u64) -> Result<Vec<Receipt>, NodeError> {
    let mut attempts = 1;
    loop {
        match node.block_receipts(block).await {
            Err(NodeError::Senseless { .. }) if attempts < ATTEMPTS => attempts += 1,
            receipts => return receipts,
        }
    }
}

/// What was found, and in which blocks.
pub(super) struct Paid {
    /// All blocks up to this one were read.
    pub to: u64,
    pub found: Vec<Found>,
    /// Why the reading ended there, where that is before the end of the range.
    pub ended: Option<NodeError>,
}

impl Paid {
    /// What was read is worth something unless it is nothing.
    fn up_to(
        to: u64,
        found: Vec<Found>,
        ended: Option<NodeError>,
        read: u64,
    ) -> Result<Self, WatchError> {
        match ended {
            Some(error) if to <= read => Err(error.into()),
            ended => Ok(Self { to, found, ended }),
        }
    }
}

impl Context {
    /// By the receipts of all transactions in the blocks after `read` up to `to`: independent of any
    /// index.
    pub(super) async fn paid_by_receipts(
        &self,
        node: &Node,
        ours: &Ours,
        read: u64,
        to: u64,
    ) -> Result<Paid, WatchError> {
        let mut blocks = stream::iter(read.saturating_add(1)..=to)
            .map(|block| async move { (block, block_receipts(node, block).await) })
            .buffered(AT_ONCE);
        let mut reached = read;
        let mut paid = Vec::new();
        let mut ended = None;
        while let Some((block, receipts)) = blocks.next().await {
            match receipts {
                Ok(receipts) => {
                    let found = receipts
                        .iter()
                        .map(|receipt| to_us(receipt, ours.token, &ours.all));
                    // Nearly all pay others.
                    paid.extend(found.filter(|(_, transfers)| !transfers.is_empty()));
                    reached = block;
                }
                Err(error) => {
                    ended = Some(error);
                    break;
                }
            }
        }
        Paid::up_to(reached, paid, ended, read)
    }

    /// By all logs of the token in the blocks after `read` up to `to`, where every block has some:
    /// one without any is read by its receipts.
    pub(super) async fn paid_by_all_logs(
        &self,
        node: &Node,
        ours: &Ours,
        read: u64,
        to: u64,
    ) -> Result<Paid, WatchError> {
        let logs = node
            .token_transfers(ours.token, read.saturating_add(1), to)
            .await?;
        let mut places: BTreeMap<u64, BTreeSet<Place>> = BTreeMap::new();
        for log in logs {
            let block = places.entry(log.block).or_default();
            if ours.all.contains(&log.to) {
                block.insert((log.block, log.txid));
            }
        }
        let mut reached = read;
        let mut paid = Vec::new();
        let mut ended = None;
        for block in read.saturating_add(1)..=to {
            let found = match places.remove(&block) {
                Some(places) => {
                    self.indices.shows(node);
                    self.prove_all(node, ours, places).await
                }
                None => self.paid_in_dark_block(node, ours, block).await,
            };
            match found {
                Ok(found) => {
                    paid.extend(found);
                    reached = block;
                }
                Err(WatchError::Node(error)) => {
                    ended = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Paid::up_to(reached, paid, ended, read)
    }

    /// A block of which the index shows nothing: it is empty, or the index lacks it, or the node that
    /// was asked has not come there.
    async fn paid_in_dark_block(
        &self,
        node: &Node,
        ours: &Ours,
        block: u64,
    ) -> Result<Vec<Found>, WatchError> {
        let receipts = block_receipts(node, block).await?;
        let mut has_transfers = false;
        let mut paid = Vec::new();
        for receipt in &receipts {
            has_transfers |= !receipt.transfers(ours.token).is_empty();
            let found = to_us(receipt, ours.token, &ours.all);
            if !found.1.is_empty() {
                paid.push(found);
            }
        }
        if has_transfers {
            self.indices.lacks(node, block);
        }
        Ok(paid)
    }

    /// By the logs that name one of `recipients`, in the blocks from `from` up to `to`, but for the
    /// transactions that were looked at.
    pub(super) async fn paid_by_our_logs(
        &self,
        node: &Node,
        ours: &Ours,
        recipients: &[TronAddress],
        (from, to): (u64, u64),
    ) -> Result<Vec<Found>, WatchError> {
        let mut new = BTreeSet::new();
        for sighting in node.sightings(ours.token, recipients, from, to).await? {
            let place = (sighting.block, sighting.txid);
            if !self.looked_at.contains(&place) {
                new.insert(place);
            }
        }
        self.prove_all(node, ours, new).await
    }

    /// What transactions have paid to us of which nothing is recorded.
    async fn prove_all(
        &self,
        node: &Node,
        ours: &Ours,
        places: BTreeSet<Place>,
    ) -> Result<Vec<Found>, WatchError> {
        let mut new = Vec::new();
        for place in places {
            if !self.store.is_recorded(self.chain.network, place.1).await? {
                new.push(place);
            }
        }
        stream::iter(new)
            .map(|place| async move {
                let receipt = self.proof(node, place).await?;
                Ok(to_us(&receipt, ours.token, &ours.all))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Whether the index shows transfers in a block, where every block has some.
    pub(super) async fn shows_block(
        &self,
        node: &Node,
        token: TronAddress,
        block: u64,
    ) -> Result<bool, NodeError> {
        Ok(!node.token_transfers(token, block, block).await?.is_empty())
    }
}
