//! Whether a node's index of logs can be relied on.
//!
//! A node whose index has gaps looks healthy: it answers that there are no logs. Blocks that the
//! index lacks are read by their receipts. An index that lacks many, or some of a block's transfers,
//! is not asked for new blocks any more until inspections find it sound again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use usdt_tron::Node;

/// So many blocks in a row, half a minute of them, are more than nodes of different heights behind
/// one name explain.
const MOST_LACKING: u64 = 10;

/// So many good comparisons in a row make an index sound again: one may have met another of several
/// nodes behind one name.
const GOOD_COMPARISONS: u32 = 2;

/// Why an index is not asked.
#[derive(Clone, Debug)]
enum Fault {
    Lacks(String),
    Refuses(String),
}

/// What is known of one node's index.
#[derive(Clone, Debug, Default)]
struct LogIndex {
    /// Blocks in a row whose transfers it lacks.
    lacking: u64,
    fault: Option<Fault>,
    /// Since the fault.
    good_comparisons: u32,
    /// The fault came up while the chain was read.
    is_news: bool,
    /// No block up to this one has anything that the index hides from us.
    whole_up_to: Option<u64>,
    /// The last of the blocks that were read by this index and must be read again.
    owed_up_to: Option<u64>,
}

impl LogIndex {
    /// Blocks after `block` are not read by it any more.
    fn set_fault(&mut self, fault: Fault, block: u64) {
        if self.fault.is_none() {
            self.owed_up_to = self.owed_up_to.max(Some(block));
        }
        self.good_comparisons = 0;
        self.fault = Some(fault);
    }
}

/// The indices of a network's nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct LogIndices(Arc<Mutex<HashMap<usize, LogIndex>>>);

impl LogIndices {
    /// Why the index of this node is not to be asked; `None` where it is.
    pub fn fault(&self, node: &Node) -> Option<String> {
        match &self.all().get(&node.identity())?.fault {
            None => None,
            Some(Fault::Lacks(why) | Fault::Refuses(why)) => Some(why.clone()),
        }
    }

    pub fn is_any_faulty(&self) -> bool {
        self.all().values().any(|index| index.fault.is_some())
    }

    /// It shows the block's transfers.
    pub fn shows(&self, node: &Node) {
        if let Some(index) = self.all().get_mut(&node.identity()) {
            index.lacking = 0;
        }
    }

    /// It lacks a block that has transfers.
    pub fn lacks(&self, node: &Node, block: u64) {
        self.with(node, |index| {
            index.lacking += 1;
            if index.lacking >= MOST_LACKING && index.fault.is_none() {
                let why = format!("it lacks the transfers of {MOST_LACKING} blocks up to {block}");
                index.set_fault(Fault::Lacks(why), block);
                index.is_news = true;
            }
        });
    }

    /// It could not be asked for so many blocks up to this one.
    pub fn refuses(&self, node: &Node, (blocks, block): (u64, u64), why: &str) {
        self.with(node, |index| {
            // Once is not enough, however many blocks there were.
            let blocks = blocks.min(MOST_LACKING / 2);
            index.lacking = index.lacking.saturating_add(blocks);
            if index.lacking >= MOST_LACKING && index.fault.is_none() {
                let why = format!("it cannot be asked: {why}");
                index.set_fault(Fault::Refuses(why), block);
                index.is_news = true;
            }
        });
    }

    /// Whether a fault has come up since this was asked last.
    pub fn take_news(&self) -> bool {
        let mut is_news = false;
        for index in self.all().values_mut() {
            is_news |= std::mem::take(&mut index.is_news);
        }
        is_news
    }

    /// A comparison has found that it lacks something, when all up to `read` was read.
    pub fn is_unsound(&self, node: &Node, why: String, read: u64) {
        self.with(node, |index| index.set_fault(Fault::Lacks(why), read));
    }

    /// A comparison of `block` has found it whole, or, where that is `None`, it answers and there was
    /// nothing to compare.
    pub fn is_sound(&self, node: &Node, block: Option<u64>) {
        self.with(node, |index| {
            if block.is_none() && matches!(index.fault, Some(Fault::Lacks(_))) {
                return;
            }
            index.good_comparisons = index.good_comparisons.saturating_add(1);
            if index.fault.is_none() || index.good_comparisons >= GOOD_COMPARISONS {
                index.fault = None;
                index.lacking = 0;
            }
            if index.owed_up_to.is_none() && index.fault.is_none() {
                index.whole_up_to = index.whole_up_to.max(block);
            }
        });
    }

    /// What has to be read again: the blocks after the first up to the second. `began` is where the
    /// reading began.
    pub fn owed(&self, node: &Node, began: u64) -> Option<(u64, u64)> {
        self.with(node, |index| {
            let whole = *index.whole_up_to.get_or_insert(began);
            index.owed_up_to.map(|owed| (whole, owed))
        })
    }

    /// No block up to this one is owed any more.
    pub fn is_paid_up_to(&self, node: &Node, block: u64) {
        self.with(node, |index| {
            index.whole_up_to = index.whole_up_to.max(Some(block));
            if index.owed_up_to <= Some(block) {
                index.owed_up_to = None;
            }
        });
    }

    fn with<T>(&self, node: &Node, change: impl FnOnce(&mut LogIndex) -> T) -> T {
        change(self.all().entry(node.identity()).or_default())
    }

    fn all(&self) -> MutexGuard<'_, HashMap<usize, LogIndex>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
