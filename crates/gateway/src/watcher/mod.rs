//! Reads the chain: solid blocks into the ledger, the head for the payer's eyes.
//!
//! Each step ends in one database transaction that holds what was found together with how far
//! was read. An answer that is not understood ends the step before that, so that the same blocks
//! are read again, from another node where there is one.
//!
//! Three loops run beside each other, so that a slow answer to one does not hold up the others: the
//! steps, the chase after transfers that were seen at the head, and the inspection of what the steps
//! rely on.

mod chase;
mod head;
mod index;
mod inspection;
mod paid;
mod proof;
mod solid;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::NodeError;
use usdt_tron::pool::Lease;

use self::chase::Chase;
use self::head::HeadSightings;
use self::index::LogIndices;
use self::inspection::Inspection;
use self::proof::LookedAt;
use self::solid::Reader;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::store::{Store, StoreError};

/// Between two attempts while the database fails.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Between two steps while only late payers could come.
const LATE_PAYERS_POLLS: u32 = 4;

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
    /// What the public is told of it.
    const fn word(&self) -> &'static str {
        match self {
            Self::Node(NodeError::Unreachable(_)) => "node_unreachable",
            Self::Node(NodeError::Throttled { .. }) => "node_throttles",
            Self::Node(NodeError::Forbidden { .. }) => "node_forbids",
            Self::Node(
                NodeError::Refused { .. } | NodeError::Misconfigured(_) | NodeError::NoAuthorities,
            ) => "node_refuses",
            Self::Node(NodeError::Senseless { .. }) => "node_answers_senselessly",
            Self::NodeBehind { .. } => "node_behind",
            Self::NodeAhead { .. } => "node_ahead",
            Self::FromTheFuture(_) => "node_ahead_of_clock",
            Self::Stale(_) => "node_stale",
            Self::Store(_) => "database_fails",
        }
    }
}

/// What all parts of a watcher work with.
#[derive(Clone)]
struct Context {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    indices: LogIndices,
    sightings: HeadSightings,
    looked_at: LookedAt,
    /// The block after which this process reads.
    began: Arc<OnceLock<u64>>,
}

/// Watches one network.
pub struct Watcher {
    context: Context,
    reader: Reader,
    chase: Chase,
    inspection: Inspection,
}

impl Watcher {
    pub fn new(chain: Chain, store: Store, clock: SharedClock) -> Self {
        Self {
            reader: Reader::new(chain.watch),
            chase: Chase::default(),
            inspection: Inspection::new(),
            context: Context {
                chain,
                store,
                clock,
                indices: LogIndices::default(),
                sightings: HeadSightings::default(),
                looked_at: LookedAt::default(),
                began: Arc::default(),
            },
        }
    }

    /// Reads the chain until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self {
            context,
            mut reader,
            chase,
            mut inspection,
        } = self;
        let poll = context.chain.poll;
        let steps = async {
            loop {
                match context.step(&mut reader).await {
                    Ok(()) => context.pause().await.unwrap_or_default(),
                    // A disk may have room again at any time.
                    Err(WatchError::Store(_)) => {
                        tokio::time::sleep(STORE_PAUSE.min(poll)).await;
                    }
                    // The nodes rest after a failure; another one may be ready at once.
                    Err(_) => {}
                }
            }
        };
        let inspections = async {
            loop {
                tokio::time::sleep(poll).await;
                inspection.run_due(&context).await;
            }
        };
        // What is dropped is rolled back.
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = steps => {}
            () = inspections => {}
            () = chase.run(&context) => {}
        }
    }

    /// Reads all that is solid and unread, and looks at the head, both of one node.
    pub async fn step(&mut self) -> Result<(), WatchError> {
        self.context.step(&mut self.reader).await
    }

    /// Asks once for the receipts of transfers that were seen at the head and should be solid.
    pub async fn chase(&mut self) {
        self.chase.once(&self.context).await;
    }

    /// Inspects what the steps rely on, if it is time.
    pub async fn inspect(&mut self) {
        self.inspection.run_due(&self.context).await;
    }
}

impl Context {
    async fn step(&self, reader: &mut Reader) -> Result<(), WatchError> {
        let node = self.chain.pool.pick().await;
        // Beside each other, since what is seen at the head must not come later for a node that
        // answers slowly.
        let (read, ()) = tokio::join!(reader.read_from(self, &node), self.look_at_head(&node));
        match read {
            Ok(()) => {
                node.succeeded();
                Ok(())
            }
            Err(error) => {
                let (network, from) = (self.chain.network, node.label());
                tracing::warn!(%network, node = from, %error, "reading the chain failed");
                self.chain.health.failed(error.word());
                self.blame(&node, &error);
                Err(error)
            }
        }
    }

    /// Lets a node rest for an error that is its own.
    fn blame(&self, node: &Lease, error: &WatchError) {
        match error {
            WatchError::Store(error) => self.store.observe(error),
            // Several nodes can answer under one name: the next one may have come further. And a chain
            // that stands still goes on at any time.
            WatchError::Node(NodeError::Senseless { .. }) | WatchError::Stale(_) => {
                node.stumbled();
            }
            _ => node.failed(error.asked_patience()),
        }
    }

    /// Leaves a node alone that has asked for patience, whatever else it said.
    fn be_patient(node: &Lease, error: &NodeError) {
        if error.sends_us_away() {
            node.failed(error.asked_patience());
        }
    }

    /// Waits before the next step. While payers are awaited, the head is looked at every time, and
    /// what is solid every second time, unless something that was seen is about to be solid. Longer
    /// where only late payers could come, and longest where no payment could, until one is created.
    async fn pause(&self) -> Result<(), StoreError> {
        let network = self.chain.network;
        let poll = self.chain.quota.stretched(self.chain.poll);
        tokio::time::sleep(poll).await;
        let rest = if self.store.expects_news(network).await? {
            if self.sightings.is_any() {
                return Ok(());
            }
            let node = self.chain.pool.pick().await;
            self.look_at_head(&node).await;
            tokio::time::sleep(poll).await;
            return Ok(());
        } else if self.store.has_live_slots(network).await? {
            poll * LATE_PAYERS_POLLS
        } else {
            self.chain.idle_poll.max(poll)
        };
        tokio::select! {
            () = self.chain.wanted.notified() => {}
            () = tokio::time::sleep(rest.saturating_sub(poll)) => {}
        }
        Ok(())
    }

    async fn ours(&self) -> Result<Ours, StoreError> {
        let watched = self.store.watched_addresses(self.chain.network).await?;
        Ok(Ours {
            token: self.chain.token,
            all: watched
                .active
                .iter()
                .chain(&watched.retired)
                .copied()
                .collect(),
            active: watched.active,
            retired: watched.retired,
        })
    }
}

/// What is paid to us: in this token, to these addresses.
struct Ours {
    token: TronAddress,
    all: BTreeSet<TronAddress>,
    active: Vec<TronAddress>,
    /// To which no payment can come any more: what is sent there is for a person to look at, and may
    /// be found later.
    retired: Vec<TronAddress>,
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
