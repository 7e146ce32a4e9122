//! What shops show payments with in pages of their own: the script, what it fetches, and who may.

mod checkout;
mod embedders;
mod script;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

pub use self::embedders::{Embedders, EmbeddersError, SiteOrigin};
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
