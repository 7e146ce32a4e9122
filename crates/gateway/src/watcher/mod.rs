//! Reads the chain: solid blocks into the ledger, the head for the payer's eyes.
//!
//! Each step ends in one database transaction that holds what was found together with how far
//! was read. An answer that is not understood ends the step before that, so that the same blocks
//! are read again, from another node where there is one.

mod health;

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::node::{MAX_LOG_RANGE, MAX_RECIPIENTS};
use usdt_tron::{Block, Network, Node, NodeError, Receipt, Sighting, Transfer};

pub use self::health::{Health, SharedHealth};
use crate::announcer::Announcer;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::config::Watch;
use crate::store::{Cursor, SeenTransfer, Store, StoreError};

/// Blocks that are read once more with every step, half an hour of them: a node's index of logs
/// can lag behind its blocks, most of all where several nodes answer under one name. The request
/// is the same one, and what is known already is not recorded twice.
pub(crate) const OVERLAP: u64 = 600;

/// The most blocks that one range goes on, and the least to which failures shrink it.
const LONGEST_RANGE: u64 = MAX_LOG_RANGE - OVERLAP;
const SHORTEST_RANGE: u64 = 20;

/// Blocks whose receipts are read before they are recorded.
const RECEIPTS_RANGE: u64 = 200;

/// Requests to one node at once.
const AT_ONCE: usize = 8;

/// A node may be this many blocks behind what was read from another.
const MOST_BLOCKS_BEHIND: u64 = 100;

/// A solid block of a real chain cannot be this far in the future.
const MOST_SECONDS_AHEAD: i64 = 600;

/// Why a step was given up. The next one begins where this one began.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(
        "the node's solid block {solid} is far below block {read}, which was read already: is it \
         a node of another network?"
    )]
    NodeBehind {
        /// The node's newest solid block.
        solid: u64,
        /// The last block that was read.
        read: u64,
    },
    #[error("the node's solid block is of {0}, which is to come: is this machine's clock right?")]
    FromTheFuture(UtcTime),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WatchError {
    /// How long the node has asked to be left alone.
    fn asked_patience(&self) -> Option<Duration> {
        match self {
            Self::Node(error) => error.asked_patience(),
            Self::NodeBehind { .. } | Self::FromTheFuture(_) | Self::Store(_) => None,
        }
    }
}

/// Watches one network.
pub struct Watcher {
    pub chain: Chain,
    pub store: Store,
    pub clock: SharedClock,
    pub announcer: Announcer,
    /// How many blocks the next range may have.
    range: u64,
}

impl Watcher {
    pub const fn new(chain: Chain, store: Store, clock: SharedClock, announcer: Announcer) -> Self {
        let range = longest_range(chain.watch);
        Self {
            chain,
            store,
            clock,
            announcer,
            range,
        }
    }

