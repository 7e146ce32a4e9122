//! Reads the chain: solid blocks into the ledger, the head for the payer's eyes.
//!
//! Each step ends in one database transaction that holds what was found together with how far
//! was read. An answer that is not understood ends the step before that, so that the same blocks
//! are read again, from another node where there is one.

mod head;
mod health;
mod solid;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;
use usdt_tron::{Block, Network, Node, NodeError};

pub use self::health::{Health, SharedHealth};
pub(crate) use self::solid::OVERLAP;
use self::solid::Reach;
use crate::announcer::Announcer;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::store::{Cursor, Store, StoreError};

/// A node may be this many blocks behind what was read from another, or ahead of what the time
/// that has passed allows.
const MOST_BLOCKS_OFF: u64 = 100;

/// Two blocks of a chain are at least this far apart:
/// <https://tronprotocol.github.io/documentation-en/introduction/dpos/>.
const BLOCK_MILLIS: i64 = 3_000;

/// A solid block of a real chain cannot be this far in the future.
const MOST_SECONDS_AHEAD: i64 = 600;

/// A node whose newest solid block is older does not follow the chain: it is about a minute old
/// on one that does.
const STALE_SECONDS: i64 = 180;

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
    #[error(
        "the node's solid block {solid} is higher than {most}, the most that the chain can have \
         reached: is it a node of another network?"
    )]
    NodeAhead {
        /// The node's newest solid block.
        solid: u64,
        /// What the time since the last block that was read allows.
        most: u64,
    },
    #[error("the node's solid block is of {0}, which is to come: is this machine's clock right?")]
    FromTheFuture(UtcTime),
    #[error("the node's newest solid block is of {0} UTC: it does not follow the chain")]
    Stale(UtcTime),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WatchError {
    /// How long the node has asked to be left alone.
    fn asked_patience(&self) -> Option<Duration> {
        match self {
            Self::Node(error) => error.asked_patience(),
            Self::NodeBehind { .. }
            | Self::NodeAhead { .. }
            | Self::FromTheFuture(_)
            | Self::Stale(_)
            | Self::Store(_) => None,
        }
    }
}

/// Watches one network.
pub struct Watcher {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    announcer: Announcer,
    reach: Reach,
}

impl Watcher {
    pub const fn new(chain: Chain, store: Store, clock: SharedClock, announcer: Announcer) -> Self {
        let reach = Reach::new(chain.watch);
        Self {
            chain,
            store,
            clock,
            announcer,
            reach,
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

    /// Reads ranges of blocks up to the node's newest solid one.
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
            cursor.block = self.read_range(node, cursor.block, solid).await?;
        }
        self.look_at_head(node, cursor.block).await?;
        // Judged last: where all nodes lag, what they have is read all the same.
        let now = self.clock.now();
        if solid.time.plus_seconds(STALE_SECONDS) < now {
            return Err(WatchError::Stale(solid.time));
        }
        self.chain.health.read_up_to(cursor.block, solid.time, now);
        Ok(())
    }

    /// A node of another network, or one that makes heights up, must not move the cursor: it never
    /// goes back, and the blocks below it would not be read.
    fn is_plausible(&self, solid: Block, kept: Option<Cursor>) -> Result<(), WatchError> {
        if let Some(cursor) = kept {
            let off = solid.number.saturating_add(MOST_BLOCKS_OFF);
            if off < cursor.block {
                return Err(WatchError::NodeBehind {
                    solid: solid.number,
                    read: cursor.block,
                });
            }
            let passed = solid.time.millis().saturating_sub(cursor.time.millis());
            let blocks = u64::try_from(passed / BLOCK_MILLIS).unwrap_or(0);
            let most = cursor.block.saturating_add(blocks + MOST_BLOCKS_OFF);
            if solid.number > most {
                return Err(WatchError::NodeAhead {
                    solid: solid.number,
                    most,
                });
            }
        }
        let soon = self.clock.now().plus_seconds(MOST_SECONDS_AHEAD);
        if solid.time > soon && self.chain.network != Network::Simulated {
            return Err(WatchError::FromTheFuture(solid.time));
        }
        Ok(())
    }
}
