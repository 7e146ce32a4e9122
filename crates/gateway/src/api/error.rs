//! Errors of the API: what is told of each, and the code by which programs know it. They get their
//! [shape](crate::http::refusal) outside of the routes. Behind the message stands a `hint` where there is
//! more to say of what came: see [`hint`](super::hint).
//!
//! Which one to use where:
//! - the request cannot be read at all: `MalformedJson`, `NoObject`, `UnreadableBody`,
//!   `UnsupportedMediaType`, `BodyTooLarge`;
//! - a parameter of the query is wrong: `MissingParameter`, `InvalidParameter`, `UnknownParameter`;
//! - the caller is not who it claims to be: `InvalidApiKey`, `InvalidSignature`;
//! - the caller is, and its project or key may not do this: `Forbidden`;
//! - one field is wrong: `Field`, which names it;
//! - the transaction that a payer has signed, or may not sign, is refused: `Transaction`,
//!   or `RefusedByNetwork` where a node did so;
//! - the request is fine and the state forbids it: `Conflict`, `NotFound`, `Unknown`, `TooManyRequests`;
//! - the caller can do nothing about it: `Unavailable` or `NoFreeAmount` when it passes by
//!   itself, `Internal` when an operator must act. The cause goes to the log and never into the answer.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::create_queue::LineFull;
use crate::http::limiter::TooMany;
use crate::http::refusal::Refusal;
use crate::http::requests::Cause;
use crate::payments::fields::FieldError;
use crate::secrets::SecretError;
use crate::store::StoreError;
use crate::wallet::{Mismatch, NotPayable};

const NO_FREE_AMOUNT: &str = "No unique amount is free for this price at the moment: try again \
    later, or ask the gateway's operator for another receiving address";

