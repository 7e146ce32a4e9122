//! The script for shops, at one address that always has the newest and at one for each version,
//! and what it loads for a shop's own document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::assets::{self, Freshness, SCRIPTS, Script, is_script};
use crate::http::AppState;

/// The version that is as old as the gateway.
fn newest_script() -> Option<&'static Script> {
    let version = env!("CARGO_PKG_VERSION");
    SCRIPTS.iter().find(|script| script.version == version)
}

/// `GET /v1/widget.js`
pub async fn newest(headers: HeaderMap) -> Response {
    match newest_script() {
        Some(script) => script.asset.answer(&headers, Freshness::Minutes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /v1/widget-<version>.js`
pub async fn pinned(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match SCRIPTS.iter().find(|script| script.asset.name == name) {
        Some(script) => script.asset.answer(&headers, Freshness::Forever),
        None if is_script(&name) => state.file_of_another_version(&name, &headers).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /v1/widget.json`: the newest version, and what a page needs to pin it.
pub async fn description(State(state): State<AppState>) -> Response {
    let Some(script) = newest_script() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let head = [
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let answer = json!({
        "version": script.version,
        "url": format!("{}/v1/{}", state.public_url.as_str(), script.asset.name),
        "integrity": script.integrity,
    });
    (head, Json(answer)).into_response()
}

/// `GET /v1/inpage.js`: what the script imports to do without a frame.
pub async fn in_page(headers: HeaderMap) -> Response {
    match assets::built_script("inpage") {
        Some(asset) => asset.answer(&headers, Freshness::Minutes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
