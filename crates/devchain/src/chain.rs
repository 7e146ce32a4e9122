//! The chain itself: blocks, the pool of waiting transactions, and the indexes over both.

use std::collections::{HashMap, HashSet};

use usdt_protocol::{TronAddress, Txid, UtcTime};

use crate::block::{Block, BlockId};
use crate::clock::{Clock, WallTime};
use crate::transaction::{Outcome, TokenTransfer, Transaction};
use crate::{Options, Transfer};

/// Seconds between two blocks.
pub const BLOCK_SECONDS: i64 = 3;
/// A block is solid when this many have been built on it.
pub const SOLID_DEPTH: u64 = 19;
/// Blocks that a new chain has above its genesis block.
pub const FIRST_BLOCKS: u32 = 20;

/// Who sends when nobody is named: the address of private key 1. Its funds never end.
const TREASURY: TronAddress = TronAddress::from_bytes([
    0x7e, 0x5f, 0x45, 0x52, 0x09, 0x1a, 0x69, 0x12, 0x5d, 0x5d, 0xfc, 0xb7, 0xb8, 0xc2, 0x65, 0x90,
    0x29, 0x39, 0x5b, 0xdf,
]);
const TREASURY_FUNDS: u128 = 1 << 100;

/// How much of the chain a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    Head,
    Solid,
}

/// Where a transaction is: the number of its block and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub block: u64,
    pub index: usize,
}

/// A transaction in its block.
#[derive(Clone, Copy)]
pub struct Mined<'a> {
    pub place: Place,
    pub block: &'a Block,
    pub transaction: &'a Transaction,
}

pub struct Chain {
    clock: Clock,
    first_block: u64,
    token: TronAddress,
    blocks: Vec<Block>,
    pool: Vec<Transaction>,
    paused: bool,
    last_created: UtcTime,
    places: HashMap<Txid, Place>,
    accounts: HashMap<TronAddress, Vec<Place>>,
    tokens: HashSet<TronAddress>,
}

impl Chain {
    pub fn new(options: &Options, wall: WallTime) -> Self {
        let genesis = Block::new(
            options.first_block,
            BlockId::NONE,
            options.genesis_time,
            Vec::new(),
        );
        let mut chain = Self {
            clock: Clock::starting_at(options.genesis_time, wall),
            first_block: options.first_block,
            token: options.token,
            blocks: vec![genesis],
            pool: Vec::new(),
            paused: false,
            last_created: UtcTime::EPOCH,
            places: HashMap::new(),
            accounts: HashMap::new(),
            tokens: HashSet::from([options.token]),
        };
        chain.mine(FIRST_BLOCKS);
        chain
    }

    /// The time of the chain, never before its newest block.
    pub fn now(&self) -> UtcTime {
        self.clock.now().max(self.newest_time())
    }

    pub const fn token(&self) -> TronAddress {
        self.token
    }

    pub const fn first_block(&self) -> u64 {
        self.first_block
    }

    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    pub const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// The number of the newest block of the view.
    pub fn tip(&self, view: View) -> u64 {
        let head = self.blocks.last().map_or(self.first_block, Block::number);
        match view {
            View::Head => head,
            View::Solid => head.saturating_sub(SOLID_DEPTH).max(self.first_block),
        }
    }

    pub fn block(&self, number: u64, view: View) -> Option<&Block> {
        if number > self.tip(view) {
            return None;
        }
        let index = usize::try_from(number.checked_sub(self.first_block)?).ok()?;
        self.blocks.get(index)
    }

    pub fn block_by_id(&self, id: BlockId, view: View) -> Option<&Block> {
        self.block(id.number(), view).filter(|block| block.id == id)
    }

    /// The blocks from one number to another, both included, as far as they exist.
    pub fn blocks(&self, from: u64, to: u64) -> &[Block] {
        let index = |number: u64| {
            let above = number.saturating_sub(self.first_block);
            usize::try_from(above)
                .unwrap_or(usize::MAX)
                .min(self.blocks.len())
        };
        let end = if to < self.first_block {
            0
        } else {
            index(to.saturating_add(1))
        };
        self.blocks.get(index(from)..end).unwrap_or_default()
    }

