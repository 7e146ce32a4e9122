//! `POST /api/v1/reviews/{id}/dismiss`: takes a transfer out of review, as nobody's payment.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::body::{self, require_named};
use super::caller::Changing;
use super::decided::{self, Decided};
use super::review::{ReviewView, explain, find, require_own};
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};

pub const DISMISS: Operation = Operation {
    path: "/api/v1/reviews/{id}/dismiss",
    part: Part::Reviews,
    name: "dismissReview",
    title: "Dismiss a transfer",
    about: "Takes it out of the list as nobody's payment. It can still be accepted later.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<DismissedAnswer>(
        "The transfer as it is then.",
    )],
    refusals: &[
        ErrorCode::ReviewsByOperator,
        ErrorCode::ReviewNotFound,
        ErrorCode::ReviewSettled,
        ErrorCode::ReviewDismissed,
        ErrorCode::IdDiffers,
        ErrorCode::InvalidText,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 3] = [
    Field::required("review_id", Form::ReviewId, "The one in the URL."),
    decided::REQUIRED[0],
    decided::REQUIRED[1],
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    review_id: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
}

#[derive(Serialize, JsonSchema)]
pub struct DismissedAnswer {
    ok: bool,
    review: ReviewView,
}

pub async fn dismiss(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Changing { caller, body }: Changing,
) -> Result<Json<DismissedAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    require_named("review_id", request.review_id, &id, &body)?;
    let decided = Decided::required(&caller, request.by, request.note, &body)?;
    let project = &caller.project;
    require_own(project)?;
    let recorded = find(&state, project, &id).await?;
    state
        .store
        .dismiss_review(project.network, recorded.id(), decided.decision())
        .await
        .map_err(explain)?;
    tracing::info!(transfer = %recorded.id(), project = project.id, "transfer in review dismissed");
    let recorded = find(&state, project, &id).await?;
    Ok(Json(DismissedAnswer {
        ok: true,
        review: ReviewView::of(&state, &recorded, project.id).await?,
    }))
}
