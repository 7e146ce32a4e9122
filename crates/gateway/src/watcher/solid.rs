//! Reads solid blocks: what they pay to us is proven by receipts and recorded.

use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::node::MAX_LOG_RANGE;
use usdt_tron::{Block, Network, Node, NodeError, Transfer};

use super::inspection::LONGEST_LOOK_BACK;
use super::paid::Paid;
use super::proof::Found;
use super::{Context, Ours, WatchError};
use crate::config::Watch;
use crate::outcomes;
use crate::store::Cursor;

/// A node may be this many blocks behind what was read from another, or ahead of what the time
/// that has passed allows.
const MOST_BLOCKS_OFF: u64 = 100;

/// Two blocks of a chain are at least this far apart:
/// <https://tronprotocol.github.io/documentation-en/introduction/dpos/>.
pub(super) const BLOCK_MILLIS: i64 = 3_000;

/// A solid block of a real chain cannot be this far in the future.
const MOST_SECONDS_AHEAD: i64 = 600;

/// A node whose newest solid block is older does not follow the chain: it is about a minute old
/// on one that does.
const STALE_SECONDS: i64 = 180;

/// Blocks that are read once more with every step, a minute of them: a node's index of logs can lag
/// behind its blocks, most of all where several nodes answer under one name. More of them are read
/// once more by the inspection.
const OVERLAP: u64 = 20;

/// The most blocks that one range goes on.
const LONGEST_RANGE: u64 = MAX_LOG_RANGE - OVERLAP;

/// Blocks whose receipts are read before they are recorded.
const RECEIPTS_RANGE: u64 = 200;

/// At so few new blocks all of the token's logs are read where every block has some, so that a block
/// without any is noticed: about 150 kB a block on the main network.
const FEW_BLOCKS: u64 = 20;

/// After so many ranges that went well, one twice as long is tried.
const GOOD_RANGES: u32 = 16;

/// Of a longer range, while a payment is open, so many blocks are asked for at once, so that a gap in
/// the index shows at one of their ends.
const SAMPLED_BLOCKS: u64 = 100;

/// How far one request goes. Failures shrink it, down to one new block and no old ones: on a busy
/// chain a throttled node may never answer for a long range, and what is new must not wait for
/// what is read once more.
struct Reach {
    watch: Watch,
    /// New blocks.
    range: u64,
    /// Old blocks before them.
    overlap: u64,
    /// What has failed is not tried again before shorter ranges have gone well for long: each try
    /// may cost the node's whole time for an answer.
    ceiling: u64,
    /// Ranges that went well in a row.
    good: u32,
}

impl Reach {
    const fn new(watch: Watch) -> Self {
        Self {
            watch,
            range: Self::longest(watch),
            overlap: OVERLAP,
            ceiling: Self::longest(watch),
            good: 0,
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
        self.ceiling = self.range;
        self.good = 0;
    }

    fn grow(&mut self) {
        self.good = self.good.saturating_add(1);
        if self.good >= GOOD_RANGES {
            self.ceiling = self.ceiling.saturating_mul(2);
            self.good = 0;
        }
        self.ceiling = self.ceiling.min(Self::longest(self.watch));
        self.range = self.range.saturating_mul(2).min(self.ceiling);
        self.overlap = self.overlap.saturating_mul(2).clamp(1, OVERLAP);
    }
}

/// Reads one network's solid blocks.
pub(super) struct Reader {
    reach: Reach,
}

impl Reader {
    pub const fn new(watch: Watch) -> Self {
        Self {
            reach: Reach::new(watch),
        }
    }

    /// Reads ranges of blocks up to the node's newest solid one, or as far as the node can tell.
    pub async fn read_from(&mut self, context: &Context, node: &Node) -> Result<(), WatchError> {
        let network = context.chain.network;
        let solid = node.solid_block().await?;
        let kept = context.store.cursor(network).await?;
        context.is_plausible(solid, kept)?;
        let mut read = if let Some(cursor) = kept {
            cursor.block
        } else {
            context.store.begin_reading(network, solid).await?;
            solid.number
        };
        // Told once: what was read before is not this process's.
        let _ = context.began.set(read);
        let mut known = solid;
        while read < known.number {
            let paid = self.find(context, node, read, known.number).await?;
            read = paid.to;
            let Some(error) = paid.ended else {
                let reached = (read == known.number).then_some(known.time);
                self.record(context, &paid.found, read, reached).await?;
                continue;
            };
            if !matches!(
                error,
                NodeError::Refused { .. } | NodeError::Senseless { .. }
            ) {
                self.record(context, &paid.found, read, None).await?;
                return Err(error.into());
            }
            // What the node can tell is worth having, and the rest comes with the next step.
            let last = node.solid_block_at(read).await;
            let reached = last.as_ref().ok().map(|last| last.time);
            self.record(context, &paid.found, read, reached).await?;
            tracing::info!(%network, node = node.label(), block = read, %error, "the node tells of no later block");
            known = last?;
        }
        // Judged last: where all nodes lag, what they have is read all the same.
        let now = context.clock.now();
        if known.time.plus_seconds(STALE_SECONDS) < now {
            return Err(WatchError::Stale(known.time));
        }
        context.chain.health.read_up_to(read, known.time, now);
        Ok(())
    }

