//! The indexer beside the node: accounts, their token transfers, and events of contracts.
//!
//! Reference: <https://developers.tron.network/reference/get-trc20-transaction-info-by-account-address>.

mod account;
mod events;
mod page;
mod transfers;

use std::str::FromStr;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use usdt_protocol::TronAddress;

use crate::devchain::Devchain;

pub fn routes(devchain: &Devchain) -> Router {
    Router::new()
        .route("/v1/accounts/{address}", get(account::account))
        .route(
            "/v1/accounts/{address}/transactions/trc20",
            get(transfers::transfers),
        )
        .route(
            "/v1/transactions/{txid}/events",
            get(events::of_transaction),
        )
        .route("/v1/contracts/{address}/events", get(events::of_contract))
        .route("/v1/blocks/{number}/events", get(events::of_block))
        .with_state(devchain.clone())
}

struct BadRequest(&'static str);

impl IntoResponse for BadRequest {
    fn into_response(self) -> Response {
        let body = json!({ "success": false, "error": self.0, "statusCode": 400 });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

/// In either writing.
fn parse_address(text: &str) -> Option<TronAddress> {
    TronAddress::from_str(text)
        .or_else(|_| TronAddress::from_hex(text))
        .ok()
}