    /// Reads the chain until the shutdown.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let watch = async {
            loop {
                // The nodes rest after a failure; another one may be ready at once.
                if matches!(self.step().await, Ok(()) | Err(WatchError::Store(_))) {
                    self.pause().await;
                }
            }
        };
        // A step that is dropped is rolled back.
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = watch => {}
        }
    }

    /// Waits before the next step: longer where no payment could come, until one is created.
    async fn pause(&self) {
        let (poll, idle_poll) = (self.chain.poll, self.chain.idle_poll);
        tokio::time::sleep(poll).await;
        if let Ok(false) = self.store.has_live_slots(self.chain.network).await {
            tokio::select! {
                () = self.chain.wanted.notified() => {}
                () = tokio::time::sleep(idle_poll.saturating_sub(poll)) => {}
            }
        }
    }

    /// Reads all that is solid and unread, and then looks at the head, from one node.
    pub async fn step(&mut self) -> Result<(), WatchError> {
        let node = self.chain.pool.pick().await;
        match self.read_from(&node).await {
            Ok(()) => {
                node.succeeded();
                Ok(())
            }
            Err(error) => {
                let (network, from) = (self.chain.network, node.label());
                tracing::warn!(%network, node = from, %error, "reading the chain failed");
                self.chain.health.failed(&error);
                // The database's failure is not the node's.
                if !matches!(error, WatchError::Store(_)) {
                    node.failed(error.asked_patience());
                }
                Err(error)
            }
        }
    }

    /// Reads ranges of blocks up to the node's newest solid one. A range that fails is halved: on
    /// a busy chain a throttled node may never answer for a long one.
    async fn read_from(&mut self, node: &Node) -> Result<(), WatchError> {
        let network = self.chain.network;
        let solid = node.solid_block().await?;
        let kept = self.store.cursor(network).await?;
        self.is_plausible(solid, kept)?;
        let mut cursor = if let Some(cursor) = kept {
            cursor
        } else {
            self.store.begin_reading(network, solid).await?;
            Cursor {
                block: solid.number,
                time: solid.time,
            }
        };
        while cursor.block < solid.number {
            let to = solid.number.min(cursor.block.saturating_add(self.range));
            let transfers = match self.solid_transfers(node, cursor.block, to).await {
                Ok(transfers) => transfers,
                Err(error) => {
                    self.range = (self.range / 2).max(SHORTEST_RANGE);
                    return Err(error);
                }
            };
            let longest = longest_range(self.chain.watch);
            self.range = self.range.saturating_mul(2).min(longest);
            let reached = (to == solid.number).then_some(solid.time);
            let now = self.clock.now();
            let recorded = self
                .store
                .record(network, &transfers, to, reached, now)
                .await?;
            self.announcer.tell(&recorded);
            cursor.block = to;
        }
        self.chain
            .health
            .read_up_to(cursor.block, solid.time, self.clock.now());
        self.look_at_head(node, cursor.block).await
    }

    /// A node of another network, or one that makes heights up, must not move the cursor: it never
    /// goes back, and the blocks below it would not be read.
    fn is_plausible(&self, solid: Block, kept: Option<Cursor>) -> Result<(), WatchError> {
        if let Some(cursor) = kept
            && solid.number.saturating_add(MOST_BLOCKS_BEHIND) < cursor.block
        {
            return Err(WatchError::NodeBehind {
                solid: solid.number,
                read: cursor.block,
            });
        }
        let soon = self.clock.now().plus_seconds(MOST_SECONDS_AHEAD);
        if solid.time > soon && self.chain.network != Network::Simulated {
            return Err(WatchError::FromTheFuture(solid.time));
        }
        Ok(())
    }

    /// The transfers to our addresses in the solid blocks after `read` up to `to`, each proven by
    /// its receipt.
    async fn solid_transfers(
        &self,
        node: &Node,
        read: u64,
        to: u64,
    ) -> Result<Vec<Transfer>, WatchError> {
        let ours = self.addresses().await?;
        let first = read.saturating_add(1);
        let to_us = |receipts: Vec<Receipt>| -> Vec<Transfer> {
            receipts
                .iter()
                .flat_map(|receipt| receipt.transfers(self.chain.token))
                .filter(|transfer| ours.contains(&transfer.to))
                .collect()
        };
        match self.chain.watch {
            Watch::Logs => {
                let from = first.saturating_sub(OVERLAP);
                let receipts = self.receipts_of_logs(node, &ours, from, to).await?;
                Ok(to_us(receipts))
            }
            Watch::Receipts => {
                let blocks: Vec<Vec<Transfer>> = stream::iter(first..=to)
                    .map(|block| async move { node.block_receipts(block).await.map(to_us) })
                    .buffered(AT_ONCE)
                    .try_collect()
                    .await?;
                Ok(blocks.concat())
            }
        }
    }

    /// The receipts of the transactions whose logs say that they pay us, but for those that are
    /// recorded already.
    async fn receipts_of_logs(
        &self,
        node: &Node,
        ours: &BTreeSet<TronAddress>,
        from: u64,
        to: u64,
    ) -> Result<Vec<Receipt>, WatchError> {
        let sightings = self.sightings(node, ours, from, to).await?;
        let mut new = BTreeSet::new();
        for Sighting { block, txid, .. } in sightings {
            if !self.store.is_recorded(self.chain.network, txid).await? {
                new.insert((block, txid));
            }
        }
        stream::iter(new)
            .map(|(block, txid)| proof(node, block, txid))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn addresses(&self) -> Result<BTreeSet<TronAddress>, StoreError> {
        let addresses = self.store.addresses(self.chain.network).await?;
        Ok(addresses.into_iter().collect())
    }

    async fn sightings(
        &self,
        node: &Node,
        ours: &BTreeSet<TronAddress>,
        from: u64,
        to: u64,
    ) -> Result<Vec<Sighting>, WatchError> {
        let ours: Vec<TronAddress> = ours.iter().copied().collect();
        let mut sightings = Vec::new();
        for recipients in ours.chunks(MAX_RECIPIENTS) {
            let found = node.sightings(self.chain.token, recipients, from, to);
            sightings.extend(found.await?);
        }
        Ok(sightings)
    }

    /// Shows payers that their transfer is on its way. Credits nothing.
    async fn look_at_head(&self, node: &Node, solid: u64) -> Result<(), WatchError> {
        let network = self.chain.network;
        if !self.store.has_live_slots(network).await? {
            return Ok(());
        }
        let head = node.head_block().await?;
        let from = solid.saturating_add(1);
        // A head below what is solid is that of a node that lags: it knows no news.
        if head.number < from || head.number - from >= MAX_LOG_RANGE {
            return Ok(());
        }
        let ours = self.addresses().await?;
        let seen: Vec<SeenTransfer> = self
            .sightings(node, &ours, from, head.number)
            .await?
            .into_iter()
            .map(|sighting| {
                let on_top = head.number.saturating_sub(sighting.block);
                SeenTransfer {
                    txid: sighting.txid,
                    to: sighting.to,
                    amount: sighting.amount,
                    confirmations: u8::try_from(on_top)
                        .unwrap_or(u8::MAX)
                        .min(REQUIRED_CONFIRMATIONS),
                }
            })
            .collect();
        let changed = self.store.note_seen(network, &seen).await?;
        self.announcer.changes.announce(&changed);
        Ok(())
    }
}

const fn longest_range(watch: Watch) -> u64 {
    match watch {
        Watch::Logs => LONGEST_RANGE,
        Watch::Receipts => RECEIPTS_RANGE,
    }
}

/// The receipt of a transaction that a log of `block` names.
async fn proof(node: &Node, block: u64, txid: Txid) -> Result<Receipt, WatchError> {
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