    /// Finds what the next range of blocks after `read`, at most up to `solid`, has paid to us.
    async fn find(
        &mut self,
        context: &Context,
        node: &Node,
        read: u64,
        solid: u64,
    ) -> Result<Paid, WatchError> {
        let ours = context.ours().await?;
        let to = solid.min(read.saturating_add(self.reach.range));
        let by_receipts = to.min(read.saturating_add(RECEIPTS_RANGE));
        let is_blind = context.indices.fault(node).is_some();
        if self.reach.watch == Watch::Receipts || is_blind {
            let paid = context
                .paid_by_receipts(node, &ours, read, by_receipts)
                .await;
            return paid.inspect_err(|_| self.reach.shrink());
        }
        let by_logs = self.find_by_logs(context, node, &ours, (read, to)).await;
        let Err(WatchError::Node(error)) = by_logs else {
            return by_logs;
        };
        // An index that cannot be asked must not hold up what is new. A long range may only have been
        // too long for it.
        let is_long = to - read > FEW_BLOCKS;
        if is_long {
            self.reach.shrink();
        }
        if !error.sends_us_away()
            && let Ok(paid) = context
                .paid_by_receipts(node, &ours, read, by_receipts)
                .await
        {
            if !is_long {
                let blocks = (paid.to - read, paid.to);
                context.indices.refuses(node, blocks, &error.to_string());
            }
            return Ok(paid);
        }
        if !is_long {
            self.reach.shrink();
        }
        Err(error.into())
    }

    async fn find_by_logs(
        &self,
        context: &Context,
        node: &Node,
        ours: &Ours,
        (read, to): (u64, u64),
    ) -> Result<Paid, WatchError> {
        let first = read.saturating_add(1);
        let mut to = to;
        if context.chain.every_block_pays {
            let is_urgent = context.store.expects_news(context.chain.network).await?;
            if to - read <= FEW_BLOCKS {
                if is_urgent {
                    return context.paid_by_all_logs(node, ours, read, to).await;
                }
            } else {
                if is_urgent {
                    to = to.min(read.saturating_add(SAMPLED_BLOCKS));
                }
                if !(context.shows_block(node, ours.token, first).await?
                    && context.shows_block(node, ours.token, to).await?)
                {
                    let to = to.min(read.saturating_add(RECEIPTS_RANGE));
                    return context.paid_by_receipts(node, ours, read, to).await;
                }
            }
        }
        let from = first.saturating_sub(self.reach.overlap);
        // Where much is to be read, or no inspection is at work, nobody else asks for the retired
        // addresses.
        let is_inspected =
            to - read <= FEW_BLOCKS && context.store.has_live_slots(context.chain.network).await?;
        let all: Vec<TronAddress>;
        let recipients = if is_inspected {
            &ours.active
        } else {
            all = ours.all.iter().copied().collect();
            &all
        };
        let found = context
            .paid_by_our_logs(node, ours, recipients, (from, to))
            .await?;
        if !context.chain.every_block_pays {
            context.indices.shows(node);
        }
        Ok(Paid {
            to,
            found,
            ended: None,
        })
    }

    /// Records what was found in the blocks up to `to`, whose time is `reached` where nothing that is
    /// solid is left to be read.
    async fn record(
        &mut self,
        context: &Context,
        found: &[Found],
        to: u64,
        reached: Option<UtcTime>,
    ) -> Result<(), WatchError> {
        let transfers: Vec<Transfer> = found
            .iter()
            .flat_map(|(_, transfers)| transfers.iter().cloned())
            .collect();
        let now = context.clock.now();
        let recorded = context
            .store
            .record(context.chain.network, &transfers, to, reached, now)
            .await?;
        outcomes::log(&recorded);
        context
            .looked_at
            .add(found, to.saturating_sub(LONGEST_LOOK_BACK));
        self.reach.grow();
        Ok(())
    }
}

impl Context {
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
