//! `GET /assets/…`: the widget's files, compressed when they were built, cached for ever.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::assets::{ASSETS, Freshness, is_hashed};
use crate::http::AppState;

pub async fn asset(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        // The name holds the hash of the content.
        Some(asset) => asset.answer(&headers, Freshness::Forever),
        None if is_hashed(&name) => state.file_of_another_version(&name, &headers).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
