//! Replaces the newest blocks by others, as a node does when a longer branch comes along.

use std::collections::HashMap;

use thiserror::Error;
use usdt_protocol::TronAddress;

use super::{BLOCK_SECONDS, Chain, Place, SOLID_DEPTH, key};
use crate::transaction::Transaction;

/// Why blocks were not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ForkError {
    #[error("a fork replaces between 1 and 18 blocks: those below are solid")]
    Depth,
}

impl Chain {
    /// Replaces the newest blocks by as many empty ones with other IDs, each a slot later than
    /// the one it replaces. Their transactions go back into the pool or are lost.
    pub fn fork(&mut self, blocks: u64, keep_transactions: bool) -> Result<(), ForkError> {
        if !(1..SOLID_DEPTH).contains(&blocks) {
            return Err(ForkError::Depth);
        }
        let base = self.head() - blocks;
        let kept = self.whole().blocks(self.first_block, base).len();
        let replaced = self.blocks.split_off(kept);
        self.token_states.retain(|(block, _)| *block <= base);
        let mut orphans = Vec::new();
        let mut timestamps = Vec::new();
        for block in replaced {
            timestamps.push(block.timestamp.plus_seconds(BLOCK_SECONDS));
            orphans.extend(block.transactions);
        }
        for transaction in &orphans {
            self.forget(transaction, base);
        }
        if keep_transactions {
            orphans.append(&mut self.pool);
            self.pool = orphans;
        }
        for timestamp in timestamps {
            self.clock.reach(timestamp);
            self.append(timestamp, Vec::new());
        }
        Ok(())
    }

    /// Takes a transaction out of the indexes, which end at block `base` again.
    fn forget(&mut self, transaction: &Transaction, base: u64) {
        self.places.remove(&key(transaction.id()));
        for account in transaction.parties() {
            cut(&mut self.accounts, account, base);
        }
        if let Some(raw) = transaction.signed_data() {
            cut(&mut self.signed, raw.owner, base);
        }
    }
}

/// Lets an account's entry in an index end at block `base`.
fn cut(index: &mut HashMap<TronAddress, Vec<Place>>, account: TronAddress, base: u64) {
    if let Some(places) = index.get_mut(&account) {
        let end = places.partition_point(|place| place.block <= base);
        places.truncate(end);
        if places.is_empty() {
            index.remove(&account);
        }
    }
}
