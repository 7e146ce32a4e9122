//! `GET /pay/?id=…`: the page of a payment, complete before any script runs.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use usdt_checkout::core::presentation::Theme;
use usdt_checkout::server::pages::{self, Document, Pages};

use super::find::{self, Found};
use super::security::InlineStyle;
use super::setting::{self, Wishes};
use crate::assets;
use crate::assets::template::Template;
use crate::brand::palette::Palette;
use crate::embedders::Embedders;
use crate::http::limiter::TooMany;
use crate::http::lookups::NoPayment;
use crate::http::requests::Cause;
use crate::http::{AppState, Client, Query};

/// The query's parameters:
/// - `id`: the payment;
/// - `stay`: the payer asked not to be taken to the shop;
/// - `follow`: a page without JavaScript has shown the payment open, and loads itself again;
/// - `lang`: the language that the payer chose;
/// - `theme`: `light` or `dark`, whatever the merchant and the payer's device say;
/// - `frame`: a shop's page frames this one.
pub async fn pay(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    query: Query,
) -> Response {
    let id = query.text("id").unwrap_or_default();
    let wishes = Wishes {
        language: query.text("lang"),
        theme: query.text("theme").and_then(Theme::of),
        headers: &headers,
    };
    let is_framed = query.get("frame").is_some();
    let framed = |pages: Pages| {
        if is_framed {
            pages.in_frame(frame_script().as_deref())
        } else {
            pages
        }
    };
    let blank = || framed(setting::pages_without_payment(wishes));
    let unavailable = || blank().unavailable(id.parse().ok());
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
    match find::payment(&state, client, id).await {
        Ok(Found {
            payment,
            view,
            brand,
            embedders,
        }) => {
            let has_followed = query.get("follow").is_some() && !is_framed;
            if let Some(shop) = pages::onward(&view).filter(|_| has_followed) {
                return Redirect::to(shop.as_str()).into_response();
            }
            let pages = setting::pages(&state, wishes, &brand, payment.network, "");
            let pages = framed(pages);
            let mut document = pages.payment(&view, query.get("stay").is_some());
            let style = brand
                .color
                .map(|color| InlineStyle::new(Palette::of(color).to_string()));
            if let Some(style) = &style {
                document.head.push_str(&style.element());
            }
            let bar = state.bar.map(|bar| bar(&payment, is_framed));
            let after = bar.unwrap_or_default();
            let page = page(&state.template, StatusCode::OK, &document, &after);
            let embedders = is_framed.then_some(Extension(embedders));
            (embedders, style.map(Extension), page).into_response()
        }
        Err(NoPayment::Unknown) => without_payment(StatusCode::NOT_FOUND, &blank().unknown()),
        Err(NoPayment::TooMany(TooMany { retry_after })) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let retry = [(header::RETRY_AFTER, retry_after.to_string())];
            (retry, without_payment(status, &unavailable())).into_response()
        }
        Err(NoPayment::Store(error)) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (Cause::new(&error), without_payment(status, &unavailable())).into_response()
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
