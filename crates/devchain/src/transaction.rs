//! Token transfers as transactions: the call that asks for them and the logs that prove them.

use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

use crate::raw_data::{BlockReference, RawData};

/// keccak256 of `Transfer(address,address,uint256)`.
const TRANSFER_TOPIC: Word = [
    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa,
    0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef,
];

/// The selector of `transfer(address,uint256)`.
const TRANSFER_SELECTOR: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

/// 32 bytes: a topic or an argument of a contract.
pub type Word = [u8; 32];

pub fn word_of(value: u128) -> Word {
    let mut word = [0; 32];
    word.split_at_mut(16)
        .1
        .copy_from_slice(&value.to_be_bytes());
    word
}

/// How the execution of a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    OutOfEnergy,
}

impl Outcome {
    /// The name that nodes give it in receipts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::OutOfEnergy => "OUT_OF_ENERGY",
        }
    }
}

/// Tokens that changed hands.
#[derive(Clone, Copy, Debug)]
pub struct TokenTransfer {
    pub token: TronAddress,
    pub from: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
}

/// What a contract wrote into the receipt of a transaction.
#[derive(Clone, Debug)]
pub struct Log {
    pub address: TronAddress,
    pub topics: Vec<Word>,
    pub data: Vec<u8>,
}

impl TokenTransfer {
    fn log(&self) -> Log {
        Log {
            address: self.token,
            topics: vec![
                TRANSFER_TOPIC,
                self.from.to_abi_word(),
                self.to.to_abi_word(),
            ],
            data: word_of(self.amount.micro().into()).to_vec(),
        }
    }

    fn call_data(&self) -> Vec<u8> {
        let mut data = TRANSFER_SELECTOR.to_vec();
        data.extend_from_slice(&self.to.to_abi_word());
        data.extend_from_slice(&word_of(self.amount.micro().into()));
        data
    }
}

/// A signed call of a token's `transfer`. Kept small, since a chain may hold millions: calls and
/// logs are written out when somebody asks for them.
#[derive(Clone, Debug)]
pub struct Transaction {
    id: Txid,
    asked: TokenTransfer,
    created: UtcTime,
    reference: BlockReference,
    outcome: Outcome,
}

impl Transaction {
    pub fn new(
        asked: TokenTransfer,
        outcome: Outcome,
        created: UtcTime,
        reference: BlockReference,
    ) -> Self {
        let id = raw_data(&asked, created, reference).txid();
        Self {
            id,
            asked,
            created,
            reference,
            outcome,
        }
    }

    pub const fn id(&self) -> Txid {
        self.id
    }

    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub fn raw_data(&self) -> RawData {
        raw_data(&self.asked, self.created, self.reference)
    }

    /// The contract that was called.
    pub const fn contract(&self) -> TronAddress {
        self.asked.token
    }

    /// The transfers that took place, in the order of their logs.
    pub fn transfers(&self) -> impl DoubleEndedIterator<Item = TokenTransfer> {
        (self.outcome == Outcome::Success)
            .then_some(self.asked)
            .into_iter()
    }

    /// The logs in the receipt.
    pub fn logs(&self) -> impl Iterator<Item = Log> {
        self.transfers().map(|transfer| transfer.log())
    }
}

fn raw_data(asked: &TokenTransfer, timestamp: UtcTime, reference: BlockReference) -> RawData {
    RawData {
        owner: asked.from,
        contract: asked.token,
        data: asked.call_data(),
        reference,
        timestamp,
    }
}
