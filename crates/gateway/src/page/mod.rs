//! The payment page, `/pay/?id=…`, and the files that it loads.

mod assets_route;
pub mod find;
mod logo_route;
mod pay;
mod return_route;
pub mod security;
pub mod setting;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::http::AppState;

/// The routes that payers' browsers open.
pub fn routes(state: &AppState) -> Router<AppState> {
    let pages = Router::new()
        .route("/pay/", get(pay::pay))
        .route("/pay/return/", get(return_route::go_on))
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            security::headers,
        ))
        .layer(CompressionLayer::new());
    Router::new()
        .merge(pages)
        .route(
            "/pay",
            get(|uri: axum::http::Uri| async move {
                let query = uri
                    .query()
                    .map(|query| format!("?{query}"))
                    .unwrap_or_default();
                Redirect::permanent(&format!("/pay/{query}"))
            }),
        )
        .route("/assets/{name}", get(assets_route::asset))
        .route("/brand/{name}", get(logo_route::logo))
}
