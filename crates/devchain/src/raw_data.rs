//! The signed part of a contract call, encoded as nodes do: its SHA-256 is the transaction's ID.
//!
//! Messages: <https://github.com/tronprotocol/protocol/blob/master/core/Tron.proto>.

use prost::Message;
use serde::Deserialize;
use usdt_protocol::txid::{decode_hex, decode_hex_bytes};
use usdt_protocol::{TronAddress, Txid, UtcTime};

use crate::block_id::BlockId;
use crate::visible::Visible;

pub const TRIGGER_TYPE_URL: &str = "type.googleapis.com/protocol.TriggerSmartContract";
pub const TRIGGER_TYPE: &str = "TriggerSmartContract";
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
    /// TRX sent along, in sun.
    pub call_value: i64,
    /// Which permission of the owner signs: 0 and 2 are those that every account has.
    pub permission: i32,
    pub memo: Vec<u8>,
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
            call_value: 0,
            permission: 0,
            memo: Vec::new(),
            reference,
            expiration: now.plus_seconds(LIFETIME_SECONDS),
            timestamp: now,
            fee_limit: FEE_LIMIT.cast_signed(),
        }
    }

    /// The call alone.
    pub fn encode_call(&self) -> Vec<u8> {
        WireTrigger {
            owner_address: prefixed(self.owner),
            contract_address: prefixed(self.contract),
            call_value: self.call_value,
            data: self.data.clone(),
        }
        .encode_to_vec()
    }

    pub fn encode(&self) -> Vec<u8> {
        WireRaw {
            ref_block_bytes: self.reference.bytes.to_vec(),
            ref_block_hash: self.reference.hash.to_vec(),
            expiration: self.expiration.millis(),
            memo: self.memo.clone(),
            contract: vec![WireContract {
                kind: TRIGGER_CONTRACT_TYPE,
                parameter: Some(WireAny {
                    type_url: TRIGGER_TYPE_URL.to_owned(),
                    value: self.encode_call(),
                }),
                permission: self.permission,
            }],
            timestamp: self.timestamp.millis(),
            fee_limit: self.fee_limit,
        }
        .encode_to_vec()
    }

    /// The signed bytes of the transaction together with its signatures.
    pub fn encode_signed(&self, signatures: &[Vec<u8>]) -> Vec<u8> {
        WireTransaction {
            raw_data: self.encode(),
            signature: signatures.to_vec(),
        }
        .encode_to_vec()
    }

    /// Reads a transaction with its signatures; `None` if it is anything but one call.
    pub fn decode_signed(bytes: &[u8]) -> Option<(Self, Vec<Vec<u8>>)> {
        let WireTransaction {
            raw_data,
            signature,
        } = WireTransaction::decode(bytes).ok()?;
        let raw = WireRaw::decode(raw_data.as_slice()).ok()?;
        let [contract] = raw.contract.as_slice() else {
            return None;
        };
        let trigger = WireTrigger::decode(contract.parameter.as_ref()?.value.as_slice()).ok()?;
        let decoded = Self {
            owner: unprefixed(&trigger.owner_address)?,
            contract: unprefixed(&trigger.contract_address)?,
            data: trigger.data,
            call_value: trigger.call_value,
            permission: contract.permission,
            memo: raw.memo,
            reference: BlockReference {
                bytes: raw.ref_block_bytes.as_slice().try_into().ok()?,
                hash: raw.ref_block_hash.as_slice().try_into().ok()?,
            },
            expiration: UtcTime::from_millis(raw.expiration),
            timestamp: UtcTime::from_millis(raw.timestamp),
            fee_limit: raw.fee_limit,
        };
        // What is not read here would be missing from the bytes that were signed.
        (decoded.encode() == raw_data).then_some((decoded, signature))
    }

    pub fn txid(&self) -> Txid {
        Txid::of_signed(&self.encode())
    }
}

/// A transaction's `raw_data` as wallets write it.
#[derive(Deserialize)]
pub struct RawDataJson {
    contract: Vec<ContractJson>,
    #[serde(default)]
    ref_block_bytes: String,
    #[serde(default)]
    ref_block_hash: String,
    #[serde(default)]
    expiration: i64,
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    fee_limit: i64,
    #[serde(default)]
    data: String,
}

#[derive(Deserialize)]
struct ContractJson {
    #[serde(default)]
    r#type: String,
    parameter: ParameterJson,
    #[serde(default, rename = "Permission_id")]
    permission: i32,
}

#[derive(Deserialize)]
struct ParameterJson {
    value: TriggerJson,
}

#[derive(Deserialize)]
struct TriggerJson {
    #[serde(default)]
    owner_address: String,
    #[serde(default)]
    contract_address: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    call_value: i64,
}

/// Why a node makes no call of it.
pub enum NotACall {
    /// A node leaves out what it cannot read, and then nothing is left.
    Unreadable,
    /// A real node carries this out.
    OfAnotherKind,
}

impl RawDataJson {
    /// The call that a node makes of it.
    pub fn read(&self, visible: Visible) -> Result<RawData, NotACall> {
        let [contract] = self.contract.as_slice() else {
            return Err(NotACall::Unreadable);
        };
        if contract.r#type != TRIGGER_TYPE {
            return Err(NotACall::OfAnotherKind);
        }
        self.call(contract, visible).ok_or(NotACall::Unreadable)
    }

    fn call(&self, contract: &ContractJson, visible: Visible) -> Option<RawData> {
        let trigger = &contract.parameter.value;
        Some(RawData {
            owner: visible.read(&trigger.owner_address)?,
            contract: visible.read(&trigger.contract_address)?,
            data: decode_hex_bytes(&trigger.data)?,
            call_value: trigger.call_value,
            permission: contract.permission,
            memo: decode_hex_bytes(&self.data)?,
            reference: BlockReference {
                bytes: decode_hex(&self.ref_block_bytes)?,
                hash: decode_hex(&self.ref_block_hash)?,
            },
            expiration: UtcTime::from_millis(self.expiration),
            timestamp: UtcTime::from_millis(self.timestamp),
            fee_limit: self.fee_limit,
        })
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
struct WireTransaction {
    /// The bytes of a [`WireRaw`].
    #[prost(bytes = "vec", tag = "1")]
    raw_data: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    signature: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct WireRaw {
    #[prost(bytes = "vec", tag = "1")]
    ref_block_bytes: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    ref_block_hash: Vec<u8>,
    #[prost(int64, tag = "8")]
    expiration: i64,
    #[prost(bytes = "vec", tag = "10")]
    memo: Vec<u8>,
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
    #[prost(int32, tag = "5")]
    permission: i32,
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
    #[prost(int64, tag = "3")]
    call_value: i64,
    #[prost(bytes = "vec", tag = "4")]
    data: Vec<u8>,
}
