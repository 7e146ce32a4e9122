//! Commands that open accounts and give them what transactions cost, and that say whether it counts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::{TronAddress, Txid, Usdt};

use super::{BadCommand, field, optional_field, parse};
use crate::call::Transfer;
use crate::chain::Grant;
use crate::devchain::Devchain;

#[derive(Deserialize)]
struct FundCommand {
    to: String,
    #[serde(default)]
    sun: u64,
    #[serde(default)]
    energy: u64,
    #[serde(default)]
    bandwidth: u64,
    usdt: Option<String>,
}

pub async fn fund(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: FundCommand = parse(&body)?;
    let to: TronAddress = field("to", &command.to)?;
    let usdt: Option<Usdt> = optional_field("usdt", command.usdt.as_ref())?;
    devchain.grant(
        to,
        Grant {
            sun: command.sun,
            energy: command.energy,
            bandwidth: command.bandwidth,
        },
    );
    let txids: Vec<Txid> = usdt
        .map(|amount| devchain.transfer(&Transfer::new(to, amount)))
        .unwrap_or_default();
    Ok(Json(json!({ "ok": true, "txids": txids })))
}

#[derive(Deserialize)]
struct RulesCommand {
    funds: Option<bool>,
    transaction_cache: Option<bool>,
}

pub async fn change_rules(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: RulesCommand = parse(&body)?;
    let mut rules = devchain.rules();
    rules.funds = command.funds.unwrap_or(rules.funds);
    rules.transaction_cache = command.transaction_cache.unwrap_or(rules.transaction_cache);
    devchain.set_rules(rules);
    Ok(self::rules(State(devchain)).await)
}

pub async fn rules(State(devchain): State<Devchain>) -> Json<Value> {
    Json(json!({ "ok": true, "rules": devchain.rules() }))
}
