//! The token's contract: what it is, calls of it, and what they cost.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use usdt_protocol::TronAddress;

use super::{Node, found};
use crate::contract;
use crate::faults::Lag;
use crate::node_facts;
use crate::params::{NodeError, Params};
use crate::token::{self, CallQuery};
use crate::visible::Visible;

pub async fn constant_call(
    State(node): State<Node>,
    lag: Lag,
    Params(call, visible): Params<CallQuery>,
) -> Json<Value> {
    Json(node.ask(lag, |chain, view| {
        token::answer(&call, visible, chain, view)
    }))
}

pub async fn build(
    State(node): State<Node>,
    lag: Lag,
    Params(call, visible): Params<CallQuery>,
) -> Json<Value> {
    Json(node.ask(lag, |chain, view| token::build(&call, visible, chain, view)))
}

pub async fn estimate(
    State(node): State<Node>,
    lag: Lag,
    Params(call, visible): Params<CallQuery>,
) -> Json<Value> {
    Json(node.ask(lag, |chain, view| {
        token::estimate(&call, visible, chain, view)
    }))
}

#[derive(Deserialize)]
pub struct ContractQuery {
    #[serde(default)]
    value: String,
}

pub async fn contract(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<ContractQuery>,
) -> Result<Json<Value>, NodeError> {
    tell(&node, lag, &query, visible, contract::json)
}

pub async fn info(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<ContractQuery>,
) -> Result<Json<Value>, NodeError> {
    tell(&node, lag, &query, visible, contract::info_json)
}

fn tell(
    node: &Node,
    lag: Lag,
    query: &ContractQuery,
    visible: Visible,
    write: fn(TronAddress, Visible) -> Value,
) -> Result<Json<Value>, NodeError> {
    let address = visible
        .read(&query.value)
        .ok_or_else(|| NodeError::address(visible))?;
    let exists = node.ask(lag, |chain, _| chain.is_token(address));
    Ok(found(exists.then(|| write(address, visible))))
}

pub async fn parameters() -> Json<Value> {
    Json(node_facts::parameters())
}

pub async fn energy_prices() -> Json<Value> {
    Json(node_facts::energy_prices())
}

pub async fn bandwidth_prices() -> Json<Value> {
    Json(node_facts::bandwidth_prices())
}

pub async fn node(State(node): State<Node>, lag: Lag) -> Json<Value> {
    Json(node.ask(lag, |chain, _| node_facts::node(chain)))
}
