//! Blocks, linked by their IDs.

use sha2::{Digest as _, Sha256};
use usdt_protocol::{TronAddress, UtcTime};

use crate::block_id::BlockId;
use crate::transaction::Transaction;

/// How many witnesses take turns in making blocks.
const WITNESSES: u64 = 27;

#[derive(Debug)]
pub struct Block {
    pub id: BlockId,
    pub parent: BlockId,
    pub timestamp: UtcTime,
    pub transactions: Vec<Transaction>,
}

impl Block {
    pub fn new(
        number: u64,
        parent: BlockId,
        timestamp: UtcTime,
        transactions: Vec<Transaction>,
    ) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(parent.bytes());
        hasher.update(number.to_be_bytes());
        hasher.update(timestamp.millis().to_be_bytes());
        for transaction in &transactions {
            hasher.update(transaction.id().bytes());
        }
        let mut id: [u8; 32] = hasher.finalize().into();
        id.split_at_mut(8).0.copy_from_slice(&number.to_be_bytes());
        Self {
            id: BlockId::from_bytes(id),
            parent,
            timestamp,
            transactions,
        }
    }

    pub fn number(&self) -> u64 {
        self.id.number()
    }

    /// A digest of the transactions; zero where there are none.
    pub fn transactions_root(&self) -> [u8; 32] {
        if self.transactions.is_empty() {
            return [0; 32];
        }
        let mut hasher = Sha256::new();
        for transaction in &self.transactions {
            hasher.update(transaction.id().bytes());
        }
        hasher.finalize().into()
    }

    pub fn witness(&self) -> TronAddress {
        let mut word = [0; 32];
        let digest = Sha256::digest(format!("witness {}", self.number() % WITNESSES));
        word.copy_from_slice(&digest);
        TronAddress::from_abi_word(&word)
    }
}
