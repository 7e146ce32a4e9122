//! Errors of the API: what is told of each, and the [code](ErrorCode) by which programs know it. They get their
//! [shape](crate::http::refusal) outside of the routes. Behind the message stands a `hint` where there is
//! more to say of what came: see [`hint`](super::hint).
//!
//! Which one to use where:
//! - the request cannot be read at all: `MalformedJson`, `NoObject`, `UnreadableBody`,
//!   `UnsupportedMediaType`, `BodyTooLarge`;
//! - a parameter of the query is wrong: `MissingParameter`, `InvalidParameter`, `UnknownParameter`;
//! - the caller is not who it claims to be: `InvalidApiKey`, `InvalidSignature`;
//! - one field is wrong: `Field`, which names it;
//! - a node does not take a payer's transaction: `RefusedByNetwork`;
//! - the request is fine, and the caller's rights or the state forbid it: `Refused`, with the code of it; `NotFound`
//!   and `TooManyRequests` are the usual ones;
//! - the caller can do nothing about it: `Refused` or `NoFreeAmount` when it passes by itself, `Internal` when an
//!   operator must act. The cause goes to the log and never into the answer.

use std::borrow::Cow;

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};

use crate::http::create_queue::LineFull;
use crate::http::error_code::ErrorCode;
use crate::http::limiter::TooMany;
use crate::http::refusal::Refusal;
use crate::http::requests::Cause;
use crate::payments::fields::FieldError;
use crate::payments::metadata::MetadataError;
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
        allowed: String,
    },
    /// For a reason that its code tells.
    Refused(ErrorCode, Cow<'static, str>),
    BodyTooLarge,
    UnsupportedMediaType,
    Field(FieldError),
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
        Self::refused(ErrorCode::WrongTransaction, error.to_string())
    }
}

impl From<NotPayable> for ApiError {
    fn from(error: NotPayable) -> Self {
        let (code, why) = match error {
            NotPayable::Closed => (
                ErrorCode::PaymentClosed,
                "The payment is not open any more: do not pay it",
            ),
            NotPayable::Underway => (
                ErrorCode::PaymentUnderway,
                "A transfer for this payment is on its way: do not pay it twice",
            ),
        };
        Self::refused(code, why)
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
    pub const NO_CHAIN: Self = Self::because(
        ErrorCode::NetworkUnreachable,
        "The payment network is not reachable at the moment, try again soon",
    );

    /// The gateway cannot keep what it would offer.
    pub const NO_ROOM: Self = Self::because(
        ErrorCode::NoNewPayments,
        "The gateway takes no new payments at the moment, try again later",
    );

    /// A call of the same name.
    pub const UNDER_WAY: Self = Self::because(
        ErrorCode::RequestUnderWay,
        "The same request is under way: send it again soon",
    );

    /// A price in another currency comes to no amount now.
    pub const NO_RATE: Self = Self::because(
        ErrorCode::RateUnavailable,
        "The rate of this currency is not known well enough at the moment, try again soon",
    );

    /// A transfer for the payment may be on its way unseen.
    pub const READ_LATE: Self = Self::because(
        ErrorCode::NetworkReadLate,
        "The transaction cannot be prepared right now, since the payment network is read late: \
         try again soon",
    );

    pub const DISABLED: Self = Self::because(ErrorCode::ProjectDisabled, "Project is disabled");

    pub const READ_ONLY: Self = Self::because(ErrorCode::ReadOnlyKey, "API key is read-only");

    /// A transaction was handed to a node, and what became of it is not known.
    pub const UNKNOWN_FATE: Self = Self::because(
        ErrorCode::TransactionUnconfirmed,
        "The network has not confirmed the transaction. It may still arrive: do not sign another one",
    );

    /// The same error, with what the caller is told besides.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self::Hinted(Box::new(self), hint.into())
    }

    /// With what is always the same.
    pub const fn because(code: ErrorCode, why: &'static str) -> Self {
        Self::Refused(code, Cow::Borrowed(why))
    }

