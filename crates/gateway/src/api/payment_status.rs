//! `GET /api/payment-status.php`: where a payment stands, at once or when it changes.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use usdt_protocol::{PaymentId, StatusAnswer};

use super::authentication::{authenticate, is_claimed};
use super::error::ApiError;
use crate::http::{AppState, Client};
use crate::payments::Payment;
use crate::store::Project;

/// The longest that a request is held.
const MAX_WAIT_SECONDS: u64 = 25;

/// The query, as text: it is parsed where a wrong value can be answered in the published shape.
#[derive(Deserialize)]
pub struct Parameters {
    payment_id: Option<String>,
    wait: Option<String>,
    /// The version that the caller has: the same as `If-None-Match`, for browsers on other sites,
    /// which may not send that header without asking first. Answered with 200 in any case.
    v: Option<String>,
}

pub async fn payment_status(
    State(state): State<AppState>,
    client: Client,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Query(parameters) =
        parameters.map_err(|_| ApiError::Malformed("Malformed query string"))?;
    let project = if is_claimed(&headers) {
        Some(authenticate(&state, &headers, b"").await?)
    } else {
        None
    };
    let id = parameters
        .payment_id
        .ok_or(ApiError::Malformed("payment_id is required"))?;
    let wait = match parameters.wait {
        None => 0,
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| ApiError::Malformed("wait must be a number of seconds"))?
            .min(MAX_WAIT_SECONDS),
    };
    let etag = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| version_of(value.to_str().ok()?));
    let known = match parameters.v {
        Some(text) => Some(
            text.parse()
                .map_err(|_| ApiError::Malformed("v must be a version"))?,
        ),
        None => etag,
    };
    let payment = look_up(&state, client, &id, project.as_ref(), known, wait).await?;
    let current = (header::ETAG, etag_of(&payment));
    let head = [
        current,
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::VARY,
            HeaderValue::from_static("x-api-key, x-signature"),
        ),
    ];
    if etag == Some(payment.version) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let view = match project {
        Some(_) => state.project_view(&payment).await?,
        None => state.public_view(&payment).await?,
    };
    Ok((head, Json(StatusAnswer::payment(view))).into_response())
}

/// Finds the payment; with `wait`, holds until its version is no longer the known one.
async fn look_up(
    state: &AppState,
    client: Client,
    id: &str,
    project: Option<&Project>,
    known: Option<u64>,
    wait: u64,
) -> Result<Payment, ApiError> {
    // A project sees its own payments only: there is nothing to guess.
    let is_guess = project.is_none();
    if is_guess {
        state.lookups.check(client, state.clock.now())?;
    }
    let unknown = || {
        if is_guess {
            state.lookups.missed(client, state.clock.now());
        }
        ApiError::NotFound
    };
    let id: PaymentId = id.parse().map_err(|_| unknown())?;
    let mut subscription = (wait > 0).then(|| state.announcer.changes.subscribe(id));
    let mut held = std::pin::pin!(tokio::time::sleep(Duration::from_secs(wait)));
    let mut known = known;
    loop {
        let payment = state
            .store
            .payment(id)
            .await?
            .filter(|payment| project.is_none_or(|project| project.id == payment.project_id))
            .ok_or_else(unknown)?;
        let Some(subscription) = &mut subscription else {
            return Ok(payment);
        };
        if *known.get_or_insert(payment.version) != payment.version {
            return Ok(payment);
        }
        tokio::select! {
            () = subscription.changed() => {}
            () = &mut held => return Ok(payment),
            () = state.shutdown.cancelled() => return Ok(payment),
        }
    }
}

/// Weak: every answer has its own `server_time`.
fn etag_of(payment: &Payment) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{}\"", payment.version))
        .unwrap_or(HeaderValue::from_static("W/\"0\""))
}

fn version_of(etag: &str) -> Option<u64> {
    etag.trim()
        .trim_start_matches("W/")
        .strip_prefix('"')?
        .strip_suffix('"')?
        .parse()
        .ok()
}
