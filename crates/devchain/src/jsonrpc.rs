//! The Ethereum-like JSON-RPC of a full node (`/jsonrpc`).
//!
//! Reference: <https://tronprotocol.github.io/documentation-en/api/json-rpc/>.

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::txid::Hex;

use crate::bill::{ENERGY_PRICE, ENERGY_TO_HOLDER, USUAL_BANDWIDTH};
use crate::block::Block;
use crate::chain::{Mined, Snapshot, View};
use crate::devchain::Devchain;
use crate::faults::Lag;
use crate::log_filter::{FilterRequest, LogFilter, block_number};
use crate::log_search::{Found, MAX_RESULTS, TooMany, search};
use crate::raw_data::FEE_LIMIT;
use crate::rpc_error::RpcError;
use crate::transaction::Transaction;

/// Not the ID of any public network, so that nobody takes this chain for one.
const CHAIN_ID: u64 = 0x5553_4454;

pub fn routes(devchain: &Devchain) -> Router {
    Router::new()
        .route("/jsonrpc", post(answer))
        .with_state(devchain.clone())
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    id: Value,
    method: String,
    #[serde(default)]
    params: Vec<Value>,
}

async fn answer(State(devchain): State<Devchain>, lag: Lag, body: Bytes) -> Json<Value> {
    let (id, result) = match serde_json::from_slice(&body) {
        Ok(Request { id, method, params }) => {
            (id, devchain.ask(lag, |chain| call(&method, &params, chain)))
        }
        Err(error) if error.is_data() => (
            Value::Null,
            Err(RpcError {
                code: -32_600,
                message: "invalid request".into(),
            }),
        ),
        Err(_) => (
            Value::Null,
            Err(RpcError {
                code: -32_700,
                message: "JSON parse error".into(),
            }),
        ),
    };
    Json(match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({
            "jsonrpc": "2.0",
            "id": id,
            "error": { "code": error.code, "message": error.message, "data": "{}" },
        }),
    })
}

fn call(method: &str, params: &[Value], chain: Snapshot<'_>) -> Result<Value, RpcError> {
    match (method, params) {
        ("eth_blockNumber", []) => Ok(quantity(chain.tip(View::Head))),
        ("eth_chainId", []) => Ok(quantity(CHAIN_ID)),
        ("eth_getBlockByNumber", [Value::String(number), Value::Bool(full)]) => {
            let number = block_number(number, chain)?;
            Ok(chain
                .block(number, View::Head)
                .map_or(Value::Null, |found| block(found, *full)))
        }
        ("eth_getLogs", [filter]) => {
            let request = FilterRequest::deserialize(filter)
                .map_err(|error| RpcError::params(error.to_string()))?;
            logs(&LogFilter::new(&request, chain)?, chain)
        }
        ("eth_blockNumber" | "eth_chainId" | "eth_getBlockByNumber" | "eth_getLogs", _) => {
            Err(RpcError::params("method parameters invalid"))
        }
        _ => Err(RpcError {
            code: -32_601,
            message: format!("the method {method} does not exist/is not available"),
        }),
    }
}

fn logs(filter: &LogFilter, chain: Snapshot<'_>) -> Result<Value, RpcError> {
    let found = search(filter, chain).map_err(|TooMany| RpcError {
        code: -32_005,
        message: format!("query returned more than {MAX_RESULTS} results"),
    })?;
    Ok(found.iter().map(log_json).collect())
}

fn log_json(found: &Found<'_>) -> Value {
    let Mined {
        place,
        block,
        transaction,
    } = found.mined;
    json!({
        "address": data(found.log.address.bytes()),
        "blockHash": data(block.id.bytes()),
        "blockNumber": quantity(place.block),
        "data": data(&found.log.data),
        "logIndex": format!("{:#x}", found.index),
        "removed": false,
        "topics": found.log.topics.iter().map(|topic| data(topic)).collect::<Vec<_>>(),
        "transactionHash": data(transaction.id().bytes()),
        "transactionIndex": format!("{:#x}", place.index),
    })
}

fn block(block: &Block, full: bool) -> Value {
    let count = u64::try_from(block.transactions.len()).unwrap_or(u64::MAX);
    let transactions: Vec<Value> = block
        .transactions
        .iter()
        .enumerate()
        .map(|(index, transaction)| {
            if full {
                transaction_json(transaction, index, block)
            } else {
                data(transaction.id().bytes())
            }
        })
        .collect();
    json!({
        "baseFeePerGas": "0x0",
        "difficulty": "0x0",
        "extraData": "0x",
        "gasLimit": quantity(FEE_LIMIT.saturating_mul(count)),
        "gasUsed": quantity(ENERGY_TO_HOLDER.saturating_mul(count)),
        "hash": data(block.id.bytes()),
        "logsBloom": data(&[0; 256]),
        "miner": data(block.witness().bytes()),
        "mixHash": data(&[0; 32]),
        "nonce": data(&[0; 8]),
        "number": quantity(block.number()),
        "parentHash": data(block.parent.bytes()),
        "receiptsRoot": data(&[0; 32]),
        "sha3Uncles": data(&[0; 32]),
        "size": quantity(USUAL_BANDWIDTH.saturating_mul(count)),
        "stateRoot": "0x",
        "timestamp": quantity((block.timestamp.millis() / 1_000).unsigned_abs()),
        "totalDifficulty": "0x0",
        "transactions": transactions,
        "transactionsRoot": data(&block.transactions_root()),
        "uncles": [],
    })
}

fn transaction_json(transaction: &Transaction, index: usize, block: &Block) -> Value {
    let raw = transaction.raw_data();
    json!({
        "blockHash": data(block.id.bytes()),
        "blockNumber": quantity(block.number()),
        "from": data(raw.owner.bytes()),
        "gas": quantity(ENERGY_TO_HOLDER),
        "gasPrice": quantity(ENERGY_PRICE),
        "hash": data(transaction.id().bytes()),
        "input": data(&raw.data),
        "nonce": data(&[0; 8]),
        "r": data(transaction.id().bytes()),
        "s": data(transaction.id().bytes()),
        "to": data(raw.contract.bytes()),
        "transactionIndex": format!("{index:#x}"),
        "type": "0x0",
        "v": "0x1b",
        "value": "0x0",
    })
}

fn quantity(number: u64) -> Value {
    format!("{number:#x}").into()
}

fn data(bytes: &[u8]) -> Value {
    format!("0x{}", Hex(bytes)).into()
}
