//! What shops show payments with in pages of their own: the script, and what it fetches.

mod checkout;
mod script;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::http::AppState;

/// The routes that shops' pages use.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/v1/checkout.json",
            get(checkout::checkout).layer(CompressionLayer::new()),
        )
        .route("/v1/inpage.js", get(script::in_page))
        .route("/v1/widget.js", get(script::newest))
        .route("/v1/widget.json", get(script::description))
        .route("/v1/{name}", get(script::pinned))
}
