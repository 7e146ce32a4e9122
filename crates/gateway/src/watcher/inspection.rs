//! Inspects what the steps rely on: whether each node's index of logs is whole, and whether older
//! blocks show transfers that came into it late.
//!
//! None of it holds up a step, and none of it moves the cursor.

use std::collections::BTreeSet;

use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::node::MAX_LOG_RANGE;
use usdt_tron::{Node, NodeError, Transfer};

use super::paid::block_receipts;
use super::proof::Found;
use super::{Context, WatchError};
use crate::config::Watch;
use crate::outcomes;
use crate::store::{AlarmKind, Cursor, Detector, StoreError};

/// How often a block's logs are compared with its receipts.
const COMPARE_SECONDS: i64 = 40;

/// The same while they differ.
const COMPARE_AGAIN_SECONDS: i64 = 20;

/// Blocks below the newest that is read, a quarter of a minute of them: there every node behind one
/// name has come to.
const COMPARE_BELOW: u64 = 5;

/// So many answers of an index must lack the same for it to be unsound.
const ANSWERS: u32 = 3;

/// The most blocks that are read again by their receipts at once.
const READ_AGAIN_AT_ONCE: u64 = 200;

/// The most that are read again in all, an hour of them. What is older the second opinion covers.
const MOST_READ_AGAIN: u64 = 1_200;

/// How often older blocks are looked at again.
const LOOK_BACK_SECONDS: i64 = 60;

/// Half an hour of blocks.
pub(super) const LONGEST_LOOK_BACK: u64 = 600;

/// No request for logs is made for fewer blocks because a longer one failed.
const SHORTEST_RANGE: u64 = 20;

/// A reach that was too far is not tried again for so long.
const GROW_SECONDS: i64 = 600;

/// How often addresses are asked for to which no payment can come.
const RETIRED_SECONDS: i64 = 600;

/// When something is to be done next.
#[derive(Clone, Copy, Debug)]
struct Due(Option<UtcTime>);

impl Due {
    const NOW: Self = Self(None);

    /// A clock that was set back must not make it wait for what is now far away.
    fn is_due(self, now: UtcTime, every_seconds: i64) -> bool {
        self.0
            .is_none_or(|next| next <= now || now.plus_seconds(every_seconds) < next)
    }

    fn after(now: UtcTime, seconds: i64) -> Self {
        Self(Some(now.plus_seconds(seconds)))
    }
}

pub(super) struct Inspection {
    has_closed_alarms: bool,
    compare: Due,
    look_back: Due,
    look_back_reach: u64,
    grow: Due,
    retired: Due,
    /// Up to where the retired addresses were asked for.
    retired_read: Option<u64>,
    retired_range: u64,
}

impl Inspection {
    pub const fn new() -> Self {
        Self {
            has_closed_alarms: false,
            compare: Due::NOW,
            look_back: Due::NOW,
            look_back_reach: LONGEST_LOOK_BACK,
            grow: Due::NOW,
            retired: Due::NOW,
            retired_read: None,
            retired_range: MAX_LOG_RANGE,
        }
    }

    /// Does what is due. What fails is told to the log and comes again.
    pub async fn run_due(&mut self, context: &Context) {
        if let Err(error) = self.try_due(context).await {
            if let WatchError::Store(error) = &error {
                context.store.observe(error);
            }
            tracing::warn!(network = %context.chain.network, %error, "an inspection failed");
        }
    }

    async fn try_due(&mut self, context: &Context) -> Result<(), WatchError> {
        if !self.has_closed_alarms {
            context.close_alarms_of_others().await?;
            self.has_closed_alarms = true;
        }
        if context.chain.watch == Watch::Receipts {
            return Ok(());
        }
        let network = context.chain.network;
        let Some(cursor) = context.store.cursor(network).await? else {
            return Ok(());
        };
        if !context.store.has_live_slots(network).await? {
            return Ok(());
        }
        let now = context.clock.now();
        if context.indices.take_news() || self.compare.is_due(now, COMPARE_SECONDS) {
            self.compare = Due::after(now, COMPARE_SECONDS);
            context.compare_all(cursor).await?;
            if context.indices.is_any_faulty() {
                self.compare = Due::after(now, COMPARE_AGAIN_SECONDS);
            }
        }
        context.read_again(cursor).await;
        if self.look_back.is_due(now, LOOK_BACK_SECONDS) {
            self.look_back = Due::after(now, LOOK_BACK_SECONDS);
            self.look_back(context, cursor, now).await?;
        }
        if self.retired.is_due(now, RETIRED_SECONDS) {
            self.retired = Due::after(now, RETIRED_SECONDS);
            self.look_for_retired(context, cursor).await?;
        }
        Ok(())
    }

