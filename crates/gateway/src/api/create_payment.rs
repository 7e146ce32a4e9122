//! `POST /api/create-payment.php`: a merchant's server creates a payment.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::StatusAnswer;

use super::authentication::authenticate;
use super::error::ApiError;
use super::json_body::{self, text};
use crate::http::AppState;
use crate::payments::NewPayment;
use crate::payments::fields::{self, Description, FieldError, OrderId};
use crate::store::{CreateError, Created};

pub async fn create_payment(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<StatusAnswer>, ApiError> {
    let body = json_body::whole(&headers, body)?;
    let project = authenticate(&state, &headers, &body).await?;
    let new = parse(&body, project.test)?;
    let turn = state.creates.enter(project.id).await?;
    let now = state.clock.now();
    let created = state.store.create_payment(&project, &new, now).await;
    drop(turn);
    // One that is idle would see the payer's transfer late, or does not know the chain any more.
    if let Some(chain) = state.chain(project.network) {
        chain.wanted.notify_one();
    }
    let payment = match created.map_err(explain)? {
        Created::New(payment) => {
            tracing::info!(payment = %payment.id, project = project.id, "payment created");
            payment
        }
        Created::Existing(payment) => payment,
    };
    let view = state.project_view(&payment).await?;
    Ok(Json(StatusAnswer::payment(view)))
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
        CreateError::ChainUnknown => ApiError::NO_CHAIN,
        CreateError::TokenUnusable => {
            ApiError::Unavailable("USDT cannot be transferred at the moment, try again later")
        }
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
    let request: Request = json_body::parse(body)?;
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
