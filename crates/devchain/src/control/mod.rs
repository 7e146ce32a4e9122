//! The endpoints under `/dev/` that tell the chain and its node what to do.
//!
//! A command is a JSON body. What is refused is HTTP 400 with `{"ok": false, "error": "…"}`.
//! Addresses are in Base58, amounts are USDT in decimal text, `?` marks what can be left out.
//!
//! | Call | Body | Answer |
//! |---|---|---|
//! | `POST /dev/transfer` | `{"to", "amount", "from"?, "contract"?, "count"?, "fail"?}` | `{"ok": true, "txid", "txids": […]}` |
//! | `POST /dev/transaction` | see below | `{"ok": true, "txid"}` |
//! | `GET /dev/token` | | `{"ok": true, "token": {"paused", "deprecated", "basis_points_rate", "maximum_fee", "blacklisted": […]}}` |
//! | `POST /dev/token` | any of the fields of `token` | the same, and the `"txids"` of the changes |
//! | `POST /dev/fund` | `{"to", "sun"?, "energy"?, "bandwidth"?, "usdt"?}` | `{"ok": true, "txids": […]}` |
//! | `GET /dev/rules` | | `{"ok": true, "rules": {"funds", "transaction_cache"}}` |
//! | `POST /dev/rules` | any of the fields of `rules` | the same |
//! | `POST /dev/mine` | `{"blocks"?}` | the status |
//! | `POST /dev/fork` | `{"blocks", "keep_transactions"?}` | the status |
//! | `POST /dev/pause`, `POST /dev/resume` | | the status |
//! | `GET /dev/status` | | `{"ok": true, "head", "solid", "paused", "now"}` |
//! | `POST /dev/faults` | a fault, see below | the list |
//! | `DELETE /dev/faults` | | the list |
//! | `GET /dev/faults` | | `{"ok": true, "faults": […]}` |
//!
//! # Transactions
//!
//! `/dev/transfer` makes `count` calls of the token's `transfer`. `fail` lets them run out of
//! energy. A page of the indexer full of dust is `{"count": 201, "amount": "0.000001"}`.
//!
//! `/dev/transaction` makes one call of any kind. All but `logs` can be left out:
//!
//! ```json
//! {
//!   "caller": "T…", "contract": "T…", "data": "61461954",
//!   "outcome": "SUCCESS",
//!   "logs": [
//!     { "to": "T…", "amount": "50.0134", "from": "T…", "contract": "T…", "event": "Transfer" },
//!     { "topics": ["ddf252ad…", "…", "…"], "data": "…", "contract": "T…" }
//!   ]
//! }
//! ```
//!
//! `outcome` is `SUCCESS`, `REVERT`, `OUT_OF_ENERGY`, or `OUT_OF_TIME`, which alone leaves the
//! logs of a failure in its receipt. A log is a well-formed `event` (`Transfer` or `Approval`), or
//! raw hex, which may be anything: topics of 32 bytes, data of any length. `contract` is the default
//! token where it is left out; so is `data` in a raw log for none.
//!
//! What wallets sign comes in by `/wallet/broadcasttransaction` or `/wallet/broadcasthex`, as on a
//! real node. Of its calls only the token's `transfer` does anything: all others revert. Nobody needs
//! funds, TRX or energy: what a sender lacks, it is given. A transfer that fails all the same is one
//! of an account in `blacklisted`, or while the token is `paused`.
//!
//! # Rules
//!
//! With the rule `funds` all this counts, for what wallets sign and not for commands. Who was never
//! funded has no account: `CONTRACT_VALIDATE_ERROR`. A transfer takes about 345 bytes of bandwidth,
//! of which each account has 600 a day for nothing, or 0.001 TRX a byte: `BANDWITH_ERROR` without
//! either. It takes 65 000 units of energy, and 130 000 to a recipient without USDT, or 100 sun each:
//! the transaction ends as `OUT_OF_ENERGY` without either, and with a `fee_limit` that is too low.
//! Without the USDT it ends as `REVERT`.
//!
//! `/dev/fund` opens an account and adds to what it has: `sun`, millionths of a TRX, and `energy` and
//! `bandwidth` from stakes, as much as they give in a day, all at once; `usdt` by a transfer that the
//! next block takes.
//!
//! With the rule `transaction_cache` the node is one with `node.rpc.trxCacheEnable`: it answers
//! `DUP_TRANSACTION_ERROR` from the second broadcast on, also if it refused the first.
//!
//! # Token
//!
//! `/dev/token` turns the switches of the default token by transactions of its owner: the next
//! block has them, after what was handed in before, each with the event that the real contract
//! writes. Constant calls answer with the state of the head or of the solid chain. While `paused`
//! is on, and for senders in `blacklisted` (the whole list, not an addition), the transfers of
//! `/dev/transfer` and of wallets end with `REVERT`; with a fee they have a second log, to the owner.
//! The calls of `/dev/transaction` do as they say in any state.
//!
//! # Faults
//!
//! ```json
//! { "path": "/wallet/", "method": "eth_getLogs", "times": 3, "kind": "stale", "blocks": 40 }
//! ```
//!
//! `path` is what the path of the calls begins with, `method` that of a JSON-RPC call; without
//! them it is any. A fault befalls `times` calls, without it all until the faults are cleared.
//! Several may stand; a call is befallen by the first that fits. The kinds, with their fields:
//!
//! | `kind` | Fields | What the caller gets |
//! |---|---|---|
//! | `outage` | | the connection closes without an answer |
//! | `status` | `status` (403, 429 or 503), `seconds`? (30), `keyless`? (false) | the suspension for so many seconds in the words of the path's server, or in those for callers without a key |
//! | `empty_object` | | `{}` |
//! | `error` | `message`? | `{"Error": "class … : …"}`, HTTP 200 |
//! | `bare_text` | | the sentence of a lite full node, HTTP 200 |
//! | `rpc_error` | `code`? (-32602), `message`? | an error of the JSON-RPC: of itself that of its block range |
//! | `hold` | | nothing until the faults are cleared, then the true answer |
//! | `truncated` | | the first half of the true answer, HTTP 200 |
//! | `missing` | `every`? (1) | a list without its every n-th entry: logs of `eth_getLogs`, receipts of a block, rows of the indexer |
//! | `duplicated` | | such a list with every entry twice |
//! | `reordered` | | such a list in reverse |
//! | `stale` | `blocks` | the answer of so many blocks ago; on `/v1/` that of an indexer that lags |
//! | `uneven` | `blocks` | the same for every second call, as where two nodes answer under one name |
//! | `late_logs` | `blocks` | the true answer of `eth_getLogs` without the newest blocks |
//! | `late` | `blocks` | the answer of now, once so many more blocks are mined or the faults are cleared |
//! | `repeated_page` | | the indexer's first page whatever the fingerprint, and always another one |
//! | `lost_fingerprint` | | a page of the indexer that does not say that more follow |
//! | `slow_logs` | `nanos` | the true answer of `eth_getLogs`, after so long for each block times each contract and topic |
//! | `unknown_key` | | HTTP 401, `{"Error": "ApiKey not exists"}` |
//! | `lacking` | | HTTP 405, as for a path that the server does not have |

