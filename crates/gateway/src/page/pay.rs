//! `GET /pay/?id=…`: the page of a payment, complete before any script runs.

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use usdt_checkout::presentation::Theme;
use usdt_checkout::server::{Document, Pages};

use super::find::{self, Found};
use super::security::InlineStyle;
use super::setting::{self, Wishes};
use super::template::Template;
use crate::assets;
use crate::brand::palette::Palette;
use crate::demo;
use crate::embed::Embedders;
use crate::http::limiter::TooMany;
use crate::http::{AppState, Client};

#[derive(Default, Deserialize)]
pub struct Parameters {
    #[serde(default)]
    id: String,
    /// A payer without JavaScript asked not to be taken to the shop.
    stay: Option<String>,
    /// The language that the payer chose.
    lang: Option<String>,
    /// `light` or `dark`, whatever the merchant and the payer's device say.
    theme: Option<String>,
    /// A shop's page frames this one.
    frame: Option<String>,
}

pub async fn pay(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let Query(parameters) = parameters.unwrap_or_default();
    let wishes = Wishes {
        language: parameters.lang.as_deref(),
        theme: parameters.theme.as_deref().and_then(Theme::of),
        headers: &headers,
    };
    let is_framed = parameters.frame.is_some();
    let framed = |pages: Pages| {
        if is_framed {
            pages.in_frame(frame_script().as_deref())
        } else {
            pages
        }
    };
    let blank = || framed(setting::pages_without_payment(wishes));
    let unavailable = || blank().unavailable(parameters.id.parse().ok());
    // Any site may frame a page without a payment, so in a frame no script brings one into it.
    let without_payment = |status, document: &Document| {
        let anywhere = is_framed.then_some(Extension(Embedders::Any));
        let template = if is_framed {
            &state.still
        } else {
            &state.template
        };
        (anywhere, page(template, status, document, "")).into_response()
    };
    let now = state.clock.now();
    if let Err(TooMany { retry_after }) = state.lookups.check(client, now) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let retry = [(header::RETRY_AFTER, retry_after.to_string())];
        return (retry, without_payment(status, &unavailable())).into_response();
    }
    match find::payment(&state, &parameters.id).await {
        Ok(Some(Found {
            payment,
            view,
            brand,
            embedders,
        })) => {
            let pages = setting::pages(&state, wishes, &brand, payment.network, "");
            let pages = framed(pages);
            let mut document = pages.payment(&view, parameters.stay.is_some());
            let style = brand
                .color
                .map(|color| InlineStyle::new(Palette::of(color).to_string()));
            if let Some(style) = &style {
                document.head.push_str(&style.element());
            }
            let bar = if state.demo {
                demo::bar::html(&payment, is_framed)
            } else {
                String::new()
            };
            let page = page(&state.template, StatusCode::OK, &document, &bar);
            let embedders = is_framed.then_some(Extension(embedders));
            (embedders, style.map(Extension), page).into_response()
        }
        Ok(None) => {
            state.lookups.missed(client, now);
            without_payment(StatusCode::NOT_FOUND, &blank().unknown())
        }
        Err(error) => {
            tracing::error!(%error, "a payment page cannot be rendered");
            without_payment(StatusCode::SERVICE_UNAVAILABLE, &unavailable())
        }
    }
}

/// Where the page finds the script that tells the shop's page around it.
fn frame_script() -> Option<String> {
    let asset = assets::built_script("frame")?;
    Some(format!("/assets/{}", asset.name))
}

fn page(template: &Template, status: StatusCode, document: &Document, after: &str) -> Response {
    let vary = [(header::VARY, "accept-language")];
    (status, vary, Html(template.fill(document, after))).into_response()
}
