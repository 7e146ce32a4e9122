//! `POST /api/create-payment.php`: a merchant's server creates a payment.

use std::borrow::Cow;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::StatusAnswer;

use super::authentication::authenticate;
use super::error::ApiError;
use crate::http::AppState;
use crate::payments::NewPayment;
use crate::payments::fields::{self, Description, FieldError, OrderId};
use crate::store::{CreateError, Created};

pub async fn create_payment(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<StatusAnswer>, ApiError> {
    if !is_json(&headers) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::Malformed("Request body could not be read"),
    })?;
    let project = authenticate(&state, &headers, &body).await?;
    let new = parse(&body, project.test)?;
    let turn = state.creates.enter(project.id).await?;
    let now = state.clock.now();
    let created = state.store.create_payment(&project, &new, now).await;
    drop(turn);
    let payment = match created.map_err(explain)? {
        Created::New(payment) => {
            tracing::info!(payment = %payment.id, project = project.id, "payment created");
            payment
        }
        Created::Existing(payment) => payment,
    };
    let view = payment.project_view(state.payment_url(payment.id), now);
    Ok(Json(StatusAnswer::payment(view)))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn explain(error: CreateError) -> ApiError {
    match error {
        CreateError::DifferentAmount => {
            ApiError::Conflict("Order ID already used with a different amount")
        }
        CreateError::NoFreeAmount => {
            tracing::error!("a project has run out of unique amounts for this price");
            ApiError::Unavailable("No unique amount is free at the moment, try again later")
        }
        CreateError::ChainUnknown => ApiError::Unavailable(
            "The payment network is not reachable at the moment, try again soon",
        ),
        CreateError::Store(error) => error.into(),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    order_id: Option<&'a RawValue>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    success_url: Option<&'a RawValue>,
    #[serde(borrow)]
    fail_url: Option<&'a RawValue>,
}

fn parse(body: &[u8], test_mode: bool) -> Result<NewPayment, ApiError> {
    let request: Request =
        serde_json::from_slice(body).map_err(|_| ApiError::Malformed("Malformed JSON"))?;
    let order_id = text("order_id", request.order_id)?.ok_or(FieldError::Missing("order_id"))?;
    let amount = text("amount", request.amount)?.ok_or(FieldError::Missing("amount"))?;
    let url = |field, value| {
        text(field, value)?
            .map(|url| fields::parse_redirect(field, &url, test_mode))
            .transpose()
    };
    Ok(NewPayment {
        order_id: OrderId::parse(&order_id)?,
        amount: fields::parse_amount(&amount)?,
        description: text("description", request.description)?
            .map(|text| Description::parse(&text))
            .transpose()?,
        success_url: url("success_url", request.success_url)?,
        fail_url: url("fail_url", request.fail_url)?,
    })
}

/// The text of a field; absent, `null` and `""` are the same. A number stands for its digits as
/// they were sent: `50.10` is never read as a float.
fn text<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<Cow<'a, str>>, FieldError> {
    let Some(raw) = value.map(RawValue::get).filter(|raw| *raw != "null") else {
        return Ok(None);
    };
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw)
            .map(Cow::Owned)
            .map_err(|_| FieldError::NotText(field))?,
        Some(b'-' | b'0'..=b'9') => Cow::Borrowed(raw),
        _ => return Err(FieldError::NotText(field)),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}