    pub fn refused(code: ErrorCode, why: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(code, why.into())
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Hinted(error, _) => error.code(),
            Self::MalformedJson => ErrorCode::MalformedJson,
            Self::NoObject => ErrorCode::NoObject,
            Self::UnreadableBody => ErrorCode::UnreadableBody,
            Self::MissingParameter(_) => ErrorCode::MissingParameter,
            Self::InvalidParameter(..) => ErrorCode::InvalidParameter,
            Self::UnknownParameter(_) => ErrorCode::UnknownParameter,
            Self::InvalidApiKey => ErrorCode::InvalidApiKey,
            Self::InvalidSignature => ErrorCode::InvalidSignature,
            Self::NotFound => ErrorCode::PaymentNotFound,
            Self::MethodNotAllowed { .. } => ErrorCode::MethodNotAllowed,
            Self::Refused(code, _) => *code,
            Self::BodyTooLarge => ErrorCode::BodyTooLarge,
            Self::UnsupportedMediaType => ErrorCode::UnsupportedMediaType,
            Self::Field(error) => code_of(error),
            Self::RefusedByNetwork { .. } => ErrorCode::RefusedByNetwork,
            Self::TooManyRequests { .. } => ErrorCode::TooManyRequests,
            Self::Internal(_) => ErrorCode::InternalError,
            Self::NoFreeAmount { .. } => ErrorCode::NoFreeAmount,
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
            Self::Refused(_, why) => why.clone().into_owned(),
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
            Self::MethodNotAllowed { allowed } => Some((header::ALLOW, allowed.clone())),
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
            Self::Refused(code, why) if code.status().is_server_error() => Some(Cause::new(why)),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (code, cause) = (self.code(), self.cause());
        let headers = self.extra_header().map(|header| [header]);
        let mut refusal = Refusal::new(self.message(), code);
        match self {
            Self::Hinted(_, hint) => refusal.hint = Some(hint),
            Self::RefusedByNetwork { reason, .. } => refusal.reason = Some(reason),
            _ => {}
        }
        (code.status(), headers, cause, refusal, ()).into_response()
    }
}

const fn code_of(error: &FieldError) -> ErrorCode {
    match error {
        FieldError::Missing(_) => ErrorCode::MissingField,
        FieldError::NotText(_) => ErrorCode::NotText,
        FieldError::OrderId => ErrorCode::InvalidOrderId,
        FieldError::Description => ErrorCode::InvalidDescription,
        FieldError::Amount => ErrorCode::InvalidAmount,
        FieldError::AmountNotPositive => ErrorCode::AmountNotPositive,
        FieldError::AmountTooLarge => ErrorCode::AmountTooLarge,
        FieldError::Url(..) | FieldError::UrlHost(_) | FieldError::WebhookUrlLength => {
            ErrorCode::InvalidUrl
        }
        FieldError::Txid => ErrorCode::InvalidTxid,
        FieldError::UrlNotHttps(_) => ErrorCode::UrlNotHttps,
        FieldError::From(_) => ErrorCode::InvalidPayerAddress,
        FieldError::SignedTransaction => ErrorCode::InvalidSignedTransaction,
        FieldError::Line(..) => ErrorCode::InvalidText,
        FieldError::NotFlag(_) => ErrorCode::NotAFlag,
        FieldError::NotOfPath(_) => ErrorCode::IdDiffers,
        FieldError::CurrencyCode | FieldError::Currency => ErrorCode::InvalidCurrency,
        FieldError::PriceBounds => ErrorCode::PriceOutOfBounds,
        FieldError::AmountAndPrice => ErrorCode::AmountAndPrice,
        FieldError::NotOneOf(_) => ErrorCode::InvalidValue,
        FieldError::IdempotencyKey => ErrorCode::IdempotencyKeyReused,
        FieldError::WebhookUrlPrivate => ErrorCode::UrlNotPublic,
        FieldError::Metadata(MetadataError::NotTexts | MetadataError::Key) => {
            ErrorCode::InvalidMetadata
        }
        FieldError::Metadata(MetadataError::Keys | MetadataError::Bytes) => {
            ErrorCode::MetadataTooLarge
        }
        FieldError::Events => ErrorCode::InvalidEvents,
        FieldError::Transfers => ErrorCode::InvalidTransfers,
    }
}
