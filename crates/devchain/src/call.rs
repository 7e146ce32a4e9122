//! Transactions that are handed in: plain transfers, and calls of any contract with any logs.

use serde::{Deserialize, Serialize};
use usdt_protocol::{TronAddress, Usdt};

use crate::log::{Log, Word, word_of};

/// Who sends when nobody is named: the address of private key 1. Its funds never end.
pub const TREASURY: TronAddress = TronAddress::from_bytes([
    0x7e, 0x5f, 0x45, 0x52, 0x09, 0x1a, 0x69, 0x12, 0x5d, 0x5d, 0xfc, 0xb7, 0xb8, 0xc2, 0x65, 0x90,
    0x29, 0x39, 0x5b, 0xdf,
]);

/// The contract that [`Call::multisend`] goes through: the address of private key 3.
const MULTISENDER: TronAddress = TronAddress::from_bytes([
    0x68, 0x13, 0xeb, 0x93, 0x62, 0x37, 0x2e, 0xef, 0x62, 0x00, 0xf3, 0xb1, 0xdb, 0xc3, 0xf8, 0x19,
    0x67, 0x1c, 0xba, 0x69,
]);

const TRANSFER_SELECTOR: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const TRANSFER_FROM_SELECTOR: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];
/// The selector of `multisend(address,address[],uint256[])`.
const MULTISEND_SELECTOR: [u8; 4] = [0xad, 0x87, 0x33, 0xca];
/// The selector of `execute()`, which says nothing about what is done.
const EXECUTE_SELECTOR: [u8; 4] = [0x61, 0x46, 0x19, 0x54];

/// A token transfer to put into the next block.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub to: TronAddress,
    pub amount: Usdt,
    /// Who pays; `None` is an account whose funds never end. Anyone can pay: what a sender
    /// lacks, it is given.
    pub from: Option<TronAddress>,
    /// The token's contract; `None` is that of the [`Options`](crate::Options).
    pub contract: Option<TronAddress>,
    /// How many separate transactions of this kind.
    pub count: u32,
    /// Runs out of energy: the transaction is in the block, the tokens stay where they were.
    pub fail: bool,
}

impl Transfer {
    /// One transfer of the default token that succeeds.
    pub const fn new(to: TronAddress, amount: Usdt) -> Self {
        Self {
            to,
            amount,
            from: None,
            contract: None,
            count: 1,
            fail: false,
        }
    }
}

/// How the execution of a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    Success,
    Revert,
    OutOfEnergy,
    /// The one failure after which nodes leave the logs in the receipt, though nothing moved.
    OutOfTime,
}

impl Outcome {
    /// The name that nodes give it in receipts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Revert => "REVERT",
            Self::OutOfEnergy => "OUT_OF_ENERGY",
            Self::OutOfTime => "OUT_OF_TIME",
        }
    }

    /// The message of a failure in the receipt.
    pub const fn message(self) -> Option<&'static str> {
        match self {
            Self::Success => None,
            Self::Revert => Some("REVERT opcode executed"),
            Self::OutOfEnergy => Some("Not enough energy for 'SSTORE' operation executing"),
            Self::OutOfTime => Some("CPU timeout for 'SSTORE' operation executing"),
        }
    }

    pub const fn keeps_logs(self) -> bool {
        matches!(self, Self::Success | Self::OutOfTime)
    }
}

/// A call of a contract to put into the next block. Its logs are written as they stand here,
/// whatever the state of the token is; what they say counts in balances if the call succeeded
/// and they have the form of a transfer.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who signs.
    pub caller: TronAddress,
    /// The contract that is called, which need not be the one that writes the logs.
    pub contract: TronAddress,
    /// The selector of the function and its arguments.
    pub data: Vec<u8>,
    pub logs: Vec<Log>,
    pub outcome: Outcome,
}

impl Call {
    /// A successful call of some function, in whose course the logs are written.
    pub fn new(contract: TronAddress, logs: Vec<Log>) -> Self {
        Self {
            caller: TREASURY,
            contract,
            data: EXECUTE_SELECTOR.to_vec(),
            logs,
            outcome: Outcome::Success,
        }
    }

    /// A transfer, for those who want to change something about it.
    pub fn transfer(token: TronAddress, from: TronAddress, to: TronAddress, amount: Usdt) -> Self {
        Self {
            caller: from,
            data: transfer_data(to, amount),
            ..Self::new(token, vec![Log::transfer(token, from, to, amount)])
        }
    }

    /// A transfer of what `from` has allowed the caller to spend.
    pub fn transfer_from(
        token: TronAddress,
        caller: TronAddress,
        from: TronAddress,
        to: TronAddress,
        amount: Usdt,
    ) -> Self {
        let arguments = [
            from.to_abi_word(),
            to.to_abi_word(),
            word_of(amount.micro().into()),
        ];
        Self {
            caller,
            data: call_data(TRANSFER_FROM_SELECTOR, &arguments),
            ..Self::new(token, vec![Log::transfer(token, from, to, amount)])
        }
    }

    /// Several transfers in one transaction, made by a contract that spends for `from`.
    pub fn multisend(
        token: TronAddress,
        from: TronAddress,
        payments: &[(TronAddress, Usdt)],
    ) -> Self {
        let count = payments.len() as u128;
        let recipients = payments.iter().map(|(to, _)| to.to_abi_word());
        let amounts = payments
            .iter()
            .map(|(_, amount)| word_of(amount.micro().into()));
        let arguments: Vec<Word> = [token.to_abi_word(), word_of(96), word_of(128 + 32 * count)]
            .into_iter()
            .chain([word_of(count)])
            .chain(recipients)
            .chain([word_of(count)])
            .chain(amounts)
            .collect();
        let logs = payments
            .iter()
            .map(|(to, amount)| Log::transfer(token, from, *to, *amount))
            .collect();
        Self {
            caller: from,
            data: call_data(MULTISEND_SELECTOR, &arguments),
            ..Self::new(MULTISENDER, logs)
        }
    }
}

pub fn transfer_data(to: TronAddress, amount: Usdt) -> Vec<u8> {
    let arguments = [to.to_abi_word(), word_of(amount.micro().into())];
    call_data(TRANSFER_SELECTOR, &arguments)
}

/// The recipient and the amount, where the data is a call of `transfer` with an amount that a token
/// can have.
pub fn read_transfer(data: &[u8]) -> Option<(TronAddress, Usdt)> {
    let arguments = data.strip_prefix(&TRANSFER_SELECTOR)?;
    let (to, value) = arguments.split_first_chunk::<32>()?;
    let value: &Word = value.try_into().ok()?;
    let (upper, lower) = value.split_last_chunk::<8>()?;
    upper.iter().all(|byte| *byte == 0).then(|| {
        (
            TronAddress::from_abi_word(to),
            Usdt::from_micro(u64::from_be_bytes(*lower)),
        )
    })
}

pub fn call_data(selector: [u8; 4], arguments: &[Word]) -> Vec<u8> {
    [&selector[..], arguments.as_flattened()].concat()
}
