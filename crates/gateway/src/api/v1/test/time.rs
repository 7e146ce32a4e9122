//! `POST /api/v1/test/time`: lets time pass on the simulated chain.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{explain, simulator, wake};
use crate::api::error::ApiError;
use crate::api::json_body::{required, text};
use crate::api::v1::body;
use crate::api::v1::caller::Changing;
use crate::chain::simulator::SECONDS_PER_BLOCK;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::payments::fields::FieldError;

/// A day, by blocks that the node makes all at once.
const MOST_SECONDS: u64 = 86_400;

pub const PASS: Operation = Operation {
    path: "/api/v1/test/time",
    part: Part::Tests,
    name: "passTime",
    title: "Let time pass",
    about: "On the simulated chain, by blocks that are made at once.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<TimeAnswer>("It has passed.")],
    refusals: &[
        ErrorCode::LiveProject,
        ErrorCode::InvalidValue,
        ErrorCode::NetworkUnreachable,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 1] = [Field::required(
    "seconds",
    Form::Whole(1, MOST_SECONDS),
    "How much, up to a day.",
)];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    seconds: Option<&'a RawValue>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestTimeAnswer")]
pub struct TimeAnswer {
    ok: bool,
    /// Blocks that were made, three seconds apart.
    blocks: u64,
}

pub async fn pass(
    State(state): State<AppState>,
    Changing { caller, body }: Changing,
) -> Result<Json<TimeAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    let seconds = required(text("seconds", request.seconds)?, "seconds", &body)?;
    let seconds = seconds.parse().ok();
    let seconds: u64 = seconds
        .filter(|seconds| (1..=MOST_SECONDS).contains(seconds))
        .ok_or(FieldError::NotOneOf(
            "seconds must be a whole number from 1 to 86400",
        ))?;
    let blocks = seconds.div_ceil(SECONDS_PER_BLOCK);
    let chain = simulator(&state, &caller.project)?;
    chain.mine(blocks).await.map_err(|error| explain(&error))?;
    wake(&state, &caller.project);
    Ok(Json(TimeAnswer { ok: true, blocks }))
}
