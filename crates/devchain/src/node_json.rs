//! Blocks, transactions and receipts in the JSON of a full node.

use serde::Serialize;
use serde_json::{Value, json};
use usdt_protocol::Txid;
use usdt_protocol::txid::Hex;

use crate::block::Block;
use crate::call::Outcome;
use crate::chain::Mined;
use crate::log::Log;
use crate::raw_data::{RawData, TRIGGER_TYPE_URL};
use crate::transaction::Transaction;

/// The version of blocks at present.
const BLOCK_VERSION: u64 = 34;
pub const ENERGY_USED: u64 = 29_631;
const ENERGY_FEE: u64 = 4_148_340;
/// What calls return in success: the contract's `transfer` says nothing.
const ZERO_WORD: &str = "0000000000000000000000000000000000000000000000000000000000000000";
pub const BANDWIDTH_USED: u64 = 345;

/// A block without its transactions.
pub fn header(block: &Block) -> Value {
    json!({
        "blockID": block.id.to_string(),
        "block_header": {
            "raw_data": {
                "number": block.number(),
                "txTrieRoot": Hex(&block.transactions_root()).to_string(),
                "witness_address": block.witness().to_hex(),
                "parentHash": block.parent.to_string(),
                "version": BLOCK_VERSION,
                "timestamp": block.timestamp.millis(),
            },
            "witness_signature": signature(block.id.bytes()),
        },
    })
}

/// A block with its transactions; like every empty list, an empty one is left out.
pub fn block(block: &Block) -> Value {
    let mut json = header(block);
    if let Some(object) = json
        .as_object_mut()
        .filter(|_| !block.transactions.is_empty())
    {
        object.insert(
            "transactions".into(),
            block.transactions.iter().map(transaction).collect(),
        );
    }
    json
}

pub fn transaction(transaction: &Transaction) -> Value {
    let raw = transaction.raw_data();
    json!({
        "ret": [{ "contractRet": transaction.outcome().name() }],
        "signature": [
            transaction
                .signature()
                .map_or_else(|| signature(transaction.id().bytes()), |known| Hex(known).to_string()),
        ],
        "txID": transaction.id(),
        "raw_data": raw_data(&raw),
        "raw_data_hex": Hex(&raw.encode()).to_string(),
    })
}

pub fn raw_data(raw: &RawData) -> Value {
    json!({
        "contract": [{
            "parameter": {
                "value": {
                    "data": Hex(&raw.data).to_string(),
                    "owner_address": raw.owner.to_hex(),
                    "contract_address": raw.contract.to_hex(),
                },
                "type_url": TRIGGER_TYPE_URL,
            },
            "type": "TriggerSmartContract",
        }],
        "ref_block_bytes": Hex(&raw.reference.bytes).to_string(),
        "ref_block_hash": Hex(&raw.reference.hash).to_string(),
        "expiration": raw.expiration.millis(),
        "fee_limit": raw.fee_limit,
        "timestamp": raw.timestamp.millis(),
    })
}

/// 65 bytes in the place of a signature. Readers of a chain trust their node with these.
fn signature(signed: &[u8; 32]) -> String {
    format!("{0}{0}1b", Hex(signed))
}

/// What became of a transaction.
#[derive(Serialize)]
pub struct TransactionInfo {
    id: Txid,
    fee: u64,
    #[serde(rename = "blockNumber")]
    block_number: u64,
    #[serde(rename = "blockTimeStamp")]
    block_timestamp: i64,
    #[serde(rename = "contractResult")]
    contract_result: [&'static str; 1],
    contract_address: String,
    receipt: Receipt,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<InfoLog>,
    /// `FAILED`, or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(rename = "resMessage", skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Serialize)]
struct Receipt {
    energy_fee: u64,
    energy_usage_total: u64,
    net_usage: u64,
    result: &'static str,
}

/// A log; its address is the only one in a node's answers without the prefix 41.
#[derive(Serialize)]
struct InfoLog {
    address: String,
    topics: Vec<String>,
    data: String,
}

impl From<Log> for InfoLog {
    fn from(log: Log) -> Self {
        Self {
            address: Hex(log.address.bytes()).to_string(),
            topics: log
                .topics
                .iter()
                .map(|topic| Hex(topic).to_string())
                .collect(),
            data: Hex(&log.data).to_string(),
        }
    }
}

impl From<Mined<'_>> for TransactionInfo {
    fn from(mined: Mined<'_>) -> Self {
        let transaction = mined.transaction;
        let outcome = transaction.outcome();
        let failed = outcome != Outcome::Success;
        let contract_result = if failed { "" } else { ZERO_WORD };
        Self {
            id: transaction.id(),
            fee: ENERGY_FEE,
            block_number: mined.block.number(),
            block_timestamp: mined.block.timestamp.millis(),
            contract_result: [contract_result],
            contract_address: transaction.contract().to_hex(),
            receipt: Receipt {
                energy_fee: ENERGY_FEE,
                energy_usage_total: ENERGY_USED,
                net_usage: BANDWIDTH_USED,
                result: outcome.name(),
            },
            log: transaction.logs().into_iter().map(InfoLog::from).collect(),
            result: failed.then_some("FAILED"),
            message: outcome
                .message()
                .map(|message| Hex(message.as_bytes()).to_string()),
        }
    }
}
