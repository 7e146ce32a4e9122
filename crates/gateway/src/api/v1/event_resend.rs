//! `POST /api/v1/events/{id}/resend`: sends a webhook event again, whatever became of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{self, require_named};
use super::caller::Changing;
use super::decided::Decided;
use super::event::{EventAnswer, NOT_FOUND};
use super::events;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::store::ResendError;

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    event_id: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
}

/// There is nowhere to send to.
pub fn no_url() -> ApiError {
    let why = "The project has no webhook URL: set one with PATCH /api/v1/project";
    ApiError::Conflict("no_webhook_url", why.to_owned())
}

pub async fn resend(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Changing { caller, body }: Changing,
) -> Result<(StatusCode, Json<EventAnswer>), ApiError> {
    let request: Request = body::of(&body, &["event_id", "by", "note"])?;
    require_named("event_id", request.event_id, &id, &body)?;
    let decided = Decided::parse(&caller, request.by, request.note)?;
    let id = events::parse_id(&id).ok_or(NOT_FOUND)?;
    match state.store.resend_webhook(&id, decided.decision()).await {
        // A request may come twice.
        Ok(()) | Err(ResendError::UnderWay) => {}
        Err(ResendError::NoUrl(_)) => return Err(no_url()),
        Err(error @ ResendError::TooOften) => {
            return Err(ApiError::Conflict("resent_too_often", error.to_string()));
        }
        Err(ResendError::UnknownEvent(_) | ResendError::UnknownProject(_)) => {
            return Err(NOT_FOUND);
        }
        Err(ResendError::Store(error)) => return Err(error.into()),
    }
    // Other gateways look by themselves within a second.
    state.webhooks.due.notify_one();
    let project = Some(caller.project.id);
    let event = state.store.webhook_event(&id, project).await?;
    let event = event.ok_or(NOT_FOUND)?;
    Ok((
        StatusCode::ACCEPTED,
        Json(EventAnswer::of(&state, event).await?),
    ))
}
