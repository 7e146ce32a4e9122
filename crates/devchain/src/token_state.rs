//! The switches of the USDT contract, and the calls of its owner that turn them.

use std::collections::BTreeSet;

use serde::Serialize;
use usdt_protocol::{TronAddress, Usdt};

use crate::call::{Call, call_data};
use crate::log::{Log, Word, word_of};

/// Who turns the switches and receives the fees: the address of private key 2.
pub const TOKEN_OWNER: TronAddress = TronAddress::from_bytes([
    0x2b, 0x5a, 0xd5, 0xc4, 0x79, 0x5c, 0x02, 0x65, 0x14, 0xf8, 0x31, 0x7c, 0x7a, 0x21, 0x5e, 0x21,
    0x8d, 0xcc, 0xd6, 0xcf,
]);

/// The contract that a deprecated token names as its successor: the address of private key 4.
const SUCCESSOR: TronAddress = TronAddress::from_bytes([
    0x1e, 0xff, 0x47, 0xbc, 0x3a, 0x10, 0xa4, 0x5d, 0x4b, 0x23, 0x0b, 0x5d, 0x10, 0xe3, 0x77, 0x51,
    0xfe, 0x6a, 0xa7, 0x18,
]);

/// keccak256 of `Pause()`.
const PAUSE_TOPIC: Word = [
    0x69, 0x85, 0xa0, 0x22, 0x10, 0xa1, 0x68, 0xe6, 0x66, 0x02, 0xd3, 0x23, 0x5c, 0xb6, 0xdb, 0x0e,
    0x70, 0xf9, 0x2b, 0x3b, 0xa4, 0xd3, 0x76, 0xa3, 0x3c, 0x0f, 0x3d, 0x94, 0x34, 0xbf, 0xf6, 0x25,
];
/// keccak256 of `Unpause()`.
const UNPAUSE_TOPIC: Word = [
    0x78, 0x05, 0x86, 0x2f, 0x68, 0x9e, 0x2f, 0x13, 0xdf, 0x9f, 0x06, 0x2f, 0xf4, 0x82, 0xad, 0x3a,
    0xd1, 0x12, 0xac, 0xa9, 0xe0, 0x84, 0x79, 0x11, 0xed, 0x83, 0x2e, 0x15, 0x8c, 0x52, 0x5b, 0x33,
];
/// keccak256 of `Deprecate(address)`.
const DEPRECATE_TOPIC: Word = [
    0xcc, 0x35, 0x86, 0x99, 0x80, 0x5e, 0x9a, 0x8b, 0x7f, 0x77, 0xb5, 0x22, 0x62, 0x8c, 0x7c, 0xb9,
    0xab, 0xd0, 0x7d, 0x9e, 0xfb, 0x86, 0xb6, 0xfb, 0x61, 0x6a, 0xf1, 0x60, 0x90, 0x36, 0xa9, 0x9e,
];
/// keccak256 of `Params(uint256,uint256)`.
const PARAMS_TOPIC: Word = [
    0xb0, 0x44, 0xa1, 0xe4, 0x09, 0xea, 0xc5, 0xc4, 0x8e, 0x5a, 0xf2, 0x2d, 0x4a, 0xf5, 0x26, 0x70,
    0xdd, 0x1a, 0x99, 0x05, 0x95, 0x37, 0xa7, 0x8b, 0x31, 0xb4, 0x8c, 0x65, 0x00, 0xa6, 0x35, 0x4e,
];
/// keccak256 of `AddedBlackList(address)`.
const ADDED_BLACK_LIST_TOPIC: Word = [
    0x42, 0xe1, 0x60, 0x15, 0x48, 0x68, 0x08, 0x7d, 0x6b, 0xfd, 0xc0, 0xca, 0x23, 0xd9, 0x6a, 0x1c,
    0x1c, 0xfa, 0x32, 0xf1, 0xb7, 0x2b, 0xa9, 0xba, 0x27, 0xb6, 0x9b, 0x98, 0xa0, 0xd8, 0x19, 0xdc,
];
/// keccak256 of `RemovedBlackList(address)`.
const REMOVED_BLACK_LIST_TOPIC: Word = [
    0xd7, 0xe9, 0xec, 0x6e, 0x6e, 0xcd, 0x65, 0x49, 0x2d, 0xce, 0x6b, 0xf5, 0x13, 0xcd, 0x68, 0x67,
    0x56, 0x0d, 0x49, 0x54, 0x44, 0x21, 0xd0, 0x78, 0x3d, 0xdf, 0x06, 0xe7, 0x6c, 0x24, 0x47, 0x0c,
];

