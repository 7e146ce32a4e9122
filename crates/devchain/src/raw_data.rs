//! The signed part of a contract call, encoded as nodes do: its SHA-256 is the transaction's ID.
//!
//! Messages: <https://github.com/tronprotocol/protocol/blob/master/core/Tron.proto>.

use prost::Message;
use usdt_protocol::{TronAddress, Txid, UtcTime};

use crate::block::BlockId;

pub const TRIGGER_TYPE_URL: &str = "type.googleapis.com/protocol.TriggerSmartContract";
/// In sun.
pub const FEE_LIMIT: u64 = 225_000_000;
const TRIGGER_CONTRACT_TYPE: i32 = 31;
const LIFETIME_SECONDS: i64 = 60;

/// The recent block that a transaction names, so that it is valid on one branch only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawData {
    pub owner: TronAddress,
    pub contract: TronAddress,
    pub data: Vec<u8>,
    pub reference: BlockReference,
    pub expiration: UtcTime,
    pub timestamp: UtcTime,
    /// In sun.
    pub fee_limit: i64,
}

impl RawData {
    /// A call that is created now, with the usual lifetime and fee limit.
    pub fn new(
        owner: TronAddress,
        contract: TronAddress,
        data: Vec<u8>,
        reference: BlockReference,
        now: UtcTime,
    ) -> Self {
        Self {
            owner,
            contract,
            data,
            reference,
            expiration: now.plus_seconds(LIFETIME_SECONDS),
            timestamp: now,
            fee_limit: FEE_LIMIT.cast_signed(),
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let trigger = WireTrigger {
            owner_address: prefixed(self.owner),
            contract_address: prefixed(self.contract),
            data: self.data.clone(),
        };
        WireRaw {
            ref_block_bytes: self.reference.bytes.to_vec(),
            ref_block_hash: self.reference.hash.to_vec(),
            expiration: self.expiration.millis(),
            contract: vec![WireContract {
                kind: TRIGGER_CONTRACT_TYPE,
                parameter: Some(WireAny {
                    type_url: TRIGGER_TYPE_URL.to_owned(),
                    value: trigger.encode_to_vec(),
                }),
            }],
            timestamp: self.timestamp.millis(),
            fee_limit: self.fee_limit,
        }
        .encode_to_vec()
    }

    /// Reads what somebody has signed; `None` if it is anything but one call, with no memo, value
    /// or permission.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let raw = WireRaw::decode(bytes).ok()?;
        let [contract] = raw.contract.as_slice() else {
            return None;
        };
        let trigger = WireTrigger::decode(contract.parameter.as_ref()?.value.as_slice()).ok()?;
        let decoded = Self {
            owner: unprefixed(&trigger.owner_address)?,
            contract: unprefixed(&trigger.contract_address)?,
            data: trigger.data,
            reference: BlockReference {
                bytes: raw.ref_block_bytes.as_slice().try_into().ok()?,
                hash: raw.ref_block_hash.as_slice().try_into().ok()?,
            },
            expiration: UtcTime::from_millis(raw.expiration),
            timestamp: UtcTime::from_millis(raw.timestamp),
            fee_limit: raw.fee_limit,
        };
        Some(decoded).filter(|decoded| decoded.encode() == bytes)
    }

    pub fn txid(&self) -> Txid {
        Txid::of_signed(&self.encode())
    }
}

fn prefixed(address: TronAddress) -> Vec<u8> {
    let mut bytes = vec![0x41];
    bytes.extend_from_slice(address.bytes());
    bytes
}

fn unprefixed(bytes: &[u8]) -> Option<TronAddress> {
    let (_, address) = bytes.split_first()?;
    Some(TronAddress::from_bytes(address.try_into().ok()?))
}

#[derive(Clone, PartialEq, Message)]
struct WireRaw {
    #[prost(bytes = "vec", tag = "1")]
    ref_block_bytes: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    ref_block_hash: Vec<u8>,
    #[prost(int64, tag = "8")]
    expiration: i64,
    #[prost(message, repeated, tag = "11")]
    contract: Vec<WireContract>,
    #[prost(int64, tag = "14")]
    timestamp: i64,
    #[prost(int64, tag = "18")]
    fee_limit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct WireContract {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    parameter: Option<WireAny>,
}

#[derive(Clone, PartialEq, Message)]
struct WireAny {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct WireTrigger {
    #[prost(bytes = "vec", tag = "1")]
    owner_address: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    contract_address: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    data: Vec<u8>,
}
