//! Reads the chain: solid blocks into the ledger, the head for the payer's eyes.
//!
//! Each step ends in one database transaction that holds what was found together with how far
//! was read. An answer that is not understood ends the step before that, so that the same blocks
//! are read again.

mod health;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::node::{MAX_LOG_RANGE, MAX_RECIPIENTS};
use usdt_tron::{Block, Network, Node, NodeError, Sighting, Transfer};

pub use self::health::{Health, SharedHealth};
use crate::announcer::Announcer;
use crate::clock::SharedClock;
use crate::store::{Cursor, SeenTransfer, Store, StoreError};

/// Blocks that are read once more with every step, half an hour of them: a node's index of logs
/// can lag behind its blocks, most of all where several nodes answer under one name. The request
/// is the same one, and what is known already is not recorded twice.
const OVERLAP: u64 = 600;

/// The most blocks that one range goes on, and the least to which failures shrink it.
const LONGEST_RANGE: u64 = MAX_LOG_RANGE - OVERLAP;
const SHORTEST_RANGE: u64 = 20;

/// A node may be this many blocks behind what was read from another.
const MOST_BLOCKS_BEHIND: u64 = 100;

/// A solid block of a real chain cannot be this far in the future.
const MOST_SECONDS_AHEAD: i64 = 600;

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

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

/// Watches one network.
pub struct Watcher {
    pub network: Network,
    pub node: Node,
    /// The USDT contract.
    pub token: TronAddress,
    pub poll: Duration,
    pub store: Store,
    pub clock: SharedClock,
    pub announcer: Announcer,
    pub health: SharedHealth,
}

impl Watcher {
    /// Reads the chain until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut failures = 0;
        let mut range = LONGEST_RANGE;
        loop {
            // A step that is dropped is rolled back.
            let step = tokio::select! {
                () = shutdown.cancelled() => return,
                step = self.step(&mut range) => step,
            };
            let pause = match step {
                Ok(()) => {
                    failures = 0;
                    self.poll
                }
                Err(error) => {
                    tracing::warn!(network = %self.network, %error, "reading the chain failed");
                    self.health.failed(&error);
                    failures += 1;
                    pause_after(&error, self.poll, failures)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Reads everything that is solid and unread, at most `range` blocks at once, and then looks
    /// at the head. A range that fails is halved: on a busy chain a throttled node may never
    /// answer for a long one.
    async fn step(&self, range: &mut u64) -> Result<(), WatchError> {
        let solid = self.node.solid_block().await?;
        let kept = self.store.cursor(self.network).await?;
        self.is_plausible(solid, kept)?;
        let mut cursor = if let Some(cursor) = kept {
            cursor
        } else {
            self.store.begin_reading(self.network, solid).await?;
            Cursor {
                block: solid.number,
                time: solid.time,
            }
        };
        while cursor.block < solid.number {
            let to = solid.number.min(cursor.block.saturating_add(*range));
            let from = cursor.block.saturating_add(1).saturating_sub(OVERLAP);
            let transfers = match self.solid_transfers(from, to).await {
                Ok(transfers) => transfers,
                Err(error) => {
                    *range = (*range / 2).max(SHORTEST_RANGE);
                    return Err(error);
                }
            };
            *range = range.saturating_mul(2).min(LONGEST_RANGE);
            let reached = (to == solid.number).then_some(solid.time);
            let now = self.clock.now();
            let recorded = self
                .store
                .record(self.network, &transfers, to, reached, now)
                .await?;
            self.announcer.tell(&recorded);
            cursor.block = to;
        }
        self.health
            .read_up_to(cursor.block, solid.time, self.clock.now());
        self.look_at_head(cursor.block).await
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
        if solid.time > soon && self.network != Network::Simulated {
            return Err(WatchError::FromTheFuture(solid.time));
        }
        Ok(())
    }

    /// The transfers to our addresses in solid blocks, each proven by its receipt.
    async fn solid_transfers(&self, from: u64, to: u64) -> Result<Vec<Transfer>, WatchError> {
        let ours: BTreeSet<TronAddress> = self
            .store
            .addresses(self.network)
            .await?
            .into_iter()
            .collect();
        let sightings = self.sightings(&ours, from, to).await?;
        let sighted: BTreeSet<(u64, Txid)> = sightings
            .iter()
            .map(|sighting| (sighting.block, sighting.txid))
            .collect();
        let mut transfers = Vec::new();
        for (block, txid) in sighted {
            if self.store.is_recorded(self.network, txid).await? {
                continue;
            }
            let receipt = self.node.solid_receipt(txid).await?;
            if receipt.block != block {
                return Err(WatchError::Node(NodeError::Senseless {
                    call: "gettransactioninfobyid",
                    why: format!("{txid} is in block {}, its log in {block}", receipt.block),
                }));
            }
            let proven = receipt.transfers(self.token);
            transfers.extend(
                proven
                    .into_iter()
                    .filter(|transfer| ours.contains(&transfer.to)),
            );
        }
        Ok(transfers)
    }

    async fn sightings(
        &self,
        ours: &BTreeSet<TronAddress>,
        from: u64,
        to: u64,
    ) -> Result<Vec<Sighting>, WatchError> {
        let ours: Vec<TronAddress> = ours.iter().copied().collect();
        let mut sightings = Vec::new();
        for recipients in ours.chunks(MAX_RECIPIENTS) {
            sightings.extend(
                self.node
                    .sightings(self.token, recipients, from, to)
                    .await?,
            );
        }
        Ok(sightings)
    }

    /// Shows payers that their transfer is on its way. Credits nothing.
    async fn look_at_head(&self, solid: u64) -> Result<(), WatchError> {
        let head = self.node.head_block().await?;
        let from = solid.saturating_add(1);
        // A head below what is solid is that of a node that lags: it knows no news.
        if head.number < from || head.number - from >= MAX_LOG_RANGE {
            return Ok(());
        }
        let ours = self
            .store
            .addresses(self.network)
            .await?
            .into_iter()
            .collect();
        let seen: Vec<SeenTransfer> = self
            .sightings(&ours, from, head.number)
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
        let changed = self.store.note_seen(self.network, &seen).await?;
        self.announcer.changes.announce(&changed);
        Ok(())
    }
}

/// Waits longer after each failure, and at least as long as the node asks for.
fn pause_after(error: &WatchError, poll: Duration, failures: u32) -> Duration {
    let pause = poll.saturating_mul(1 << failures.min(5)).min(LONGEST_PAUSE);
    match error {
        WatchError::Node(NodeError::Throttled {
            suspended: Some(asked),
        }) => pause.max(*asked),
        _ => pause,
    }
}