    /// Asks once more for transfers in blocks that were read: an index can be late.
    async fn look_back(
        &mut self,
        context: &Context,
        cursor: Cursor,
        now: UtcTime,
    ) -> Result<(), WatchError> {
        let ours = context.ours().await?;
        let from = cursor.block.saturating_sub(self.look_back_reach);
        let looked = context
            .record_late(&ours.active, (from.saturating_add(1), cursor.block))
            .await;
        match &looked {
            Ok(_) if self.grow.is_due(now, GROW_SECONDS) => {
                self.look_back_reach = (self.look_back_reach * 2).min(LONGEST_LOOK_BACK);
            }
            Err(WatchError::Node(_)) => {
                self.look_back_reach = (self.look_back_reach / 2).max(SHORTEST_RANGE);
                self.grow = Due::after(now, GROW_SECONDS);
            }
            _ => {}
        }
        looked.map(|_| ())
    }

    async fn look_for_retired(
        &mut self,
        context: &Context,
        cursor: Cursor,
    ) -> Result<(), WatchError> {
        let ours = context.ours().await?;
        let mut read = *self
            .retired_read
            .get_or_insert_with(|| cursor.block.saturating_sub(LONGEST_LOOK_BACK));
        while read < cursor.block && !ours.retired.is_empty() {
            // The last blocks of before once more: they may have come into the index late.
            let from = read.saturating_sub(SHORTEST_RANGE).saturating_add(1);
            let to = cursor.block.min(read.saturating_add(self.retired_range));
            let asked = context.record_late(&ours.retired, (from, to)).await;
            if asked.is_err() {
                self.retired_range = (self.retired_range / 2).max(SHORTEST_RANGE);
            }
            if !asked? {
                return Ok(());
            }
            self.retired_range = self
                .retired_range
                .saturating_mul(2)
                .min(MAX_LOG_RANGE - SHORTEST_RANGE);
            read = to;
            self.retired_read = Some(read);
        }
        self.retired_read = Some(cursor.block);
        Ok(())
    }
}

impl Context {
    /// Records what these addresses received in blocks that were read, and is not recorded. `false`
    /// where no node's index can be asked.
    async fn record_late(
        &self,
        recipients: &[TronAddress],
        (from, to): (u64, u64),
    ) -> Result<bool, WatchError> {
        let ours = self.ours().await?;
        let node = self.chain.pool.pick().await;
        if self.indices.fault(&node).is_some() {
            return Ok(false);
        }
        let found = self
            .paid_by_our_logs(&node, &ours, recipients, (from, to))
            .await
            .inspect_err(|error| {
                if let WatchError::Node(error) = error {
                    Self::be_patient(&node, error);
                }
            })?;
        self.record_read(&found).await?;
        self.looked_at
            .add(&found, to.saturating_sub(LONGEST_LOOK_BACK));
        Ok(true)
    }

    /// Records transfers in blocks that were read.
    async fn record_read(&self, found: &[Found]) -> Result<(), StoreError> {
        let transfers: Vec<Transfer> = found
            .iter()
            .flat_map(|(_, transfers)| transfers.iter().cloned())
            .collect();
        if transfers.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let recorded = self
            .store
            .record_found(self.chain.network, &transfers, Detector::Watcher, now)
            .await?;
        outcomes::log(&recorded);
        Ok(())
    }

    /// Compares one block's logs with its receipts at every node that does not rest.
    async fn compare_all(&self, cursor: Cursor) -> Result<(), WatchError> {
        let block = cursor.block.saturating_sub(COMPARE_BELOW);
        let nodes: Vec<(usize, &Node)> = (1..).zip(self.chain.pool.nodes()).collect();
        for (number, node) in nodes {
            let Some(lease) = self.chain.pool.lease_of(node).filter(|it| !it.rests()) else {
                continue;
            };
            match self.compare(node, block).await {
                Ok(Comparison::Same) => self.indices.is_sound(node, Some(block)),
                Ok(Comparison::NothingToCompare) => self.indices.is_sound(node, None),
                Ok(Comparison::Refused(why)) => {
                    self.indices
                        .refuses(node, (COMPARE_BELOW, cursor.block), &why);
                }
                Ok(Comparison::Differs(why)) => {
                    self.indices.is_unsound(node, why, cursor.block);
                }
                Err(error) => {
                    Self::be_patient(&lease, &error);
                    continue;
                }
            }
            let fault = self.indices.fault(node);
            lease.set_last_resort(fault.is_some());
            self.tell_of_index(&subject(number, node), fault).await?;
        }
        self.chain.health.set_degraded(self.indices.is_any_faulty());
        Ok(())
    }

