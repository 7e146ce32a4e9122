//! Bodies of requests, in JSON.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::ApiError;
use crate::payments::fields::FieldError;

/// The body, if it says that it is JSON.
pub fn whole(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    if !is_json(headers) {
        return Err(ApiError::UnsupportedMediaType);
    }
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::Malformed("Request body could not be read"),
    })
}

/// Reads the body's fields.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|_| ApiError::Malformed("Malformed JSON"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// The text of a field; absent, `null` and `""` are the same. A number stands for its digits as
/// they were sent: `50.10` is never read as a float.
pub fn text<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<Cow<'a, str>>, FieldError> {
    let Some(raw) = value.map(RawValue::get).filter(|raw| *raw != "null") else {
        return Ok(None);
    };
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw)
            .map(Cow::Owned)
            .map_err(|_| FieldError::NotText(field))?,
        Some(b'-' | b'0'..=b'9') => Cow::Borrowed(raw),
        _ => return Err(FieldError::NotText(field)),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}
