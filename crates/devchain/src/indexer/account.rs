//! An account with what it holds of each token.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::TronAddress;

use super::{BadRequest, parse_address};
use crate::account_json;
use crate::chain::{Snapshot, View};
use crate::devchain::Devchain;
use crate::faults::Lag;
use crate::visible::Visible;

#[derive(Deserialize)]
pub struct AccountQuery {
    #[serde(default)]
    only_confirmed: bool,
}

pub async fn account(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(address): Path<String>,
    Query(query): Query<AccountQuery>,
) -> Result<Json<Value>, BadRequest> {
    let address =
        parse_address(&address).ok_or(BadRequest("A valid account address is required."))?;
    let view = if query.only_confirmed {
        View::Solid
    } else {
        View::Head
    };
    Ok(Json(devchain.ask(lag, |chain| {
        let data: Vec<Value> = row(address, chain, view).into_iter().collect();
        let meta = json!({ "at": chain.now().millis(), "page_size": data.len() });
        json!({ "data": data, "success": true, "meta": meta })
    })))
}

/// Addresses are in hex here but for those of tokens.
fn row(address: TronAddress, chain: Snapshot<'_>, view: View) -> Option<Value> {
    let account = chain.account(address, view)?;
    let tokens: BTreeSet<TronAddress> = chain
        .places_of(address)
        .iter()
        .map_while(|place| chain.at(*place, view))
        .flat_map(|mined| mined.transaction.events())
        .map(|(_, event)| event.token)
        .collect();
    let held: Vec<Value> = tokens
        .into_iter()
        .map(|token| (token, chain.balance(address, token, view)))
        .filter(|(_, held)| *held > 0)
        .map(|(token, held)| json!({ token.to_string(): held.to_string() }))
        .collect();
    let mut json = account_json::account(&account, Visible(false));
    if let Some(json) = json.as_object_mut() {
        json.insert("trc20".into(), held.into());
    }
    Some(json)
}
