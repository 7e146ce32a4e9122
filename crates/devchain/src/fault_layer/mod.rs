//! Stands before the node's endpoints, counts their calls and lets the faults befall them.

mod answers;
mod slow_logs;

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

pub use self::answers::lacking;
use crate::devchain::Devchain;
use crate::faults::{FaultKind, JSON_RPC_PATH, Lag};

const MAX_REQUEST_BYTES: usize = 2 * 1024 * 1024;

/// The part of a JSON-RPC call that faults look at.
#[derive(Default, Deserialize)]
struct RpcCall {
    #[serde(default)]
    id: Value,
    method: Option<String>,
    #[serde(default)]
    params: Value,
}

pub async fn answer(State(devchain): State<Devchain>, request: Request, next: Next) -> Response {
    let faults = devchain.faults();
    let path = request.uri().path().to_owned();
    faults.count(&path);
    if !faults.stand() {
        return next.run(request).await;
    }
    let Ok((mut request, call)) = read_call(request, &path).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Some(fault) = faults.take(&path, call.method.as_deref()) else {
        return next.run(request).await;
    };
    match fault.fault.kind {
        FaultKind::Outage => answers::none(),
        FaultKind::Status {
            status,
            seconds,
            keyless,
        } => answers::suspended(&path, status, seconds, keyless),
        FaultKind::EmptyObject => answers::empty_object(),
        FaultKind::Error { message } => answers::error(&message),
        FaultKind::BareText => answers::bare_text(),
        FaultKind::RpcError { code, message } => answers::rpc_error(&call.id, code, &message),
        FaultKind::Hold => {
            faults.cleared(fault.id).await;
            next.run(request).await
        }
        FaultKind::Truncated => answers::first_half(next.run(request).await).await,
        FaultKind::Missing { every } => {
            answers::with_list(next.run(request).await, |list| drop_every(every, list)).await
        }
        FaultKind::Duplicated => {
            let twice = |list: &mut Vec<Value>| {
                *list = list
                    .drain(..)
                    .flat_map(|entry| [entry.clone(), entry])
                    .collect();
            };
            answers::with_list(next.run(request).await, twice).await
        }
        FaultKind::Reordered => {
            answers::with_list(next.run(request).await, |list| list.reverse()).await
        }
        FaultKind::Stale { blocks } => {
            request.extensions_mut().insert(Lag(blocks));
            next.run(request).await
        }
        FaultKind::Uneven { blocks } => {
            if faults.meets_other() {
                request.extensions_mut().insert(Lag(blocks));
            }
            next.run(request).await
        }
        FaultKind::LateLogs { blocks } => {
            let newest = devchain.head().saturating_sub(blocks);
            answers::with_list(next.run(request).await, |logs| {
                logs.retain(|log| answers::block_of(log).is_none_or(|block| block <= newest));
            })
            .await
        }
        FaultKind::Late { blocks } => {
            let until = devchain.head().saturating_add(blocks);
            let answer = next.run(request).await;
            tokio::select! {
                () = devchain.reached(until) => {}
                () = faults.cleared(fault.id) => {}
            }
            answer
        }
        FaultKind::RepeatedPage => {
            *request.uri_mut() = without_fingerprint(request.uri());
            answers::with_fingerprint(next.run(request).await, Some("repeated")).await
        }
        FaultKind::LostFingerprint => {
            answers::with_fingerprint(next.run(request).await, None).await
        }
        FaultKind::SlowLogs { nanos } => {
            let work = devchain.ask(Lag::default(), |chain| slow_logs::work(&call.params, chain));
            tokio::time::sleep(Duration::from_nanos(work.saturating_mul(nanos))).await;
            next.run(request).await
        }
        FaultKind::UnknownKey => answers::unknown_key(),
        FaultKind::Lacking => lacking(request.method(), &path),
    }
}

/// The request as it was, and what it calls if it is one of the JSON-RPC.
async fn read_call(request: Request, path: &str) -> Result<(Request, RpcCall), axum::Error> {
    if path != JSON_RPC_PATH {
        return Ok((request, RpcCall::default()));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_REQUEST_BYTES).await?;
    let call = serde_json::from_slice(&body).unwrap_or_default();
    Ok((Request::from_parts(parts, Body::from(body)), call))
}

fn drop_every(every: usize, list: &mut Vec<Value>) {
    let mut position = 0;
    list.retain(|_| {
        position += 1;
        position % every.max(1) != 0
    });
}

fn without_fingerprint(uri: &Uri) -> Uri {
    let parameters: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|text| !text.starts_with("fingerprint="))
        .collect();
    format!("{}?{}", uri.path(), parameters.join("&"))
        .parse()
        .unwrap_or_else(|_| uri.clone())
}
