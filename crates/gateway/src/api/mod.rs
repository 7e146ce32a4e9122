//! The published API: `/api/create-payment.php`, `/api/payment-status.php`, `/api/claim.php`,
//! `/api/wallet-transfer.php` and `/api/wallet-broadcast.php`; and `/api/v1/…` for merchants.

mod authentication;
mod call;
mod claim;
mod create_payment;
pub mod error;
mod hint;
mod json_body;
mod payer_lookup;
mod payment_status;
mod signed;
mod v1;
mod wallet_broadcast;
mod wallet_transfer;

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use self::error::ApiError;
use crate::http::AppState;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 16 << 10;

/// The routes that merchants' servers and the checkout call.
pub fn routes(state: &AppState) -> Router<AppState> {
    let posted = Router::new()
        .route(
            "/api/create-payment.php",
            post(create_payment::create_payment).fallback(refuse("POST")),
        )
        .route(
            "/api/claim.php",
            post(claim::claim).fallback(refuse("POST")),
        )
        .route(
            "/api/wallet-transfer.php",
            post(wallet_transfer::wallet_transfer).fallback(refuse("POST")),
        )
        .route(
            "/api/wallet-broadcast.php",
            post(wallet_broadcast::wallet_broadcast).fallback(refuse("POST")),
        )
        .merge(v1::routes())
        .layer(from_fn_with_state(Arc::clone(state), call::answer))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    posted.route(
        "/api/payment-status.php",
        get(payment_status::payment_status).fallback(payment_status::refuse),
    )
}

/// What a route answers to other methods.
fn refuse(allowed: &'static str) -> impl Fn() -> Ready<ApiError> + Clone {
    move || ready(ApiError::MethodNotAllowed { allowed })
}
