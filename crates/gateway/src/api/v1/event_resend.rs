//! `POST /api/v1/events/{id}/resend`: sends a webhook event again, whatever became of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{self, require_named};
use super::caller::Changing;
use super::decided::{BY, Decided, NOTE};
use super::event::{EventAnswer, NOT_FOUND};
use super::events;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::store::ResendError;

pub const RESEND: Operation = Operation {
    path: "/api/v1/events/{id}/resend",
    part: Part::Events,
    name: "resendEvent",
    title: "Send a webhook event again",
    about: "Sends the same bytes now, whatever became of the event.",
    body: Some(&FIELDS),
    answers: &[Answer {
        status: StatusCode::ACCEPTED,
        ..Answer::json::<EventAnswer>("It is being sent.")
    }],
    refusals: &[
        ErrorCode::EventNotFound,
        ErrorCode::NoWebhookUrl,
        ErrorCode::ResentTooOften,
        ErrorCode::IdDiffers,
        ErrorCode::InvalidText,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 3] = [
    Field::required("event_id", Form::EventId, "The one in the URL."),
    BY,
    NOTE,
];

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
    ApiError::refused(ErrorCode::NoWebhookUrl, why)
}

pub async fn resend(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Changing { caller, body }: Changing,
) -> Result<(StatusCode, Json<EventAnswer>), ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    require_named("event_id", request.event_id, &id, &body)?;
    let decided = Decided::parse(&caller, request.by, request.note)?;
    let id = events::parse_id(&id).ok_or(NOT_FOUND)?;
    match state.store.resend_webhook(&id, decided.decision()).await {
        // A request may come twice.
        Ok(()) | Err(ResendError::UnderWay) => {}
        Err(ResendError::NoUrl(_)) => return Err(no_url()),
        Err(error @ ResendError::TooOften) => {
            return Err(ApiError::refused(
                ErrorCode::ResentTooOften,
                error.to_string(),
            ));
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
