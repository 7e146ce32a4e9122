//! `GET /api/v1/payments/{id}`: a payment, and what has become of it step by step.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::Asking;
use super::parameters::Parameters;
use super::payments::PaymentView;
use super::timeline::{self, Entry};
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::operation::{Answer, Operation};
use crate::payments::Payment;
use crate::store::Project;

pub const SHOW: Operation = Operation {
    path: "/api/v1/payments/{id}",
    name: "getPayment",
    title: "Show a payment",
    about: "The payment, and what has become of it step by step.",
    answers: &[Answer::json::<PaymentAnswer>(
        "The payment and its timeline.",
    )],
    refusals: &[ErrorCode::PaymentNotFound],
    ..Operation::ASKS
};

#[derive(Serialize, JsonSchema)]
pub struct PaymentAnswer {
    ok: bool,
    payment: PaymentView,
    timeline: Vec<Entry>,
}

impl PaymentAnswer {
    pub async fn of(state: &AppState, payment: Payment) -> Result<Self, ApiError> {
        let timeline = timeline::of(&state.store, &payment).await?;
        Ok(Self {
            ok: true,
            payment: PaymentView::of(state, payment).await?,
            timeline,
        })
    }
}

pub async fn show(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
    Path(id): Path<String>,
) -> Result<Json<PaymentAnswer>, ApiError> {
    Parameters::of(&query, &[])?;
    let payment = find(&state, &project, &id).await?;
    Ok(Json(PaymentAnswer::of(&state, payment).await?))
}

/// The project's payment of that ID.
pub async fn find(state: &AppState, project: &Project, id: &str) -> Result<Payment, ApiError> {
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    let found = state.store.payment_of(project.id, id).await?;
    found.ok_or(ApiError::NotFound)
}
