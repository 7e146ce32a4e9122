//! Which transfers only one of the sources has: logs against receipts, and against the indexer.

use std::collections::{BTreeMap, BTreeSet};

use usdt_protocol::Txid;

/// The rows of one recipient as the logs and the indexer tell them.
#[derive(Debug, Default)]
pub(super) struct Recipient {
    /// From the logs, by their transactions, with their blocks.
    logged: BTreeMap<Txid, u64>,
    /// Only in the logs, and old enough that the indexer should list them.
    unlisted: BTreeSet<Txid>,
    /// Only in the indexer's lists, with the number of lists in which they were.
    doubtful: BTreeMap<Txid, u32>,
    /// Of these, those of blocks whose logs were read without them.
    unlogged: BTreeSet<Txid>,
    /// And those of other blocks.
    outside: BTreeSet<Txid>,
    /// Rows that both have.
    agreed: BTreeSet<Txid>,
}

/// Lists in which a row must have been before the logs are suspected: they may come to its block.
const PATIENT_LISTS: u32 = 3;

impl Recipient {
    pub(super) fn log(&mut self, txid: Txid, block: u64) {
        self.logged.insert(txid, block);
    }

    /// Takes a list of the indexer, which should hold what was mined in the blocks `due`.
    pub(super) fn list(&mut self, listed: &BTreeSet<Txid>, due: std::ops::RangeInclusive<u64>) {
        for txid in listed {
            if self.logged.contains_key(txid) {
                self.agreed.insert(*txid);
                self.unlisted.remove(txid);
                self.unlogged.remove(txid);
                self.doubtful.remove(txid);
            } else if !self.outside.contains(txid) && !self.unlogged.contains(txid) {
                *self.doubtful.entry(*txid).or_default() += 1;
            }
        }
        let missing = self.logged.iter().filter(|(txid, block)| {
            due.contains(block) && !listed.contains(txid) && !self.agreed.contains(txid)
        });
        self.unlisted.extend(missing.map(|(txid, _)| *txid));
    }

    /// A row that only the indexer has, for long, and whose block is not known yet.
    pub(super) fn suspect(&self) -> Option<Txid> {
        let mut old = self.doubtful.iter();
        old.find_map(|(txid, lists)| (*lists >= PATIENT_LISTS).then_some(*txid))
    }

    /// Says whether a suspect is a row of a block whose logs were read.
    pub(super) fn settle(&mut self, suspect: Txid, was_read: bool) {
        self.doubtful.remove(&suspect);
        let settled = if was_read {
            &mut self.unlogged
        } else {
            &mut self.outside
        };
        settled.insert(suspect);
    }

    pub(super) fn agreed(&self) -> usize {
        self.agreed.len()
    }

    pub(super) fn only_logs(&self) -> usize {
        self.unlisted.len()
    }

    pub(super) fn only_indexer(&self) -> usize {
        self.unlogged.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn txid(number: u8) -> Txid {
        Txid::from_bytes([number; 32])
    }

    #[test]
    fn a_row_is_missed_only_where_its_source_had_time_enough() {
        let mut rows = Recipient::default();
        rows.log(txid(1), 100);
        rows.log(txid(2), 101);
        rows.log(txid(3), 120);
        // The third is too young, and the fourth is of a block that is still to be read.
        let listed = BTreeSet::from([txid(1), txid(4)]);
        for _ in 0..2 {
            rows.list(&listed, 100..=110);
        }
        assert_eq!(
            (rows.agreed(), rows.only_logs(), rows.only_indexer()),
            (1, 1, 0)
        );
        assert_eq!(rows.suspect(), None);
        rows.list(&listed, 100..=110);
        assert_eq!(rows.suspect(), Some(txid(4)));
        rows.settle(txid(4), true);
        assert_eq!((rows.suspect(), rows.only_indexer()), (None, 1));
        // The late rows come after all.
        rows.log(txid(4), 105);
        rows.list(
            &BTreeSet::from([txid(1), txid(2), txid(3), txid(4)]),
            100..=121,
        );
        assert_eq!(
            (rows.agreed(), rows.only_logs(), rows.only_indexer()),
            (4, 0, 0)
        );
        // What is older than the first block that was read says nothing.
        for _ in 0..3 {
            rows.list(&BTreeSet::from([txid(5)]), 100..=100);
        }
        rows.settle(txid(5), false);
        rows.list(&BTreeSet::from([txid(5)]), 100..=100);
        assert_eq!((rows.suspect(), rows.only_indexer()), (None, 0));
    }
}
