//! Errors of the API, in the published shape: `{"ok": false, "error": "…"}`, and behind it a `hint`
//! where there is more to say of what came: see [`hint`](super::hint).
//!
//! Which one to use where:
//! - the request cannot be read at all: `Malformed`, `UnsupportedMediaType`, `BodyTooLarge`;
//! - the caller is not who it claims to be: `InvalidApiKey`, `InvalidSignature`;
//! - the caller is, and its project or key may not do this: `Forbidden`;
//! - one field is wrong: `Field`, which names it;
//! - the transaction that a payer has signed, or may not sign, is refused: `Transaction`,
//!   or `RefusedByNetwork` where a node did so;
//! - the request is fine and the state forbids it: `Conflict`, `NotFound`, `TooManyRequests`;
//! - the caller can do nothing about it: `Unavailable` or `NoFreeAmount` when it passes by
//!   itself, `Internal` when an operator must act. The cause goes to the log and never into the answer.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::create_queue::LineFull;
use crate::http::limiter::TooMany;
use crate::http::requests::Cause;
use crate::payments::fields::FieldError;
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::wallet::{Mismatch, NotPayable};

/// An error on the wire.
#[derive(Serialize)]
struct ErrorAnswer<'a> {
    ok: bool,
    error: String,
    /// Additive: what came, and what to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a String>,
    /// Additive: why the network refuses a transaction, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

const NO_FREE_AMOUNT: &str = "No unique amount is free for this price at the moment: try again \
    later, or ask the gateway's operator for another receiving address";

/// An error that a caller of the API sees.
#[derive(Debug)]
pub enum ApiError {
    Malformed(&'static str),
    InvalidApiKey,
    InvalidSignature,
    Forbidden(&'static str),
    NotFound,
    MethodNotAllowed {
        allowed: &'static str,
    },
    Conflict(&'static str),
    BodyTooLarge,
    UnsupportedMediaType,
    Field(FieldError),
    Transaction(String),
    /// The network does not take it.
    RefusedByNetwork {
        reason: &'static str,
        why: &'static str,
    },
    TooManyRequests {
        retry_after: u64,
    },
    /// With the cause, for the log.
    Internal(String),
    Unavailable(&'static str),
    /// Another one, and what the caller sent.
    Hinted(Box<Self>, String),
    /// All amounts of a price are taken; one is free again after so many seconds.
    NoFreeAmount {
        retry_after: u64,
    },
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
        Self::Internal(error.to_string())
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl ApiError {
    /// The node cannot be asked, or what it says is not understood.
    pub const NO_CHAIN: Self =
        Self::Unavailable("The payment network is not reachable at the moment, try again soon");

    /// The gateway cannot keep what it would offer.
    pub const NO_ROOM: Self =
        Self::Unavailable("The gateway takes no new payments at the moment, try again later");

    /// A transfer for the payment may be on its way unseen.
    pub const READ_LATE: Self = Self::Unavailable(
        "The transaction cannot be prepared right now, since the payment network is read late: \
         try again soon",
    );

    pub const DISABLED: Self = Self::Forbidden("Project is disabled");

    pub const READ_ONLY: Self = Self::Forbidden("API key is read-only");

    /// A transaction was handed to a node, and what became of it is not known.
    pub const UNKNOWN_FATE: Self = Self::Unavailable(
        "The network has not confirmed the transaction. It may still arrive: do not sign another one",
    );

    /// The same error, with what the caller is told besides.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self::Hinted(Box::new(self), hint.into())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Hinted(error, _) => error.status(),
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::InvalidApiKey | Self::InvalidSignature => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Field(_) | Self::Transaction(_) | Self::RefusedByNetwork { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) | Self::NoFreeAmount { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Hinted(error, _) => error.message(),
            Self::Malformed(why)
            | Self::Forbidden(why)
            | Self::Conflict(why)
            | Self::Unavailable(why)
            | Self::RefusedByNetwork { why, .. } => (*why).to_owned(),
            Self::InvalidApiKey => "Invalid API key".to_owned(),
            Self::InvalidSignature => "Invalid signature".to_owned(),
            Self::NotFound => "Payment not found".to_owned(),
            Self::MethodNotAllowed { allowed } => format!("Method not allowed: use {allowed}"),
            Self::BodyTooLarge => "Request body must be at most 16 KiB".to_owned(),
            Self::UnsupportedMediaType => "Content-Type must be application/json".to_owned(),
            Self::Field(error) => error.to_string(),
            Self::Transaction(why) => why.clone(),
            Self::TooManyRequests { .. } => "Too many requests".to_owned(),
            Self::Internal(_) => "Internal error".to_owned(),
            Self::NoFreeAmount { .. } => NO_FREE_AMOUNT.to_owned(),
        }
    }

    fn extra_header(&self) -> Option<(HeaderName, String)> {
        match self {
            Self::Hinted(error, _) => error.extra_header(),
            Self::MethodNotAllowed { allowed } => Some((header::ALLOW, (*allowed).to_owned())),
            Self::TooManyRequests { retry_after } | Self::NoFreeAmount { retry_after } => {
                Some((header::RETRY_AFTER, retry_after.to_string()))
            }
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let answer = Json(ErrorAnswer {
            ok: false,
            error: self.message(),
            hint: match &self {
                Self::Hinted(_, hint) => Some(hint),
                _ => None,
            },
            reason: match &self {
                Self::RefusedByNetwork { reason, .. } => Some(reason),
                _ => None,
            },
        });
        let headers = self.extra_header().map(|header| [header]);
        let cause = match &self {
            Self::Internal(cause) => Some(Cause::new(cause)),
            Self::Unavailable(why) => Some(Cause::new(why)),
            _ => None,
        };
        (self.status(), headers, cause, answer).into_response()
    }
}
