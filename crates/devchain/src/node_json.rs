//! Blocks, transactions and receipts in the JSON of a full node.

use serde::Serialize;
use serde_json::{Value, json};
use usdt_protocol::Txid;
use usdt_protocol::txid::Hex;

use crate::block::Block;
use crate::call::Outcome;
use crate::chain::Mined;
use crate::log::Log;
use crate::raw_data::{RawData, TRIGGER_TYPE, TRIGGER_TYPE_URL};
use crate::transaction::Transaction;
use crate::visible::Visible;

/// The version of blocks at present.
const BLOCK_VERSION: u64 = 34;
/// What calls return in success: the contract's `transfer` says nothing.
const ZERO_WORD: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A block without its transactions.
pub fn header(block: &Block, visible: Visible) -> Value {
    json!({
        "blockID": block.id.to_string(),
        "block_header": {
            "raw_data": {
                "number": block.number(),
                "txTrieRoot": Hex(&block.transactions_root()).to_string(),
                "witness_address": visible.address(block.witness()),
                "parentHash": block.parent.to_string(),
                "version": BLOCK_VERSION,
                "timestamp": block.timestamp.millis(),
            },
            "witness_signature": signature(block.id.bytes()),
        },
    })
}

/// A block with its transactions; like every empty list, an empty one is left out.
pub fn block(block: &Block, visible: Visible) -> Value {
    let mut json = header(block, visible);
    if let Some(object) = json
        .as_object_mut()
        .filter(|_| !block.transactions.is_empty())
    {
        object.insert(
            "transactions".into(),
            block
                .transactions
                .iter()
                .map(|one| transaction(one, visible))
                .collect(),
        );
    }
    json
}

pub fn transaction(transaction: &Transaction, visible: Visible) -> Value {
    let known = transaction.signature();
    let signature = known.map_or_else(
        || signature(transaction.id().bytes()),
        |known| Hex(known).to_string(),
    );
    let mut json = unsigned(&transaction.raw_data(), visible);
    if let Some(object) = json.as_object_mut() {
        let outcome = transaction.outcome().name();
        object.insert("ret".into(), json!([{ "contractRet": outcome }]));
        object.insert("signature".into(), json!([signature]));
    }
    json
}

/// A transaction that waits for a signature.
pub fn unsigned(raw: &RawData, visible: Visible) -> Value {
    json!({
        "txID": raw.txid(),
        "raw_data": raw_data(raw, visible),
        "raw_data_hex": Hex(&raw.encode()).to_string(),
    })
}

pub fn raw_data(raw: &RawData, visible: Visible) -> Value {
    let mut contract = json!({
        "parameter": {
            "value": {
                "data": Hex(&raw.data).to_string(),
                "owner_address": visible.address(raw.owner),
                "contract_address": visible.address(raw.contract),
            },
            "type_url": TRIGGER_TYPE_URL,
        },
        "type": TRIGGER_TYPE,
    });
    if let Some(value) = contract.pointer_mut("/parameter/value")
        && raw.call_value != 0
        && let Some(value) = value.as_object_mut()
    {
        value.insert("call_value".into(), raw.call_value.into());
    }
    if let Some(contract) = contract.as_object_mut().filter(|_| raw.permission > 0) {
        contract.insert("Permission_id".into(), raw.permission.into());
    }
    let mut json = json!({
        "contract": [contract],
        "ref_block_bytes": Hex(&raw.reference.bytes).to_string(),
        "ref_block_hash": Hex(&raw.reference.hash).to_string(),
        "expiration": raw.expiration.millis(),
        "timestamp": raw.timestamp.millis(),
    });
    if let Some(json) = json.as_object_mut() {
        if !raw.memo.is_empty() {
            json.insert("data".into(), Hex(&raw.memo).to_string().into());
        }
        if raw.fee_limit != 0 {
            json.insert("fee_limit".into(), raw.fee_limit.into());
        }
    }
    json
}

/// 65 bytes in the place of a signature. Readers of a chain trust their node with these.
fn signature(signed: &[u8; 32]) -> String {
    format!("{0}{0}1b", Hex(signed))
}

/// What became of a transaction. What is 0 is left out, like all that is empty.
#[derive(Serialize)]
pub struct TransactionInfo {
    id: Txid,
    #[serde(skip_serializing_if = "is_zero")]
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
    #[serde(skip_serializing_if = "is_zero")]
    energy_usage: u64,
    #[serde(skip_serializing_if = "is_zero")]
    energy_fee: u64,
    #[serde(skip_serializing_if = "is_zero")]
    energy_usage_total: u64,
    #[serde(skip_serializing_if = "is_zero")]
    net_usage: u64,
    #[serde(skip_serializing_if = "is_zero")]
    net_fee: u64,
    result: &'static str,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A log; in hex its address is the only one in a node's answers without the prefix 41.
#[derive(Serialize)]
struct InfoLog {
    address: String,
    topics: Vec<String>,
    data: String,
}

pub fn logs(logs: &[Log], visible: Visible) -> Value {
    let logs: Vec<InfoLog> = logs.iter().map(|log| InfoLog::new(log, visible)).collect();
    json!(logs)
}

impl InfoLog {
    fn new(log: &Log, visible: Visible) -> Self {
        Self {
            address: if visible.0 {
                log.address.to_string()
            } else {
                Hex(log.address.bytes()).to_string()
            },
            topics: log
                .topics
                .iter()
                .map(|topic| Hex(topic).to_string())
                .collect(),
            data: Hex(&log.data).to_string(),
        }
    }
}

impl TransactionInfo {
    pub fn new(mined: Mined<'_>, visible: Visible) -> Self {
        let transaction = mined.transaction;
        let outcome = transaction.outcome();
        let failed = outcome != Outcome::Success;
        let contract_result = if failed { "" } else { ZERO_WORD };
        let bill = transaction.bill();
        Self {
            id: transaction.id(),
            fee: bill.fee(),
            block_number: mined.block.number(),
            block_timestamp: mined.block.timestamp.millis(),
            contract_result: [contract_result],
            contract_address: visible.address(transaction.contract()),
            receipt: Receipt {
                energy_usage: bill.energy_staked,
                energy_fee: bill.energy_fee,
                energy_usage_total: bill.energy,
                net_usage: bill.bandwidth_staked + bill.bandwidth_free,
                net_fee: bill.bandwidth_fee,
                result: outcome.name(),
            },
            log: transaction
                .logs()
                .iter()
                .map(|log| InfoLog::new(log, visible))
                .collect(),
            result: failed.then_some("FAILED"),
            message: outcome.message().map(|message| visible.text(message)),
        }
    }
}
