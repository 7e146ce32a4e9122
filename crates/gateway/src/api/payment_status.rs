//! `GET /api/payment-status.php`: where a payment stands, at once or when it changes.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use usdt_protocol::{PaymentId, StatusAnswer};

use super::authentication::{authenticate, is_claimed};
use super::error::ApiError;
use super::payer_lookup;
use crate::changes::Subscription;
use crate::http::{AppState, Client, Query};
use crate::payments::Payment;
use crate::store::Project;

/// The longest that a request is held.
const MAX_WAIT_SECONDS: u64 = 25;

/// The query's parameters:
/// - `payment_id`;
/// - `wait`: the seconds for which the answer may be held until something changes;
/// - `v`: the version that the caller has: the same as `If-None-Match`, for browsers on other sites,
///   which may not send that header without asking first. Answered with 200 in any case.
pub async fn payment_status(
    State(state): State<AppState>,
    client: Client,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let project = if is_claimed(&headers) {
        Some(authenticate(&state, &headers, b"").await?)
    } else {
        None
    };
    let id = query
        .text("payment_id")
        .ok_or(ApiError::Malformed("payment_id is required"))?;
    let wait = match query.text("wait") {
        None => 0,
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| ApiError::Malformed("wait must be a number of seconds"))?
            .min(MAX_WAIT_SECONDS),
    };
    let etag = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| version_of(value.to_str().ok()?));
    let known = match query.text("v") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| ApiError::Malformed("v must be a version"))?,
        ),
        None => etag,
    };
    // They hold what was read from the connection, and the answer may be held for long.
    drop(headers);
    // Before the payment is read, or a change in between is missed.
    let subscription = (wait > 0)
        .then(|| id.parse().ok())
        .flatten()
        .map(|id| state.announcer.changes.subscribe(id));
    let mut payment = look_up(&state, client, id, project.as_ref()).await?;
    if let Some(subscription) = subscription
        && let Some(_place) = state.held.place(client)
    {
        payment = hold(&state, payment, subscription, known, wait).await?;
    }
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

async fn look_up(
    state: &AppState,
    client: Client,
    id: &str,
    project: Option<&Project>,
) -> Result<Payment, ApiError> {
    let Some(project) = project else {
        return payer_lookup::payment(state, client, id).await;
    };
    // A project sees its own payments only: there is nothing to guess.
    let id: PaymentId = id.parse().map_err(|_| ApiError::NotFound)?;
    let payment = state.store.payment(id).await?;
    payment
        .filter(|payment| payment.project_id == project.id)
        .ok_or(ApiError::NotFound)
}

/// Waits until the payment's version is no longer the known one, at most so many seconds.
async fn hold(
    state: &AppState,
    mut payment: Payment,
    mut subscription: Subscription,
    known: Option<u64>,
    seconds: u64,
) -> Result<Payment, ApiError> {
    let known = known.unwrap_or(payment.version);
    let mut end = std::pin::pin!(tokio::time::sleep(Duration::from_secs(seconds)));
    while payment.version == known {
        tokio::select! {
            () = subscription.changed() => {
                let changed = state.store.payment(payment.id).await?;
                payment = changed.ok_or(ApiError::NotFound)?;
            }
            () = &mut end => break,
            () = state.shutdown.cancelled() => break,
        }
    }
    Ok(payment)
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
