//! `GET /assets/…`: the widget's files, compressed when they were built, cached for ever.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::assets::{ASSETS, Freshness};

pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        // The name holds the hash of the content.
        Some(asset) => asset.answer(&headers, Freshness::Forever),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
