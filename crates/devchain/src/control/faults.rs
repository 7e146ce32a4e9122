//! Commands that let faults befall the node's answers.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::{BadCommand, parse};
use crate::devchain::Devchain;

pub async fn add(State(devchain): State<Devchain>, body: Bytes) -> Result<Json<Value>, BadCommand> {
    devchain.add_fault(parse(&body)?);
    Ok(list(State(devchain)).await)
}

pub async fn clear(State(devchain): State<Devchain>) -> Json<Value> {
    devchain.clear_faults();
    list(State(devchain)).await
}

pub async fn list(State(devchain): State<Devchain>) -> Json<Value> {
    Json(json!({ "ok": true, "faults": devchain.standing_faults() }))
}
