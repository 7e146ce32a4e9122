//! The endpoints under `/dev/` that tell the chain what to do.

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
use usdt_protocol::Usdt;

use crate::chain::{Chain, View};
use crate::{Devchain, Transfer};

const MAX_COUNT: u32 = 100_000;
const MAX_BLOCKS: u32 = 100_000;

pub fn routes(devchain: &Devchain) -> Router {
    Router::new()
        .route("/transfer", post(transfer))
        .route("/mine", post(mine))
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
struct TransferCommand {
    to: String,
    amount: String,
    from: Option<String>,
    contract: Option<String>,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    fail: bool,
}

#[derive(Deserialize)]
struct MineCommand {
    #[serde(default = "one")]
    blocks: u32,
}

const fn one() -> u32 {
    1
}

async fn transfer(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: TransferCommand = parse(&body)?;
    let transfer = Transfer {
        to: field("to", &command.to)?,
        amount: field::<Usdt>("amount", &command.amount)?,
        from: command
            .from
            .as_deref()
            .map(|text| field("from", text))
            .transpose()?,
        contract: command
            .contract
            .as_deref()
            .map(|text| field("contract", text))
            .transpose()?,
        count: within("count", command.count, MAX_COUNT)?,
        fail: command.fail,
    };
    let txids = devchain.transfer(&transfer);
    Ok(Json(
        json!({ "ok": true, "txid": txids.first(), "txids": txids }),
    ))
}

async fn mine(State(devchain): State<Devchain>, body: Bytes) -> Result<Json<Value>, BadCommand> {
    let command: MineCommand = parse(if body.is_empty() { b"{}" } else { &body })?;
    devchain.mine(within("blocks", command.blocks, MAX_BLOCKS)?);
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
            "head": chain.tip(View::Head),
            "solid": chain.tip(View::Solid),
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

fn within(name: &str, number: u32, most: u32) -> Result<u32, BadCommand> {
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(BadCommand(format!("{name} must be between 1 and {most}.")))
    }
}
