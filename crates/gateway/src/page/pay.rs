//! `GET /pay/?id=…`: the page of a payment, complete before any script runs.

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use usdt_checkout::presentation::Theme;
use usdt_checkout::server::Document;
use usdt_protocol::{Payment as WirePayment, PaymentId};

use super::security::InlineStyle;
use super::setting::{self, Wishes};
use crate::brand::Brand;
use crate::brand::palette::Palette;
use crate::demo;
use crate::http::limiter::TooMany;
use crate::http::{AppState, Client};
use crate::payments::Payment;
use crate::store::StoreError;

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
    let blank = || setting::pages_without_payment(wishes);
    let now = state.clock.now();
    if let Err(TooMany { retry_after }) = state.lookups.check(client, now) {
        let page = page(
            &state,
            StatusCode::TOO_MANY_REQUESTS,
            &blank().unavailable(),
            "",
        );
        return ([(header::RETRY_AFTER, retry_after.to_string())], page).into_response();
    }
    match find(&state, &parameters.id).await {
        Ok(Some(Found {
            payment,
            view,
            brand,
        })) => {
            let pages = setting::pages(&state, wishes, &brand, payment.network);
            let mut document = pages.payment(&view, parameters.stay.is_some());
            let style = brand
                .color
                .map(|color| InlineStyle::new(Palette::of(color).to_string()));
            if let Some(style) = &style {
                document.head.push_str(&style.element());
            }
            let bar = if state.demo {
                demo::bar::html(&payment)
            } else {
                String::new()
            };
            let page = page(&state, StatusCode::OK, &document, &bar);
            (style.map(Extension), page).into_response()
        }
        Ok(None) => {
            state.lookups.missed(client, now);
            page(&state, StatusCode::NOT_FOUND, &blank().unknown(), "")
        }
        Err(error) => {
            tracing::error!(%error, "a payment page cannot be rendered");
            page(
                &state,
                StatusCode::SERVICE_UNAVAILABLE,
                &blank().unavailable(),
                "",
            )
        }
    }
}

struct Found {
    payment: Payment,
    /// How its payer sees it.
    view: WirePayment,
    /// Of the merchant who is paid.
    brand: Brand,
}

async fn find(state: &AppState, id: &str) -> Result<Option<Found>, StoreError> {
    let Ok(id) = id.parse::<PaymentId>() else {
        return Ok(None);
    };
    let Some(payment) = state.store.payment(id).await? else {
        return Ok(None);
    };
    let view = state.public_view(&payment).await?;
    let brand = state.store.brand(payment.project_id).await?;
    Ok(Some(Found {
        payment,
        view,
        brand,
    }))
}

fn page(state: &AppState, status: StatusCode, document: &Document, after: &str) -> Response {
    let vary = [(header::VARY, "accept-language")];
    (status, vary, Html(state.template.fill(document, after))).into_response()
}
