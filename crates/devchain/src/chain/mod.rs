//! The chain itself: blocks, the pool of waiting transactions, and the indexes over both.

mod account;
mod fork;
mod options;
mod snapshot;

use std::collections::{HashMap, HashSet};

use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

pub use self::account::{Account, Grant};
pub use self::fork::ForkError;
pub use self::options::Options;
pub use self::snapshot::Snapshot;
use crate::bill::{Bill, MAX_FEE_LIMIT};
use crate::block::Block;
use crate::block_id::BlockId;
use crate::call::{Call, TREASURY, Transfer};
use crate::clock::{Clock, WallTime};
use crate::raw_data::RawData;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::signature::check;
use crate::token_state::TokenState;
use crate::transaction::{Asked, PlainTransfer, Transaction};

/// Seconds between two blocks.
pub const BLOCK_SECONDS: i64 = 3;
/// A block is solid when this many have been built on it.
pub const SOLID_DEPTH: u64 = 19;
/// Blocks that a new chain has above its genesis block.
pub const FIRST_BLOCKS: u32 = 20;

/// Who is paid by others in chains that are busy.
const STRANGER: TronAddress = TronAddress::from_bytes([0x51; 20]);

/// Seconds by which a transaction may outlive the newest block: a day.
const LONGEST_LIFETIME: i64 = 86_400;

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
    strangers: u32,
    blocks: Vec<Block>,
    pool: Vec<Transaction>,
    paused: bool,
    last_created: UtcTime,
    /// By [`key`], which is a quarter of an ID: there may be millions.
    places: HashMap<u64, Place>,
    accounts: HashMap<TronAddress, Vec<Place>>,
    /// Where the transactions are that an account has signed, oldest first.
    signed: HashMap<TronAddress, Vec<Place>>,
    grants: HashMap<TronAddress, Grant>,
    rules: Rules,
    /// What was broadcast while the node kept a cache of IDs.
    broadcast: HashSet<Txid>,
    tokens: HashSet<TronAddress>,
    /// The state of the default token from the block on whose number stands with it.
    token_states: Vec<(u64, TokenState)>,
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
            strangers: options.strangers,
            blocks: vec![genesis],
            pool: Vec::new(),
            paused: false,
            last_created: UtcTime::EPOCH,
            places: HashMap::new(),
            accounts: HashMap::new(),
            signed: HashMap::new(),
            grants: HashMap::new(),
            rules: options.rules,
            broadcast: HashSet::new(),
            tokens: HashSet::from([options.token]),
            token_states: Vec::new(),
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

    pub const fn rules(&self) -> Rules {
        self.rules
    }

    pub const fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    pub const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// The number of the newest block.
    pub fn head(&self) -> u64 {
        self.blocks.last().map_or(self.first_block, Block::number)
    }

    /// The chain without its newest `lag` blocks.
    pub fn without(&self, lag: u64) -> Snapshot<'_> {
        Snapshot {
            chain: self,
            head: self.head().saturating_sub(lag).max(self.first_block),
        }
    }

    /// The whole chain.
    pub fn whole(&self) -> Snapshot<'_> {
        self.without(0)
    }

    /// Puts transfers into the pool, from where the next block takes them.
    pub fn transfer(&mut self, transfer: &Transfer) -> Vec<Txid> {
        let plain = PlainTransfer {
            token: transfer.contract.unwrap_or(self.token),
            from: transfer.from.unwrap_or(TREASURY),
            to: transfer.to,
            amount: transfer.amount,
            fails: transfer.fail,
        };
        self.tokens.insert(plain.token);
        (0..transfer.count)
            .map(|_| self.sign(plain.into()))
            .collect()
    }

    /// Puts a call into the pool.
    pub fn submit(&mut self, call: Call) -> Txid {
        self.tokens.extend(call.logs.iter().map(|log| log.address));
        self.sign(call.into())
    }

    /// Puts what a wallet has signed into the pool, after the checks of a node in its order.
    pub fn broadcast(&mut self, raw: RawData, signatures: &[Vec<u8>]) -> Result<(), Refusal> {
        let txid = raw.txid();
        if self.rules.transaction_cache && !self.broadcast.insert(txid) {
            return Err(Refusal::Cached);
        }
        let newest = self.newest_time();
        if raw.expiration < newest.plus_seconds(BLOCK_SECONDS) {
            return Err(Refusal::Expired);
        }
        let signature = check(txid, &raw, signatures).map_err(Refusal::Signature)?;
        if !self.whole().knows(raw.reference) {
            return Err(Refusal::Reference);
        }
        if raw.expiration > newest.plus_seconds(LONGEST_LIFETIME) {
            return Err(Refusal::Expired);
        }
        if self.waiting(txid).is_some() || self.whole().mined(txid, View::Head).is_some() {
            return Err(Refusal::Duplicate);
        }
        let (owner, contract, fee_limit) = (raw.owner, raw.contract, raw.fee_limit);
        let mut transaction = Transaction::signed(raw, signature);
        let payer = if self.rules.funds {
            let payer = self.payer(&transaction, &self.pool, newest);
            let payer = payer.ok_or(Refusal::Account(owner))?;
            if let Some(raw) = transaction.signed_data() {
                Bill::for_bandwidth(raw, payer.means).map_err(|_| Refusal::Bandwidth)?;
            }
            Some(payer)
        } else {
            None
        };
        if !self.whole().is_token(contract) {
            return Err(Refusal::NoContract);
        }
        if !(0..=MAX_FEE_LIMIT).contains(&fee_limit) {
            return Err(Refusal::FeeLimit);
        }
        // A node runs it once before it takes it on, so that the next one meets what this leaves.
        transaction.execute(self.token, &mut self.next_token_state(), payer);
        self.pool.push(transaction);
        Ok(())
    }

    /// A transaction in the pool.
    pub fn waiting(&self, txid: Txid) -> Option<&Transaction> {
        self.pool.iter().find(|waiting| waiting.id() == txid)
    }

    /// All of the pool, in the order in which they came.
    pub fn pool(&self) -> &[Transaction] {
        &self.pool
    }

    /// The state that the default token will have in the next block.
    pub fn next_token_state(&self) -> TokenState {
        let mut state = self.whole().token_state(self.token, View::Head);
        for change in self.pool.iter().filter_map(Transaction::change) {
            change.apply(&mut state);
        }
        state
    }

    /// Puts the calls into the pool that give the default token this state.
    pub fn set_token_state(&mut self, wanted: &TokenState) -> Vec<Txid> {
        self.next_token_state()
            .changes_to(wanted)
            .into_iter()
            .map(|change| self.sign(Asked::change(self.token, change)))
            .collect()
    }

    fn sign(&mut self, asked: Asked) -> Txid {
        // No two share a timestamp, so that no two share an ID.
        let after_last = UtcTime::from_millis(self.last_created.millis() + 1);
        self.last_created = self.now().max(after_last);
        let reference = self.whole().reference().into();
        let transaction = Transaction::new(asked, self.last_created, reference);
        let id = transaction.id();
        self.pool.push(transaction);
        id
    }

    /// Mines blocks at once and lets the clock advance to the time of the last one.
    pub fn mine(&mut self, blocks: u32) {
        for _ in 0..blocks {
            let next = self.newest_time().plus_seconds(BLOCK_SECONDS);
            let timestamp = self.now().max(next);
            self.clock.reach(timestamp);
            self.append_pool(timestamp);
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
            self.append_pool(self.now());
        }
        due
    }

    fn newest_time(&self) -> UtcTime {
        self.blocks
            .last()
            .map_or(UtcTime::EPOCH, |block| block.timestamp)
    }

    fn append_pool(&mut self, timestamp: UtcTime) {
        if self.strangers > 0 {
            self.transfer(&Transfer {
                count: self.strangers,
                ..Transfer::new(STRANGER, Usdt::from_micro(1_000_000))
            });
        }
        let transactions = std::mem::take(&mut self.pool);
        self.append(timestamp, transactions);
    }

    fn append(&mut self, timestamp: UtcTime, mut transactions: Vec<Transaction>) {
        transactions.shrink_to_fit();
        let parent = self.blocks.last().map_or(BlockId::NONE, |block| block.id);
        let number = parent.number() + 1;
        let before = self.whole().token_state(self.token, View::Head);
        let mut state = before.clone();
        for index in 0..transactions.len() {
            let (executed, rest) = transactions.split_at_mut(index);
            let Some(transaction) = rest.first_mut() else {
                break;
            };
            let payer = self
                .rules
                .funds
                .then(|| self.payer(transaction, executed, timestamp))
                .flatten();
            transaction.execute(self.token, &mut state, payer);
            let place = Place {
                block: number,
                index,
            };
            self.places.insert(key(transaction.id()), place);
            if let Some(raw) = transaction.signed_data() {
                self.signed.entry(raw.owner).or_default().push(place);
            }
            for account in transaction.parties() {
                let places = self.accounts.entry(account).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        if state != before {
            self.token_states.push((number, state));
        }
        self.blocks
            .push(Block::new(number, parent, timestamp, transactions));
    }
}

/// The first eight bytes of an ID. Among three million, two share them in one chain of millions.
fn key(txid: Txid) -> u64 {
    txid.bytes()
        .first_chunk()
        .copied()
        .map_or(0, u64::from_be_bytes)
}