    pub fn mined(&self, txid: Txid, view: View) -> Option<Mined<'_>> {
        self.at(*self.places.get(&txid)?, view)
    }

    pub fn at(&self, place: Place, view: View) -> Option<Mined<'_>> {
        let block = self.block(place.block, view)?;
        Some(Mined {
            place,
            block,
            transaction: block.transactions.get(place.index)?,
        })
    }

    /// Where the transactions are that moved tokens from or to the account, oldest first.
    pub fn places_of(&self, account: TronAddress) -> &[Place] {
        self.accounts.get(&account).map_or(&[], Vec::as_slice)
    }

    pub fn is_token(&self, contract: TronAddress) -> bool {
        self.tokens.contains(&contract)
    }

    /// What the account holds of a token. Anyone may send: what a sender lacks, it is given.
    pub fn balance(&self, account: TronAddress, token: TronAddress, view: View) -> u128 {
        let start = if account == TREASURY {
            TREASURY_FUNDS
        } else {
            0
        };
        self.places_of(account)
            .iter()
            .map_while(|place| self.at(*place, view))
            .flat_map(|mined| mined.transaction.transfers())
            .filter(|transfer| transfer.token == token)
            .fold(start, |mut balance, transfer| {
                let amount = u128::from(transfer.amount.micro());
                if transfer.from == account {
                    balance = balance.saturating_sub(amount);
                }
                if transfer.to == account {
                    balance = balance.saturating_add(amount);
                }
                balance
            })
    }

    /// A block that a new transaction can name without fear of a fork.
    pub fn reference(&self) -> BlockId {
        self.block(self.tip(View::Solid), View::Solid)
            .map_or(BlockId::NONE, |block| block.id)
    }

    /// Puts transfers into the pool, from where the next block takes them.
    pub fn submit(&mut self, transfer: &Transfer) -> Vec<Txid> {
        let asked = TokenTransfer {
            token: transfer.contract.unwrap_or(self.token),
            from: transfer.from.unwrap_or(TREASURY),
            to: transfer.to,
            amount: transfer.amount,
        };
        let outcome = if transfer.fail {
            Outcome::OutOfEnergy
        } else {
            Outcome::Success
        };
        let reference = self.reference().into();
        self.tokens.insert(asked.token);
        (0..transfer.count)
            .map(|_| {
                // No two share a timestamp, so that no two share an ID.
                let after_last = UtcTime::from_millis(self.last_created.millis() + 1);
                self.last_created = self.now().max(after_last);
                let transaction = Transaction::new(asked, outcome, self.last_created, reference);
                let id = transaction.id();
                self.pool.push(transaction);
                id
            })
            .collect()
    }

    /// Mines blocks at once and lets the clock advance to the time of the last one.
    pub fn mine(&mut self, blocks: u32) {
        for _ in 0..blocks {
            let next = self.newest_time().plus_seconds(BLOCK_SECONDS);
            let timestamp = self.now().max(next);
            self.clock.reach(timestamp);
            self.append(timestamp);
        }
    }

    /// Milliseconds until the next block is due by the clock, 0 when it is; never while paused.
    pub fn millis_until_due(&self) -> Option<u64> {
        let due = self.newest_time().plus_seconds(BLOCK_SECONDS);
        let left = due.millis().saturating_sub(self.now().millis()).max(0);
        (!self.paused).then_some(left.unsigned_abs())
    }

    /// Mines one block with the current time if one is due.
    pub fn mine_if_due(&mut self) -> bool {
        let due = self.millis_until_due() == Some(0);
        if due {
            self.append(self.now());
        }
        due
    }

    fn newest_time(&self) -> UtcTime {
        self.blocks
            .last()
            .map_or(UtcTime::EPOCH, |block| block.timestamp)
    }

    fn append(&mut self, timestamp: UtcTime) {
        let parent = self.blocks.last().map_or(BlockId::NONE, |block| block.id);
        let number = parent.number() + 1;
        let transactions = std::mem::take(&mut self.pool);
        for (index, transaction) in transactions.iter().enumerate() {
            let place = Place {
                block: number,
                index,
            };
            self.places.insert(transaction.id(), place);
            for account in transaction
                .transfers()
                .flat_map(|moved| [moved.from, moved.to])
            {
                let places = self.accounts.entry(account).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        self.blocks
            .push(Block::new(number, parent, timestamp, transactions));
    }
}
