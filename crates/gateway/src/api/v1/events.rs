//! `GET /api/v1/events`: the project's webhook events, newest first, in pages.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::{PaymentId, UtcTime};

use super::caller::Asking;
use super::cursor::{self, Kind};
use super::parameters::{CREATED_FROM, CREATED_TO, CURSOR, LIMIT, Parameters};
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Link, Operation, Part};
use crate::payments::event_type::EventType;
use crate::store::{EventState, Page, WebhookEvent, WebhookFilter};

pub const LIST: Operation = Operation {
    path: "/api/v1/events",
    part: Part::Events,
    name: "listEvents",
    title: "List webhook events",
    about: "The newest first, in pages. All filters hold together.",
    parameters: &PARAMETERS,
    answers: &[Answer::json::<EventsAnswer>("A page of events.")],
    links: &[
        Link::new("getEvent", "event_id", "/events/0/event_id"),
        Link::new("resendEvent", "event_id", "/events/0/event_id"),
    ],
    ..Operation::ASKS
};

const PARAMETERS: [Field; 7] = [
    Field::optional(
        "type",
        Form::OneOf(&[
            "payment.paid",
            "payment.expired",
            "payment.review",
            "payment.seen",
        ]),
        "Only events of this type.",
    ),
    Field::optional(
        "state",
        Form::OneOf(&["pending", "delivered", "failed", "no_url"]),
        "Only events in this state.",
    ),
    Field::optional(
        "payment_id",
        Form::PaymentId,
        "Only events of this payment.",
    ),
    CREATED_FROM,
    CREATED_TO,
    CURSOR,
    LIMIT,
];

#[derive(Serialize, JsonSchema)]
pub struct EventsAnswer {
    ok: bool,
    events: Vec<EventView>,
    /// `null` where there are no more.
    next_cursor: Option<String>,
}

/// A webhook event in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventInShort")]
pub struct EventView {
    event_id: String,
    /// What it tells.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["payment.paid", "payment.expired", "payment.review", "payment.seen"]))]
    kind: &'static str,
    /// `null` of a transfer that had the amount of no payment.
    payment_id: Option<PaymentId>,
    /// `pending` while an attempt is to come, `failed` once it was given up, `no_url` where the project had no webhook URL.
    #[schemars(extend("enum" = ["pending", "delivered", "failed", "no_url"]))]
    state: &'static str,
    created_at: UtcTime,
    /// Those that were made.
    attempts: u32,
    /// `null` where none is to come.
    next_attempt_at: Option<UtcTime>,
}

impl EventView {
    pub fn of(event: &WebhookEvent, now: UtcTime) -> Self {
        Self {
            event_id: event.id.clone(),
            kind: event.kind.as_str(),
            payment_id: event.payment_id,
            state: event.state.as_str(),
            created_at: event.created_at,
            attempts: event.attempts,
            next_attempt_at: match event.state {
                EventState::Pending => Some(event.retry_at.unwrap_or(now).max(now)),
                EventState::Delivered | EventState::Failed | EventState::NoUrl => None,
            },
        }
    }
}

/// What can be the ID of an event, as it stands in a cursor or a path.
pub fn parse_id(text: &str) -> Option<String> {
    let digits = text.strip_prefix("evt_")?;
    let is_sound = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_sound.then(|| text.to_owned())
}

pub async fn list(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
) -> Result<Json<EventsAnswer>, ApiError> {
    let parameters = Parameters::of(&query, &PARAMETERS)?;
    let types = "payment.paid, payment.expired, payment.review or payment.seen";
    let form = "pending, delivered, failed or no_url";
    let filter = WebhookFilter {
        project: Some(project.id),
        kind: parameters.parsed("type", types, EventType::named)?,
        state: parameters.parsed("state", form, EventState::named)?,
        payment: parameters.parsed("payment_id", "the ID of a payment", |id| id.parse().ok())?,
        from: parameters.time("created_from")?,
        to: parameters.time("created_to")?,
    };
    let limit = parameters.limit()?;
    let page = Page {
        behind: parameters.cursor(Kind::Events, parse_id)?,
        // One more tells whether there are more.
        ..Page::newest(limit + 1)
    };
    let mut found = state.store.webhook_events(filter, &page).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|last| cursor::write(Kind::Events, last.created_at, &last.id));
    let now = state.clock.now();
    Ok(Json(EventsAnswer {
        ok: true,
        events: found
            .iter()
            .map(|event| EventView::of(event, now))
            .collect(),
        next_cursor,
    }))
}
