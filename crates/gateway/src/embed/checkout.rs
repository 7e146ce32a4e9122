//! `GET /v1/checkout.json?id=…`: a payment for a shop's own document, where the shop's site may
//! show it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use usdt_checkout::core::presentation::Theme;

use crate::api::error::ApiError;
use crate::brand::palette::Palette;
use crate::http::error_code::ErrorCode;
use crate::http::refusal::Refusal;
use crate::http::{AppState, Client, Query};
use crate::page::find;
use crate::page::setting::{self, Wishes};

pub async fn checkout(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ApiError> {
    let id = query.text("id").unwrap_or_default();
    let found = find::payment(&state, client, id).await?;
    let mut head = HeaderMap::from_iter([
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::VARY,
            HeaderValue::from_static("origin, accept-language"),
        ),
    ]);
    // Without an origin it is no other site's page that asks.
    if let Some(origin) = headers.get(header::ORIGIN) {
        let is_allowed = |origin: &str| found.embedders.allow(origin);
        if !origin.to_str().is_ok_and(is_allowed) {
            let why = "This site is not among the project's allowed origins";
            let refusal = Refusal::new(why, ErrorCode::OriginNotAllowed);
            return Ok((StatusCode::FORBIDDEN, head, refusal, ()).into_response());
        }
        head.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    let wishes = Wishes {
        language: query.text("lang"),
        theme: query.text("theme").and_then(Theme::of),
        headers: &headers,
    };
    let base = state.public_url.as_str();
    let pages = setting::pages(&state, wishes, &found.brand, found.payment.network, base);
    let palette = found.brand.color.map(Palette::of);
    let palette = palette
        .map(|palette| palette.to_string())
        .unwrap_or_default();
    Ok((head, Json(pages.in_page(&found.view, palette))).into_response())
}
