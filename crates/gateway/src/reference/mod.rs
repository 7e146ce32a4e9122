//! The reference for developers: `/openapi.json`, and `/docs` and `/docs/errors` for people. All is made of the
//! calls as they are served.

mod calls;
mod errors;
mod form;
mod page;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Extension;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, Redirect};
use axum::routing::{MethodRouter, get};
use maud::Markup;

use crate::api;
use crate::http::AppState;
use crate::openapi;
use crate::openapi::event::EVENTS;
use crate::page::security::{self, InlineStyle};

/// Made once, since nothing of it changes while the gateway runs, and handed out as it is: anybody may ask for it, and
/// to compress it each time would cost more than to send it.
pub fn routes(state: &AppState) -> Router<AppState> {
    let operations = api::operations();
    let gateway = state.public_url.as_str();
    let document = openapi::document(&operations, &EVENTS, gateway);
    let pages = Router::new()
        .route("/docs", shown(calls::page(&operations, &document)))
        .route("/docs/errors", shown(errors::page()))
        .layer(from_fn_with_state(state.clone(), security::headers));
    let text = Bytes::from(document.to_string());
    Router::new()
        .merge(pages)
        .route("/docs/", get(async || Redirect::permanent("/docs")))
        .route("/openapi.json", get(async move || (JSON, text)))
}

/// Tools of other sites may read it.
const JSON: [(HeaderName, HeaderValue); 3] = [
    (
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    ),
    (
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
];

fn shown(page: Markup) -> MethodRouter<AppState> {
    let html = Bytes::from(page.into_string());
    let style = InlineStyle::new(page::STYLE.to_owned());
    get(async move || (Extension(style), Html(html)))
}
