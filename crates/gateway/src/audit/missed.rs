//! Transfers that the indexer lists and the watcher has not recorded: proven, credited, and told of.

use std::collections::HashSet;

use usdt_protocol::{Txid, UtcTime};

use super::{AuditError, Context};
use crate::config::Watch;
use crate::outcomes;
use crate::store::{AlarmKind, Cursor, Detector};

/// How many transactions are remembered. They are forgotten all at once, since looking one up again
/// is harmless.
const MOST_REMEMBERED: usize = 100_000;

/// The watcher looks at the logs of so many old blocks again: one transfer among them is only late.
const LATE_BLOCKS: u64 = 600;

/// Two within this time are not only late.
const SOON_SECONDS: i64 = 3_600;

/// A solid block is about a minute old; one that is older by this much the watcher should have read.
const READ_AFTER_SECONDS: i64 = 75;

/// What was missed, and what need not be looked up twice.
#[derive(Default)]
pub(super) struct Missed {
    /// Listed transactions of which everything is recorded that there is.
    settled: HashSet<Txid>,
    last: Option<UtcTime>,
}

impl Missed {
    pub fn is_settled(&self, txid: &Txid) -> bool {
        self.settled.contains(txid)
    }

    /// Records a transfer that only the indexer knows, if its receipt proves it.
    pub async fn look_up(
        &mut self,
        context: &Context,
        txid: Txid,
        cursor: Cursor,
    ) -> Result<(), AuditError> {
        let chain = &context.chain;
        let receipt = context.solid_receipt(txid).await?;
        let receipt = receipt.ok_or(AuditError::NoReceipt(txid))?;
        let now = context.clock.now();
        let is_ahead = receipt.block > cursor.block;
        if is_ahead && now < receipt.block_time.plus_seconds(READ_AFTER_SECONDS) {
            // The watcher is about to come there.
            return Ok(());
        }
        let transfers = receipt.transfers(chain.token);
        let found = (Detector::Indexer, transfers.as_slice());
        let recorded = if is_ahead {
            context
                .store
                .record_credits(chain.network, found, now)
                .await?
        } else {
            context
                .store
                .record_found(chain.network, &transfers, Detector::Indexer, now)
                .await?
        };
        outcomes::log(&recorded);
        if is_ahead {
            return Ok(());
        }
        if self.settled.len() >= MOST_REMEMBERED {
            self.settled.clear();
        }
        self.settled.insert(txid);
        let is_new = !(recorded.credited.is_empty() && recorded.reviews.is_empty());
        if is_new && self.is_missed(receipt.block, context, cursor) {
            let detail = format!(
                "block {}: {} payments credited, {} transfers put into review",
                receipt.block,
                recorded.credited.len(),
                recorded.reviews.len()
            );
            let subject = txid.to_string();
            context
                .raise(AlarmKind::MissedByWatcher, &subject, &detail)
                .await?;
        }
        Ok(())
    }

    /// Whether the watcher would not have found it soon. A single one in the last blocks it would.
    fn is_missed(&mut self, block: u64, context: &Context, cursor: Cursor) -> bool {
        let now = context.clock.now();
        let before = self.last.replace(now);
        let is_second = before.is_some_and(|before| now < before.plus_seconds(SOON_SECONDS));
        let late = match context.chain.watch {
            Watch::Logs => LATE_BLOCKS,
            Watch::Receipts => 0,
        };
        is_second || block.saturating_add(late) < cursor.block
    }
}
