//! The published API: `/api/create-payment.php`, `/api/payment-status.php`, `/api/claim.php`,
//! `/api/wallet-transfer.php` and `/api/wallet-broadcast.php`.

mod authentication;
mod claim;
mod create_payment;
pub mod error;
mod hint;
mod json_body;
mod payer_lookup;
mod payment_status;
mod wallet_broadcast;
mod wallet_transfer;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use self::error::ApiError;
use crate::http::AppState;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 16 << 10;

/// The routes that merchants' servers and the checkout call.
pub fn routes() -> Router<AppState> {
    let refuse = |allowed| move || async move { ApiError::MethodNotAllowed { allowed } };
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
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    posted.route(
        "/api/payment-status.php",
        get(payment_status::payment_status).fallback(payment_status::refuse),
    )
}