/// The state of the default token's contract. A new chain has the default: no switch is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenState {
    /// Plain transfers fail.
    pub paused: bool,
    /// A successor has been named. Transfers still work.
    pub deprecated: bool,
    /// The fee of a plain transfer in hundredths of a percent, up to the maximum; recipients get
    /// the rest.
    pub basis_points_rate: u32,
    pub maximum_fee: Usdt,
    /// Accounts that can receive but not send.
    pub blacklisted: BTreeSet<TronAddress>,
}

impl Default for TokenState {
    fn default() -> Self {
        Self {
            paused: false,
            deprecated: false,
            basis_points_rate: 0,
            maximum_fee: Usdt::ZERO,
            blacklisted: BTreeSet::new(),
        }
    }
}

impl TokenState {
    pub fn refuses(&self, sender: TronAddress) -> bool {
        self.paused || self.blacklisted.contains(&sender)
    }

    pub fn fee(&self, amount: Usdt) -> Usdt {
        let share = u128::from(amount.micro()) * u128::from(self.basis_points_rate) / 10_000;
        let share = Usdt::from_micro(u64::try_from(share).unwrap_or(u64::MAX));
        share.min(self.maximum_fee).min(amount)
    }

    /// The calls that lead from this state to another.
    pub fn changes_to(&self, wanted: &Self) -> Vec<TokenChange> {
        let mut changes = Vec::new();
        if self.paused != wanted.paused {
            changes.push(TokenChange::Paused(wanted.paused));
        }
        if self.deprecated != wanted.deprecated {
            changes.push(TokenChange::Deprecated(wanted.deprecated));
        }
        let fees = |state: &Self| TokenChange::Fees {
            basis_points_rate: state.basis_points_rate,
            maximum_fee: state.maximum_fee,
        };
        if fees(self) != fees(wanted) {
            changes.push(fees(wanted));
        }
        let added = wanted.blacklisted.difference(&self.blacklisted);
        changes.extend(added.map(|account| TokenChange::Blacklisted(*account)));
        let removed = self.blacklisted.difference(&wanted.blacklisted);
        changes.extend(removed.map(|account| TokenChange::Cleared(*account)));
        changes
    }
}

/// One call of the token's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenChange {
    Paused(bool),
    Deprecated(bool),
    Fees {
        basis_points_rate: u32,
        maximum_fee: Usdt,
    },
    Blacklisted(TronAddress),
    Cleared(TronAddress),
}

impl TokenChange {
    pub fn apply(&self, state: &mut TokenState) {
        match *self {
            Self::Paused(paused) => state.paused = paused,
            Self::Deprecated(deprecated) => state.deprecated = deprecated,
            Self::Fees {
                basis_points_rate,
                maximum_fee,
            } => {
                state.basis_points_rate = basis_points_rate;
                state.maximum_fee = maximum_fee;
            }
            Self::Blacklisted(account) => {
                state.blacklisted.insert(account);
            }
            Self::Cleared(account) => {
                state.blacklisted.remove(&account);
            }
        }
    }

    /// The call and the event of the real contract. It has none that takes a deprecation back.
    pub fn call(&self, token: TronAddress) -> Call {
        let (selector, arguments, event) = match *self {
            Self::Paused(true) => ([0x84, 0x56, 0xcb, 0x59], vec![], vec![PAUSE_TOPIC]),
            Self::Paused(false) => ([0x3f, 0x4b, 0xa8, 0x3a], vec![], vec![UNPAUSE_TOPIC]),
            Self::Deprecated(deprecated) => (
                [0x07, 0x53, 0xc3, 0x0c],
                vec![SUCCESSOR.to_abi_word()],
                if deprecated {
                    vec![DEPRECATE_TOPIC]
                } else {
                    vec![]
                },
            ),
            Self::Fees {
                basis_points_rate,
                maximum_fee,
            } => (
                [0xc0, 0x32, 0x4c, 0x77],
                vec![
                    word_of(basis_points_rate.into()),
                    word_of(maximum_fee.micro().into()),
                ],
                vec![PARAMS_TOPIC],
            ),
            Self::Blacklisted(account) => {
                let account = account.to_abi_word();
                (
                    [0x0e, 0xcb, 0x93, 0xc0],
                    vec![account],
                    vec![ADDED_BLACK_LIST_TOPIC, account],
                )
            }
            Self::Cleared(account) => {
                let account = account.to_abi_word();
                (
                    [0xe4, 0x99, 0x7d, 0xc5],
                    vec![account],
                    vec![REMOVED_BLACK_LIST_TOPIC, account],
                )
            }
        };
        // What is not indexed of an event is its data; the calls' arguments are just that.
        let data = if event.len() == 1 {
            arguments.as_flattened().to_vec()
        } else {
            Vec::new()
        };
        let log = (!event.is_empty()).then_some(Log {
            address: token,
            topics: event,
            data,
        });
        Call {
            caller: TOKEN_OWNER,
            data: call_data(selector, &arguments),
            ..Call::new(token, log.into_iter().collect())
        }
    }
}
