//! `GET /api/v1/reviews`: the transfers at the project's addresses that wait for a decision, oldest first.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::Asking;
use super::cursor::{self, Kind};
use super::parameters::{CURSOR, LIMIT, Parameters};
use super::review::ReviewView;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::openapi::field::Field;
use crate::openapi::operation::{Answer, Link, Operation, Part};
use crate::store::TransferId;

pub const LIST: Operation = Operation {
    path: "/api/v1/reviews",
    part: Part::Reviews,
    name: "listReviews",
    title: "List transfers in review",
    about: "Those that wait for a decision, the oldest first, in pages. Dust is not among them.",
    parameters: &PARAMETERS,
    answers: &[Answer::json::<ReviewsAnswer>("A page of transfers.")],
    links: &[
        Link::new("acceptReview", "review_id", "/reviews/0/review_id"),
        Link::new("dismissReview", "review_id", "/reviews/0/review_id"),
    ],
    ..Operation::ASKS
};

const PARAMETERS: [Field; 2] = [CURSOR, LIMIT];

#[derive(Serialize, JsonSchema)]
pub struct ReviewsAnswer {
    ok: bool,
    reviews: Vec<ReviewView>,
    /// `null` where there are no more.
    next_cursor: Option<String>,
}

pub async fn list(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
) -> Result<Json<ReviewsAnswer>, ApiError> {
    let parameters = Parameters::of(&query, &PARAMETERS)?;
    let limit = parameters.limit()?;
    let behind = parameters.cursor(Kind::Reviews, |id| id.parse::<TransferId>().ok())?;
    // One more tells whether there are more.
    let mut found = state
        .store
        .reviews_of(project.id, behind, limit + 1)
        .await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|last| cursor::write(Kind::Reviews, last.recorded_at, last.id()));
    let mut reviews = Vec::with_capacity(found.len());
    for recorded in &found {
        reviews.push(ReviewView::of(&state, recorded, project.id).await?);
    }
    Ok(Json(ReviewsAnswer {
        ok: true,
        reviews,
        next_cursor,
    }))
}
