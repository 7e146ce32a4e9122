//! Errors on the wire, in the published shape: `{"ok": false, "error": "…"}`, and behind it what programs and
//! people need to go on. Whoever refuses a request says what is wrong; the shape is given outside of all
//! routes, where it is known under which address the explanations are.

use std::convert::Infallible;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use schemars::JsonSchema;
use serde::Serialize;

use super::error_code::ErrorCode;
use crate::config::PublicUrl;

/// What is wrong with a request: as an extension of an answer without a body.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub error: String,
    pub code: ErrorCode,
    /// What came, and what to send.
    pub hint: Option<String>,
    /// Why the network refuses a transaction, in one word.
    pub reason: Option<&'static str>,
}

/// An error: what went wrong, for programs and for people.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub struct Answer<'a> {
    #[schemars(extend("const" = false))]
    ok: bool,
    /// For people.
    error: &'a str,
    code: ErrorCode,
    /// Where the error is explained.
    docs: String,
    /// What came and what to send, for your log. Its words may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// Why the network refuses a transaction, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Refusal {
    pub fn new(error: impl Into<String>, code: ErrorCode) -> Self {
        Self {
            error: error.into(),
            code,
            hint: None,
            reason: None,
        }
    }

    /// Of a status that tells nothing itself.
    pub fn of_status(status: StatusCode, allowed: Option<&str>) -> Self {
        Self::new(message(status, allowed), ErrorCode::of(status))
    }

    fn answer(&self, gateway: &PublicUrl) -> Answer<'_> {
        Answer {
            ok: false,
            error: &self.error,
            code: self.code,
            docs: gateway.error_docs(self.code.as_str()),
            hint: self.hint.as_deref(),
            reason: self.reason,
        }
    }

    /// The bytes that say it.
    pub fn to_json(&self, gateway: &PublicUrl) -> String {
        serde_json::to_string(&self.answer(gateway)).unwrap_or_default()
    }
}

impl IntoResponseParts for Refusal {
    type Error = Infallible;

    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Infallible> {
        answer.extensions_mut().insert(self);
        Ok(answer)
    }
}

/// Puts errors in the published shape: those that say what is wrong, and those without a body or in
/// plain text. Outside of all routes, where the header is there that says which methods are allowed.
pub fn shaped(mut answer: Response, gateway: &PublicUrl) -> Response {
    let refusal = match answer.extensions_mut().remove::<Refusal>() {
        Some(refusal) => refusal,
        None => match of_plain(&answer) {
            Some(refusal) => refusal,
            None => return answer,
        },
    };
    let body = Json(refusal.answer(gateway)).into_response();
    let (mut head, _) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Response::from_parts(head, body.into_body())
}

fn of_plain(answer: &Response) -> Option<Refusal> {
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !is_plain {
        return None;
    }
    let allowed = answer.headers().get(header::ALLOW);
    let allowed = allowed.and_then(|allowed| allowed.to_str().ok());
    Some(Refusal::of_status(status, allowed))
}

/// What is told of an error that tells nothing itself.
fn message(status: StatusCode, allowed: Option<&str>) -> String {
    match status {
        StatusCode::BAD_REQUEST => "Malformed request".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => match allowed {
            Some(allowed) => {
                format!("Method not allowed: use {}", allowed.replace(',', " or "))
            }
            None => "Method not allowed".to_owned(),
        },
        StatusCode::REQUEST_TIMEOUT => "The request did not arrive in time".to_owned(),
        StatusCode::URI_TOO_LONG => "The URL is too long".to_owned(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The headers are too large".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => "Internal error".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => "Not available at the moment, try again soon".to_owned(),
        other => {
            let reason = other.canonical_reason().unwrap_or("Error").to_lowercase();
            let (first, rest) = reason.split_at_checked(1).unwrap_or(("", &reason));
            format!("{}{rest}", first.to_uppercase())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_says_nothing_gets_words_and_a_code() {
        let said = |status: u16, allowed| {
            let refusal = Refusal::of_status(status.try_into().unwrap(), allowed);
            (refusal.error, refusal.code.as_str())
        };
        for (status, allowed, error, code) in [
            (404, None, "Not found", "not_found"),
            (
                405,
                Some("GET,HEAD"),
                "Method not allowed: use GET or HEAD",
                "method_not_allowed",
            ),
            (414, None, "The URL is too long", "url_too_long"),
            (411, None, "Length required", "malformed_request"),
        ] {
            assert_eq!(said(status, allowed), (error.to_owned(), code));
        }
    }

    #[test]
    fn the_published_fields_come_first() {
        let gateway = PublicUrl::parse("https://pay.example.com").unwrap();
        let told = Refusal::new("Invalid signature", ErrorCode::InvalidSignature).to_json(&gateway);
        assert_eq!(
            told,
            r#"{"ok":false,"error":"Invalid signature","code":"invalid_signature","docs":"https://pay.example.com/docs/errors#invalid_signature"}"#
        );
    }
}
