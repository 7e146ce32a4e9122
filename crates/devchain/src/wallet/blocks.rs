//! Blocks, by their number, their ID, or where they stand.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::txid::decode_hex;

use super::{Node, found};
use crate::block::Block;
use crate::block_id::BlockId;
use crate::faults::Lag;
use crate::node_json;
use crate::params::{NodeError, Params, or_text};
use crate::visible::Visible;

/// The most blocks that one call returns.
const LIMIT: u64 = 100;

/// Does not read its body, like the original.
pub async fn newest(State(node): State<Node>, lag: Lag) -> Json<Value> {
    found(node.ask(lag, |chain, view| {
        chain
            .block(chain.tip(view), view)
            .map(|block| node_json::block(block, Visible(false)))
    }))
}

#[derive(Deserialize)]
pub struct BlockQuery {
    id_or_num: Option<Value>,
    #[serde(default, deserialize_with = "or_text")]
    detail: bool,
}

pub async fn one(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<BlockQuery>,
) -> Result<Json<Value>, NodeError> {
    let write = |block: &Block| {
        if query.detail {
            node_json::block(block, visible)
        } else {
            node_json::header(block, visible)
        }
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
pub struct NumberQuery {
    #[serde(default, deserialize_with = "or_text")]
    pub num: i64,
}

pub async fn by_number(
    State(node): State<Node>,
    lag: Lag,
    Params(NumberQuery { num }, visible): Params<NumberQuery>,
) -> Json<Value> {
    found(u64::try_from(num).ok().and_then(|number| {
        node.ask(lag, |chain, view| {
            chain
                .block(number, view)
                .map(|block| node_json::block(block, visible))
        })
    }))
}

#[derive(Deserialize)]
pub struct IdQuery {
    #[serde(default)]
    value: String,
}

pub async fn by_id(
    State(node): State<Node>,
    lag: Lag,
    Params(IdQuery { value }, visible): Params<IdQuery>,
) -> Json<Value> {
    found(decode_hex(&value).and_then(|id| {
        node.ask(lag, |chain, view| {
            chain
                .block_by_id(BlockId::from_bytes(id), view)
                .map(|block| node_json::block(block, visible))
        })
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitQuery {
    #[serde(default, deserialize_with = "or_text")]
    start_num: u64,
    #[serde(default, deserialize_with = "or_text")]
    end_num: u64,
}

pub async fn by_limit(
    State(node): State<Node>,
    lag: Lag,
    Params(LimitQuery { start_num, end_num }, visible): Params<LimitQuery>,
) -> Json<Value> {
    if end_num <= start_num || end_num - start_num > LIMIT {
        return found(None);
    }
    let blocks: Vec<Value> = node.ask(lag, |chain, view| {
        (start_num..end_num)
            .filter_map(|number| chain.block(number, view))
            .map(|block| node_json::block(block, visible))
            .collect()
    });
    found((!blocks.is_empty()).then(|| json!({ "block": blocks })))
}