/// An error that a caller of the API sees.
#[derive(Debug)]
pub enum ApiError {
    MalformedJson,
    NoObject,
    UnreadableBody,
    MissingParameter(&'static str),
    /// With what it must be.
    InvalidParameter(&'static str, &'static str),
    /// None of this name is known here, or it stands there twice.
    UnknownParameter(String),
    InvalidApiKey,
    InvalidSignature,
    NotFound,
    MethodNotAllowed {
        allowed: &'static str,
    },
    /// With its code.
    Conflict(&'static str, String),
    /// Of what else than payments is not there, with its code.
    Unknown(&'static str, &'static str),
    /// With its code.
    Forbidden(&'static str, &'static str),
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
    /// With its code.
    Unavailable(&'static str, &'static str),
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
        let (code, why) = match error {
            NotPayable::Closed => (
                "payment_closed",
                "The payment is not open any more: do not pay it",
            ),
            NotPayable::Underway => (
                "payment_underway",
                "A transfer for this payment is on its way: do not pay it twice",
            ),
        };
        Self::Conflict(code, why.to_owned())
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
    pub const NO_CHAIN: Self = Self::Unavailable(
        "network_unreachable",
        "The payment network is not reachable at the moment, try again soon",
    );

    /// The gateway cannot keep what it would offer.
    pub const NO_ROOM: Self = Self::Unavailable(
        "no_new_payments",
        "The gateway takes no new payments at the moment, try again later",
    );

    /// A call of the same name.
    pub const UNDER_WAY: Self = Self::Unavailable(
        "request_under_way",
        "The same request is under way: send it again soon",
    );

    /// A price in another currency comes to no amount now.
    pub const NO_RATE: Self = Self::Unavailable(
        "rate_unavailable",
        "The rate of this currency is not known well enough at the moment, try again soon",
    );

    /// A transfer for the payment may be on its way unseen.
    pub const READ_LATE: Self = Self::Unavailable(
        "network_read_late",
        "The transaction cannot be prepared right now, since the payment network is read late: \
         try again soon",
    );

    pub const DISABLED: Self = Self::Forbidden("project_disabled", "Project is disabled");

    pub const READ_ONLY: Self = Self::Forbidden("api_key_read_only", "API key is read-only");

    /// A transaction was handed to a node, and what became of it is not known.
    pub const UNKNOWN_FATE: Self = Self::Unavailable(
        "transaction_unconfirmed",
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
            Self::MalformedJson
            | Self::NoObject
            | Self::UnreadableBody
            | Self::MissingParameter(_)
            | Self::InvalidParameter(..)
            | Self::UnknownParameter(_) => StatusCode::BAD_REQUEST,
            Self::InvalidApiKey | Self::InvalidSignature => StatusCode::UNAUTHORIZED,
            Self::Forbidden(..) => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Unknown(..) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(..) => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Field(_) | Self::Transaction(_) | Self::RefusedByNetwork { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(..) | Self::NoFreeAmount { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// One for each kind. Programs rely on them: they never change.
    fn code(&self) -> &'static str {
        match self {
            Self::Hinted(error, _) => error.code(),
            Self::MalformedJson => "malformed_json",
            Self::NoObject => "no_object",
            Self::UnreadableBody => "unreadable_body",
            Self::MissingParameter(_) => "missing_parameter",
            Self::InvalidParameter(..) => "invalid_parameter",
            Self::UnknownParameter(_) => "unknown_parameter",
            Self::InvalidApiKey => "invalid_api_key",
            Self::InvalidSignature => "invalid_signature",
            Self::NotFound => "payment_not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Conflict(code, _)
            | Self::Unknown(code, _)
            | Self::Forbidden(code, _)
            | Self::Unavailable(code, _) => code,
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Field(error) => error.code(),
            Self::Transaction(_) => "wrong_transaction",
            Self::RefusedByNetwork { .. } => "refused_by_network",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Internal(_) => "internal_error",
            Self::NoFreeAmount { .. } => "no_free_amount",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Hinted(error, _) => error.message(),
            Self::MalformedJson => "Malformed JSON".to_owned(),
            Self::NoObject => "Request body must be one JSON object".to_owned(),
            Self::UnreadableBody => "Request body could not be read".to_owned(),
            Self::MissingParameter(name) => format!("{name} is required"),
            Self::InvalidParameter(name, form) => format!("{name} must be {form}"),
            Self::UnknownParameter(name) => format!("Unknown parameter {name}"),
            Self::InvalidApiKey => "Invalid API key".to_owned(),
            Self::InvalidSignature => "Invalid signature".to_owned(),
            Self::NotFound => "Payment not found".to_owned(),
            Self::MethodNotAllowed { allowed } => {
                format!("Method not allowed: use {}", allowed.replace(", ", " or "))
            }
            Self::Conflict(_, why) | Self::Transaction(why) => why.clone(),
            Self::Unknown(_, why) | Self::Forbidden(_, why) | Self::Unavailable(_, why) => {
                (*why).to_owned()
            }
            Self::BodyTooLarge => "Request body must be at most 16 KiB".to_owned(),
            Self::UnsupportedMediaType => "Content-Type must be application/json".to_owned(),
            Self::Field(error) => error.to_string(),
            Self::RefusedByNetwork { why, .. } => (*why).to_owned(),
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

    /// For the log.
    fn cause(&self) -> Option<Cause> {
        match self {
            Self::Hinted(error, _) => error.cause(),
            Self::Internal(cause) => Some(Cause::new(cause)),
            Self::Unavailable(_, why) => Some(Cause::new(why)),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, cause) = (self.status(), self.cause());
        let headers = self.extra_header().map(|header| [header]);
        let mut refusal = Refusal::new(self.message(), self.code());
        match self {
            Self::Hinted(_, hint) => refusal.hint = Some(hint),
            Self::RefusedByNetwork { reason, .. } => refusal.reason = Some(reason),
            _ => {}
        }
        (status, headers, cause, refusal, ()).into_response()
    }
}
