//! Accounts and what they have.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use super::{Node, found};
use crate::account_json;
use crate::chain::Account;
use crate::faults::Lag;
use crate::params::{NodeError, Params};
use crate::visible::Visible;

#[derive(Deserialize)]
pub struct AccountQuery {
    #[serde(default)]
    address: String,
}

pub async fn account(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<AccountQuery>,
) -> Result<Json<Value>, NodeError> {
    tell(&node, lag, &query, visible, |account| {
        account_json::account(account, visible)
    })
}

pub async fn resources(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<AccountQuery>,
) -> Result<Json<Value>, NodeError> {
    tell(&node, lag, &query, visible, account_json::resources)
}

pub async fn net(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<AccountQuery>,
) -> Result<Json<Value>, NodeError> {
    tell(&node, lag, &query, visible, account_json::net)
}

fn tell(
    node: &Node,
    lag: Lag,
    query: &AccountQuery,
    visible: Visible,
    write: impl FnOnce(&Account) -> Value,
) -> Result<Json<Value>, NodeError> {
    if query.address.is_empty() {
        return Ok(found(None));
    }
    let address = visible
        .read(&query.address)
        .ok_or_else(|| NodeError::address(visible))?;
    Ok(found(node.ask(lag, |chain, view| {
        chain.account(address, view).as_ref().map(write)
    })))
}