mod faults;
mod funds;
mod token;
mod transactions;

use std::fmt;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chain::{Chain, View};
use crate::devchain::Devchain;

const MAX_BLOCKS: u32 = 100_000;

pub fn routes(devchain: &Devchain) -> Router {
    Router::new()
        .route("/transfer", post(transactions::transfer))
        .route("/transaction", post(transactions::transaction))
        .route("/token", get(token::state).post(token::change))
        .route(
            "/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/fund", post(funds::fund))
        .route("/rules", get(funds::rules).post(funds::change_rules))
        .route("/mine", post(mine))
        .route("/fork", post(fork))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/status", get(status))
        .with_state(devchain.clone())
}

/// What is wrong with a command, in one sentence.
struct BadCommand(String);

impl IntoResponse for BadCommand {
    fn into_response(self) -> Response {
        let body = json!({ "ok": false, "error": self.0 });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

#[derive(Deserialize)]
struct MineCommand {
    #[serde(default = "one")]
    blocks: u32,
}

const fn one() -> u32 {
    1
}

async fn mine(State(devchain): State<Devchain>, body: Bytes) -> Result<Json<Value>, BadCommand> {
    let command: MineCommand = parse(if body.is_empty() { b"{}" } else { &body })?;
    devchain.mine(within("blocks", command.blocks, MAX_BLOCKS)?);
    Ok(status(State(devchain)).await)
}

#[derive(Deserialize)]
struct ForkCommand {
    blocks: u32,
    #[serde(default)]
    keep_transactions: bool,
}

async fn fork(State(devchain): State<Devchain>, body: Bytes) -> Result<Json<Value>, BadCommand> {
    let command: ForkCommand = parse(&body)?;
    devchain
        .fork(command.blocks, command.keep_transactions)
        .map_err(|error| BadCommand(format!("blocks: {error}.")))?;
    Ok(status(State(devchain)).await)
}

async fn pause(State(devchain): State<Devchain>) -> Json<Value> {
    devchain.pause();
    status(State(devchain)).await
}

async fn resume(State(devchain): State<Devchain>) -> Json<Value> {
    devchain.resume();
    status(State(devchain)).await
}

async fn status(State(devchain): State<Devchain>) -> Json<Value> {
    Json(devchain.read(|chain: &Chain| {
        json!({
            "ok": true,
            "head": chain.head(),
            "solid": chain.whole().tip(View::Solid),
            "paused": chain.is_paused(),
            "now": chain.now().rfc3339(),
        })
    }))
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, BadCommand> {
    serde_json::from_slice(body)
        .map_err(|error| BadCommand(format!("The body is not a command: {error}.")))
}

fn field<T>(name: &str, text: &str) -> Result<T, BadCommand>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse()
        .map_err(|error| BadCommand(format!("{name} {text:?}: {error}.")))
}

fn optional_field<T>(name: &str, text: Option<&String>) -> Result<Option<T>, BadCommand>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.map(|text| field(name, text)).transpose()
}

fn within(name: &str, number: u32, most: u32) -> Result<u32, BadCommand> {
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(BadCommand(format!("{name} must be between 1 and {most}.")))
    }
}
