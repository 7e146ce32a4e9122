//! The signed part of a contract call, encoded as nodes do: its SHA-256 is the transaction's ID.
//!
//! Messages: <https://github.com/tronprotocol/protocol/blob/master/core/Tron.proto>.

use sha2::{Digest as _, Sha256};
use usdt_protocol::{TronAddress, Txid, UtcTime};

use crate::block::BlockId;

pub const FEE_LIMIT: u64 = 225_000_000;
pub const TRIGGER_TYPE_URL: &str = "type.googleapis.com/protocol.TriggerSmartContract";
const TRIGGER_CONTRACT_TYPE: u64 = 31;
const LIFETIME_SECONDS: i64 = 60;

/// The recent block that a transaction names, so that it is valid on one branch only.
#[derive(Clone, Copy, Debug)]
pub struct BlockReference {
    pub bytes: [u8; 2],
    pub hash: [u8; 8],
}

impl From<BlockId> for BlockReference {
    fn from(id: BlockId) -> Self {
        let (number, rest) = id.bytes().split_at(8);
        Self {
            bytes: number.last_chunk().copied().unwrap_or_default(),
            hash: rest.first_chunk().copied().unwrap_or_default(),
        }
    }
}

/// A call of a smart contract.
#[derive(Clone, Debug)]
pub struct RawData {
    pub owner: TronAddress,
    pub contract: TronAddress,
    pub data: Vec<u8>,
    pub reference: BlockReference,
    pub timestamp: UtcTime,
}

impl RawData {
    pub fn expiration(&self) -> UtcTime {
        self.timestamp.plus_seconds(LIFETIME_SECONDS)
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut trigger = Vec::new();
        put_bytes(&mut trigger, 1, &prefixed(self.owner));
        put_bytes(&mut trigger, 2, &prefixed(self.contract));
        put_bytes(&mut trigger, 4, &self.data);

        let mut parameter = Vec::new();
        put_bytes(&mut parameter, 1, TRIGGER_TYPE_URL.as_bytes());
        put_bytes(&mut parameter, 2, &trigger);

        let mut contract = Vec::new();
        put_number(&mut contract, 1, TRIGGER_CONTRACT_TYPE);
        put_bytes(&mut contract, 2, &parameter);

        let mut raw = Vec::new();
        put_bytes(&mut raw, 1, &self.reference.bytes);
        put_bytes(&mut raw, 4, &self.reference.hash);
        put_number(&mut raw, 8, self.expiration().millis().unsigned_abs());
        put_bytes(&mut raw, 11, &contract);
        put_number(&mut raw, 14, self.timestamp.millis().unsigned_abs());
        put_number(&mut raw, 18, FEE_LIMIT);
        raw
    }

    pub fn txid(&self) -> Txid {
        Txid::from_bytes(Sha256::digest(self.encode()).into())
    }
}

fn prefixed(address: TronAddress) -> [u8; 21] {
    let mut bytes = [0x41; 21];
    bytes.split_at_mut(1).1.copy_from_slice(address.bytes());
    bytes
}

fn put_number(message: &mut Vec<u8>, field: u64, value: u64) {
    put_varint(message, field << 3);
    put_varint(message, value);
}

fn put_bytes(message: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(message, field << 3 | 2);
    put_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    message.push(value.to_le_bytes()[0]);
}
