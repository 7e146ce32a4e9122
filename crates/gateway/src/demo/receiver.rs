//! `/demo/webhooks`: a merchant's receiver that verifies what comes in and lists it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use usdt_devchain::Devchain;

use crate::secrets::ApiSecret;

/// Webhooks beyond this many push the oldest out.
const KEPT: usize = 100;

/// The headers that are shown, as published.
const HEADERS: [&str; 4] = [
    "X-Signature",
    "Webhook-Id",
    "Webhook-Timestamp",
    "Webhook-Signature",
];

/// What came in.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    received_at: String,
    signature_valid: bool,
    headers: BTreeMap<&'static str, String>,
    body: Value,
    /// The bytes that are signed.
    raw_body: String,
}

/// Keeps what came in.
pub struct Receiver {
    secret: ApiSecret,
    devchain: Devchain,
    log: Mutex<Vec<Delivery>>,
}

impl Receiver {
    pub fn new(secret: ApiSecret, devchain: Devchain) -> Self {
        Self {
            secret,
            devchain,
            log: Mutex::default(),
        }
    }
}

/// Takes a webhook as a merchant should: verify first, then read.
pub async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signature_valid = receiver
        .secret
        .verify(body.as_bytes(), header("x-signature").unwrap_or_default());
    let delivery = Delivery {
        received_at: receiver.devchain.now().rfc3339(),
        signature_valid,
        headers: HEADERS
            .into_iter()
            .filter_map(|name| Some((name, header(name)?.to_owned())))
            .collect(),
        body: serde_json::from_str(&body).unwrap_or(Value::Null),
        raw_body: body,
    };
    let mut log = receiver.log.lock().unwrap_or_else(PoisonError::into_inner);
    if log.len() >= KEPT {
        log.remove(0);
    }
    log.push(delivery);
    if signature_valid {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

/// Lists what came in, oldest first.
pub async fn list(State(receiver): State<Arc<Receiver>>) -> Json<Vec<Delivery>> {
    Json(
        receiver
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
    )
}
