//! `GET /brand/…`: the merchants' logos, cached for ever, and unable to do anything but show.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::brand::LogoName;
use crate::http::AppState;
use crate::http::requests::Cause;

/// An SVG that is opened by itself is a document: it may style itself, and no more.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

pub async fn logo(State(state): State<AppState>, Path(name): Path<String>) -> Response {
    let Ok(name) = name.parse::<LogoName>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match state.store.logo(name).await {
        Ok(Some(bytes)) => {
            let headers = [
                (header::CONTENT_TYPE, name.format().content_type()),
                // The name holds the hash of the content.
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ];
            let anywhere = [("cross-origin-resource-policy", "cross-origin")];
            (headers, anywhere, bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Cause::new(&error), ()).into_response(),
    }
}
