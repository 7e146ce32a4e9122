//! The chain as a node sees it that has all blocks, or lacks the newest.

use usdt_protocol::{TronAddress, Txid, UtcTime};

use super::{Chain, Mined, Place, SOLID_DEPTH, View, key};
use crate::block::Block;
use crate::block_id::BlockId;
use crate::call::TREASURY;
use crate::raw_data::BlockReference;
use crate::rules::Rules;
use crate::token_state::TokenState;
use crate::transaction::Transaction;

const TREASURY_FUNDS: u128 = 1 << 100;

/// The part of a chain that a node knows.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    pub(super) chain: &'a Chain,
    /// The number of the newest block that is known.
    pub(super) head: u64,
}

impl<'a> Snapshot<'a> {
    pub fn now(self) -> UtcTime {
        self.chain.now()
    }

    pub const fn rules(self) -> Rules {
        self.chain.rules
    }

    pub const fn first_block(self) -> u64 {
        self.chain.first_block
    }

    /// The number of the newest block of the view.
    pub fn tip(self, view: View) -> u64 {
        match view {
            View::Head => self.head,
            View::Solid => self
                .head
                .saturating_sub(SOLID_DEPTH)
                .max(self.chain.first_block),
        }
    }

    pub fn block(self, number: u64, view: View) -> Option<&'a Block> {
        if number > self.tip(view) {
            return None;
        }
        let index = usize::try_from(number.checked_sub(self.chain.first_block)?).ok()?;
        self.chain.blocks.get(index)
    }

    pub fn block_by_id(self, id: BlockId, view: View) -> Option<&'a Block> {
        self.block(id.number(), view).filter(|block| block.id == id)
    }

    /// The blocks from one number to another, both included, as far as they exist.
    pub fn blocks(self, from: u64, to: u64) -> &'a [Block] {
        let index = |number: u64| {
            let above = number.saturating_sub(self.chain.first_block);
            usize::try_from(above)
                .unwrap_or(usize::MAX)
                .min(self.chain.blocks.len())
        };
        let end = if to < self.chain.first_block {
            0
        } else {
            index(to.min(self.head).saturating_add(1))
        };
        self.chain.blocks.get(index(from)..end).unwrap_or_default()
    }

    pub fn mined(self, txid: Txid, view: View) -> Option<Mined<'a>> {
        self.at(*self.chain.places.get(&key(txid))?, view)
            .filter(|mined| mined.transaction.id() == txid)
    }

    /// A transaction that no block has yet.
    pub fn waiting(self, txid: Txid) -> Option<&'a Transaction> {
        self.chain.waiting(txid)
    }

    pub fn at(self, place: Place, view: View) -> Option<Mined<'a>> {
        let block = self.block(place.block, view)?;
        Some(Mined {
            place,
            block,
            transaction: block.transactions.get(place.index)?,
        })
    }

    /// Where the transactions are whose logs name the account, oldest first.
    pub fn places_of(self, account: TronAddress) -> &'a [Place] {
        let places = self
            .chain
            .accounts
            .get(&account)
            .map_or(&[][..], Vec::as_slice);
        let end = places.partition_point(|place| place.block <= self.head);
        places.get(..end).unwrap_or_default()
    }

    /// Those of them in the blocks from one number to another, both included.
    pub fn places_between(self, account: TronAddress, from: u64, to: u64) -> &'a [Place] {
        let places = self.places_of(account);
        let start = places.partition_point(|place| place.block < from);
        let end = places.partition_point(|place| place.block <= to);
        places.get(start..end).unwrap_or_default()
    }

    pub fn is_token(self, contract: TronAddress) -> bool {
        self.chain.tokens.contains(&contract)
    }

    /// The state of a token's contract. Only the default token's is ever changed.
    pub fn token_state(self, token: TronAddress, view: View) -> TokenState {
        let tip = self.tip(view);
        let states = &self.chain.token_states;
        let known = states.partition_point(|(block, _)| *block <= tip);
        states
            .get(..known)
            .and_then(<[_]>::last)
            .filter(|_| token == self.chain.token)
            .map(|(_, state)| state.clone())
            .unwrap_or_default()
    }

    /// What the account holds of a token. Anyone may send: what a sender lacks, it is given.
    pub fn balance(self, account: TronAddress, token: TronAddress, view: View) -> u128 {
        let start = if account == TREASURY {
            TREASURY_FUNDS
        } else {
            0
        };
        self.places_of(account)
            .iter()
            .map_while(|place| self.at(*place, view))
            .flat_map(|mined| mined.transaction.events())
            .map(|(_, event)| event)
            .filter(|event| event.token == token)
            .fold(start, |balance, event| event.applied(balance, account))
    }

    /// Whether a transaction may name this block: the newest whose number ends so has such an ID.
    pub fn knows(self, reference: BlockReference) -> bool {
        let end = |number: u64| number.to_be_bytes().last_chunk().copied();
        let newest = end(self.head).map_or(0, u16::from_be_bytes);
        let behind = newest.wrapping_sub(u16::from_be_bytes(reference.bytes));
        self.head
            .checked_sub(behind.into())
            .and_then(|number| self.block(number, View::Head))
            .is_some_and(|block| BlockReference::from(block.id) == reference)
    }

    /// A block that a new transaction can name without fear of a fork.
    pub fn reference(self) -> BlockId {
        self.block(self.tip(View::Solid), View::Solid)
            .map_or(BlockId::NONE, |block| block.id)
    }
}
