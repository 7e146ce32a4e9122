//! The published API: `/api/create-payment.php` and `/api/payment-status.php`.

mod authentication;
mod create_payment;
pub mod error;
mod payment_status;

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
    Router::new()
        .route(
            "/api/create-payment.php",
            post(create_payment::create_payment).fallback(refuse("POST")),
        )
        .route(
            "/api/payment-status.php",
            get(payment_status::payment_status).fallback(refuse("GET")),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}
