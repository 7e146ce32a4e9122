//! The HTTP interface of a full node (`/wallet`) and of its solidified twin (`/walletsolidity`).
//!
//! Reference: <https://tronprotocol.github.io/documentation-en/api/http/>. What does not exist is
//! `{}` with HTTP 200, but for the receipts of a block that does not exist or is not solid yet: those
//! are `[]`, like the receipts of an empty block. Only the block itself tells the two apart: the
//! header of an empty one has a `txTrieRoot` of zeros.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::Txid;
use usdt_protocol::txid::decode_hex;

use crate::Devchain;
use crate::block::{Block, BlockId};
use crate::broadcast::{self, SignedTransaction};
use crate::chain::{Mined, Place, Snapshot, View};
use crate::faults::Lag;
use crate::node_json::{self, TransactionInfo};
use crate::params::{NodeError, Params, or_text};
use crate::token::{self, ConstantCall};

/// The most blocks that one call returns.
const BLOCK_LIMIT: u64 = 100;

#[derive(Clone)]
struct Node {
    devchain: Devchain,
    view: View,
}

impl Node {
    fn ask<T>(&self, lag: Lag, ask: impl FnOnce(Snapshot<'_>, View) -> T) -> T {
        self.devchain.ask(lag, |chain| ask(chain, self.view))
    }
}

pub fn routes(devchain: &Devchain, view: View) -> Router {
    let router = match view {
        View::Head => Router::new().route("/broadcasttransaction", post(hand_in)),
        View::Solid => Router::new(),
    };
    router
        .route("/getnowblock", any(now_block))
        .route("/getblock", get(block).post(block))
        .route("/getblockbynum", get(block_by_number).post(block_by_number))
        .route(
            "/getblockbylimitnext",
            get(blocks_by_limit).post(blocks_by_limit),
        )
        .route("/gettransactionbyid", get(transaction).post(transaction))
        .route("/gettransactioninfobyid", get(info).post(info))
        .route(
            "/gettransactioninfobyblocknum",
            get(block_infos).post(block_infos),
        )
        .route("/triggerconstantcontract", post(constant_call))
        .with_state(Node {
            devchain: devchain.clone(),
            view,
        })
}

fn found(json: Option<Value>) -> Json<Value> {
    Json(json.unwrap_or_else(|| json!({})))
}

/// Does not read its body, like the original.
async fn now_block(State(node): State<Node>, lag: Lag) -> Json<Value> {
    found(node.ask(lag, |chain, view| {
        chain.block(chain.tip(view), view).map(node_json::block)
    }))
}

#[derive(Deserialize)]
struct BlockQuery {
    id_or_num: Option<Value>,
    #[serde(default, deserialize_with = "or_text")]
    detail: bool,
}

async fn block(
    State(node): State<Node>,
    lag: Lag,
    Params(query): Params<BlockQuery>,
) -> Result<Json<Value>, NodeError> {
    let write: fn(&Block) -> Value = if query.detail {
        node_json::block
    } else {
        node_json::header
    };
    let text = match query.id_or_num {
        None => None,
        Some(Value::String(text)) => Some(text).filter(|text| !text.is_empty()),
        Some(other) => Some(other.to_string()),
    };
    let Some(text) = text else {
        return Ok(found(node.ask(lag, |chain, view| {
            chain.block(chain.tip(view), view).map(write)
        })));
    };
    if let Ok(number) = text.parse() {
        return Ok(found(
            node.ask(lag, |chain, view| chain.block(number, view).map(write)),
        ));
    }
    let id = decode_hex(&text)
        .map(BlockId::from_bytes)
        .ok_or_else(|| NodeError {
            class: "java.lang.IllegalArgumentException",
            message: "id_or_num is neither a block number nor a block ID".into(),
        })?;
    Ok(found(node.ask(lag, |chain, view| {
        chain.block_by_id(id, view).map(write)
    })))
}

#[derive(Deserialize)]
struct NumberQuery {
    #[serde(default, deserialize_with = "or_text")]
    num: i64,
}

async fn block_by_number(
    State(node): State<Node>,
    lag: Lag,
    Params(NumberQuery { num }): Params<NumberQuery>,
) -> Json<Value> {
    found(u64::try_from(num).ok().and_then(|number| {
        node.ask(lag, |chain, view| {
            chain.block(number, view).map(node_json::block)
        })
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LimitQuery {
    #[serde(default, deserialize_with = "or_text")]
    start_num: u64,
    #[serde(default, deserialize_with = "or_text")]
    end_num: u64,
}

async fn blocks_by_limit(
    State(node): State<Node>,
    lag: Lag,
    Params(LimitQuery { start_num, end_num }): Params<LimitQuery>,
) -> Json<Value> {
    if end_num <= start_num || end_num - start_num > BLOCK_LIMIT {
        return found(None);
    }
    let blocks: Vec<Value> = node.ask(lag, |chain, view| {
        (start_num..end_num)
            .filter_map(|number| chain.block(number, view).map(node_json::block))
            .collect()
    });
    found((!blocks.is_empty()).then(|| json!({ "block": blocks })))
}

#[derive(Deserialize)]
struct TransactionQuery {
    #[serde(default)]
    value: String,
}

impl TransactionQuery {
    fn txid(&self) -> Option<Txid> {
        self.value.parse().ok()
    }
}

async fn transaction(
    State(node): State<Node>,
    lag: Lag,
    Params(query): Params<TransactionQuery>,
) -> Json<Value> {
    found(query.txid().and_then(|txid| {
        node.ask(lag, |chain, view| {
            chain
                .mined(txid, view)
                .map(|mined| node_json::transaction(mined.transaction))
        })
    }))
}

async fn info(
    State(node): State<Node>,
    lag: Lag,
    Params(query): Params<TransactionQuery>,
) -> Response {
    let info = query.txid().and_then(|txid| {
        node.ask(lag, |chain, view| {
            chain.mined(txid, view).map(TransactionInfo::from)
        })
    });
    info.map_or_else(
        || found(None).into_response(),
        |info| Json(info).into_response(),
    )
}

async fn block_infos(
    State(node): State<Node>,
    lag: Lag,
    Params(NumberQuery { num }): Params<NumberQuery>,
) -> Response {
    let Some(number) = u64::try_from(num).ok().filter(|number| *number > 0) else {
        return found(None).into_response();
    };
    let infos: Vec<TransactionInfo> = node.ask(lag, |chain, view| {
        chain.block(number, view).map_or_else(Vec::new, |block| {
            block
                .transactions
                .iter()
                .enumerate()
                .map(|(index, transaction)| {
                    let place = Place {
                        block: number,
                        index,
                    };
                    Mined {
                        place,
                        block,
                        transaction,
                    }
                    .into()
                })
                .collect()
        })
    });
    Json(infos).into_response()
}

async fn constant_call(
    State(node): State<Node>,
    lag: Lag,
    Params(call): Params<ConstantCall>,
) -> Json<Value> {
    Json(node.ask(lag, |chain, view| token::answer(&call, chain, view)))
}

async fn hand_in(
    State(node): State<Node>,
    Params(transaction): Params<SignedTransaction>,
) -> Result<Json<Value>, NodeError> {
    node.devchain
        .write(|chain| broadcast::answer(&transaction, chain))
        .map(Json)
}
