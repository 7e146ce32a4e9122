//! `GET /api/v1/reviews`: the transfers at the project's addresses that wait for a decision, oldest first.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::caller::Asking;
use super::cursor::{self, Kind};
use super::parameters::Parameters;
use super::review::ReviewView;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::store::TransferId;

#[derive(Serialize)]
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
    let parameters = Parameters::of(&query, &["cursor", "limit"])?;
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
