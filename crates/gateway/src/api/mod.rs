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
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use self::error::ApiError;
use crate::http::AppState;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 16 << 10;

/// The routes that merchants' servers and the checkout call.
pub fn routes() -> Router<AppState> {
    let refuse = |allowed| move || async move { ApiError::MethodNotAllowed { allowed } };
    // Errors too, or a page on another site could not tell an unknown payment from no connection.
    let readable_from_any_site = SetResponseHeaderLayer::overriding(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    Router::new()
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
        .route(
            "/api/payment-status.php",
            get(payment_status::payment_status)
                .fallback(refuse("GET"))
                .layer(readable_from_any_site),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}
