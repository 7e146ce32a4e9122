//! `POST /api/v1/reviews/{id}/accept`: takes a transfer in review, and others with it, for a payment.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::body::{self, require_named};
use super::caller::Changing;
use super::decided::{self, Decided};
use super::payment;
use super::payments::PaymentView;
use super::review::{explain, find, require_own};
use crate::api::error::ApiError;
use crate::api::json_body::{flag, required, text};
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::payments::acceptance::Acceptance;
use crate::payments::fields::FieldError;
use crate::store::{RecordedTransfer, StoreError, TransferId, terms};

pub const ACCEPT: Operation = Operation {
    path: "/api/v1/reviews/{id}/accept",
    part: Part::Reviews,
    name: "acceptReview",
    title: "Accept a transfer for a payment",
    about: "The payment becomes paid, and its webhook goes out with received_amount. It cannot be undone.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<AcceptedAnswer>("The payment as it is then.")],
    refusals: &[
        ErrorCode::ReviewsByOperator,
        ErrorCode::ReviewNotFound,
        ErrorCode::PaymentNotFound,
        ErrorCode::ReviewSettled,
        ErrorCode::PaymentChanged,
        ErrorCode::PaymentFailed,
        ErrorCode::ReviewRefused,
        ErrorCode::AcceptanceDoubtful,
        ErrorCode::IdDiffers,
        ErrorCode::InvalidText,
        ErrorCode::InvalidTransfers,
        ErrorCode::NotAFlag,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 6] = [
    Field::required("review_id", Form::ReviewId, "The one in the URL."),
    Field::required("payment_id", Form::PaymentId, "The payment to take it for."),
    Field::optional(
        "with",
        Form::ReviewIds,
        "The other parts, where the payment was sent in several. Their sum counts.",
    ),
    Field::optional(
        "anyway",
        Form::Flag,
        "Whether it is done whatever is doubtful.",
    ),
    decided::REQUIRED[0],
    decided::REQUIRED[1],
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    review_id: Option<&'a RawValue>,
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    /// The other parts, where the payment was sent in several.
    #[serde(borrow)]
    with: Option<&'a RawValue>,
    /// Whether it is done whatever is doubtful about it.
    #[serde(borrow)]
    anyway: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
}

#[derive(Serialize, JsonSchema)]
pub struct AcceptedAnswer {
    ok: bool,
    /// `paid`, or `added` to what has paid the payment before: then no webhook tells of it.
    #[schemars(extend("enum" = ["paid", "added"]))]
    result: &'static str,
    payment: PaymentView,
}

pub async fn accept(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Changing { caller, body }: Changing,
) -> Result<Json<AcceptedAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    require_named("review_id", request.review_id, &id, &body)?;
    let decided = Decided::required(&caller, request.by, request.note, &body)?;
    let payment_id = required(text("payment_id", request.payment_id)?, "payment_id", &body)?;
    let with = names(request.with)?;
    let anyway = flag("anyway", request.anyway)?.unwrap_or_default();
    let project = &caller.project;
    require_own(project)?;
    // Before the transfers: where somebody else accepts them meanwhile, they tell of it, and the
    // payment is not taken for one that something else has paid.
    let payment = payment::find(&state, project, &payment_id).await?;
    let mut transfers: Vec<RecordedTransfer> = Vec::new();
    for name in std::iter::once(&id).chain(&with) {
        let recorded = find(&state, project, name).await?;
        if transfers.iter().any(|one| one.id() == recorded.id()) {
            return Err(FieldError::Transfers.into());
        }
        transfers.push(recorded);
    }
    let shown = terms(&transfers, &payment).map_err(explain)?;
    if !anyway {
        let concerns = state.store.concerns(&transfers, &payment).await?;
        if !concerns.is_empty() {
            let why = "Nothing was accepted, since it is doubtful: see the hint";
            let doubtful = ApiError::refused(ErrorCode::AcceptanceDoubtful, why);
            let told = format!(
                "{}: to accept it all the same, send \"anyway\": true",
                concerns.join("; ")
            );
            return Err(doubtful.hint(told));
        }
    }
    let ids: Vec<TransferId> = transfers.iter().map(RecordedTransfer::id).collect();
    // Whoever wants it anyway wants it as it stands then; others, what they were told or nothing.
    let agreed = Some(shown).filter(|_| !anyway);
    let decision = decided.decision();
    let acceptance = state
        .store
        .accept_reviews(project.network, &ids, payment.id, agreed, decision)
        .await
        .map_err(explain)?;
    tracing::info!(payment = %payment.id, project = project.id, "transfers in review accepted");
    let payment = state.store.payment(payment.id).await?;
    let payment = payment.ok_or(StoreError::Corrupt("payment"))?;
    Ok(Json(AcceptedAnswer {
        ok: true,
        result: match acceptance {
            Acceptance::Pays { .. } => "paid",
            Acceptance::Adds { .. } => "added",
        },
        payment: PaymentView::of(&state, payment).await?,
    }))
}

/// Names of transfers, each of which is looked for like the one in the path.
fn names(value: Option<&RawValue>) -> Result<Vec<String>, ApiError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let names: Vec<String> =
        serde_json::from_str(value.get()).map_err(|_| FieldError::Transfers)?;
    if names.iter().all(|name| name.parse::<TransferId>().is_ok()) {
        Ok(names)
    } else {
        Err(FieldError::Transfers.into())
    }
}
