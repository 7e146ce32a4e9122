//! `POST /api/v1/webhook-test`: sends the project's receiver an event that can be taken for no payment, and tells
//! what it answered.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::IgnoredAny;
use usdt_protocol::UtcTime;

use super::body;
use super::caller::Changing;
use super::event_resend::no_url;
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::operation::{Answer, Operation, Part};
use crate::webhooks::trial::{Trial, TrialError};

pub const TEST: Operation = Operation {
    path: "/api/v1/webhook-test",
    part: Part::Events,
    name: "testWebhook",
    title: "Try the receiver",
    about: "Sends the project's receiver a signed test event at once, and tells what came back. No receiver can take it for a payment. A project can do this 10 times a minute.",
    answers: &[Answer::json::<TestAnswer>("What the receiver answered.")],
    refusals: &[ErrorCode::NoWebhookUrl, ErrorCode::WebhooksUnavailable],
    ..Operation::CHANGES
};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookTestAnswer")]
pub struct TestAnswer {
    ok: bool,
    test: Outcome,
}

/// What came back from the receiver.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookTest")]
struct Outcome {
    /// Whether a real event would count as delivered.
    delivered: bool,
    /// Where it was sent.
    webhook_url: String,
    event_id: String,
    /// When.
    at: UtcTime,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// `null` where no answer came.
    http_status: Option<u16>,
    /// Why a real event would count as failed; `null` where it would be delivered.
    error: Option<String>,
    /// How the answer began, as one line.
    excerpt: Option<String>,
    /// What was sent and signed, byte for byte.
    body: String,
}

pub async fn test(
    State(state): State<AppState>,
    Changing { caller, body }: Changing,
) -> Result<Json<TestAnswer>, ApiError> {
    let _: IgnoredAny = body::of(&body, &[])?;
    let (project, now) = (caller.project, caller.now);
    let url = project.webhook_url.as_ref().ok_or_else(no_url)?;
    state.webhooks.tests.take(project.id, now)?;
    let sent_at = state.receivers_clock.now();
    let trial = Trial::of(&state.webhooks.sender, &state.vault, &project, url, sent_at);
    let trial = trial.await.map_err(explain)?;
    Ok(Json(TestAnswer {
        ok: true,
        test: Outcome {
            delivered: trial.error.is_none(),
            webhook_url: url.to_string(),
            event_id: trial.event_id,
            at: now,
            duration_ms: u64::try_from(trial.time.as_millis()).unwrap_or(u64::MAX),
            http_status: trial.http_status,
            error: trial.error,
            excerpt: trial.excerpt,
            body: trial.body,
        },
    }))
}

fn explain(error: TrialError) -> ApiError {
    match error {
        TrialError::Local(_) => {
            tracing::error!(%error, "a project's receiver is not tried");
            ApiError::because(
                ErrorCode::WebhooksUnavailable,
                "The gateway cannot send webhooks at the moment, try again soon",
            )
        }
        TrialError::Secret(error) => error.into(),
        TrialError::Body(error) => ApiError::Internal(error.to_string()),
    }
}
