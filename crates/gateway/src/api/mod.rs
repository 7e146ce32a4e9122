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
mod routes;
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
use self::routes::Routes;
use crate::http::AppState;
use crate::openapi::operation::Operation;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 16 << 10;

/// The routes that merchants' servers and the checkout call.
pub fn routes(state: &AppState) -> Router<AppState> {
    let posted = posted()
        .router
        .layer(from_fn_with_state(Arc::clone(state), call::answer))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    posted.route(
        payment_status::STATUS.path,
        get(payment_status::payment_status).fallback(payment_status::refuse),
    )
}

/// All that they serve.
pub fn operations() -> Vec<Operation> {
    let mut operations = posted().operations;
    operations.push(payment_status::STATUS);
    operations
}

/// All but the status, which other sites may read.
fn posted() -> Routes {
    Routes::default()
        .path(
            post(create_payment::create_payment),
            [create_payment::CREATE],
        )
        .path(post(claim::claim), [claim::CLAIM])
        .path(
            post(wallet_transfer::wallet_transfer),
            [wallet_transfer::TRANSFER],
        )
        .path(
            post(wallet_broadcast::wallet_broadcast),
            [wallet_broadcast::BROADCAST],
        )
        .merge(v1::routes())
}

/// What a route answers to other methods.
fn refuse(allowed: String) -> impl Fn() -> Ready<ApiError> + Clone {
    move || {
        let allowed = allowed.clone();
        ready(ApiError::MethodNotAllowed { allowed })
    }
}
