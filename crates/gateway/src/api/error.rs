//! Errors of the API, in the published shape: `{"ok": false, "error": "…"}`.
//!
//! Which one to use where:
//! - the request cannot be read at all: `Malformed`, `UnsupportedMediaType`, `BodyTooLarge`;
//! - the caller is not who it claims to be: `InvalidApiKey`, `InvalidSignature`;
//! - one field is wrong: `Field`, which names it;
//! - the transaction that a payer has signed, or may not sign, is refused: `Transaction`;
//! - the request is fine and the state forbids it: `Conflict`, `NotFound`, `TooManyRequests`;
//! - the caller can do nothing about it: `Unavailable` when it passes by itself, `Internal` when
//!   an operator must act. The cause goes to the log and never into the answer.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use usdt_protocol::StatusAnswer;

use crate::http::create_queue::LineFull;
use crate::http::limiter::TooMany;
use crate::payments::fields::FieldError;
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::wallet::{Mismatch, NotPayable};

/// An error that a caller of the API sees.
#[derive(Debug)]
pub enum ApiError {
    Malformed(&'static str),
    InvalidApiKey,
    InvalidSignature,
    NotFound,
    MethodNotAllowed { allowed: &'static str },
    Conflict(&'static str),
    BodyTooLarge,
    UnsupportedMediaType,
    Field(FieldError),
    Transaction(String),
    TooManyRequests { retry_after: u64 },
    Internal,
    Unavailable(&'static str),
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<Mismatch> for ApiError {
    fn from(error: Mismatch) -> Self {
        Self::Transaction(error.to_string())
    }
}

impl From<NotPayable> for ApiError {
    fn from(error: NotPayable) -> Self {
        Self::Conflict(match error {
            NotPayable::Closed => "The payment is not open any more: do not pay it",
            NotPayable::Underway => {
                "A transfer for this payment is on its way: do not pay it twice"
            }
        })
    }
}

impl From<TooMany> for ApiError {
    fn from(TooMany { retry_after }: TooMany) -> Self {
        Self::TooManyRequests { retry_after }
    }
}

impl From<LineFull> for ApiError {
    fn from(LineFull: LineFull) -> Self {
        Self::TooManyRequests { retry_after: 1 }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request failed");
        Self::Internal
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        tracing::error!(%error, "a request failed");
        Self::Internal
    }
}

impl ApiError {
    /// The node cannot be asked, or what it says is not understood.
    pub const NO_CHAIN: Self =
        Self::Unavailable("The payment network is not reachable at the moment, try again soon");

    /// A transfer for the payment may be on its way unseen.
    pub const READ_LATE: Self = Self::Unavailable(
        "The transaction cannot be prepared right now, since the payment network is read late: \
         try again soon",
    );

    /// A transaction was handed to a node, and what became of it is not known.
    pub const UNKNOWN_FATE: Self = Self::Unavailable(
        "The network has not confirmed the transaction. It may still arrive: do not sign another one",
    );

    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::InvalidApiKey | Self::InvalidSignature => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Field(_) | Self::Transaction(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed(why) | Self::Conflict(why) | Self::Unavailable(why) => {
                (*why).to_owned()
            }
            Self::InvalidApiKey => "Invalid API key".to_owned(),
            Self::InvalidSignature => "Invalid signature".to_owned(),
            Self::NotFound => "Payment not found".to_owned(),
            Self::MethodNotAllowed { allowed } => format!("Method not allowed: use {allowed}"),
            Self::BodyTooLarge => "Request body must be at most 16 KiB".to_owned(),
            Self::UnsupportedMediaType => "Content-Type must be application/json".to_owned(),
            Self::Field(error) => error.to_string(),
            Self::Transaction(why) => why.clone(),
            Self::TooManyRequests { .. } => "Too many requests".to_owned(),
            Self::Internal => "Internal error".to_owned(),
        }
    }

    fn extra_header(&self) -> Option<(HeaderName, String)> {
        match self {
            Self::MethodNotAllowed { allowed } => Some((header::ALLOW, (*allowed).to_owned())),
            Self::TooManyRequests { retry_after } => {
                Some((header::RETRY_AFTER, retry_after.to_string()))
            }
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let answer = Json(StatusAnswer::error(self.message()));
        let headers = self.extra_header().map(|header| [header]);
        (self.status(), headers, answer).into_response()
    }
}