    async fn tell_of_index(&self, subject: &str, fault: Option<String>) -> Result<(), StoreError> {
        let (network, now) = (self.chain.network, self.clock.now());
        let kind = AlarmKind::SourceUnsound;
        self.store
            .set_alarm(Some(network), kind, subject, fault.as_deref(), now)
            .await
    }

    /// Closes alarms of nodes that are not configured any more, or not by their logs.
    async fn close_alarms_of_others(&self) -> Result<(), StoreError> {
        let known: Vec<String> = match self.chain.watch {
            Watch::Receipts => Vec::new(),
            Watch::Logs => (1..)
                .zip(self.chain.pool.nodes())
                .map(|(number, node)| subject(number, node))
                .collect(),
        };
        for alarm in self.store.open_alarms().await? {
            let is_of_index =
                alarm.kind == AlarmKind::SourceUnsound && alarm.network == Some(self.chain.network);
            if is_of_index && !known.contains(&alarm.subject) {
                self.tell_of_index(&alarm.subject, None).await?;
            }
        }
        Ok(())
    }

    /// Reads by receipts what unsound indices may have hidden, some blocks each time.
    async fn read_again(&self, cursor: Cursor) {
        let began = self.began.get().copied().unwrap_or(cursor.block);
        for node in self.chain.pool.nodes() {
            let Some((whole, owed)) = self.indices.owed(node, began) else {
                if self.indices.fault(node).is_some() {
                    // What came since was read by receipts, or from another node.
                    self.indices.is_paid_up_to(node, cursor.block);
                }
                continue;
            };
            let oldest = owed.saturating_sub(MOST_READ_AGAIN);
            let after = whole.max(oldest);
            let to = owed.min(after.saturating_add(READ_AGAIN_AT_ONCE));
            if let Err(error) = self.read_range_again(node, (after, to)).await {
                if let WatchError::Store(error) = &error {
                    self.store.observe(error);
                }
                let network = self.chain.network;
                tracing::warn!(%network, node = node.label(), after, to, %error, "blocks cannot be read again");
            }
        }
    }

    async fn read_range_again(
        &self,
        unsound: &Node,
        (after, to): (u64, u64),
    ) -> Result<(), WatchError> {
        let reached = if after < to {
            let ours = self.ours().await?;
            let node = self.chain.pool.pick().await;
            let paid = self.paid_by_receipts(&node, &ours, after, to).await?;
            self.record_read(&paid.found).await?;
            paid.to
        } else {
            to
        };
        self.indices.is_paid_up_to(unsound, reached);
        Ok(())
    }

    async fn compare(&self, node: &Node, block: u64) -> Result<Comparison, NodeError> {
        let token = self.chain.token;
        let receipts = block_receipts(node, block).await?;
        let mut lacking: BTreeSet<Txid> = receipts
            .iter()
            .filter(|receipt| !receipt.transfers(token).is_empty())
            .map(|receipt| receipt.txid)
            .collect();
        let paying = lacking.len();
        // Of several nodes behind one name, one that has not come to the block may answer.
        for _ in 0..ANSWERS {
            let logs = match node.token_transfers(token, block, block).await {
                Ok(logs) => logs,
                Err(error) if error.sends_us_away() => return Err(error),
                // The node has given receipts.
                Err(error) => return Ok(Comparison::Refused(error.to_string())),
            };
            for log in logs {
                lacking.remove(&log.txid);
            }
            if lacking.is_empty() {
                break;
            }
        }
        Ok(if !lacking.is_empty() {
            Comparison::Differs(format!(
                "it lacks {} of the {paying} transactions with transfers in block {block}",
                lacking.len()
            ))
        } else if paying == 0 {
            Comparison::NothingToCompare
        } else {
            Comparison::Same
        })
    }
}

/// Two nodes can have one origin.
fn subject(number: usize, node: &Node) -> String {
    format!("node {number} {}: index of logs", node.label())
}

/// A block's logs beside its receipts.
enum Comparison {
    Same,
    /// The block has no transfers.
    NothingToCompare,
    /// What the index lacks.
    Differs(String),
    /// Why the index cannot be asked.
    Refused(String),
}
