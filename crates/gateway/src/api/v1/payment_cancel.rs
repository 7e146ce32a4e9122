//! `POST /api/v1/payments/{id}/cancel`: gives up a payment of which nothing was seen.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::{PaymentId, PaymentStatus};

use super::body::{self, require_named};
use super::caller::Changing;
use super::decided::{BY, Decided, NOTE};
use super::payment::PaymentAnswer;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation};
use crate::store::CancelError;

pub const CANCEL: Operation = Operation {
    path: "/api/v1/payments/{id}/cancel",
    name: "cancelPayment",
    title: "Cancel a payment",
    about: "Gives up a payment while it is pending and no money was seen for it. It becomes failed. Money that comes all the same waits in review.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<PaymentAnswer>(
        "The payment and its timeline.",
    )],
    refusals: &[
        ErrorCode::PaymentNotFound,
        ErrorCode::PaymentPaid,
        ErrorCode::PaymentClosed,
        ErrorCode::PaymentUnderway,
        ErrorCode::IdDiffers,
        ErrorCode::InvalidText,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 3] = [
    Field::required("payment_id", Form::PaymentId, "The one in the URL."),
    BY,
    NOTE,
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
}

pub async fn cancel(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Changing { caller, body }: Changing,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    require_named("payment_id", request.payment_id, &id, &body)?;
    let decided = Decided::parse(&caller, request.by, request.note)?;
    let id: PaymentId = id.parse().map_err(|_| ApiError::NotFound)?;
    let cancelled = state.store.cancel_payment(id, decided.decision()).await;
    let payment = cancelled.map_err(explain)?;
    tracing::info!(payment = %payment.id, project = payment.project_id, "payment cancelled");
    Ok(Json(PaymentAnswer::of(&state, payment).await?))
}

fn explain(error: CancelError) -> ApiError {
    let (code, why) = match error {
        CancelError::Unknown => return ApiError::NotFound,
        CancelError::Store(error) => return error.into(),
        CancelError::NotPending(PaymentStatus::Paid) => (
            ErrorCode::PaymentPaid,
            "The payment is paid: it cannot be cancelled",
        ),
        CancelError::NotPending(_) => (
            ErrorCode::PaymentClosed,
            "The payment has expired: there is nothing to cancel",
        ),
        CancelError::Seen => (
            ErrorCode::PaymentUnderway,
            "Money for this payment has been seen: wait for what becomes of it",
        ),
    };
    ApiError::refused(code, why)
}
