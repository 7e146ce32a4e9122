//! The HTTP interface of a full node (`/wallet`) and of its solidified twin (`/walletsolidity`).
//!
//! Reference: <https://tronprotocol.github.io/documentation-en/api/http/>. What does not exist is
//! `{}` with HTTP 200, but for the receipts of a block that does not exist or is not solid yet: those
//! are `[]`, like the receipts of an empty block. Only the block itself tells the two apart: the
//! header of an empty one has a `txTrieRoot` of zeros. With `visible` addresses are in Base58.

mod accounts;
mod blocks;
mod contracts;
mod transactions;

use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::chain::{Snapshot, View};
use crate::devchain::Devchain;
use crate::faults::Lag;

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
        View::Head => head_only(),
        View::Solid => Router::new(),
    };
    router
        .route("/getnowblock", any(blocks::newest))
        .route("/getblock", get(blocks::one).post(blocks::one))
        .route(
            "/getblockbynum",
            get(blocks::by_number).post(blocks::by_number),
        )
        .route("/getblockbyid", get(blocks::by_id).post(blocks::by_id))
        .route(
            "/getblockbylimitnext",
            get(blocks::by_limit).post(blocks::by_limit),
        )
        .route(
            "/gettransactionbyid",
            get(transactions::by_id).post(transactions::by_id),
        )
        .route(
            "/gettransactioninfobyid",
            get(transactions::info).post(transactions::info),
        )
        .route(
            "/gettransactioninfobyblocknum",
            get(transactions::infos_of_block).post(transactions::infos_of_block),
        )
        .route(
            "/getaccount",
            get(accounts::account).post(accounts::account),
        )
        .route("/triggerconstantcontract", post(contracts::constant_call))
        .route("/estimateenergy", post(contracts::estimate))
        .route("/getenergyprices", any(contracts::energy_prices))
        .route("/getbandwidthprices", any(contracts::bandwidth_prices))
        .with_state(Node {
            devchain: devchain.clone(),
            view,
        })
}

/// What only a full node has.
fn head_only() -> Router<Node> {
    Router::new()
        .route("/broadcasttransaction", post(transactions::hand_in))
        .route("/broadcasthex", post(transactions::hand_in_hex))
        .route("/getsignweight", post(transactions::sign_weight))
        .route(
            "/gettransactionfrompending",
            get(transactions::waiting).post(transactions::waiting),
        )
        .route(
            "/gettransactionlistfrompending",
            any(transactions::all_waiting),
        )
        .route("/getpendingsize", any(transactions::count_waiting))
        .route(
            "/getaccountresource",
            get(accounts::resources).post(accounts::resources),
        )
        .route("/getaccountnet", get(accounts::net).post(accounts::net))
        .route("/triggersmartcontract", post(contracts::build))
        .route(
            "/getcontract",
            get(contracts::contract).post(contracts::contract),
        )
        .route(
            "/getcontractinfo",
            get(contracts::info).post(contracts::info),
        )
        .route("/getchainparameters", any(contracts::parameters))
        .route("/getnodeinfo", any(contracts::node))
}

fn found(json: Option<Value>) -> Json<Value> {
    Json(json.unwrap_or_else(|| json!({})))
}
