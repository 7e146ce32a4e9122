//! Logs, as contracts write them into receipts, and the token events that they can be.

use usdt_protocol::{TronAddress, Usdt};

/// keccak256 of `Transfer(address,address,uint256)`.
const TRANSFER_TOPIC: Word = [
    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa,
    0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef,
];

/// keccak256 of `Approval(address,address,uint256)`.
const APPROVAL_TOPIC: Word = [
    0x8c, 0x5b, 0xe1, 0xe5, 0xeb, 0xec, 0x7d, 0x5b, 0xd1, 0x4f, 0x71, 0x42, 0x7d, 0x1e, 0x84, 0xf3,
    0xdd, 0x03, 0x14, 0xc0, 0xf7, 0xb2, 0x29, 0x1e, 0x5b, 0x20, 0x0a, 0xc8, 0xc7, 0xc3, 0xb9, 0x25,
];

/// 32 bytes: a topic or an argument of a contract.
pub type Word = [u8; 32];

pub fn word_of(value: u128) -> Word {
    let mut word = [0; 32];
    word.split_at_mut(16)
        .1
        .copy_from_slice(&value.to_be_bytes());
    word
}

/// What a contract wrote into the receipt of a transaction. Nothing keeps a contract from
/// writing nonsense: any topics and any data are possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The contract that wrote it.
    pub address: TronAddress,
    pub topics: Vec<Word>,
    pub data: Vec<u8>,
}

impl Log {
    /// `Transfer(from, to, amount)` of a token.
    pub fn transfer(token: TronAddress, from: TronAddress, to: TronAddress, amount: Usdt) -> Self {
        Self::event_of(EventKind::Transfer, token, [from, to], amount)
    }

    /// `Approval(owner, spender, amount)` of a token.
    pub fn approval(
        token: TronAddress,
        owner: TronAddress,
        spender: TronAddress,
        amount: Usdt,
    ) -> Self {
        Self::event_of(EventKind::Approval, token, [owner, spender], amount)
    }

    fn event_of(
        kind: EventKind,
        token: TronAddress,
        [from, to]: [TronAddress; 2],
        amount: Usdt,
    ) -> Self {
        Self {
            address: token,
            topics: vec![kind.topic(), from.to_abi_word(), to.to_abi_word()],
            data: word_of(amount.micro().into()).to_vec(),
        }
    }

    /// The event that the log is, if it has the form of one. The upper bytes of its addresses
    /// do not count.
    pub fn event(&self) -> Option<Event> {
        let [topic, from, to] = self.topics.as_slice() else {
            return None;
        };
        let kind = [EventKind::Transfer, EventKind::Approval]
            .into_iter()
            .find(|kind| kind.topic() == *topic)?;
        Some(Event {
            kind,
            token: self.address,
            from: TronAddress::from_abi_word(from),
            to: TronAddress::from_abi_word(to),
            value: self.data.as_slice().try_into().ok()?,
        })
    }

    /// The accounts that the log names where a token event has its two.
    pub fn parties(&self) -> impl Iterator<Item = TronAddress> {
        self.topics
            .iter()
            .skip(1)
            .take(2)
            .map(TronAddress::from_abi_word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Transfer,
    Approval,
}

impl EventKind {
    const fn topic(self) -> Word {
        match self {
            Self::Transfer => TRANSFER_TOPIC,
            Self::Approval => APPROVAL_TOPIC,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "Transfer",
            Self::Approval => "Approval",
        }
    }
}

/// A token event of two accounts and a value.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub kind: EventKind,
    pub token: TronAddress,
    pub from: TronAddress,
    pub to: TronAddress,
    pub value: Word,
}

impl Event {
    /// What changed hands, if it is an amount that a token can have.
    pub fn moved(&self) -> Option<Usdt> {
        let (upper, lower) = self.value.split_last_chunk()?;
        (self.kind == EventKind::Transfer && upper.iter().all(|byte| *byte == 0))
            .then(|| Usdt::from_micro(u64::from_be_bytes(*lower)))
    }

    /// What an account holds of the token after the event, if it held `balance` before.
    pub fn applied(&self, mut balance: u128, account: TronAddress) -> u128 {
        let amount = self.moved().map_or(0, |amount| amount.micro().into());
        if self.from == account {
            balance = balance.saturating_sub(amount);
        }
        if self.to == account {
            balance = balance.saturating_add(amount);
        }
        balance
    }

    pub fn decimal_value(&self) -> String {
        decimal(self.value)
    }
}

/// A number in decimal digits.
pub fn decimal(mut value: Word) -> String {
    let mut digits = Vec::new();
    while value != [0; 32] || digits.is_empty() {
        let mut rest = 0u16;
        for byte in &mut value {
            let dividend = rest << 8 | u16::from(*byte);
            *byte = u8::try_from(dividend / 10).unwrap_or(u8::MAX);
            rest = dividend % 10;
        }
        digits.push(char::from_digit(rest.into(), 10).unwrap_or('?'));
    }
    digits.iter().rev().collect()
}
