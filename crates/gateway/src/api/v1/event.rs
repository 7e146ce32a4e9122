//! `GET /api/v1/events/{id}`: a webhook event with the bytes that are sent, and how each attempt went.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::UtcTime;

use super::caller::Asking;
use super::events::{self, EventView};
use super::parameters::Parameters;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::operation::{Answer, Operation, Part};
use crate::store::{Store, StoreError, WebhookEvent};

pub const NOT_FOUND: ApiError = ApiError::because(ErrorCode::EventNotFound, "Event not found");

pub const SHOW: Operation = Operation {
    path: "/api/v1/events/{id}",
    part: Part::Events,
    name: "getEvent",
    title: "Show a webhook event",
    about: "The exact bytes that are sent, and how each attempt went.",
    answers: &[Answer::json::<EventAnswer>("The event.")],
    refusals: &[ErrorCode::EventNotFound],
    ..Operation::ASKS
};

#[derive(Serialize, JsonSchema)]
pub struct EventAnswer {
    ok: bool,
    event: WholeEvent,
}

/// A webhook event with the bytes that are sent, and its attempts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
struct WholeEvent {
    #[serde(flatten)]
    event: EventView,
    /// What is sent, byte for byte.
    body: String,
    /// How each attempt went.
    deliveries: Vec<AttemptView>,
}

/// An attempt to deliver a webhook event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
pub struct AttemptView {
    /// Which attempt it was, from 1.
    number: u64,
    /// When it began.
    pub at: UtcTime,
    /// How long it took, in milliseconds.
    duration_ms: i64,
    /// Whether the receiver took the event.
    pub delivered: bool,
    /// `null` where no answer came.
    http_status: Option<u16>,
    /// Why it counts as failed.
    error: Option<String>,
    /// How the answer began, as one line.
    excerpt: Option<String>,
}

impl AttemptView {
    /// Of the attempts to deliver an event, in their order.
    pub async fn all(store: &Store, event: &WebhookEvent) -> Result<Vec<Self>, StoreError> {
        let attempts = store.delivery_attempts(event).await?;
        let views = (1..).zip(attempts).map(|(number, attempt)| Self {
            number,
            at: attempt.started_at,
            duration_ms: attempt.finished_at.millis() - attempt.started_at.millis(),
            delivered: attempt.error.is_none(),
            http_status: attempt.http_status,
            error: attempt.error,
            excerpt: attempt.excerpt,
        });
        Ok(views.collect())
    }
}

impl EventAnswer {
    pub async fn of(state: &AppState, event: WebhookEvent) -> Result<Self, ApiError> {
        Ok(Self {
            ok: true,
            event: WholeEvent {
                event: EventView::of(&event, state.clock.now()),
                deliveries: AttemptView::all(&state.store, &event).await?,
                body: event.body,
            },
        })
    }
}

pub async fn show(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
    Path(id): Path<String>,
) -> Result<Json<EventAnswer>, ApiError> {
    Parameters::of(&query, &[])?;
    let id = events::parse_id(&id).ok_or(NOT_FOUND)?;
    let event = state.store.webhook_event(&id, Some(project.id)).await?;
    let event = event.ok_or(NOT_FOUND)?;
    Ok(Json(EventAnswer::of(&state, event).await?))
}
