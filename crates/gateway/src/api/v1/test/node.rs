//! `POST /api/v1/test/node`: lets the simulated node answer late or not at all.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{explain, simulator};
use crate::api::error::ApiError;
use crate::api::json_body::{required, text};
use crate::api::v1::body;
use crate::api::v1::caller::Changing;
use crate::chain::simulator::Manner;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::payments::fields::FieldError;

/// Two minutes: enough for the gateway to tell payers of it.
const BLOCKS_BEHIND: u64 = 40;

pub const BEHAVE: Operation = Operation {
    path: "/api/v1/test/node",
    part: Part::Tests,
    name: "breakNode",
    title: "Break the node",
    about: "Lets the simulated node answer nothing, or as it stood two minutes ago, until it answers well again.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<NodeAnswer>("It does.")],
    refusals: &[
        ErrorCode::LiveProject,
        ErrorCode::InvalidValue,
        ErrorCode::NetworkUnreachable,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 1] = [Field::required(
    "answers",
    Form::OneOf(&["well", "silent", "behind"]),
    "How the node answers.",
)];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    answers: Option<&'a RawValue>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestNodeAnswer")]
pub struct NodeAnswer {
    ok: bool,
}

pub async fn behave(
    State(state): State<AppState>,
    Changing { caller, body }: Changing,
) -> Result<Json<NodeAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    let manner = match &*required(text("answers", request.answers)?, "answers", &body)? {
        "well" => Manner::Well,
        "silent" => Manner::Silent,
        "behind" => Manner::Behind(BLOCKS_BEHIND),
        _ => {
            return Err(FieldError::NotOneOf("answers must be well, silent or behind").into());
        }
    };
    let chain = simulator(&state, &caller.project)?;
    chain
        .answer(manner)
        .await
        .map_err(|error| explain(&error))?;
    Ok(Json(NodeAnswer { ok: true }))
}
