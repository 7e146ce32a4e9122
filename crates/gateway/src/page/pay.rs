//! `GET /pay/?id=…`: the page of a payment, complete before any script runs.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use usdt_checkout::server::Document;
use usdt_protocol::{Payment as WirePayment, PaymentId};

use super::setting;
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
}

pub async fn pay(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let Query(Parameters { id, stay, lang }) = parameters.unwrap_or_default();
    let language = setting::language(lang.as_deref(), &headers);
    let blank = || setting::pages_without_payment(language);
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
    match find(&state, &id).await {
        Ok(Some((payment, view))) => {
            let pages = setting::pages(&state, language, payment.network);
            let document = pages.payment(&view, stay.is_some());
            let bar = if state.demo {
                demo::bar::html(&payment)
            } else {
                String::new()
            };
            page(&state, StatusCode::OK, &document, &bar)
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

/// The payment, and how its payer sees it.
async fn find(state: &AppState, id: &str) -> Result<Option<(Payment, WirePayment)>, StoreError> {
    let Ok(id) = id.parse::<PaymentId>() else {
        return Ok(None);
    };
    let Some(payment) = state.store.payment(id).await? else {
        return Ok(None);
    };
    let view = state.public_view(&payment).await?;
    Ok(Some((payment, view)))
}

fn page(state: &AppState, status: StatusCode, document: &Document, after: &str) -> Response {
    let vary = [(header::VARY, "accept-language")];
    (status, vary, Html(state.template.fill(document, after))).into_response()
}
