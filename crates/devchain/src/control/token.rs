//! Commands that turn the switches of the default token.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::Usdt;

use super::{BadCommand, field, optional_field, parse};
use crate::devchain::Devchain;

#[derive(Deserialize)]
struct TokenCommand {
    paused: Option<bool>,
    deprecated: Option<bool>,
    basis_points_rate: Option<u32>,
    maximum_fee: Option<String>,
    blacklisted: Option<Vec<String>>,
}

pub async fn change(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: TokenCommand = parse(&body)?;
    let maximum_fee: Option<Usdt> = optional_field("maximum_fee", command.maximum_fee.as_ref())?;
    let blacklisted = command
        .blacklisted
        .map(|accounts| {
            accounts
                .iter()
                .map(|account| field("blacklisted", account))
                .collect::<Result<_, _>>()
        })
        .transpose()?;
    let txids = devchain.set_token(|state| {
        state.paused = command.paused.unwrap_or(state.paused);
        state.deprecated = command.deprecated.unwrap_or(state.deprecated);
        state.basis_points_rate = command.basis_points_rate.unwrap_or(state.basis_points_rate);
        state.maximum_fee = maximum_fee.unwrap_or(state.maximum_fee);
        if let Some(accounts) = blacklisted {
            state.blacklisted = accounts;
        }
    });
    Ok(Json(
        json!({ "ok": true, "token": devchain.token_state(), "txids": txids }),
    ))
}

pub async fn state(State(devchain): State<Devchain>) -> Json<Value> {
    Json(json!({ "ok": true, "token": devchain.token_state() }))
}
